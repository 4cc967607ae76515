"""A full disk, either of the working tree or of the model store."""

import re
from pathlib import Path

import pytest
import requests

from pipeline_outputs import train_quickly
from running_stack import Stack

# Two small in-memory disks. An idle container keeps them mounted and fills them.
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
    """A stack whose working tree and model store are on small disks."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def shell(self, script: str) -> str:
        return self.stack.compose("exec", "-T", "disks", "sh", "-euc", script)

    def fill(self, disk: str, kilobytes: int) -> None:
        """Fill a disk until only `kilobytes` are free."""
        self.shell(
            f"cat /dev/zero > {disk}/filler || true; truncate -s -{kilobytes}K {disk}/filler"
        )
        assert abs(int(self.shell(f"df -k --output=avail {disk}").split()[-1]) - kilobytes) <= 4

    def make_room(self) -> None:
        self.shell("rm -f /workspace/filler /models/filler")

    def change(self, parameter: str) -> None:
        params = "/workspace/params.yaml"
        self.shell(
            f"cp {params} /tmp; sed -i '{parameter}' {params}; ! cmp -s {params} /tmp/params.yaml"
        )

    def train(self) -> tuple[int, str]:
        compose = ("docker", "compose", "--progress", "quiet")
        done = self.stack.run(*compose, "run", "--rm", "trainer", "dvc", "repro", check=False)
        return done.returncode, done.stdout + done.stderr

    def served(self) -> str:
        version: str = self.stack.await_status("/readyz", 200).json()["version"]
        return version


@pytest.fixture(scope="module")
def disks(make_stack, stack) -> SmallDisks:  # `stack` has already built the images
    """A stack on small disks that serves a trained model."""
    small = make_stack("disks", git=False)
    train_quickly(small)
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
    ids=["a store that fills up", "a full store", "a full working tree"],
)
def test_a_full_disk_ends_training_clearly_and_the_api_still_serves(
    disks, sample_csv, disk, kilobytes, change, stage
):
    before, answer = disks.served(), disks.stack.predict(sample_csv).json()
    metrics = disks.shell("cat /workspace/metrics/evaluation.json")
    disks.change(change)
    disks.fill(disk, kilobytes)
    code, output = disks.train()
    assert code != 0
    assert re.search(rf"{stage}: .*No space left on device.*; free space on that disk", output)
    assert "Traceback" not in output
    assert disks.served() == before
    assert disks.stack.predict(sample_csv).json() == answer
    if stage == "train":
        assert "could not save a checkpoint after epoch" in output
        assert disks.shell("cat /workspace/metrics/evaluation.json") == metrics
    disks.make_room()
    code, output = disks.train()
    assert code == 0, output
    published = re.findall(r"published (\S+)", output)[0]
    assert requests.get(f"{disks.stack.url}/model", timeout=10).json()["trainer"]["state"] == "done"
    disks.stack.await_version(published)
    assert disks.shell("ls -A /models | grep tmp || true") == ""
