"""What every stage gets besides its own work: logging, a status, and errors that a person can act on."""

import logging
import signal
import sys
from collections.abc import Callable

from model_contract.errors import ContractError
from training.errors import TrainingError
from training.status import FAILED, RUNNING, report

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
    except (TrainingError, ContractError, OSError) as problem:  # OSError: disk full, no permission; it names the file
        error = str(problem)
        logging.getLogger(name).error("%s", error)
        sys.exit(1)
    except Stopped:
        error = "it was stopped; 'make train' goes on from the last stage that was completed"
        logging.getLogger(name).error("%s", error)
        raise
    finally:
        if not ended:
            report(FAILED, name, error)


def run_apart(name: str, work: Callable[[], None]) -> None:
    """Run what is no stage: the page is not told of it. Exits with 1, after a plain message, where it raises an error of ours."""
    set_up_logging(name)
    try:
        work()
    except (TrainingError, ContractError, OSError) as problem:
        logging.getLogger(name).error("%s", problem)
        sys.exit(1)


def set_up_logging(name: str) -> None:
    """Log to stdout, each line with the time and `name`."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format=f"%(asctime)s {name}: %(message)s", datefmt="%H:%M:%S")


class Stopped(SystemExit):
    """A signal asked the process to end."""


def _stop(number: int, _: object) -> None:
    raise Stopped(128 + number)
