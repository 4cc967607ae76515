"""Models that are damaged, foreign, planted or gone: the API refuses them, says so, and the one before them serves on.

Each test changes the model store as another process could; afterwards the store is what it was.
"""

import json
import os
import pickle
import socket
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnx
import pytest
import requests
from onnx import numpy_helper

from model_contract.model.scaling import Scalers
from model_contract.store.bundle import GOLDEN, MANIFEST, MODEL, SCALERS, Golden
from model_contract.store.model_store import CURRENT
from model_contract.store.signing import SIGNATURE, sign
from running_stack import Stack, await_
from volume_store import ENOUGH, VolumeStore, await_all

WORKERS = 2
PROMOTE = ("python", "-m", "training.store.versions", "promote")


def figure(stack: Stack, name: str) -> float:
    """A figure of /metrics, asked for inside the network."""
    script = "import sys; from urllib.request import urlopen; sys.stdout.write(urlopen('http://localhost:8000/metrics').read().decode())"
    lines = stack.compose("exec", "-T", "api", "python", "-c", script).splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def refusals_logged(stack: Stack, version: str) -> list[str]:
    lines = stack.compose("logs", "--no-log-prefix", "api").splitlines()
    return [line for line in lines if f"refused model {version}" in line]


def assert_still_serves(store: VolumeStore, before: requests.Response, sample: bytes) -> None:
    for _ in range(ENOUGH):
        answer = store.stack.predict(sample)
        assert answer.status_code == 200
        assert answer.json() == before.json()
    assert before.json()["model"]["version"] == store.served


def change_file(name: str, change: Callable[[bytes], bytes]) -> Callable[[VolumeStore], str]:
    """Prepare a sound version, then change one of its files."""

    def prepare(store: VolumeStore) -> str:
        version = store.prepare()
        path = store.copy.path(version) / name
        path.write_bytes(change(path.read_bytes()))
        return version

    return prepare


def publish_with(name: str, change: Callable[[bytes], bytes]) -> Callable[[VolumeStore], str]:
    """Prepare a version whose checksums agree with what is wrong in it."""
    return lambda store: store.prepare(lambda files: files.update({name: change(files[name])}))


def with_fact(**facts: object) -> Callable[[bytes], bytes]:
    return lambda data: json.dumps(json.loads(data) | facts).encode()


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def other_scalers(data: bytes) -> bytes:
    scalers = Scalers.from_json(data.decode())
    return (
        replace(scalers, target=replace(scalers.target, mean=(scalers.target.mean[0] + 0.05,)))
        .to_json()
        .encode()
    )


def other_answers(data: bytes) -> bytes:
    golden = Golden.from_json(data.decode())
    return replace(golden, volumes=golden.volumes * 1.01).to_json().encode()


def not_a_number(data: bytes) -> bytes:
    """The network with a weight that is none."""
    model = onnx.load_model_from_string(data)
    weights = next(
        values for values in model.graph.initializer if values.data_type == onnx.TensorProto.FLOAT
    )
    spoilt = numpy_helper.from_array(
        np.full_like(numpy_helper.to_array(weights), np.nan), weights.name
    )
    weights.CopyFrom(spoilt)
    return model.SerializeToString()


class Planted:
    """Unpickled, it leaves a trace."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch /tmp/planted",)


FAULTS = {
    "34 a truncated network": (
        change_file(MODEL, lambda data: data[:-100]),
        "model.onnx is damaged",
    ),
    "34 an altered scaler": (change_file(SCALERS, flipped), "scalers.json is damaged"),
    "34 an altered manifest": (
        change_file(MANIFEST, with_fact(window=30)),
        "manifest.json is damaged",
    ),
    "34 a manifest that was cut short": (
        change_file(MANIFEST, lambda data: data[:200]),
        "manifest.json is not JSON",
    ),
    "34 another contract": (
        change_file(MANIFEST, with_fact(contract_version=1)),
        "this reader takes",
    ),
    "34 answers that were not recorded from it": (
        publish_with(GOLDEN, other_answers),
        "off the recorded one",
    ),
    "34 a network that answers NaN": (
        publish_with(MODEL, not_a_number),
        "nan% off the recorded one",
    ),
    "50 the scalers of another run": (publish_with(SCALERS, other_scalers), "off the recorded one"),
    "38 a pickle in the network's place": (
        publish_with(MODEL, lambda _: pickle.dumps(Planted())),
        "cannot be loaded",
    ),
}


def test_33_a_half_written_model_is_ignored(stack, store, sample_csv):
    half = "20990101T000000Z-00000000"
    store.shell(
        f"mkdir /models/.tmp-x /models/{half}; echo '{{' > /models/{half}/manifest.json; touch /models/.tmp-x/{MODEL}"
    )
    stack.compose("restart", "api")
    stack.await_status("/readyz", 200)
    assert stack.predict(sample_csv).json()["model"]["version"] == store.served


@pytest.mark.parametrize(("prepare", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_model_is_refused_told_logged_once_and_counted_while_the_old_one_serves(
    stack, store, sample_csv, prepare, reason
):
    before, counted = stack.predict(sample_csv), figure(stack, "model_refusals_total")
    version = prepare(store)
    store.put(version)
    await_all(
        stack,
        lambda told: (
            told["refused"]
            and told["refused"]["version"] == version
            and reason in told["refused"]["reason"]
        ),
    )
    assert_still_serves(store, before, sample_csv)
    deadline = time.monotonic() + 30
    while (
        figure(stack, "model_refusals_total") - counted < 2 * WORKERS
        and time.monotonic() < deadline
    ):
        time.sleep(0.5)  # until each has tried again
    assert figure(stack, "model_refusals_total") - counted >= 2 * WORKERS
    assert (
        len(refusals_logged(stack, version)) == WORKERS
    )  # each says it once, however often it tries
    assert (
        stack.run(
            "docker", "compose", "exec", "-T", "api", "ls", "/tmp/planted", check=False
        ).returncode
        != 0
    )


def test_34_a_model_that_is_mended_is_taken_up_by_itself(stack, store, sample_csv):
    version = store.prepare()
    whole = (store.copy.path(version) / MODEL).read_bytes()
    (store.copy.path(version) / MODEL).write_bytes(whole[:-100])
    store.put(version)
    await_all(stack, lambda told: told["refused"] is not None)
    (store.folder / MODEL).write_bytes(whole)
    store.shell(f"cp /folder/{MODEL} /models/{version}/{MODEL}")
    await_all(
        stack,
        lambda told: told["model"]["version"] == version and told["refused"] is None,
        seconds=60,
    )
    assert stack.predict(sample_csv).json()["model"]["version"] == version


def test_36_the_model_in_memory_serves_when_its_directory_is_gone(stack, store, sample_csv):
    before = stack.predict(sample_csv)
    store.shell(f"rm -rf /models/{store.served}")
    time.sleep(5)  # more than two looks of each worker
    assert_still_serves(store, before, sample_csv)


def test_36_the_model_in_memory_serves_when_the_whole_store_is_gone(stack, store, sample_csv):
    before = stack.predict(sample_csv)
    store.shell("rm -rf /models/..?* /models/.[!.]* /models/*")
    time.sleep(5)
    assert_still_serves(store, before, sample_csv)
    assert stack.await_status("/readyz", 200, seconds=5).json()["version"] == store.served


def test_38_what_is_planted_beside_a_model_is_never_opened(stack, store, sample_csv):
    """A pipe keeps whoever opens it waiting for ever, so an API that starts and swaps has opened none."""
    planted, version = ("model.keras", "model.pkl", "model.h5"), store.prepare()
    for name in planted:
        store.shell(f"mkfifo /models/{name} /models/{store.served}/{name}")
        os.mkfifo(store.copy.path(version) / name)
    stack.compose("restart", "api")
    stack.await_status("/readyz", 200)
    assert stack.predict(sample_csv).json()["model"]["version"] == store.served
    store.put(version)
    await_all(stack, lambda told: told["model"]["version"] == version)


def link_to_etc(store: VolumeStore) -> None:
    store.shell("ln -s /etc /models/20991231T000000Z-0000aaaa")
    store.make_current("20991231T000000Z-0000aaaa")


def file_that_is_a_link(store: VolumeStore) -> None:
    version = store.prepare()
    file = store.copy.path(version) / MODEL
    file.unlink()
    file.symlink_to(f"/models/{store.served}/{MODEL}")
    store.put(version)


def current_that_is_a_link(store: VolumeStore) -> None:
    store.shell(
        f"ln -s /etc/hostname /models/.tmp-CURRENT; mv -T /models/.tmp-CURRENT /models/{CURRENT}"
    )


def current_that_is_a_pipe(store: VolumeStore) -> None:
    store.shell(f"mkfifo /models/.tmp-CURRENT; mv -T /models/.tmp-CURRENT /models/{CURRENT}")


WAYS_OUT = {
    "a path out of the store": (lambda store: store.make_current("../../etc"), "holds no version"),
    "an absolute path": (lambda store: store.make_current("/etc"), "holds no version"),
    "a current that is a link": (current_that_is_a_link, "link"),
    "a current that is a pipe": (current_that_is_a_pipe, "no regular file"),
    "a version that is a link": (link_to_etc, "link"),
    "a file that is a link": (file_that_is_a_link, "link"),
}


@pytest.mark.parametrize(("lead_out", "reason"), WAYS_OUT.values(), ids=WAYS_OUT)
def test_39_nothing_leads_out_of_the_store(stack, store, sample_csv, lead_out, reason):
    before = stack.predict(sample_csv)
    lead_out(store)
    await_all(
        stack, lambda told: told["refused"] is not None and reason in told["refused"]["reason"]
    )
    assert_still_serves(store, before, sample_csv)


def fewer_answers(files: dict[str, bytes]) -> None:
    """As good a model as before, but another: with one recorded answer less."""
    golden = Golden.from_json(files[GOLDEN].decode())
    windows = replace(
        golden.windows, features=golden.windows.features[1:], calendar=golden.windows.calendar[1:]
    )
    files[GOLDEN] = replace(golden, windows=windows, volumes=golden.volumes[1:]).to_json().encode()


def served_now(stack: Stack) -> set[str]:
    return {
        requests.get(f"{stack.url}/model", timeout=10).json()["model"]["version"]
        for _ in range(ENOUGH)
    }


def test_37_a_rollback_is_served_when_the_command_ends_and_no_training_brings_the_bad_version_back(
    stack, store
):
    bad, good = store.served, store.prepare(fewer_answers)
    store.put(good)
    await_all(stack, lambda told: told["model"]["version"] == good)

    promoted = stack.make("promote", f"VERSION={bad}", "REASON=to see how it does")
    assert served_now(stack) == {bad}
    assert f"the API answers with {bad}" in promoted

    stack.make("rollback", 'REASON=it\'s worse on "Mondays"')
    assert served_now(stack) == {good}
    rows = {
        line.split()[0]: line
        for line in stack.make("versions").splitlines()
        if line.startswith("20")
    }
    assert rows[good].endswith("current")
    assert rows[bad].endswith("quarantined")

    trained = stack.make("train")
    assert f"not published: {bad} was rolled back" in trained
    assert f"`make promote VERSION={bad}` brings it back" in trained
    assert served_now(stack) == {good}

    stack.make("promote", f"VERSION={bad}")
    assert served_now(stack) == {bad}
    events = [json.loads(line) for line in stack.store_file("history.jsonl").splitlines()][-3:]
    assert [
        (event["event"], event["version"], event["replaced"], event["reason"]) for event in events
    ] == [
        ("promoted", bad, good, "to see how it does"),
        ("rolled back", good, bad, 'it\'s worse on "Mondays"'),
        ("promoted", bad, good, "make promote"),
    ]


def test_a_version_that_the_api_refuses_is_not_promoted(stack, store, key):
    """The trainer has no key here, and so cannot know that the API wants a signature."""
    signed, unsigned = store.prepare(), store.prepare(fewer_answers)
    folder = store.copy.path(signed)
    (folder / SIGNATURE).write_text(sign((folder / MANIFEST).read_bytes(), key))
    store.put(unsigned)
    store.put(signed)
    await_all(
        stack,
        lambda told: told["model"] is not None and told["model"]["version"] == signed,
        seconds=60,
    )
    refused = stack.run(
        "docker",
        "compose",
        "run",
        "--rm",
        "--env",
        "MODEL_SIGNING_KEY_FILE=",
        "trainer",
        *PROMOTE,
        unsigned,
        check=False,
    )
    assert refused.returncode == 1
    assert f"the API refuses {unsigned}: it is not signed" in refused.stdout
    assert f"{signed} is current again" in refused.stdout
    assert stack.store_file(CURRENT).decode().strip() == signed
    assert served_now(stack) == {signed}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            ["promote", "VERSION=20200101T000000Z-00000000"],
            "the store holds no '20200101T000000Z-00000000'; it holds 20",
        ),
        (["backup"], "make backup FILE=models.tar: name a file"),
        (["restore", "FILE=nowhere.tar"], "make restore FILE=models.tar: there is no such file"),
        (["sign"], "there is no key to sign with: name its file in MODEL_SIGNING_KEY_FILE"),
        (["promote"], "name a version, as in: make promote VERSION=20"),
        (["rollback"], "no whole version was served before"),
        (["restore", "FILE=README.md"], "the file is not what 'make backup' writes"),
    ],
    ids=[
        "a version that is not there",
        "no file to write",
        "no file to read",
        "no key",
        "no version",
        "nothing to go back to",
        "a file that is no backup",
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_nothing_changes(stack, store, command, told):
    store.shell("rm /models/history.jsonl")
    done = stack.run("make", *command, check=False)
    assert done.returncode != 0
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert served_now(stack) == {store.served}


def test_a_store_that_was_backed_up_serves_elsewhere_and_no_bad_backup_takes_the_place_of_a_good_one(
    stack, store, make_stack, tmp_path, sample_csv
):
    file = tmp_path / "my models of $5.tar"
    stack.make("backup", f"FILE={file}")
    store.shell("echo damaged > /models/$(cat /models/CURRENT)/model.onnx")
    failed = stack.run("make", "backup", f"FILE={file}", check=False)
    assert failed.returncode != 0
    assert "model.onnx is damaged" in failed.stderr
    assert [path.name for path in tmp_path.glob("my*")] == [file.name]  # the good one
    store.restore()
    other = make_stack("restored", tree=stack.tree)
    other.make("restore", f"FILE={file}")
    other.compose("up", "--detach", "--build", "api", "frontend")
    other.await_status("/readyz", 200)
    assert other.predict(sample_csv).json() == stack.predict(sample_csv).json()


def test_a_key_is_turned_on_without_a_training_by_signing_what_is_there(stack, store, key):
    await_all(
        stack, lambda told: told["model"] is None and "'make sign'" in told["refused"]["reason"]
    )
    assert f"{store.served} is signed" in stack.make("sign")
    await_all(
        stack,
        lambda told: told["model"] is not None and told["model"]["version"] == store.served,
        seconds=90,
    )


@pytest.fixture
def key(stack, store, tmp_path, monkeypatch):
    """A signing key that the API has for the time of a test."""
    file = tmp_path / "key"
    file.write_bytes(b"at least sixteen bytes")
    file.chmod(0o444)
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(file))
    stack.compose("up", "--detach", "api")
    yield file.read_bytes()
    monkeypatch.delenv("MODEL_SIGNING_KEY_FILE")
    stack.compose("up", "--detach", "api")
    stack.await_status("/readyz", 200)


def test_an_api_that_is_given_a_key_serves_what_is_signed_with_it_and_nothing_else(
    stack, store, key
):
    await_(
        lambda: requests.get(f"{stack.url}/readyz", timeout=10),
        lambda answer: "was refused" in answer.text,
        seconds=60,
    )
    await_all(
        stack,
        lambda told: told["model"] is None and "it is not signed" in told["refused"]["reason"],
    )
    signed = store.prepare()
    folder = store.copy.path(signed)
    (folder / SIGNATURE).write_text(sign((folder / MANIFEST).read_bytes(), key))
    store.put(signed)
    await_all(stack, lambda told: told["model"] is not None and told["model"]["version"] == signed)
    unsigned = store.prepare()
    store.put(unsigned)
    await_all(
        stack,
        lambda told: (
            told["model"]["version"] == signed
            and (told["refused"] or {}).get("version") == unsigned
        ),
    )


def test_the_metrics_are_those_of_all_workers(stack, store):
    swaps = figure(stack, "model_swaps_total")
    version = store.prepare()
    store.put(version)
    await_all(stack, lambda told: told["model"]["version"] == version)
    assert [figure(stack, "model_swaps_total") - swaps for _ in range(4)] == [WORKERS] * 4
    assert figure(stack, f'model_info{{version="{version}"}}') == 1


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/metrics/",
        "//metrics",
        "/./metrics",
        "/model/../metrics",
        "/metrics?x=/../model",
        "/%6detrics",
        "/metrics#/../model",
    ],
)
def test_the_metrics_are_not_to_be_had_from_outside(stack, path):
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"model_swaps" not in answer
