"""An API with a key serves only signed models."""

from answers import assert_problem
from bundle_changes import one_answer_less
from model_contract.store.store_reader import CURRENT
from running_stack import Stack
from volume_store import VolumeStore, await_refused, await_served


def test_an_api_with_a_key_serves_only_models_signed_with_it(
    stack: Stack, store: VolumeStore, key: bytes
) -> None:
    await_refused(stack, "it is not signed", store.served)
    assert_problem(stack.await_status("/readyz", 503), 503, "model_refused")
    signed, unsigned = store.prepare(), store.prepare()
    store.sign(signed, key)
    store.put(signed)
    await_served(stack, signed)
    store.put(unsigned)
    await_refused(stack, "it is not signed", unsigned)
    await_served(stack, signed)


def test_signing_the_stored_models_makes_them_served_again(
    stack: Stack, store: VolumeStore, key: bytes
) -> None:
    await_refused(stack, "'make sign'", store.served)
    assert f"signed {store.served}" in stack.make("sign")
    await_served(stack, store.served, seconds=90)


def test_a_version_that_the_api_refuses_is_not_promoted(
    stack: Stack, store: VolumeStore, key: bytes
) -> None:
    """The trainer has no key here, so it can't know that the API requires a signature."""
    signed, unsigned = store.prepare(), store.prepare(one_answer_less)
    store.sign(signed, key)
    store.put(unsigned)
    store.put(signed)
    await_served(stack, signed)
    without_key = ("docker", "compose", "run", "--rm", "--env", "MODEL_SIGNING_KEY_FILE=")
    promote = ("python", "-m", "training", "promote", unsigned)
    refused = stack.run(*without_key, "trainer", *promote, check=False)
    assert refused.returncode == 1
    assert f"the API refuses {unsigned}: it is not signed" in refused.stdout
    assert f"{signed} is current again" in refused.stdout
    assert stack.store_file(CURRENT).decode().strip() == signed
    await_served(stack, signed)
