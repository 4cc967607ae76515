"""Disks that run full: of the working tree, where training writes, and of the model store, where publishing does."""

import re
from pathlib import Path

import pytest
import requests

from running_stack import Stack

# Both in memory, with an end; a container that does nothing else keeps them mounted, and fills them.
SMALL_DISKS = """
services:
  trainer:
    volumes: ["tree:/workspace"]
  disks:
    image: ${COMPOSE_PROJECT_NAME}-api
    entrypoint: [sleep, infinity]
    user: root
    volumes: ["tree:/workspace", "models:/models"]
volumes:
  tree: {driver_opts: {type: tmpfs, device: tmpfs, o: size=64m}}
  models: {driver_opts: {type: tmpfs, device: tmpfs, o: size=4m}}
"""


class SmallDisks:
    """A stack whose working tree and model store lie on small disks."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def shell(self, script: str) -> str:
        return self.stack.compose("exec", "-T", "disks", "sh", "-euc", script)

    def fill(self, disk: str, kilobytes: int) -> None:
        """Leave so much room and no more."""
        self.shell(
            f"cat /dev/zero > {disk}/filler || true; truncate -s -{kilobytes}K {disk}/filler"
        )
        assert abs(int(self.shell(f"df -k --output=avail {disk}").split()[-1]) - kilobytes) <= 4

    def make_room(self) -> None:
        self.shell("rm -f /workspace/filler /models/filler")

    def change(self, parameter: str) -> None:
        self.shell(
            f"cp /workspace/params.yaml /tmp; sed -i '{parameter}' /workspace/params.yaml; ! cmp -s /workspace/params.yaml /tmp/params.yaml"
        )

    def train(self) -> tuple[int, str]:
        done = self.stack.run(
            "docker",
            "compose",
            "--progress",
            "quiet",
            "run",
            "--rm",
            "trainer",
            "dvc",
            "repro",
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def served(self) -> str:
        version: str = self.stack.await_status("/readyz", 200).json()["version"]
        return version


@pytest.fixture(scope="module")
def disks(make_stack, stack) -> SmallDisks:
    """A stack on small disks that serves a model which it has trained there."""
    small = make_stack("disks", git=False)
    Path(small.tree, "docker-compose.override.yml").write_text(SMALL_DISKS)
    small.compose("build", "trainer", "api", "frontend")
    small.compose("up", "--detach", "api", "frontend", "disks")
    small.compose("cp", ".", "disks:/workspace")
    disks = SmallDisks(small)
    code, output = disks.train()
    assert code == 0, output
    small.await_version(re.findall(r"published (\S+)", output)[0])
    return disks


@pytest.mark.parametrize(
    ("disk", "kilobytes", "change", "stage"),
    [
        ("/models", 100, "s/golden_windows: .*/golden_windows: 5/", "publish"),
        ("/models", 0, "s/golden_windows: .*/golden_windows: 6/", "publish"),
        ("/workspace", 4, "s/  seed: .*/  seed: 2/", "train"),
    ],
    ids=["while it publishes", "from the beginning", "while it trains"],
)
def test_45_a_full_disk_ends_training_with_a_clear_line_and_the_old_model_serves(
    disks, sample_csv, disk, kilobytes, change, stage
):
    before, answer = disks.served(), disks.stack.predict(sample_csv).json()
    metrics = disks.shell("cat /workspace/metrics/evaluation.json")
    disks.change(change)
    disks.fill(disk, kilobytes)
    code, output = disks.train()
    assert code != 0
    assert re.search(rf"{stage}: .*No space left on device.*; make room on that disk", output)
    assert "Traceback" not in output
    assert disks.served() == before
    assert disks.stack.predict(sample_csv).json() == answer
    if stage == "train":
        assert "no checkpoint after epoch" in output
        assert disks.shell("cat /workspace/metrics/evaluation.json") == metrics
    disks.make_room()
    code, output = disks.train()
    assert code == 0, output
    published = re.findall(r"published (\S+)", output)[0]
    assert requests.get(f"{disks.stack.url}/model", timeout=10).json()["trainer"]["state"] == "done"
    disks.stack.await_version(published)
    assert disks.shell("ls -A /models | grep tmp || true") == ""
