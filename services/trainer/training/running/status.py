"""Reports the trainer's progress to the page, through status.json in the model store."""

import logging

from model_contract.store.model_store import utc_now
from model_contract.store.trainer_status import DONE, FAILED, RUNNING, TrainerStatus
from training.store.open import model_store

log = logging.getLogger(__name__)

FIRST_STAGE = "load_data"


def report(state: str, stage: str, error: str | None = None) -> None:
    """Replace the status."""
    _write(TrainerStatus(state, stage, utc_now(), error=error))


def report_epoch(
    epoch: int, epochs: int, loss: float, validation_loss: float, eta_seconds: float
) -> None:
    """Replace the status with the training progress."""
    _write(
        TrainerStatus(
            RUNNING,
            "train",
            utc_now(),
            epoch=epoch,
            epochs=epochs,
            loss=loss,
            validation_loss=validation_loss,
            eta_seconds=eta_seconds,
        )
    )


def report_end(error: str | None = None) -> None:
    """Report the end of `dvc repro`: done, or failed with `error`.

    If a stage has reported its own failure, that more precise report is kept.
    """
    last = model_store().status()
    if last is None or last.state == RUNNING:
        report(FAILED if error else DONE, last.stage if last else FIRST_STAGE, error)


def _write(status: TrainerStatus) -> None:
    """Write the status. If the store isn't writable, training continues."""
    try:
        model_store().write_status(status)
    except OSError as error:
        log.warning("could not write the status: %s", error)
