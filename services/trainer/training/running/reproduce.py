"""Runs the container's commands. Commands that train get locks, checks and status reports."""

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from model_contract.errors import ContractError
from model_contract.store.trainer_status import FAILED, RUNNING
from training.errors import TrainingError
from training.params import check_params
from training.paths import CHECKPOINTS, DVC_LOCK
from training.running.locks import AlreadyRunningError, lock_store, lock_tree
from training.running.stage_runner import FULL_DISK, STOPPED, message
from training.running.status import FIRST_STAGE, report, report_end
from training.store.open import model_store, served_version, signing_store

log = logging.getLogger(__name__)

# Exit statuses; 126 and 127 mean the same as in a shell.
ALREADY_RUNNING, NOT_WRITABLE, NOT_EXECUTABLE, NOT_FOUND = 3, 4, 126, 127
TRAINS = re.compile(r" (repro|exp run|experiments run|queue start) ")
CONFIG_WITHOUT_GIT = "/etc/dvc-without-git"
NEARLY_FULL = 16 * 2**20  # bytes; DVC removes what it couldn't finish, so some space is free
STOPS = (signal.SIGINT, signal.SIGTERM)


def ensure_model() -> NoReturn:
    """Run `dvc repro` if no model can be served; DVC skips stages that are up to date.

    `docker compose up` runs this command.
    """
    try:
        version = served_version(signing_store())
    except (ContractError, OSError) as error:
        log.info("%s", message(error))
        run(["dvc", "repro"])
    log.info("model %s is published; to retrain after a change, run 'make train'", version)
    sys.exit()


def add_data(file: str) -> None:
    """Add a file of prices to DVC and log the next steps. `make data-add` runs this."""
    set_dvc_config()
    code = subprocess.call(["dvc", "add", file], stdout=subprocess.DEVNULL)
    if code:
        sys.exit(code)
    log.info(
        "DVC now tracks %s. "
        "To train on it, set load_data.path to %s in params.yaml and run 'make train'.",
        file,
        file,
    )
    log.info("To keep it, run: git add data/raw params.yaml, git commit, make data-push")


def run(command: list[str]) -> NoReturn:
    """Replace this process with a command. Commands that train get locks, checks and status."""
    set_dvc_config()
    if command[0] == "dvc" and TRAINS.search(f" {' '.join(command)} "):
        sys.exit(reproduce(command))
    # Python ignores these signals, and the command would inherit this setting.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        log.error("%s: %s", command[0], message(error))
        sys.exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE)


def set_dvc_config() -> None:
    """Let DVC work without git, unless this clone keeps the results of training in git.

    It doesn't if .gitignore has dvc.lock, as ours does: DVC with git refuses an ignored dvc.lock.
    Some trees have no .git folder: an unpacked archive, a copy, or a worktree of another clone.
    """
    if not Path(".git").is_dir() or _ignored_by_git(DVC_LOCK):
        os.environ["DVC_GLOBAL_CONFIG_DIR"] = CONFIG_WITHOUT_GIT


def _ignored_by_git(path: Path) -> bool:
    # Like DVC, look at the rules only: not at whether the file was added in spite of them.
    command = ["git", "check-ignore", "--quiet", "--no-index", "--", str(path)]
    return subprocess.run(command, check=False).returncode == 0


def reproduce(command: list[str]) -> int:
    """Run a DVC command that trains, report how it ended, and return the exit status.

    Stages report their own failures; this function reports failures of DVC itself.
    """
    # A signal goes to the whole process group, so DVC receives it too.
    stops: list[int] = []
    for number in STOPS:
        signal.signal(number, lambda received, _: stops.append(received))
    if code := _lock(" ".join(command)):
        return code
    hint = _missing_data() or "see the terminal or log of that run"
    report(RUNNING, FIRST_STAGE)
    try:
        signing_store()
        check_params()
    except (ContractError, TrainingError, OSError) as error:
        log.error("%s", message(error))
        report(FAILED, FIRST_STAGE, message(error))
        return 1
    _recover_dvc()
    code = 128 + stops[0] if stops else _exit_status(command)
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    if code == 0:
        shutil.rmtree(CHECKPOINTS, ignore_errors=True)  # only now has DVC recorded the training
        report_end()
    else:
        program = " ".join(command[:2])
        if not stops and shutil.disk_usage(".").free < NEARLY_FULL:
            hint = f"the disk of the working tree is full; {FULL_DISK}"
            log.error("%s", hint)
        report_end(STOPPED if stops else f"{program} ended with exit status {code}; {hint}")
    return code


def _lock(command: str) -> int:
    """Lock the store and the working tree. Returns 0, or an exit status on failure."""
    store = model_store().directory
    if not os.access(store, os.W_OK):
        log.error("the model store %s is not writable", store)
        return NOT_WRITABLE
    try:
        lock_store(command)
        lock_tree(command)
    except AlreadyRunningError as error:
        log.error("%s", error)
        return ALREADY_RUNNING
    except OSError as error:
        log.error("%s", message(error))
        return NOT_WRITABLE
    return 0


def _missing_data() -> str | None:
    """Log each missing data file that DVC tracks. Returns the last message, or None."""
    hint = None
    for pointer in sorted(Path("data/raw").glob("*.dvc")):
        if not pointer.with_suffix("").exists():
            hint = f"{pointer.with_suffix('')} is missing; run 'make data-pull' to fetch it"
            log.warning("%s", hint)
    return hint


def _recover_dvc() -> None:
    """Repair files that a killed DVC left damaged. DVC itself reports other problems."""
    from training.running.dvc_recovery import recover  # imports DVC, which is slow

    try:
        recover()
    except (OSError, ValueError) as error:
        log.warning("could not check DVC's files: %s", error)


def _exit_status(command: list[str]) -> int:
    """Run the command, which inherits the locks. Returns the exit status that a shell would."""
    try:
        code = subprocess.call(command, close_fds=False)
    except OSError as error:
        log.error("%s: %s", command[0], message(error))
        return NOT_FOUND
    return code if code >= 0 else 128 - code
