"""Changes the model store of a running stack, as if made by another process."""

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from model_contract.store.bundle import FILES, MANIFEST
from model_contract.store.model_store import ModelStore
from model_contract.store.signing import SIGNATURE, sign
from model_contract.store.store_reader import CURRENT
from running_stack import Stack

ENOUGH = 20  # responses in a row, enough to include both workers
NUMBERS = itertools.count()


@contextmanager
def volume_shell(stack: Stack, folder: Path) -> Iterator[Callable[[str], None]]:
    """Yield a function that runs a shell script with the volume at /models, `folder` at /folder.

    The script runs as the working tree's owner, like the trainer.
    """
    name, owner = f"{stack.project}-shell", stack.tree.stat()
    mounts = (f"{stack.project}_models:/models", f"{folder}:/folder")
    options = ["--detach", "--rm", "--init", "--network", "none", "--name", name]
    options += ["--user", f"{owner.st_uid}:{owner.st_gid}"]
    options += [option for mount in mounts for option in ("--volume", mount)]
    image = stack.inspect("api")["Image"]
    stack.run("docker", "run", *options, "--entrypoint", "sleep", image, "infinity")

    def shell(script: str) -> None:
        stack.run("docker", "exec", name, "sh", "-euc", script)

    yield shell
    stack.run("docker", "rm", "--force", name)


class VolumeStore:
    """A stack's model store, and a local copy of it in which tests prepare bundles."""

    def __init__(self, stack: Stack, shell: Callable[[str], None], folder: Path) -> None:
        """The shell sees `folder` as /folder. Its content is replaced."""
        self.stack, self.shell, self.folder = stack, shell, folder
        for former in ("before", "copy"):
            shutil.rmtree(folder / former, ignore_errors=True)
        shell("mkdir /folder/before; cp -a /models/. /folder/before/")
        shutil.copytree(folder / "before", folder / "copy")
        self.copy = ModelStore(folder / "copy")
        self.served = self.copy.current() or ""

    def prepare(self, change: Callable[[dict[str, bytes]], None] = lambda files: None) -> str:
        """Write the served model to the copy as a new version, with changed files."""
        bundle = self.copy.load(self.served)
        files = {name: (self.copy.path(self.served) / name).read_bytes() for name in FILES}
        change(files)
        manifest = replace(bundle.manifest, version=f"20991231T{next(NUMBERS):06d}Z").sealed(files)
        self.copy.add(manifest, files)
        return manifest.version

    def sign(self, version: str, key: bytes) -> None:
        """Sign a version in the copy."""
        folder = self.copy.path(version)
        (folder / SIGNATURE).write_text(sign((folder / MANIFEST).read_bytes(), key))

    def put(self, version: str) -> None:
        """Copy a version into the volume and make it current."""
        self.shell(
            f"cp -a /folder/copy/{version} /models/.tmp-put; rm -rf /models/{version};"
            f"mv /models/.tmp-put /models/{version}; {replace_current(version)}"
        )

    def make_current(self, text: str) -> None:
        """Write `text` to CURRENT."""
        self.shell(replace_current(text))

    def restore(self) -> None:
        """Restore all versions, then CURRENT, and then remove everything else."""
        self.shell(
            f"cd /folder/before; for name in $(ls -A | grep -v '^{CURRENT}$'); do"
            "  rm -rf /models/$name; cp -a $name /models/; done;"
            f"cp -a {CURRENT} /models/.tmp-CURRENT; mv -T /models/.tmp-CURRENT /models/{CURRENT};"
            "for name in $(ls -A /models); do test -e $name || rm -rf /models/$name; done"
        )


def replace_current(text: str) -> str:
    """Return a script that replaces CURRENT by renaming a file."""
    return (
        f"printf '%s\\n' '{text}' > /models/.tmp-CURRENT;"
        f"mv -T /models/.tmp-CURRENT /models/{CURRENT}"
    )


def await_all(stack: Stack, good: Callable[[dict[str, Any]], bool], seconds: float = 30) -> None:
    """Request GET /model until `ENOUGH` responses in a row are good."""
    deadline, in_a_row = time.monotonic() + seconds, 0
    while in_a_row < ENOUGH:
        answer = requests.get(f"{stack.url}/model", timeout=10)
        is_good = answer.status_code == 200 and good(answer.json())
        in_a_row = in_a_row + 1 if is_good else 0
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s; last: {answer.text}"
        if not is_good:
            time.sleep(0.05)


def await_served(stack: Stack, version: str, seconds: float = 60) -> None:
    """Wait until every worker serves a version."""
    await_all(stack, lambda state: (state["model"] or {}).get("version") == version, seconds)


def await_refused(
    stack: Stack, reason: str, version: str | None = None, seconds: float = 60
) -> None:
    """Wait until every worker refuses the current version, or `version`, for this reason."""

    def refused(state: dict[str, Any]) -> bool:
        found = state["refused"] or {}
        return reason in found.get("reason", "") and version in (None, found.get("version"))

    await_all(stack, refused, seconds)
