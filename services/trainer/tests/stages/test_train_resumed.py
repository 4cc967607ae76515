import logging
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import pytest
import tf2onnx.utils
import yaml

from training import paths
from training.network.checkpoints import Checkpoints
from training.params import EngineerFeaturesParams, load_params
from training.stages import train

# The stage's code that runs after training.
AFTER_TRAINING = {
    "model_contract.model.error_metrics",
    "training.network.keras_archive",
    "training.network.onnx_export",
    "training.scoring.diebold_mariano",
    "training.scoring.lstm_significance",
}


@pytest.fixture
def data_files(workspace, monkeypatch) -> tuple[Path, ...]:
    """The files that the key depends on, with different content, in a separate workspace."""
    for number, path in enumerate(train.DATA):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number)
    return train.DATA


def test_a_checkpoint_depends_on_data_parameters_and_libraries(
    data_files, train_params, monkeypatch
):
    windows = load_params(EngineerFeaturesParams)
    keys = [train.training_key(train_params, windows)]
    assert keys == [train.training_key(train_params, windows)]
    keys.append(train.training_key(replace(train_params, units=train_params.units + 1), windows))
    keys.append(train.training_key(train_params, replace(windows, window=windows.window + 1)))
    keys.append(train.training_key(train_params, replace(windows, horizon=windows.horizon + 1)))
    for path in data_files:
        path.write_bytes(path.read_bytes() + b"more")
        keys.append(train.training_key(train_params, windows))
    monkeypatch.setattr(keras, "__version__", "another")
    keys.append(train.training_key(train_params, windows))
    assert len(set(keys)) == len(keys) == 5 + len(data_files)


def test_a_parameter_that_weights_do_not_depend_on_keeps_checkpoints(data_files, train_params):
    windows = load_params(EngineerFeaturesParams)
    assert train.training_key(train_params, windows) == train.training_key(
        train_params, replace(windows, sample_windows=9)
    )


def test_a_checkpoint_depends_on_the_code_that_dvc_yaml_lists(repository):
    deps = yaml.safe_load((repository / "dvc.yaml").read_text())["stages"]["train"]["deps"]
    packages = {"${training}/": "training/", "${contract}/": "model_contract/"}
    code = set()
    for path in deps:
        for variable, package in packages.items():
            if path.startswith(variable):
                code.add(path.replace(variable, package).removesuffix(".py").replace("/", "."))
    assert set(train.CODE) == code - AFTER_TRAINING


COURSE = {"epochs": 6, "dropout": 0.2, "learning_rate": 0.01}


@dataclass(frozen=True)
class Ended:
    """A workspace after the stage, and the files that the stage wrote."""

    tree: Path
    written: dict[str, bytes]


@pytest.fixture(scope="module")
def ended(finished, tmp_path_factory) -> Ended:
    """Uninterrupted training with dropout. Tests must not change the workspace."""
    tree = copy_workspace(finished, tmp_path_factory.mktemp("uninterrupted"))
    with pytest.MonkeyPatch.context() as patch:
        return Ended(tree, run_stage(tree, patch))


@pytest.fixture
def uninterrupted(ended) -> dict[str, bytes]:
    """The files that the stage writes without an interruption."""
    return ended.written


def copy_workspace(finished, target: Path) -> Path:
    shutil.copytree(finished.root, target, dirs_exist_ok=True)
    replace(finished, root=target).write_params(train=COURSE)
    return target


def run_stage(tree: Path, patch: pytest.MonkeyPatch) -> dict[str, bytes]:
    patch.chdir(tree)
    patch.setenv("MODEL_STORE", str(tree / "models"))
    keras.utils.clear_session()  # numbers layers from 1, as in a new process
    patch.setattr(tf2onnx.utils, "INTERNAL_NAME", 1)  # restarts the exporter's numbering too
    train.main()
    written = [paths.KERAS_MODEL, paths.ONNX_MODEL, paths.TRAINING_METRICS]
    written += [paths.SERVED_KERAS_MODEL, paths.SERVED_ONNX_MODEL, paths.SERVED_CALENDAR_EFFECTS]
    written += sorted(path for path in paths.TRAINING_CURVES.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in written}


class Killed(BaseException):
    """Ends the stage like SIGKILL, without ending the tests."""


def kill(*_: object) -> None:
    raise Killed


def run_until_killed(tree: Path, owner: object, name: str, replacement=kill) -> None:
    """Run the stage with a method or function replaced by one that kills it."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, replacement)
        run_stage(tree, patch)


def test_a_stage_killed_in_an_epoch_resumes_to_identical_files(
    finished, uninterrupted, tmp_path, monkeypatch, caplog
):
    """Compares the model, the ONNX file, the metrics and DVCLive's curves."""
    tree = copy_workspace(finished, tmp_path)
    run_until_killed(
        tree, Checkpoints, "_keep", lambda _, __, epoch: kill() if epoch == 4 else None
    )
    assert (tree / "checkpoints").exists()
    caplog.set_level(logging.INFO)
    assert run_stage(tree, monkeypatch) == uninterrupted
    assert "resumed after epoch 4 of 6" in caplog.messages


def test_a_stage_killed_during_the_export_does_not_retrain(
    finished, uninterrupted, tmp_path, monkeypatch, caplog
):
    tree = copy_workspace(finished, tmp_path)
    run_until_killed(tree, train, "export_onnx")
    caplog.set_level(logging.INFO)
    assert run_stage(tree, monkeypatch) == uninterrupted
    assert "resumed after epoch 6 of 6" in caplog.messages
    assert not [line for line in caplog.messages if line.startswith("epoch ")]


def test_a_stage_that_ended_before_dvc_was_killed_does_not_retrain(
    ended, tmp_path, monkeypatch, caplog
):
    """DVC records the end of a stage a moment after it ends."""
    shutil.copytree(ended.tree, tmp_path, dirs_exist_ok=True)
    caplog.set_level(logging.INFO)
    assert run_stage(tmp_path, monkeypatch) == ended.written
    assert "resumed after epoch 6 of 6" in caplog.messages


def test_changed_parameters_start_training_over(
    finished, uninterrupted, tmp_path, monkeypatch, caplog
):
    tree = copy_workspace(finished, tmp_path)
    replace(finished, root=tree).write_params(train=COURSE | {"seed": 7})
    run_until_killed(tree, train, "export_onnx")
    replace(finished, root=tree).write_params(train=COURSE)
    caplog.set_level(logging.INFO)
    assert run_stage(tree, monkeypatch) == uninterrupted
    assert "resumed" not in caplog.text
    kept = {path.name.removesuffix("-refit") for path in (tree / "checkpoints").iterdir()}
    assert len(kept) == 1
