import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.network.checkpoints import Arrays, Checkpoints


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


def test_without_a_checkpoint_there_is_no_state(checkpoints, caplog):
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


def test_checkpoints_after_the_resumed_epoch_are_removed(checkpoints):
    for epoch in (7, 8):
        checkpoints.save(epoch, state(epoch))
    checkpoints.save(1, state(1))
    checkpoints.save(2, state(2))
    assert names(checkpoints) == ["epoch-000001", "epoch-000002"]


@pytest.mark.parametrize("length", [0, 1, 64, 65, 200, -1])
def test_a_truncated_checkpoint_is_reported_and_the_previous_used(checkpoints, caplog, length):
    for epoch in (1, 2):
        checkpoints.save(epoch, state(epoch))
    newest = checkpoints.folder / "epoch-000002"
    newest.write_bytes(newest.read_bytes()[:length])
    assert epoch_of(checkpoints.newest()) == 1
    (line,) = caplog.messages
    assert line.startswith(f"the checkpoint {newest} cannot be used: the checksum of its ")


@pytest.mark.parametrize("position", [0, 64, 70, 300, -1])
def test_a_changed_byte_is_detected(checkpoints, position):
    checkpoints.save(1, state(1))
    path = checkpoints.folder / "epoch-000001"
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    assert checkpoints.newest() is None


def test_without_a_valid_checkpoint_training_starts_over(checkpoints, caplog):
    for epoch in (1, 2):
        checkpoints.save(epoch, state(epoch))
        (checkpoints.folder / f"epoch-{epoch:06d}").write_bytes(b"\0" * 500)
    assert checkpoints.newest() is None
    assert len(caplog.messages) == 3
    assert caplog.messages[-1] == "no usable checkpoint is left; training starts over"


def test_a_checkpoint_that_cannot_be_read_is_skipped(checkpoints, caplog):
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


def test_a_full_disk_is_logged_once_and_the_last_checkpoint_stays(checkpoints, monkeypatch, caplog):
    checkpoints.save(1, state(1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for epoch in (2, 3):
        checkpoints.save(epoch, state(epoch))
    (line,) = caplog.messages
    assert line.startswith(
        "could not save a checkpoint after epoch 2: [Errno 28] No space left on device; "
        "training continues"
    )
    assert names(checkpoints) == ["epoch-000001"]
    assert epoch_of(checkpoints.newest()) == 1


def test_checkpoints_continue_once_the_disk_has_room(checkpoints, monkeypatch):
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
    assert "training continues" in caplog.text


@pytest.mark.parametrize("step", ["write", "fsync", "replace", "unlink"])
def test_a_kill_while_saving_keeps_the_last_checkpoint(checkpoints, step):
    """Kills halfway through the file, before the flush, the rename and the removal of old files."""
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


def test_checkpoints_of_other_trainings_are_removed(checkpoints):
    checkpoints.remove_others()
    Checkpoints("another key", checkpoints.root).save(1, state(1))
    checkpoints.save(2, state(2))
    checkpoints.remove_others()
    assert [folder.name for folder in checkpoints.root.iterdir()] == [checkpoints.folder.name]
    assert epoch_of(checkpoints.newest()) == 2
