import hashlib
import io
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tf2onnx.utils
import yaml

from training import paths
from training.network.checkpoints import Arrays, Checkpoints
from training.params import EngineerFeaturesParams, load_params
from training.stages import train

# Of training's code, what works on weights that are trained already.
AFTER_TRAINING = {
    "model_contract.model.forecasting",
    "training.scoring.lstm_significance",
    "training.network.keras_archive",
    "training.network.onnx_export",
    "model_contract.model.onnx_network",
    "training.scoring.scores",
}


@pytest.fixture
def checkpoints(tmp_path) -> Checkpoints:
    return Checkpoints("key", tmp_path / "checkpoints")


def state(epoch: int) -> Arrays:
    return {
        "losses": np.arange(epoch + 1.0),
        "network/0": np.full((2, 3), epoch, np.float32),
        "seed": np.array([1, 2**40 + epoch]),
    }


def epoch_of(found: Arrays | None) -> int | None:
    return None if found is None else len(found["losses"]) - 1


def names(checkpoints: Checkpoints) -> list[str]:
    return sorted(path.name for path in checkpoints.folder.iterdir())


def test_without_a_checkpoint_there_is_nothing_to_go_on_from(checkpoints, caplog):
    assert checkpoints.newest() is None
    assert caplog.messages == []


def test_the_newest_state_comes_back_as_it_was_saved(checkpoints):
    for epoch in (9, 10):
        checkpoints.save(epoch, state(epoch))
    found = checkpoints.newest()
    assert found is not None
    assert found.keys() == state(10).keys()
    for name, values in state(10).items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


def test_the_last_two_are_kept(checkpoints):
    for epoch in range(1, 5):
        checkpoints.save(epoch, state(epoch))
    assert names(checkpoints) == ["epoch-000003", "epoch-000004"]


def test_what_lies_beyond_the_epoch_that_training_went_back_to_goes(checkpoints):
    for epoch in (7, 8):
        checkpoints.save(epoch, state(epoch))
    checkpoints.save(1, state(1))
    checkpoints.save(2, state(2))
    assert names(checkpoints) == ["epoch-000001", "epoch-000002"]


@pytest.mark.parametrize("length", [0, 1, 64, 65, 200, -1])
def test_a_torn_checkpoint_is_named_and_the_one_before_is_taken(checkpoints, caplog, length):
    for epoch in (1, 2):
        checkpoints.save(epoch, state(epoch))
    newest = checkpoints.folder / "epoch-000002"
    newest.write_bytes(newest.read_bytes()[:length])
    assert epoch_of(checkpoints.newest()) == 1
    (line,) = caplog.messages
    assert line.startswith(
        f"the checkpoint {newest} cannot be used: it is damaged: the checksum in it is not that of its "
    )


@pytest.mark.parametrize("position", [0, 64, 70, 300, -1])
def test_a_changed_byte_is_noticed(checkpoints, position):
    checkpoints.save(1, state(1))
    path = checkpoints.folder / "epoch-000001"
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    assert checkpoints.newest() is None


def test_without_a_whole_checkpoint_training_starts_anew_and_says_so(checkpoints, caplog):
    for epoch in (1, 2):
        checkpoints.save(epoch, state(epoch))
        (checkpoints.folder / f"epoch-{epoch:06d}").write_bytes(b"\0" * 500)
    assert checkpoints.newest() is None
    assert len(caplog.messages) == 3
    assert caplog.messages[-1] == "no checkpoint is left that can be used; training starts anew"


def test_a_checkpoint_that_cannot_be_read_is_passed_over(checkpoints, caplog):
    checkpoints.save(1, state(1))
    (checkpoints.folder / "epoch-000002").mkdir()
    assert epoch_of(checkpoints.newest()) == 1
    assert "Is a directory" in caplog.text


def test_a_pickle_in_a_checkpoint_is_never_loaded(checkpoints, tmp_path, caplog):
    class Pickled:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    archive = io.BytesIO()
    np.savez(archive, losses=np.array([Pickled()], dtype=object))
    checkpoints.folder.mkdir(parents=True)
    sealed = hashlib.sha256(archive.getvalue()).hexdigest().encode() + b"\n" + archive.getvalue()
    (checkpoints.folder / "epoch-000001").write_bytes(sealed)
    assert checkpoints.newest() is None
    assert "allow_pickle=False" in caplog.text
    assert not (tmp_path / "touched").exists()


def test_a_full_disk_is_one_line_in_the_log_and_the_checkpoint_before_stays(
    checkpoints, monkeypatch, caplog
):
    checkpoints.save(1, state(1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for epoch in (2, 3):
        checkpoints.save(epoch, state(epoch))
    (line,) = caplog.messages
    assert line.startswith(
        "no checkpoint after epoch 2: [Errno 28] No space left on device; training goes on"
    )
    assert names(checkpoints) == ["epoch-000001"]
    assert epoch_of(checkpoints.newest()) == 1


def test_checkpoints_go_on_once_there_is_room_again(checkpoints, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(
            Checkpoints,
            "_keep",
            lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")),
        )
        checkpoints.save(1, state(1))
    checkpoints.save(2, state(2))
    assert epoch_of(checkpoints.newest()) == 2


def test_a_folder_that_cannot_be_made_does_not_end_training(tmp_path, caplog):
    (tmp_path / "checkpoints").write_text("in the way")
    Checkpoints("key", tmp_path / "checkpoints").save(1, state(1))
    assert "training goes on" in caplog.text


@pytest.mark.parametrize("step", ["write", "fsync", "replace", "unlink"])
def test_a_process_that_dies_while_it_saves_leaves_the_checkpoint_before_and_the_next_save_no_litter(
    checkpoints, step
):
    """After half of the file is written, before it is flushed, before it is renamed, before older ones are removed."""
    for epoch in (1, 2):
        checkpoints.save(epoch, state(epoch))
    code = f"""
import io, os, pathlib
import numpy as np
from training.network.checkpoints import Checkpoints
def die(*arguments, **options):
    os._exit(9)
def half(self, data):
    io.FileIO.write(self.raw, data[: len(data) // 2])
    die()
class Torn(io.BufferedWriter):
    write = half
if {step!r} == "write":
    pathlib.Path.open = lambda self, mode: Torn(io.FileIO(self, "w"))
elif {step!r} == "fsync":
    os.fsync = die
else:
    setattr(pathlib.Path, {step!r}, die)
Checkpoints("key", pathlib.Path({str(checkpoints.root)!r})).save(3, {{"losses": np.arange(4.0)}})
"""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ended.returncode == 9
    assert epoch_of(checkpoints.newest()) == (3 if step == "unlink" else 2)
    checkpoints.save(3, state(3))
    assert names(checkpoints) == ["epoch-000002", "epoch-000003"]


def test_checkpoints_of_earlier_trainings_are_removed_and_the_own_ones_kept(checkpoints):
    checkpoints.remove_others()
    Checkpoints("another key", checkpoints.root).save(1, state(1))
    checkpoints.save(2, state(2))
    checkpoints.remove_others()
    assert [folder.name for folder in checkpoints.root.iterdir()] == [checkpoints.folder.name]
    assert epoch_of(checkpoints.newest()) == 2


@pytest.fixture
def data_files(workspace, monkeypatch) -> tuple[Path, ...]:
    """What the key reads, with other content, in a workspace of its own."""
    for number, path in enumerate(train.DATA):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number)
    return train.DATA


def test_a_checkpoint_belongs_to_the_same_data_parameters_and_libraries(
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
    assert len(set(keys)) == len(keys) == 8


def test_what_the_weights_do_not_depend_on_leaves_a_checkpoint_valid(data_files, train_params):
    windows = load_params(EngineerFeaturesParams)
    assert train.training_key(train_params, windows) == train.training_key(
        train_params, replace(windows, sample_windows=9)
    )


def test_a_checkpoint_belongs_to_the_code_that_dvc_yaml_names_for_training(repository):
    deps = [
        Path(path)
        for path in yaml.safe_load((repository / "dvc.yaml").read_text())["stages"]["train"]["deps"]
    ]
    packages = {"${training}": "training", "${contract}": "model_contract"}
    code = {f"{packages[str(path.parent)]}.{path.stem}" for path in deps if path.suffix == ".py"}
    assert set(train.CODE) == code - AFTER_TRAINING


COURSE = {"epochs": 6, "patience": 6, "dropout": 0.2}


@pytest.fixture(scope="module")
def undisturbed(finished, tmp_path_factory) -> dict[str, bytes]:
    """All that the stage writes, of a training with dropout that nothing disturbs."""
    tree = copy_workspace(finished, tmp_path_factory.mktemp("undisturbed"))
    with pytest.MonkeyPatch.context() as patch:
        return run_stage(tree, patch)


def copy_workspace(finished, target: Path) -> Path:
    shutil.copytree(finished.root, target, dirs_exist_ok=True)
    replace(finished, root=target).write_params(train=COURSE)
    return target


def run_stage(tree: Path, patch: pytest.MonkeyPatch) -> dict[str, bytes]:
    patch.chdir(tree)
    patch.setenv("MODEL_STORE", str(tree / "models"))
    keras.utils.clear_session()  # layers are numbered from the beginning, as in a process of its own
    patch.setattr(tf2onnx.utils, "INTERNAL_NAME", 1)  # and so are the exporter's names
    train.main()
    written = [paths.KERAS_MODEL, paths.ONNX_MODEL, paths.TRAINING_METRICS]
    written += sorted(path for path in paths.TRAINING_CURVES.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in written}


class Killed(BaseException):
    """Ends the stage as SIGKILL would, but not the tests."""


def kill(*_: object) -> None:
    raise Killed


def test_a_stage_that_is_killed_in_an_epoch_ends_with_the_very_files_of_an_undisturbed_one(
    finished, undisturbed, tmp_path, monkeypatch, caplog
):
    """The model, the ONNX file, the metrics and DVCLive's curves."""
    tree = copy_workspace(finished, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "_keep", lambda _, __, epoch: kill() if epoch == 4 else None)
        with pytest.raises(Killed):
            run_stage(tree, patch)
    assert (tree / "checkpoints").exists()
    caplog.set_level(logging.INFO)
    assert run_stage(tree, monkeypatch) == undisturbed
    assert "resumed after epoch 4 of 6" in caplog.messages


def test_a_stage_that_is_killed_while_it_exports_trains_no_more(
    finished, undisturbed, tmp_path, monkeypatch, caplog
):
    tree = copy_workspace(finished, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(train, "export_onnx", kill)
        with pytest.raises(Killed):
            run_stage(tree, patch)
    caplog.set_level(logging.INFO)
    assert run_stage(tree, monkeypatch) == undisturbed
    assert "resumed after epoch 6 of 6" in caplog.messages
    assert not [line for line in caplog.messages if line.startswith("epoch ")]


def test_a_stage_that_had_ended_when_dvc_was_killed_trains_no_more(
    finished, undisturbed, tmp_path, monkeypatch, caplog
):
    """DVC notes that a stage has ended only some moments later."""
    tree = copy_workspace(finished, tmp_path)
    with monkeypatch.context() as patch:
        run_stage(tree, patch)
    caplog.set_level(logging.INFO)
    assert run_stage(tree, monkeypatch) == undisturbed
    assert "resumed after epoch 6 of 6" in caplog.messages


def test_a_stage_whose_parameters_changed_meanwhile_starts_anew(
    finished, undisturbed, tmp_path, monkeypatch, caplog
):
    tree = copy_workspace(finished, tmp_path)
    replace(finished, root=tree).write_params(train=COURSE | {"seed": 7})
    with monkeypatch.context() as patch:
        patch.setattr(train, "export_onnx", kill)
        with pytest.raises(Killed):
            run_stage(tree, patch)
    replace(finished, root=tree).write_params(train=COURSE)
    caplog.set_level(logging.INFO)
    assert run_stage(tree, monkeypatch) == undisturbed
    assert "resumed" not in caplog.text
    assert len(list((tree / "checkpoints").iterdir())) == 1
