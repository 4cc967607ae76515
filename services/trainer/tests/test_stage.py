import os
import re
import signal
import subprocess
import sys

import pytest

from model_contract.errors import BundleError
from model_contract.store.model_store import TrainerStatus
from training.errors import TrainingError
from training.running import status
from training.running.stage import run, run_apart
from training.running.status import report
from training.store.open import model_store


def fail_with(error: BaseException):
    def work() -> None:
        raise error

    return work


def python(workspace, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace.root,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_stage_that_ends_well_leaves_the_status_running_for_the_next(workspace, as_a_stage):
    run("preprocess", lambda: None)
    assert (model_store().status().state, model_store().status().stage) == ("running", "preprocess")


def test_the_status_is_running_while_the_stage_works(workspace, as_a_stage):
    seen = []
    run("train", lambda: seen.append(model_store().status().state))
    assert seen == ["running"]


@pytest.mark.parametrize(
    "error",
    [TrainingError("no\nway"), BundleError("no\nway")],
    ids=["of training", "of the contract"],
)
def test_an_error_of_ours_exits_with_1_and_its_message_as_the_status(workspace, as_a_stage, error):
    with pytest.raises(SystemExit) as caught:
        run("train", fail_with(error))
    assert caught.value.code == 1
    last = model_store().status()
    assert (last.state, last.stage, last.error) == ("failed", "train", "no\nway")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(28, "No space left on device", "/workspace/x"),
            r"^No space left on device: /workspace/x; make room on that disk \(.*goes on",
        ),
        (OSError(122, "Disk quota exceeded"), "^Disk quota exceeded; make room"),
        (PermissionError(13, "Permission denied", "data/raw"), "^Permission denied: data/raw$"),
        (OSError("of another kind"), "^of another kind$"),
    ],
    ids=["a full disk", "a quota", "no permission", "without a number"],
)
def test_an_error_of_the_system_is_told_in_words_with_the_file_and_what_to_do(
    workspace, as_a_stage, error, told
):
    with pytest.raises(SystemExit) as caught:
        run("train", fail_with(error))
    assert caught.value.code == 1
    assert re.search(told, model_store().status().error)


def test_an_unexpected_error_is_raised_on_and_the_status_says_where_to_look(workspace, as_a_stage):
    with pytest.raises(ZeroDivisionError):
        run("train", fail_with(ZeroDivisionError("1 / 0")))
    last = model_store().status()
    assert (last.state, last.error) == (
        "failed",
        "it ended unexpectedly; the terminal or log of that run shows why",
    )


def test_an_error_of_ours_is_logged_plainly_without_a_traceback(workspace):
    ended = python(
        workspace,
        "from training import stage; from training.errors import TrainingError\n"
        "def work(): raise TrainingError('too few sessions')\n"
        "stage.run('preprocess', work)",
    )
    assert ended.returncode == 1
    assert ended.stdout.rstrip().endswith(" preprocess: too few sessions")
    assert ended.stderr == ""


def test_an_unexpected_error_shows_its_traceback(workspace):
    ended = python(
        workspace, "from training import stage\ndef work(): 1 / 0\nstage.run('preprocess', work)"
    )
    assert ended.returncode == 1
    assert ended.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


def test_sigterm_ends_a_stage_with_143_and_a_failed_status(workspace):
    ended = python(
        workspace,
        "import os, signal\nfrom training import stage\n"
        "def work():\n    os.kill(os.getpid(), signal.SIGTERM)\n    signal.pause()\n"
        "stage.run('train', work)",
    )
    assert ended.returncode == 128 + signal.SIGTERM
    assert model_store().status().state == "failed"


def test_a_stage_without_data_says_what_is_missing(workspace):
    ended = subprocess.run(
        [sys.executable, "-m", "training.stages.load_data"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ended.returncode == 1
    assert (
        "load_data: load_data.path: data/raw does not exist; expected a CSV file or a folder of CSV files"
        in ended.stdout
    )
    assert ended.stderr == ""


def test_the_store_lies_in_the_working_tree_unless_the_environment_names_another(monkeypatch):
    monkeypatch.delenv("MODEL_STORE", raising=False)
    assert str(model_store().directory) == "models"


def test_a_failed_pipeline_is_noted_with_the_stage_that_ran_last(workspace, monkeypatch):
    report("running", "train")
    monkeypatch.setattr(sys, "argv", ["status", "failed", "dvc repro ended with exit status 255"])
    status.main()
    last = model_store().status()
    assert (last.state, last.stage, last.error) == (
        "failed",
        "train",
        "dvc repro ended with exit status 255",
    )


def test_a_stage_s_own_words_about_its_failure_stay(workspace, monkeypatch):
    report("failed", "load_data", "line 3: expected a price > 0, found 0")
    monkeypatch.setattr(sys, "argv", ["status", "failed", "dvc repro ended with exit status 255"])
    status.main()
    assert model_store().status().error == "line 3: expected a price > 0, found 0"


def test_a_pipeline_that_fails_before_its_first_stage_is_noted(workspace, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["status", "failed", "dvc repro ended with exit status 255"])
    status.main()
    assert isinstance(model_store().status(), TrainerStatus)
    assert model_store().status().error == "dvc repro ended with exit status 255"


def test_a_new_run_clears_the_failure_of_the_last(workspace, monkeypatch):
    report("failed", "train", "disk full")
    monkeypatch.setattr(sys, "argv", ["status", "running"])
    status.main()
    assert (model_store().status().state, model_store().status().error) == ("running", None)


def test_a_run_of_some_stages_ends_as_done(workspace, monkeypatch):
    report("running", "train")
    monkeypatch.setattr(sys, "argv", ["status", "done"])
    status.main()
    assert (model_store().status().state, model_store().status().stage) == ("done", "train")


def test_a_store_that_cannot_be_written_to_does_not_stop_training(
    workspace, as_a_stage, monkeypatch
):
    monkeypatch.setenv("MODEL_STORE", "/dev/null/models")
    done = []
    run("train", lambda: done.append(True))
    assert done == [True]


def test_what_is_no_stage_leaves_the_page_as_it_is(workspace, as_a_stage):
    report("done", "publish")
    run_apart("backtest", lambda: None)
    assert (model_store().status().state, model_store().status().stage) == ("done", "publish")


def test_an_error_in_what_is_no_stage_exits_with_1_and_the_page_is_not_told(
    workspace, as_a_stage, caplog
):
    with pytest.raises(SystemExit) as caught:
        run_apart("backtest", fail_with(TrainingError("too few sessions")))
    assert caught.value.code == 1
    assert caplog.messages == ["too few sessions"]
    assert model_store().status() is None
