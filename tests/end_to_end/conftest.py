"""The real stack, from a copy of this repository: its own folder, project name, volume and port."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, sync_playwright

from running_stack import REPOSITORY, TRAINING_SECONDS, Stack, await_, copy_repository, free_port
from volume_store import VolumeStore, await_all

SCREENSHOTS = Path(__file__).parent / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def make_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """Gives a function that makes a stack, not started; removes its containers, volumes and images in the end."""
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
def stack(make_stack: Callable[..., Stack]) -> Stack:
    """The stack of a fresh clone: first served without a model, then trained by `docker compose up`."""
    stack = make_stack("main")
    stack.compose("up", "--detach", "--build", "api", "frontend")
    stack.await_status("/healthz", 200)
    for path in ("/healthz", "/readyz", "/model"):
        stack.before_model[path] = requests.get(stack.url + path, timeout=10)
    stack.before_model["/predict"] = stack.predict((stack.tree / "sample.csv").read_bytes())
    stack.compose("up", "--detach", "--build")

    def ready(_: requests.Response) -> bool:
        stack.seen_while_training.append(requests.get(f"{stack.url}/model", timeout=10).json())
        if (
            stack.inspect("trainer")["State"]["Status"] == "exited"
            and stack.inspect("trainer")["State"]["ExitCode"]
        ):
            raise AssertionError(stack.compose("logs", "trainer"))
        return requests.get(f"{stack.url}/readyz", timeout=10).status_code == 200

    await_(lambda: requests.get(f"{stack.url}/healthz", timeout=10), ready, TRAINING_SECONDS)
    stack.run("docker", "wait", stack.inspect("trainer")["Id"])
    return stack


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
    """Chromium of the system where there is one, else Playwright's own (`playwright install chromium`)."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.getuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start as root without it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(stack: Stack) -> Iterator[str]:
    """axe-core, as the frontend's package-lock.json names it, out of the image that its tests run in."""
    tag = f"{stack.project}-libraries"
    stack.run(
        "docker",
        "build",
        "--quiet",
        "--target",
        "libraries",
        "--file",
        "services/frontend/Dockerfile",
        "--tag",
        tag,
        ".",
    )
    yield stack.run(
        "docker", "run", "--rm", "--entrypoint", "cat", tag, "node_modules/axe-core/axe.min.js"
    ).stdout
    stack.run("docker", "rmi", "--force", tag)


@pytest.fixture
def store(stack: Stack, tmp_path: Path) -> Iterator[VolumeStore]:
    """The stack's model store, which is what it was once the test is over."""
    store = VolumeStore(stack, tmp_path)
    yield store
    store.restore()
    await_all(
        stack,
        lambda told: told["model"]["version"] == store.served and told["refused"] is None,
        seconds=90,
    )
