"""The loop's command line: `python -m forecast_loop --help` lists the commands."""

import argparse
import logging
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from forecast_loop import backup, commands, paths
from forecast_loop.clock import now
from forecast_loop.errors import LoopError
from forecast_loop.loop import PATIENCE, Loop, opened_loop
from forecast_loop.watchlist import load_watchlist
from model_contract.errors import ContractError
from training.errors import TrainingError
from training.running.stage_runner import is_full

FAILED = 1
LARGEST = 10**9  # number of a delivery
ROUND = "round"
FULL_DISK = (
    "free space on that disk; the next round continues where this one stopped. 'make tidy' removes "
    "what earlier trainings cached, and keep_…_days in watchlist.yaml limit what the loop keeps"
)
PARTS: dict[str, tuple[str, Callable[[Loop], None]]] = {
    "take-in": ("take in the prices that wait", Loop.take_in),
    "score": ("score the forecasts whose volumes have come", Loop.score),
    "forecast": ("forecast the sessions that are due", Loop.forecast),
}

log = logging.getLogger("forecast_loop")


def main(line: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit status."""
    logging.basicConfig(
        format="%(asctime)s loop: %(message)s", datefmt="%H:%M:%S", level=logging.INFO,
        stream=sys.stderr,
    )  # fmt: skip
    arguments = _parser().parse_args(line)
    try:
        return _run(arguments)
    except (LoopError, ContractError, TrainingError, OSError, sqlite3.Error) as error:
        for text in str(error).split("\n"):
            log.error("%s", text)
        if is_full(error) or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            log.error("%s", FULL_DISK)
        return FAILED


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "verify":
        return commands.verify(paths.ledger())
    if arguments.command == "restore":
        return commands.restore(paths.price_store(), paths.ledger())
    if arguments.command == "retrain":  # takes minutes, during which rounds must go on
        return commands.retrain(Path().resolve(), paths.workspace(), paths.price_store())
    watchlist = load_watchlist(Path())
    with opened_loop(watchlist, paths.price_store(), paths.ledger(), now(), PATIENCE) as loop:
        if arguments.command == "backup":
            backup.save(paths.price_store(), paths.ledger(), sys.stdout.buffer)
            return 0
        if arguments.command == "deliveries":
            commands.list_deliveries(loop.store)
        elif arguments.command in ("accept", "refuse"):
            commands.decide(loop, arguments.command, arguments.delivery, arguments.splits)
        else:
            names = PARTS if arguments.command == ROUND else (arguments.command,)
            for name in names:
                PARTS[name][1](loop)
        loop.report()
    return 0


def _number(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < LARGEST:
        return int(text)
    raise argparse.ArgumentTypeError(
        f"expected the number of a delivery, such as 7, found {text!r}; see 'make deliveries'"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m forecast_loop",
        description="Takes prices in, forecasts each session before it opens and scores it after.",
    )
    added = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    added.add_parser(ROUND, help="do all that is due: take-in, score, forecast")
    for name, (text, _) in PARTS.items():
        added.add_parser(name, help=text)
    added.add_parser("deliveries", help="list the last deliveries of prices")
    for name, text in (("accept", "store a delivery that was held back"), ("refuse", "refuse it")):
        decision = added.add_parser(name, help=text)
        decision.add_argument("delivery", type=_number, metavar="DELIVERY", help="its number")
        decision.add_argument(
            "--splits", action="store_true", help="its suspected share splits happened, too"
        )
    added.add_parser("backup", help="write the price store and the ledger to stdout (tar)")
    added.add_parser("restore", help="bring both back from a backup on stdin")
    added.add_parser("retrain", help="train a model on the stored prices, in a copy of this folder")
    added.add_parser("verify", help="check that no forecast in the ledger was changed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
