"""Runs the containers of compose.yml for `make bench` and `make soak`. You need only Docker."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = ("docker", "compose", "-f", "docker-compose.yml", "-f", "benchmarks/compose.yml")
API, PLAIN, LOAD, REFERENCES = "measured-api", "plain-server", "load", "references"
# The artificial histories have rows on holidays, so their dates would show another exchange.
PREDICT = "/predict?market=XNYS"
# Workers are children of gunicorn's main process. PSS divides shared memory among the processes
# that share it.
WORKERS_MEMORY = """
import pathlib, re
def field(path, name):
    return int(re.search(name + r":\\s+([0-9]+)", path.read_text())[1])
def command(path):
    return (path / "cmdline").read_bytes()
folders = pathlib.Path("/proc").glob("[0-9]*")
found = {int(path.name): path for path in folders if b"gunicorn" in command(path)}
for path in found.values():
    parent = found.get(field(path / "status", "PPid"))
    if parent and b"docker-init" not in command(parent).split(b"\\0")[0]:
        print(field(path / "smaps_rollup", "Pss") / 1024)
"""


@dataclass(frozen=True)
class Load:
    """The result of posting files repeatedly."""

    requests: int
    seconds: float
    cpu_seconds: float  # of the load generator
    bad_statuses: int
    broken: int  # no connection, an incomplete response, or a timeout
    microseconds: list[int]  # latency at each permille from 0 to 1000

    @property
    def a_second(self) -> float:
        """Completed requests per second."""
        return self.requests / self.seconds

    @property
    def errors(self) -> int:
        """Requests without a forecast."""
        return self.bad_statuses + self.broken

    def milliseconds(self, percentile: float) -> float:
        """Return the latency at a percentile."""
        return self.microseconds[round(percentile * 10)] / 1000


def compose(*arguments: str, data: bytes | None = None) -> str:
    """Run docker compose and return its output. Exits with its error if it fails."""
    done = subprocess.run(
        [*COMPOSE, *arguments], cwd=ROOT, input=data, capture_output=True, check=False
    )
    if done.returncode:
        error = done.stderr.decode(errors="replace")[-2000:]
        sys.exit(f"docker compose {' '.join(arguments[:4])} exited with {done.returncode}: {error}")
    return done.stdout.decode()


@contextmanager
def containers(*services: str) -> Iterator[None]:
    """Build and create these services, and start the load generator; remove them all afterwards."""
    names = (*services, LOAD)
    say(f"building {', '.join(names)}")
    compose("build", *names)
    try:
        compose("rm", "--stop", "--force", *names)
        compose("up", "--no-build", "--no-start", "--no-deps", *names)
        compose("start", LOAD)
        yield
    finally:
        compose("rm", "--stop", "--force", *names)


def start(service: str) -> float:
    """Start a service; return the seconds from its container's start until it is ready."""
    command = [
        *COMPOSE,
        "exec",
        "--no-TTY",
        LOAD,
        "python",
        "/until_ready.py",
        f"http://{service}:8000/readyz",
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        compose("start", service)
        ready, complaint = waiting.communicate()
    if waiting.returncode:
        sys.exit(f"{service}: {complaint}{compose('logs', '--tail', '20', service)}")
    started = inspect(container(service), "{{.State.StartedAt}}")
    return float(ready) - datetime.fromisoformat(started[:26] + "+00:00").timestamp()


def put(service: str, path: str, data: bytes) -> None:
    """Write a file in a container."""
    compose("exec", "--no-TTY", service, "sh", "-c", f"cat > {path}", data=data)


def post(service: str, path: str) -> dict[str, object]:
    """Post a file from the load generator once; return the response."""
    code = (
        "import sys, urllib.request as r; data = open(sys.argv[2], 'rb').read();"
        "request = r.Request(sys.argv[1], data, {'Content-Type': 'text/csv'});"
        "print(r.urlopen(request, timeout=120).read().decode())"
    )
    answer: dict[str, object] = json.loads(
        compose(
            "exec", "--no-TTY", LOAD, "python", "-c", code, f"http://{service}:8000{PREDICT}", path
        )
    )
    return answer


def run_load(
    service: str, paths: Sequence[str], connections: int, seconds: float, rate: float | None = None
) -> Load:
    """Post files from the load generator over parallel keep-alive connections.

    `rate` sets the requests per second; without it, each connection sends as fast as it can.
    """
    printed = compose(
        "exec", "--no-TTY", *(("--env", f"RATE={rate}") if rate else ()), LOAD,
        "wrk", "--threads", "1", "--connections", str(connections),
        "--duration", f"{seconds:.0f}s", "--timeout", "120s",
        "--script", "/post.lua", f"http://{service}:8000{PREDICT}", "--", *paths,
    )  # fmt: skip
    last = printed.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        sys.exit(f"the load generator failed: {printed[-2000:]}")
    return Load(**json.loads(last))


def workers_megabytes(service: str) -> list[float]:
    """Return the memory of each of a service's workers."""
    return [
        float(line)
        for line in compose("exec", "--no-TTY", service, "python", "-c", WORKERS_MEMORY).split()
    ]


def image_megabytes(service: str) -> float:
    """Return the size of a service's image."""
    return int(inspect(inspect(container(service), "{{.Image}}"), "{{.Size}}")) / 1e6


def container(service: str) -> str:
    """Return the id of a service's container."""
    return compose("ps", "--all", "--quiet", service).strip()


def inspect(thing: str, template: str) -> str:
    """Return a value from `docker inspect`."""
    return subprocess.run(
        ["docker", "inspect", "--format", template, thing],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def machine() -> str:
    """Return a description of this machine without its name."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "",
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    return f"{len(os.sched_getaffinity(0))} cores ({model}), {memory:.0f} GB"


def say(line: str) -> None:
    """Report progress on stderr; the result goes to stdout."""
    sys.stderr.write(f"{line}\n")
