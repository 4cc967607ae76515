"""What every stage gets besides its own work: logging, a status, and errors that a person can act on."""

import errno
import logging
import signal
import sys
from collections.abc import Callable
from typing import TextIO

from model_contract.errors import ContractError
from model_contract.store.model_store import FAILED, RUNNING
from training.errors import TrainingError
from training.running.status import report

FULL = "make room on that disk ('docker system df' and 'df' show what is full), then 'make train' goes on from where it was"
STOPS = (signal.SIGTERM, signal.SIGINT)


def run(name: str, work: Callable[[], None]) -> None:
    """Run the stage `name`. Exits with 1, after a plain message, where it raises an error of ours."""
    set_up_logging(name)
    for stop in STOPS:
        signal.signal(stop, _stop)
    report(RUNNING, name)
    error = "it ended unexpectedly; the terminal or log of that run shows why"
    ended = False
    try:
        work()
        ended = True
    except (TrainingError, ContractError, OSError) as problem:
        error = plain(problem) + (
            f"; {FULL}"
            if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT)
            else ""
        )
        logging.getLogger(name).error("%s", error)
        sys.exit(1)
    except Stopped:
        error = "it was stopped; 'make train' goes on from where it was"
        logging.getLogger(name).error("%s", error)
        raise
    finally:
        if not ended:
            report(FAILED, name, error)


def run_apart(name: str, work: Callable[[], None], log_to: TextIO = sys.stdout) -> None:
    """Run what is no stage: the page is not told of it. Exits with 1, after a plain message, where it raises an error of ours."""
    set_up_logging(name, log_to)
    try:
        work()
    except (TrainingError, ContractError, OSError) as problem:
        logging.getLogger(name).error("%s", plain(problem))
        sys.exit(1)


def plain(problem: Exception) -> str:
    """An error as a person reads it: those of the system lose their number."""
    if not isinstance(problem, OSError) or problem.strerror is None:
        return str(problem)
    return f"{problem.strerror}: {problem.filename}" if problem.filename else problem.strerror


def set_up_logging(name: str, log_to: TextIO = sys.stdout) -> None:
    """Log each line with the time and `name`."""
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
