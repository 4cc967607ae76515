"""The containers that `make bench` and `make soak` measure with: see compose.yml beside this file. Docker is all that it takes."""

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
# gunicorn's workers are the children of the first gunicorn. PSS: what several share is counted in parts, once in all.
WORKERS_MEMORY = """
import pathlib, re
def field(path, name):
    return int(re.search(name + r":\\s+([0-9]+)", path.read_text())[1])
found = {int(path.name): path for path in pathlib.Path("/proc").glob("[0-9]*") if b"gunicorn" in (path / "cmdline").read_bytes()}
for path in found.values():
    parent = field(path / "status", "PPid")
    if parent in found and b"docker-init" not in (found[parent] / "cmdline").read_bytes().split(b"\\0")[0]:
        print(field(path / "smaps_rollup", "Pss") / 1024)
"""


@dataclass(frozen=True)
class Load:
    """What came of posting one file over and over."""

    requests: int
    seconds: float
    cpu_seconds: float  # of the load generator
    bad_statuses: int
    broken: int  # no connection, no whole answer, or no answer in time
    microseconds: list[int]  # what a request took, at each permille from 0 to 1000

    @property
    def a_second(self) -> float:
        """Requests that were answered in a second."""
        return self.requests / self.seconds

    @property
    def errors(self) -> int:
        """Requests that were not answered with a forecast."""
        return self.bad_statuses + self.broken

    def milliseconds(self, percentile: float) -> float:
        """What that many percent of the requests took at most."""
        return self.microseconds[round(percentile * 10)] / 1000


def compose(*arguments: str, data: bytes | None = None) -> str:
    """Run docker compose; give what it printed. Ends the program with its words where it fails."""
    done = subprocess.run(
        [*COMPOSE, *arguments], cwd=ROOT, input=data, capture_output=True, check=False
    )
    if done.returncode:
        sys.exit(
            f"docker compose {' '.join(arguments[:4])} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
        )
    return done.stdout.decode()


@contextmanager
def containers(*services: str) -> Iterator[None]:
    """Build and create these, beside the load generator, which runs; remove them in the end."""
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
    """Start a service; give the seconds from its container's start until it was ready."""
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
    """Let the load generator post a file that it has, once; give the answer."""
    code = (
        "import sys, urllib.request as r; q = r.Request(sys.argv[1], open(sys.argv[2], 'rb').read(), {'Content-Type': 'text/csv'});"
        "print(r.urlopen(q, timeout=120).read().decode())"
    )
    answer: dict[str, object] = json.loads(
        compose(
            "exec", "--no-TTY", LOAD, "python", "-c", code, f"http://{service}:8000/predict", path
        )
    )
    return answer


def run_load(
    service: str, paths: Sequence[str], connections: int, seconds: float, rate: float | None = None
) -> Load:
    """Post files that the load generator has, kept-alive connections side by side; with a rate, so many requests a second."""
    printed = compose(
        "exec", "--no-TTY", *(("--env", f"RATE={rate}") if rate else ()), LOAD,
        "wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds:.0f}s", "--timeout", "120s",
        "--script", "/post.lua", f"http://{service}:8000/predict", "--", *paths,
    )  # fmt: skip
    last = printed.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        sys.exit(f"the load generator failed: {printed[-2000:]}")
    return Load(**json.loads(last))


def workers_megabytes(service: str) -> list[float]:
    """Memory of each of a service's workers."""
    return [
        float(line)
        for line in compose("exec", "--no-TTY", service, "python", "-c", WORKERS_MEMORY).split()
    ]


def image_megabytes(service: str) -> float:
    """Size of a service's image."""
    return int(inspect(inspect(container(service), "{{.Image}}"), "{{.Size}}")) / 1e6


def container(service: str) -> str:
    """A service's container."""
    return compose("ps", "--all", "--quiet", service).strip()


def inspect(thing: str, template: str) -> str:
    """A fact that docker knows."""
    return subprocess.run(
        ["docker", "inspect", "--format", template, thing],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def machine() -> str:
    """What this machine is, without its name."""
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
    """Tell on stderr what is going on: stdout is for the result."""
    sys.stderr.write(f"{line}\n")
