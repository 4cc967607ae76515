"""Runs a stage or a command with logging, status and plain error messages."""

import errno
import logging
import signal
import sys
from collections.abc import Callable
from typing import TextIO

from model_contract.errors import ContractError
from model_contract.store.trainer_status import FAILED, RUNNING
from training.errors import TrainingError
from training.running.dependencies import fingerprint, require_unchanged
from training.running.status import report

STOPPED = "the run was stopped; 'make train' continues where it left off"
FULL_DISK = (
    "free space on that disk ('make tidy' removes what earlier trainings cached; 'df' and "
    "'docker system df' show the usage), then 'make train' continues where it left off"
)


def run_stage(name: str, work: Callable[[], None]) -> None:
    """Run the stage `name` and report its status. Exits with status 1 after an expected error.

    The stage fails, too, if its data, code or parameters change while it runs.
    """
    set_up_logging(name, sys.stdout)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    report(RUNNING, name)
    error: str | None = "the run ended unexpectedly; see its terminal or log"
    try:
        before = fingerprint(name)
        work()
        require_unchanged(before, fingerprint(name))
        error = None
    except (TrainingError, ContractError, OSError) as problem:
        error = message(problem)
        if is_full(problem):
            error = f"{error}; {FULL_DISK}"
        logging.getLogger(name).error("%s", error)
        sys.exit(1)
    except Stopped:
        error = STOPPED
        logging.getLogger(name).error("%s", error)
        raise
    finally:
        if error is not None:
            report(FAILED, name, error)


def run_command(name: str, work: Callable[[], None], log_to: TextIO) -> None:
    """Run a command that is not a stage, without reporting its status.

    Exits with status 1 after an expected error.
    """
    set_up_logging(name, log_to)
    try:
        work()
    except (TrainingError, ContractError, OSError) as problem:
        logging.getLogger(name).error("%s", message(problem))
        sys.exit(1)


def is_full(problem: Exception) -> bool:
    """Whether an error says that a disk is full."""
    return isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT)


def message(problem: Exception) -> str:
    """Return the error's text, without the number of a system error."""
    if not isinstance(problem, OSError) or problem.strerror is None:
        return str(problem)
    return f"{problem.strerror}: {problem.filename}" if problem.filename else problem.strerror


def set_up_logging(name: str, log_to: TextIO) -> None:
    """Set up logging: each line starts with the time and `name`."""
    logging.basicConfig(
        level=logging.INFO,
        stream=log_to,
        format=f"%(asctime)s {name}: %(message)s",
        datefmt="%H:%M:%S",
    )


class Stopped(SystemExit):
    """A signal asked the process to end."""


def _stop(number: int, _: object) -> None:
    raise Stopped(128 + number)
