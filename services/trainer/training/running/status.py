"""Tells the page what the trainer is doing, through status.json in the model store."""

import logging
import sys

from model_contract.errors import BundleError
from model_contract.store.model_store import FAILED, RUNNING, TrainerStatus, utc_now
from training.store.open import model_store, signing_store

log = logging.getLogger(__name__)

FIRST_STAGE = "load_data"


def report(state: str, stage: str, error: str | None = None) -> None:
    """Replace the status."""
    _write(TrainerStatus(state, stage, utc_now(), error=error))


def report_epoch(
    epoch: int, epochs: int, loss: float, validation_loss: float, eta_seconds: float
) -> None:
    """Replace the status with the progress of training."""
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


def _write(status: TrainerStatus) -> None:
    """Training does not depend on being watched: a store that cannot be written to is a line in the log here."""
    try:
        model_store().write_status(status)
    except OSError as error:
        log.warning("the page cannot be told the status: %s", error)


def main() -> None:
    """Note what becomes of `dvc repro` as a whole: `running`, `done`, or `failed` with a message.

    A failure that a stage has reported itself, more precisely, is kept. Exits with 1, before anything runs, where what will
    be trained could not be signed.
    """
    state, *message = sys.argv[1:]
    last = model_store().status()
    if state == RUNNING:
        report(RUNNING, FIRST_STAGE)
        try:
            signing_store()
        except BundleError as error:
            report(FAILED, FIRST_STAGE, str(error))
            sys.exit(f"trainer: {error}")
    elif last is None or last.state == RUNNING:
        report(state, last.stage if last else FIRST_STAGE, *message)


if __name__ == "__main__":
    main()
