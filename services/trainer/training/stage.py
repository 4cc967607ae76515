"""What every stage gets besides its own work: logging, a status, and errors that a person can act on."""

import logging
import signal
import sys
from collections.abc import Callable

from model_contract.errors import ContractError
from training.errors import TrainingError
from training.status import FAILED, RUNNING, report

TERMINATED = 128 + signal.SIGTERM


def run(name: str, work: Callable[[], None]) -> None:
    """Run the stage `name`. Exits with 1, after a plain message, where it raises an error of ours."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format=f"%(asctime)s {name}: %(message)s", datefmt="%H:%M:%S")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    report(RUNNING, name)
    error = "the stage ended unexpectedly; 'make logs' shows why"
    ended = False
    try:
        work()
        ended = True
    except (TrainingError, ContractError) as problem:
        error = str(problem)
        logging.getLogger(name).error("%s", error)
        sys.exit(1)
    finally:
        if not ended:
            report(FAILED, name, error)
