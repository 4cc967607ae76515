"""A copy of the repository, the containers that run from it, and requests to them."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

REPOSITORY = Path(__file__).parents[2]
TRAINING_SECONDS = 900  # generous, for a busy machine; training usually takes one minute
# All tests have the same address, so nginx would treat them as one busy client.
UNLIMITED_CLIENTS = {
    "CLIENT_REQUESTS_PER_SECOND": "100000",
    "CLIENT_BURST": "100000",
    "CLIENT_CONNECTIONS": "10000",
}
POLL_SECONDS = 0.5  # in the stack that most tests share, so its workers detect a new model sooner


@dataclass
class Stack:
    """A copy of the repository and the containers that run from it."""

    tree: Path
    project: str
    port: int
    settings: dict[str, str] = field(
        default_factory=lambda: dict(UNLIMITED_CLIENTS)
    )  # variables of docker-compose.yml

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        own = {"COMPOSE_PROJECT_NAME": self.project, "FRONTEND_PORT": str(self.port)}
        return {**os.environ, **self.settings, **own}

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.tree,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TRAINING_SECONDS,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{' '.join(command)} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            )
        return done

    def run_in_terminal(self, *command: str) -> str:
        """Run a command in a terminal and return its output with control characters."""
        ours, its = os.openpty()
        environment = {**self.environment, "TERM": "xterm"}
        with subprocess.Popen(
            command, cwd=self.tree, env=environment, stdin=its, stdout=its, stderr=its
        ) as process:
            os.close(its)
            shown = b""
            while chunk := read_terminal(ours):
                shown += chunk
        os.close(ours)
        assert process.returncode == 0, shown.decode()
        return shown.decode()

    def compose(self, *arguments: str) -> str:
        return self.run("docker", "compose", *arguments).stdout

    def make(self, *arguments: str) -> str:
        done = self.run("make", *arguments)
        return done.stdout + done.stderr

    def trainer(self, *command: str) -> str:
        """Run a command in the trainer container, as the Makefile does, and return its output."""
        compose = ("docker", "compose", "--progress", "quiet")
        done = self.run(*compose, "run", "--rm", "--build", "trainer", *command)
        return done.stdout + done.stderr

    def inspect(self, service: str) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(
            self.run("docker", "inspect", f"{self.project}-{service}-1").stdout
        )[0]
        return facts

    def python_in_api(self, script: str, *arguments: str) -> str:
        """Run a Python script in the API's container and return its output."""
        return self.compose("exec", "-T", "api", "python", "-c", script, *arguments)

    def metric(self, name: str) -> float:
        """Read a value from the API's /metrics, which is only available inside its network."""
        script = "from urllib.request import urlopen as get; print(get(ADDRESS).read().decode())"
        address = "http://localhost:8000/metrics"
        lines = self.python_in_api(script.replace("ADDRESS", repr(address))).splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))

    def store_file(self, path: str) -> bytes:
        """Read a file in the model store, through the API's container."""
        command = ["docker", "compose", "exec", "-T", "api", "cat", f"/models/{path}"]
        return subprocess.run(
            command, cwd=self.tree, env=self.environment, capture_output=True, check=True
        ).stdout

    def set_param(self, old: str, new: str) -> None:
        params = self.tree / "params.yaml"
        text = params.read_text()
        assert text.count(old) == 1, f"params.yaml contains {old!r} {text.count(old)} times"
        params.write_text(text.replace(old, new))

    @contextmanager
    def changed_params(self, *changes: tuple[str, str]) -> Iterator[None]:
        """Change params.yaml inside the `with` block."""
        params = self.tree / "params.yaml"
        before = params.read_text()
        try:
            for change in changes:
                self.set_param(*change)
            yield
        finally:
            params.write_text(before)

    def metrics(self, name: str = "evaluation") -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.tree / "metrics" / f"{name}.json").read_text())
        return content

    def predict(self, data: bytes, query: str = "", **headers: str) -> requests.Response:
        return requests.post(
            f"{self.url}/predict{query}",
            data=data,
            headers={"Content-Type": "text/csv", **headers},
            timeout=60,
        )

    def exchange(self, request: bytes) -> bytes:
        """Send raw bytes and return the response, up to the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def await_status(self, path: str, status: int, seconds: float = 60) -> requests.Response:
        return await_(
            lambda: requests.get(self.url + path, timeout=10),
            lambda answer: answer.status_code == status,
            seconds,
        )

    def await_version(self, version: str) -> None:
        """Wait until every worker serves `version`: 20 responses in a row come from all workers."""
        in_a_row, deadline = 0, time.monotonic() + 30
        while in_a_row < 20:
            answer = requests.get(f"{self.url}/readyz", timeout=10)
            in_a_row = in_a_row + 1 if answer.json().get("version") == version else 0
            assert time.monotonic() < deadline, (
                f"at least one worker does not serve {version}: {answer.text}"
            )

    @contextmanager
    def with_settings(self, service: str, **settings: str) -> Iterator[None]:
        """Run a service with different settings inside the `with` block."""
        before, self.settings = self.settings, {**self.settings, **settings}
        try:
            self.compose("up", "--detach", "--no-deps", service)
            self.await_status("/readyz", 200)
            yield
        finally:
            self.settings = before
            self.compose("up", "--detach", "--no-deps", service)
            self.await_status("/readyz", 200)

    def remove(self) -> None:
        compose = ("docker", "compose", "--profile", "monitoring", "--profile", "loop")
        options = ("--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "5")
        self.run(*compose, "down", *options, check=False)


def await_(
    ask: Callable[[], requests.Response], good: Callable[[requests.Response], bool], seconds: float
) -> requests.Response:
    """Repeat a request until the response is good. Fails after `seconds` with the last result."""
    deadline, last = time.monotonic() + seconds, "no response"
    while time.monotonic() < deadline:
        try:
            answer = ask()
            if good(answer):
                return answer
            last = f"{answer.status_code} {answer.text[:500]}"
        except requests.RequestException as error:
            last = repr(error)
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s; last: {last}")


def read_terminal(descriptor: int) -> bytes:
    """Read the available bytes. Returns none once the other side is closed, an error on Linux."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def copy_repository(target: Path, *, git: bool) -> None:
    """Copy the files that git would commit, with their changes; with `git`, commit the copy."""
    if (REPOSITORY / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.split("\0")
    else:
        left_out = {
            ".venv",
            "artifacts",
            "models",
            "interim",
            "processed",
            "cache",
            "tmp",
            "screenshots",
            "node_modules",
        }
        files = (
            path.relative_to(REPOSITORY)
            for path in REPOSITORY.rglob("*")
            if path.is_symlink() or path.is_file()
        )
        names = [str(name) for name in files if not left_out & set(name.parts)]
    for name in filter(None, names):
        source = REPOSITORY / name
        if source.is_symlink() or source.exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    if git:
        run_git(target, "init", "--quiet", "--initial-branch=main")
        commit_all(target, "Copy the repository")


def run_git(tree: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=tree, capture_output=True, text=True, check=True
    ).stdout


def commit_all(tree: Path, message: str) -> None:
    run_git(tree, "add", "--all")
    run_git(tree, "commit", "--quiet", "--allow-empty", "--message", message)


def of_tickers(sample: bytes, count: int) -> bytes:
    """Repeat the sample's rows for `count` tickers."""
    header, *rows = sample.decode().splitlines()
    tickers = [f"T{number:04}" for number in range(count)]
    lines = [row.replace("AAPL", ticker) for ticker in tickers for row in rows]
    return "\n".join([header, *lines]).encode()
