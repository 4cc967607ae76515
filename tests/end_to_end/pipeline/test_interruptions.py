"""Training that is started twice, stopped or killed."""

import re

import pytest
import requests

from running_stack import TRAINING_SECONDS, Stack, await_

EPOCHS = 30  # enough to start a second trainer meanwhile
FEW_EPOCHS = 12  # enough to kill training after its second epoch; the next run trains the rest


def trainer_status(stack: Stack) -> dict:
    return requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]


def await_epoch_after(stack: Stack, epoch: int) -> None:
    def later(answer: requests.Response) -> bool:
        status = answer.json()["trainer"]
        return (status["epoch"] or 0) > epoch and status["state"] == "running"

    await_(lambda: requests.get(f"{stack.url}/model", timeout=10), later, TRAINING_SECONDS)


@pytest.fixture
def training(stack, request):
    """Training that runs for longer, with a different seed.

    The test's parameter is the number of epochs. Parameters and model are restored afterwards.
    """
    container = f"{stack.project}-training"
    try:
        with stack.changed_params(
            ("seed: 1", "seed: 2"), ("epochs: 5", f"epochs: {request.param}")
        ):
            stack.compose("run", "--detach", "--name", container, "trainer", "dvc", "repro")
            await_epoch_after(stack, 1)
            yield container
    finally:
        stack.run("docker", "rm", "--force", container, check=False)
        stack.make("train")


@pytest.mark.parametrize("training", [EPOCHS], indirect=True)
def test_a_second_trainer_exits_and_a_stopped_one_keeps_the_model(stack, training):
    served, metrics = stack.store_file("CURRENT"), stack.metrics()
    second = stack.run("make", "train", check=False)
    assert "already running" in second.stdout + second.stderr
    assert second.returncode != 0
    await_epoch_after(stack, trainer_status(stack)["epoch"])
    stack.run("docker", "stop", training)
    status = trainer_status(stack)
    assert (status["state"], status["stage"]) == ("failed", "train")
    assert "stopped" in status["error"]
    assert (stack.store_file("CURRENT"), stack.metrics()) == (served, metrics)


@pytest.mark.parametrize("training", [FEW_EPOCHS], indirect=True)
def test_killed_training_is_reported_and_resumed_by_the_next_run(stack, training):
    served, metrics = stack.store_file("CURRENT"), stack.metrics()
    stack.run("docker", "kill", training)
    status = trainer_status(stack)
    assert (status["state"], status["stage"]) == ("failed", "train")
    assert "was killed; 'make train' continues where it left off" in status["error"]
    assert (stack.store_file("CURRENT"), stack.metrics()) == (served, metrics)
    assert re.search(rf"resumed after epoch \d+ of {FEW_EPOCHS}", stack.make("train"))
    assert trainer_status(stack)["state"] == "done"
