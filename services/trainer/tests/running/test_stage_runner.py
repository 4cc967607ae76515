import os
import re
import signal
import subprocess
import sys

import pytest

from model_contract.errors import BundleError
from training.errors import TrainingError
from training.running.stage_runner import run_command, run_stage
from training.running.status import report
from training.store.open import model_store


def fail_with(error: BaseException):
    def work() -> None:
        raise error

    return work


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_successful_stage_leaves_the_status_running_for_the_next(workspace, restored_process):
    run_stage("preprocess", lambda: None)
    assert (model_store().status().state, model_store().status().stage) == ("running", "preprocess")


def test_the_status_is_running_while_the_stage_works(workspace, restored_process):
    seen = []
    run_stage("train", lambda: seen.append(model_store().status().state))
    assert seen == ["running"]


@pytest.mark.parametrize(
    "error",
    [TrainingError("no\nway"), BundleError("no\nway")],
    ids=["training error", "contract error"],
)
def test_an_expected_error_exits_with_1_and_becomes_the_status(workspace, restored_process, error):
    with pytest.raises(SystemExit) as caught:
        run_stage("train", fail_with(error))
    assert caught.value.code == 1
    last = model_store().status()
    assert (last.state, last.stage, last.error) == ("failed", "train", "no\nway")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            OSError(28, "No space left on device", "/workspace/x"),
            r"^No space left on device: /workspace/x; free space on that disk \(.*continues where "
            r"it left off",
        ),
        (OSError(122, "Disk quota exceeded"), "^Disk quota exceeded; free space"),
        (PermissionError(13, "Permission denied", "data/raw"), "^Permission denied: data/raw$"),
        (OSError("some other error"), "^some other error$"),
    ],
    ids=["a full disk", "a full quota", "no permission", "no error number"],
)
def test_a_system_error_is_reported_with_its_file_and_advice(
    workspace, restored_process, error, text
):
    with pytest.raises(SystemExit) as caught:
        run_stage("train", fail_with(error))
    assert caught.value.code == 1
    assert re.search(text, model_store().status().error)


def test_an_unexpected_error_propagates_and_the_status_points_to_the_log(
    workspace, restored_process
):
    with pytest.raises(ZeroDivisionError):
        run_stage("train", fail_with(ZeroDivisionError("1 / 0")))
    last = model_store().status()
    assert (last.state, last.error) == (
        "failed",
        "the run ended unexpectedly; see its terminal or log",
    )


def test_an_expected_error_is_logged_without_a_traceback(workspace):
    ended = python(
        "-c",
        "from training.errors import TrainingError\nfrom training.running.stage_runner import "
        "run_stage\n"
        "def work(): raise TrainingError('too few sessions')\n"
        "run_stage('preprocess', work)",
    )
    assert ended.returncode == 1
    assert ended.stdout.rstrip().endswith(" preprocess: too few sessions")
    assert ended.stderr == ""


def test_an_unexpected_error_shows_its_traceback(workspace):
    ended = python(
        "-c",
        "from training.running.stage_runner import run_stage\ndef work(): 1 / "
        "0\nrun_stage('preprocess', work)",
    )
    assert ended.returncode == 1
    assert ended.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


def test_sigterm_ends_a_stage_with_143_and_a_failed_status(workspace):
    ended = python(
        "-c",
        "import os, signal\nfrom training.running.stage_runner import run_stage\n"
        "def work():\n    os.kill(os.getpid(), signal.SIGTERM)\n    signal.pause()\n"
        "run_stage('train', work)",
    )
    assert ended.returncode == 128 + signal.SIGTERM
    assert model_store().status().state == "failed"


def test_a_stage_without_data_names_the_missing_path(workspace):
    ended = python("-m", "training", "load_data")
    assert ended.returncode == 1
    assert (
        "load_data: load_data.path: data/raw does not exist; expected a file of prices or a folder "
        "of them" in ended.stdout
    )
    assert ended.stderr == ""


def test_the_store_is_in_the_tree_unless_the_environment_names_another(monkeypatch):
    monkeypatch.delenv("MODEL_STORE", raising=False)
    assert str(model_store().directory) == "models"


def test_a_store_that_cannot_be_written_to_does_not_stop_training(
    workspace, restored_process, monkeypatch
):
    monkeypatch.setenv("MODEL_STORE", "/dev/null/models")
    done = []
    run_stage("train", lambda: done.append(True))
    assert done == [True]


def test_a_command_leaves_the_status_unchanged(workspace, restored_process):
    report("done", "publish")
    run_command("backtest", lambda: None, sys.stdout)
    assert (model_store().status().state, model_store().status().stage) == ("done", "publish")


def test_an_error_in_a_command_exits_with_1_and_keeps_the_status(
    workspace, restored_process, caplog
):
    with pytest.raises(SystemExit) as caught:
        run_command("backtest", fail_with(TrainingError("too few sessions")), sys.stdout)
    assert caught.value.code == 1
    assert caplog.messages == ["too few sessions"]
    assert model_store().status() is None
