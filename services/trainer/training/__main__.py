"""The trainer's command line: `python -m training --help` lists the commands.

A command's module is imported when it runs, so `versions` doesn't load TensorFlow.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from training.running.stage_runner import run_command, run_stage
from training.store.open import signing_store

STAGES = {
    "load_data": "read price files into one clean panel",
    "preprocess": "split the sessions, compute features, fit scalers",
    "engineer_features": "index the time windows",
    "train": "fit the network and export it to ONNX",
    "evaluate": "score the model and its baselines on the test sessions",
    "publish": "check the model against the gate and publish it",
}


ARGUMENTS = {
    "command": "the command to run, with its arguments",
    "file": "path of the file",
    "reason": "why; recorded in the store's history",
    "version": "name of the version, such as 20261122T101500Z-1a2b3c4d",
}


@dataclass(frozen=True)
class Command:
    """A command that is not a stage.

    function      "module:function", without the package; a function in `store` takes the model
                  store as its first argument
    arguments     keys of `ARGUMENTS`; "?" marks an optional argument, "…" several words
    log_name      name in log lines, if it differs from the command's
    uses_stdout   whether stdout carries data; the log then goes to stderr
    """

    help: str
    function: str
    arguments: tuple[str, ...] = ()
    log_name: str | None = None
    uses_stdout: bool = False

    def call(self, *arguments: object) -> None:
        """Import and call the function."""
        module, _, name = self.function.partition(":")
        if module.startswith("store."):
            arguments = (signing_store(), *arguments)
        getattr(import_module(f"training.{module}"), name)(*arguments)


COMMANDS = {
    "backtest": Command("retrain at several past times and score each model", "backtest:main"),
    "show-metrics": Command("print the metrics as tables", "scoring.show_metrics:show_metrics"),
    "versions": Command("list the models in the store", "store.versions:print_versions"),
    "rollback": Command("serve the previous model again", "store.versions:roll_back", ("reason?",)),
    "promote": Command(
        "serve a model from the store", "store.versions:promote", ("version", "reason?")
    ),
    "pin": Command(
        "keep serving a model, by default the current one",
        "store.versions:pin",
        ("version?", "reason?"),
    ),
    "unpin": Command("let training serve new models again", "store.versions:unpin", ("reason?",)),
    "drop": Command("end the trial of the challenger", "store.versions:drop", ("reason?",)),
    "sign": Command("sign every model in the store", "store.versions:sign_all"),
    "served": Command(
        "print the served version; exit with status 1 if none can be served",
        "store.versions:print_served",
        uses_stdout=True,
    ),
    "backup": Command(
        "write the store's models to stdout as a tar archive",
        "store.backup:save_to_stdout",
        uses_stdout=True,
    ),
    "restore": Command("restore models from a backup on stdin", "store.backup:restore_stdin"),
    "data-add": Command(
        "add a file to DVC", "running.reproduce:add_data", ("file",), "trainer", uses_stdout=True
    ),
    "ensure-model": Command(
        "run the pipeline if no model is published",
        "running.reproduce:ensure_model",
        log_name="trainer",
        uses_stdout=True,
    ),
    "run": Command(
        "run any command; add locks, checks and status if it trains",
        "running.reproduce:run",
        ("command…",),
        "trainer",
        uses_stdout=True,
    ),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run a stage or a command."""
    name, arguments = parse(list(sys.argv[1:] if argv is None else argv))
    if name in STAGES:
        run_stage(name, lambda: import_module(f"training.stages.{name}").main())
    else:
        command = COMMANDS[name]
        run_command(
            command.log_name or name,
            lambda: command.call(*arguments),
            sys.stderr if command.uses_stdout else sys.stdout,
        )


def parse(line: list[str]) -> tuple[str, list[object]]:
    """Return the name of the stage or command, and the command's arguments.

    Prints the usage and exits with status 2 if the line is invalid.
    """
    if line[:1] == ["run"] and line[1:2] in (["data-add"], ["ensure-model"]):
        line = line[1:]  # one of the trainer's own commands, not a program
    if line[:1] == ["run"] and line[1:] and line[1] not in ("-h", "--help"):
        return "run", [line[1:]]  # argparse would parse the program's options
    parsed = vars(make_parser().parse_args(line))
    return parsed.pop("command"), list(parsed.values())


def make_parser() -> argparse.ArgumentParser:
    """Create the parser for all commands."""
    parser = argparse.ArgumentParser(prog="python -m training", description="Train and publish.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in STAGES.items():
        commands.add_parser(name, help=f"stage: {text}", description=f"Stage: {text}.")
    for name, command in COMMANDS.items():
        description = f"{command.help[0].upper()}{command.help[1:]}."
        added = commands.add_parser(name, help=command.help, description=description)
        for argument in command.arguments:
            argument_name = argument.rstrip("?…")
            added.add_argument(
                argument_name,
                metavar=argument.rstrip("?").upper(),
                nargs="?" if argument.endswith("?") else None,
                default="",
                help=ARGUMENTS[argument_name],
            )
    return parser


if __name__ == "__main__":
    main()
