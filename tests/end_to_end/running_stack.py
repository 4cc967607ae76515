"""A copy of the repository, the containers that run from it, and how a test asks them."""

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
TRAINING_SECONDS = 900  # a limit, not a claim: a busy machine is slow
# All requests of the tests come from one address, which nginx would take for one busy client.
UNLIMITED_CLIENTS = {
    "CLIENT_REQUESTS_PER_SECOND": "100000",
    "CLIENT_BURST": "100000",
    "CLIENT_CONNECTIONS": "10000",
}


@dataclass
class Stack:
    """A copy of the repository and the containers that run from it."""

    tree: Path
    project: str
    port: int
    settings: dict[str, str] = field(
        default_factory=lambda: dict(UNLIMITED_CLIENTS)
    )  # of the compose file
    before_model: dict[str, requests.Response] = field(default_factory=dict)
    seen_while_training: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            **self.settings,
            "COMPOSE_PROJECT_NAME": self.project,
            "FRONTEND_PORT": str(self.port),
        }
        done = subprocess.run(
            command,
            cwd=self.tree,
            env=environment,
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
        """Run a command as a person does, with a terminal; give what it shows, control characters included."""
        ours, its = os.openpty()
        environment = {**os.environ, "COMPOSE_PROJECT_NAME": self.project, "TERM": "xterm"}
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
        """Run a command in the trainer container, as the Makefile does; give all that it prints."""
        done = self.run(
            "docker",
            "compose",
            "--progress",
            "quiet",
            "run",
            "--rm",
            "--build",
            "trainer",
            *command,
        )
        return done.stdout + done.stderr

    def inspect(self, service: str) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(
            self.run("docker", "inspect", f"{self.project}-{service}-1").stdout
        )[0]
        return facts

    def store_file(self, path: str) -> bytes:
        """Read a file of the model store, through the API container."""
        environment = {**os.environ, "COMPOSE_PROJECT_NAME": self.project}
        command = ["docker", "compose", "exec", "-T", "api", "cat", f"/models/{path}"]
        return subprocess.run(
            command, cwd=self.tree, env=environment, capture_output=True, check=True
        ).stdout

    def set_param(self, old: str, new: str) -> None:
        params = self.tree / "params.yaml"
        text = params.read_text()
        assert text.count(old) == 1, f"params.yaml has {text.count(old)} times {old!r}"
        params.write_text(text.replace(old, new))

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
        """Send raw bytes; give all that comes back until the connection is closed."""
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
        """Until every worker serves it: so many answers in a row come from all of them."""
        in_a_row, deadline = 0, time.monotonic() + 30
        while in_a_row < 20:
            answer = requests.get(f"{self.url}/readyz", timeout=10)
            in_a_row = in_a_row + 1 if answer.json().get("version") == version else 0
            assert time.monotonic() < deadline, (
                f"some worker does not serve {version}: {answer.text}"
            )

    @contextmanager
    def with_settings(self, service: str, **settings: str) -> Iterator[None]:
        """Run a service with other settings for a while."""
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
        self.run(
            "docker",
            "compose",
            "--profile",
            "monitoring",
            "down",
            "--volumes",
            "--remove-orphans",
            "--rmi",
            "local",
            "--timeout",
            "5",
            check=False,
        )


def await_(
    ask: Callable[[], requests.Response], good: Callable[[requests.Response], bool], seconds: float
) -> requests.Response:
    """Ask until the answer is good. Fails with the last answer or error when the time is over."""
    deadline, last = time.monotonic() + seconds, "no answer"
    while time.monotonic() < deadline:
        try:
            answer = ask()
            if good(answer):
                return answer
            last = f"{answer.status_code} {answer.text[:500]}"
        except requests.RequestException as error:
            last = repr(error)
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds:.0f} s; last: {last}")


def read_terminal(descriptor: int) -> bytes:
    """Read what there is; nothing once the other side is closed, which Linux reports as an error."""
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
    """Copy what git would commit, uncommitted changes included; commit it there if `git`."""
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
        commit_all(target, "As it is")


def run_git(tree: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=tree, capture_output=True, text=True, check=True
    ).stdout


def commit_all(tree: Path, message: str) -> None:
    run_git(tree, "add", "--all")
    run_git(tree, "commit", "--quiet", "--allow-empty", "--message", message)


def of_tickers(sample: bytes, count: int) -> bytes:
    """The sample's rows under so many names."""
    header, *rows = sample.decode().splitlines()
    return "\n".join(
        [header, *(row.replace("AAPL", f"T{number:04}") for number in range(count) for row in rows)]
    ).encode()
