"""Hands in the model store of a running stack: what another process could do to it, and back."""

import itertools
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from model_contract.store.bundle import FILES
from model_contract.store.model_store import CURRENT, ModelStore
from running_stack import Stack

ENOUGH = 20  # answers in a row: both workers are among them
NUMBERS = itertools.count()


class VolumeStore:
    """The model store of a stack: a copy of it on this machine to prepare bundles in, and hands to put things into the volume."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack, self.image = stack, stack.inspect("api")["Image"]
        (folder / "before").mkdir()
        self.folder = folder
        self.shell("cp -a /models/. /folder/before/")
        shutil.copytree(folder / "before", folder / "copy")
        self.copy = ModelStore(folder / "copy")
        self.served = self.copy.current() or ""

    def shell(self, script: str) -> None:
        """Run a script with the volume, /models, as the working tree's owner, who is the trainer's user too."""
        owner = self.stack.tree.stat()
        mounts = [
            "--volume",
            f"{self.stack.project}_models:/models",
            "--volume",
            f"{self.folder}:/folder",
        ]
        user = ["--user", f"{owner.st_uid}:{owner.st_gid}"]
        self.stack.run(
            "docker",
            "run",
            "--rm",
            "--network",
            "none",
            *user,
            *mounts,
            "--entrypoint",
            "sh",
            self.image,
            "-euc",
            script,
        )

    def prepare(self, change: Callable[[dict[str, bytes]], None] = lambda files: None) -> str:
        """Write, into the copy, the served model once more under a time of its own, with changed files, in order but for that."""
        bundle = self.copy.load(self.served)
        files = {name: (self.copy.path(self.served) / name).read_bytes() for name in FILES}
        change(files)
        manifest = replace(bundle.manifest, version=f"20991231T{next(NUMBERS):06d}Z").sealed(files)
        self.copy.add(manifest, files)
        return manifest.version

    def put(self, version: str) -> None:
        """Copy a version into the volume and make it current, each by a rename."""
        self.shell(
            f"cp -a /folder/copy/{version} /models/.tmp-put; rm -rf /models/{version}; mv /models/.tmp-put /models/{version}"
        )
        self.make_current(version)

    def make_current(self, text: str) -> None:
        """Write CURRENT, whatever its text."""
        self.shell(
            f"printf '%s\\n' '{text}' > /models/.tmp-CURRENT; mv -T /models/.tmp-CURRENT /models/{CURRENT}"
        )

    def restore(self) -> None:
        """Put everything back: what CURRENT names before CURRENT, and what was not there goes last."""
        self.shell(
            f"cd /folder/before; for name in $(ls -A | grep -v '^{CURRENT}$'); do rm -rf /models/$name; cp -a $name /models/; done;"
            f"cp -a {CURRENT} /models/.tmp-CURRENT; mv -T /models/.tmp-CURRENT /models/{CURRENT};"
            "for name in $(ls -A /models); do test -e $name || rm -rf /models/$name; done"
        )


def await_all(stack: Stack, good: Callable[[dict[str, Any]], bool], seconds: float = 30) -> None:
    """Ask GET /model until enough answers in a row are good."""
    deadline, in_a_row = time.monotonic() + seconds, 0
    while in_a_row < ENOUGH:
        answer = requests.get(f"{stack.url}/model", timeout=10)
        in_a_row = in_a_row + 1 if answer.status_code == 200 and good(answer.json()) else 0
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s; last: {answer.text}"
