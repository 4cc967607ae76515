"""The real stack, run from a copy of this repository with a separate project, volume and port."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, sync_playwright

from running_stack import (
    POLL_SECONDS,
    REPOSITORY,
    TRAINING_SECONDS,
    Stack,
    await_,
    copy_repository,
    free_port,
)
from volume_store import VolumeStore, await_all, volume_shell

SCREENSHOTS = Path(__file__).parent / "screenshots"
# The headless shell comes first, because it takes less than half of the CPU time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class FirstStart:
    """A stack started by `docker compose up`, and its responses until the first model is served."""

    stack: Stack
    before_model: dict[str, requests.Response] = field(default_factory=dict)
    while_training: list[dict[str, Any]] = field(default_factory=list)  # responses to GET /model
    model: dict[str, Any] = field(default_factory=dict)
    api: dict[str, Any] = field(
        default_factory=dict
    )  # its container, when the first model was served
    training_log: str = ""


@pytest.fixture(scope="session")
def make_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """Returns a function that makes a stack without starting it. Stacks are removed at the end."""
    made: list[Stack] = []

    def make(name: str, *, git: bool = True, tree: Path | None = None) -> Stack:
        if tree is None:
            tree = tmp_path_factory.mktemp(name) / "stock-volume-predictor"
            copy_repository(tree, git=git)
        stack = Stack(tree, f"svp-test-{os.getpid()}-{name}", free_port())
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.remove()


@pytest.fixture(scope="session")
def first_start(make_stack: Callable[..., Stack]) -> FirstStart:
    """A fresh clone, at first without a model, then trained by `docker compose up`."""
    stack = make_stack("main")
    stack.settings["MODEL_POLL_SECONDS"] = str(POLL_SECONDS)
    start = FirstStart(stack)
    stack.compose("up", "--detach", "--build", "api", "frontend")
    stack.await_status("/healthz", 200)
    for path in ("/healthz", "/readyz", "/model"):
        start.before_model[path] = requests.get(stack.url + path, timeout=10)
    start.before_model["/predict"] = stack.predict((stack.tree / "sample.csv").read_bytes())
    stack.compose("up", "--detach", "--build")

    def ready(_: requests.Response) -> bool:
        start.while_training.append(requests.get(f"{stack.url}/model", timeout=10).json())
        state = stack.inspect("trainer")["State"]
        if state["Status"] == "exited" and state["ExitCode"]:
            raise AssertionError(stack.compose("logs", "trainer"))
        return requests.get(f"{stack.url}/readyz", timeout=10).status_code == 200

    await_(lambda: requests.get(f"{stack.url}/healthz", timeout=10), ready, TRAINING_SECONDS)
    stack.run("docker", "wait", stack.inspect("trainer")["Id"])
    start.model = requests.get(f"{stack.url}/model", timeout=10).json()["model"]
    start.api = stack.inspect("api")
    start.training_log = stack.compose("logs", "--no-log-prefix", "trainer")
    return start


@pytest.fixture(scope="session")
def stack(first_start: FirstStart) -> Stack:
    """The stack that most tests share. A test that changes it must undo the change."""
    return first_start.stack


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    return stack.url


@pytest.fixture(scope="session")
def sample_csv() -> bytes:
    return (REPOSITORY / "sample.csv").read_bytes()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium or, without one, Playwright's (`playwright install chromium`)."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = [*BROWSER_ARGUMENTS]
    if os.getuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start as root without it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(stack: Stack) -> Iterator[str]:
    """axe-core in the version from the frontend's package-lock.json, from its test image."""
    tag = f"{stack.project}-libraries"
    build = ("docker", "build", "--quiet", "--target", "libraries", "--tag", tag)
    stack.run(*build, "--file", "services/frontend/Dockerfile", ".")
    show = ("docker", "run", "--rm", "--entrypoint", "cat", tag)
    yield stack.run(*show, "node_modules/axe-core/axe.min.js").stdout
    stack.run("docker", "rmi", "--force", tag)


@pytest.fixture(scope="session")
def volume(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Callable[[str], None], Path]]:
    """A shell with access to the stack's model store, and the folder that it sees as /folder."""
    folder = tmp_path_factory.mktemp("volume")
    with volume_shell(stack, folder) as shell:
        yield shell, folder


@pytest.fixture
def store(stack: Stack, volume: tuple[Callable[[str], None], Path]) -> Iterator[VolumeStore]:
    """The stack's model store. All changes are undone after the test."""
    store = VolumeStore(stack, *volume)
    yield store
    store.restore()

    def restored(state: dict[str, Any]) -> bool:
        model = state["model"] or {}
        return model.get("version") == store.served and state["refused"] is None

    await_all(stack, restored, seconds=90)
