import fcntl
import json
from dataclasses import replace

import pytest

from model_contract.store.model_store import LOCK
from model_contract.store.store_reader import STATUS, TRAINER_LOCK
from model_contract.store.trainer_status import TrainerStatus

STATUS_NOW = TrainerStatus(
    "running",
    "train",
    "2026-11-22T12:00:00Z",
    epoch=3,
    epochs=60,
    loss=0.5,
    validation_loss=1 / 3,
    eta_seconds=9.5,
)


def test_the_status_is_read_as_it_was_written(store):
    store.write_status(STATUS_NOW)
    assert store.status() == STATUS_NOW


def test_a_later_status_replaces_the_earlier_one(store):
    store.write_status(STATUS_NOW)
    store.write_status(TrainerStatus("failed", "train", "2026-11-22T12:01:00Z", error="no"))
    assert store.status() == TrainerStatus("failed", "train", "2026-11-22T12:01:00Z", error="no")


def test_a_running_trainer_counts_as_failed_once_its_lock_is_free(store):
    store.write_status(STATUS_NOW)
    with (store.directory / TRAINER_LOCK).open("w") as trainer:
        fcntl.flock(trainer, fcntl.LOCK_EX)
        assert store.status() == STATUS_NOW
    killed = store.status()
    assert killed == replace(
        STATUS_NOW,
        state="failed",
        error="the last training was killed; 'make train' continues where it left off",
    )


def test_a_finished_trainer_is_not_reported_as_killed(store):
    done = TrainerStatus("done", "publish", "2026-11-22T12:01:00Z")
    store.write_status(done)
    (store.directory / TRAINER_LOCK).touch()
    assert store.status() == done


def test_reading_the_status_does_not_hold_the_trainer_lock(store):
    store.write_status(STATUS_NOW)
    (store.directory / TRAINER_LOCK).touch()
    store.status()
    with (store.directory / TRAINER_LOCK).open("r+") as trainer:
        fcntl.flock(trainer, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_writing_a_status_leaves_no_temporary_files(store):
    store.write_status(STATUS_NOW)
    assert {path.name for path in store.directory.iterdir()} == {STATUS, LOCK}


def test_the_status_is_none_before_the_trainer_has_run(store):
    assert store.status() is None


@pytest.mark.parametrize(
    "data",
    [b"", b'{"state": "run', b"null", b"[]", b'{"state": "running"}', b'{"other": 1}', b"\xff\xfe"],
    ids=["empty", "cut off", "null", "a list", "too few fields", "unknown field", "not text"],
)
def test_a_damaged_status_counts_as_none(store, data):
    store.directory.mkdir()
    (store.directory / STATUS).write_bytes(data)
    assert store.status() is None


def test_a_status_with_nan_is_refused_and_the_old_one_stays(store):
    store.write_status(STATUS_NOW)
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_status(
            TrainerStatus("running", "train", "2026-11-22T12:00:00Z", loss=float("nan"))
        )
    assert json.loads((store.directory / STATUS).read_text())["loss"] == 0.5
