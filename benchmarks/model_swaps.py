"""What swaps of models cost: how soon a new one answers, what requests notice of it, and whether memory grows.

    .venv/bin/python benchmarks/model_swaps.py     in the root, with the model of MODEL_STORE (default: models/)

In a model store of its own it puts that model and a second one, which differs in one number of its scalers, serves them by
gunicorn as the image does, and makes them current in turns under a steady load. It ends with status 1 if a request failed
or an answer's numbers were not those of the version that it named. Figures are of one machine at one time.
"""

import http.client
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import prediction_api
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.onnx_network import load_network
from model_contract.store.bundle import FILES, GOLDEN, SCALERS, Bundle, Golden
from model_contract.store.model_store import ModelStore
from prediction_api.forecast.predictor import Predictor

SERVICE = Path(prediction_api.__file__).parents[1]
WORKERS, CLIENTS, PAUSE_SECONDS = 2, 4, 0.1
# Swaps, and MODEL_POLL_SECONDS while they go on: many in short time for the memory, then some as the product is set up.
RUNS = ((200, 0.2), (60, 2.0))
MEMORY_TAKEN_AFTER = (20, 60, 100, 200)  # swaps
TAKEN_UP = re.compile(r"serving model \S+ instead of \S+Z-\S+, verified in ([0-9.]+) s")


@dataclass(frozen=True)
class Request:
    """One request, by the clock of the day, which the workers' log has too."""

    began: float
    ended: float
    version: str | None  # None: it failed
    right: bool  # its numbers are those of the version


@dataclass(frozen=True)
class Run:
    """What was seen while models were swapped."""

    requests: list[Request]
    changes: list[tuple[float, str]]  # when CURRENT was changed, and to which version
    loads: list[tuple[float, float]]  # from when to when a worker loaded, verified and swapped
    memory: dict[
        int, list[float]
    ]  # MB of each worker by the number of swaps, at rest: what requests take and give back left out


def main() -> None:
    """Print the figures of every run."""
    published = ModelStore(Path(os.environ.get("MODEL_STORE") or "models"))
    version = published.current()
    if version is None:
        sys.exit(
            f"no model is published in {published.directory}: run the pipeline, or name another folder in MODEL_STORE"
        )
    bundle = published.load(version)
    files = {name: (published.path(version) / name).read_bytes() for name in FILES}
    say(
        f"{len(os.sched_getaffinity(0))} CPUs for all; {WORKERS} workers; {CLIENTS} clients, each {PAUSE_SECONDS} s after its last answer"
    )
    wrong = 0
    for swaps, poll in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            store = ModelStore(Path(folder) / "models")
            run = measure(store, publish_two(store, bundle, files), swaps, poll)
        wrong += sum(not request.right for request in run.requests)
        say("", f"{swaps} swaps, MODEL_POLL_SECONDS={poll}", *report(run))
    sys.exit(1 if wrong else 0)


def publish_two(store: ModelStore, bundle: Bundle, files: dict[str, bytes]) -> tuple[str, str]:
    """Publish the model and a sibling with other answers; give both versions, of which the second is current."""
    target = bundle.scalers.target
    scalers = replace(bundle.scalers, target=replace(target, mean=(target.mean[0] + 0.05,)))
    golden = Golden(
        bundle.golden.windows,
        forecast_volumes(bundle.golden.windows, scalers, load_network(bundle.model)),
    )
    other_files = files | {SCALERS: scalers.to_json().encode(), GOLDEN: golden.to_json().encode()}
    first, second = (bundle.manifest.sealed(each) for each in (files, other_files))
    store.publish(first, files)
    store.publish(second, other_files)
    return first.version, second.version


def measure(store: ModelStore, versions: tuple[str, str], swaps: int, poll: float) -> Run:
    """Swap back and forth under load."""
    data = resources.files(prediction_api).joinpath("sample.csv").read_bytes()
    answers = {
        version: Predictor(store.load(version)).predict(data)["predictions"] for version in versions
    }
    run = Run([], [], [], {})
    log = store.directory.parent / "log"
    with served(store, poll, log) as (server, port):
        await_served(port, versions[1])
        with load(partial(ask, port, data, answers), run.requests) as resting:
            for swap in range(1, swaps + 1):
                time.sleep(
                    random.uniform(0, poll)
                )  # a change may fall anywhere between two looks at the store
                version = versions[(swap + 1) % 2]
                run.changes.append((time.time(), version))
                store.make_current(version)
                await_served(port, version)
                time.sleep(0.5)
                if swap in MEMORY_TAKEN_AFTER:
                    with resting():
                        for again in (versions[swap % 2], version):
                            store.make_current(again)
                            await_served(port, again)
                        run.memory[swap] = [
                            resident_megabytes(worker) for worker in children(server.pid)
                        ]
            time.sleep(1)
    run.loads.extend(loads_in(log))
    return run


@contextmanager
def served(
    store: ModelStore, poll: float, log: Path
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Serve the store by gunicorn, with the configuration of the image; give the process and its port on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = {
        "MODEL_STORE": str(store.directory),
        "MODEL_POLL_SECONDS": str(poll),
        "WEB_CONCURRENCY": str(WORKERS),
        "LOG_FORMAT": "json",
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "prediction_api:create_app()",
    ]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=SERVICE, env=os.environ | settings, stdout=output) as server,
    ):
        try:
            yield server, port
        finally:
            server.send_signal(signal.SIGTERM)


@contextmanager
def load(
    request: Callable[[], Request], done: list[Request]
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Let clients ask, each of them steadily; what it gives lets them rest meanwhile."""
    stop, may_ask = threading.Event(), threading.Event()
    may_ask.set()

    def ask_steadily() -> None:
        while not stop.wait(PAUSE_SECONDS):
            may_ask.wait()
            done.append(request())

    @contextmanager
    def resting() -> Iterator[None]:
        may_ask.clear()
        time.sleep(1)  # the last answers
        yield
        may_ask.set()

    clients = [threading.Thread(target=ask_steadily) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield resting
    finally:
        stop.set()
        may_ask.set()
        for client in clients:
            client.join()


def ask(port: int, data: bytes, answers: dict[str, Any]) -> Request:
    """Post `data`, and see whether the answer is that of the version which it names."""
    began = time.time()
    try:
        answer = json.loads(exchange(port, "POST", "/predict", data))
    except (OSError, http.client.HTTPException, ValueError):
        return Request(began, time.time(), None, right=False)
    version = answer.get("model", {}).get("version")
    return Request(
        began,
        time.time(),
        version,
        right=answer.get("predictions") == answers.get(version, "no such version"),
    )


def exchange(port: int, method: str, path: str, body: bytes | None = None) -> bytes:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": "text/csv"})
        return connection.getresponse().read()
    finally:
        connection.close()


def await_served(port: int, version: str) -> None:
    """Wait until some worker serves `version`, and none another."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if re.findall(
                rb'^model_info{version="(.*)"}', exchange(port, "GET", "/metrics"), re.MULTILINE
            ) == [version.encode()]:
                return
        except OSError:  # it starts
            pass
        time.sleep(0.05)
    sys.exit(f"{version} was not taken up within 30 s")


def children(process: int) -> list[int]:
    """The processes that a process started: gunicorn's workers."""
    return [
        int(name) for name in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def resident_megabytes(process: int) -> float:
    """Memory that a process has now."""
    return (
        int(re.findall(r"VmRSS:\s+([0-9]+) kB", Path(f"/proc/{process}/status").read_text())[0])
        / 1024
    )


def loads_in(log: Path) -> Iterator[tuple[float, float]]:
    """From when to when each swap of a worker lasted, by its log line."""
    for line in map(json.loads, log.read_text().splitlines()):
        if found := TAKEN_UP.fullmatch(line["message"]):
            ended = datetime.fromisoformat(line["time"]).timestamp()
            yield ended - float(found[1]), ended


def report(run: Run) -> Iterator[str]:
    """The figures, one a line."""
    failed = sum(request.version is None for request in run.requests)
    wrong = sum(not request.right for request in run.requests) - failed
    yield f"  {len(run.requests):,} requests: {failed} failed, {wrong} with numbers of another version than they name"
    yield figures(
        "from CURRENT's change to the first answer by the new model",
        [first_answer(run, *change) for change in run.changes],
    )
    yield figures(
        "  to the last answer by the old one",
        [last_answer(run, number) for number in range(len(run.changes))],
    )
    yield figures(
        "a worker's swap: load, verify, warm up, assign",
        [ended - began for began, ended in run.loads],
    )
    during, else_ = split(run)
    yield latency("requests sent while a worker swaps", during)
    yield latency("requests sent otherwise", else_)
    added = [quantile(during, share) - quantile(else_, share) for share in (0.5, 0.99)]
    yield f"  {'added':<62} median {added[0]:+.4f} s, 99th percentile {added[1]:+.4f} s"
    for swaps, workers in run.memory.items():
        yield f"  {f'memory of the workers after {swaps} swaps':<62} {', '.join(f'{megabytes:.1f}' for megabytes in workers)} MB"


def first_answer(run: Run, changed: float, version: str) -> float:
    """Seconds until an answer named the new version."""
    return (
        min(
            request.ended
            for request in run.requests
            if request.ended > changed and request.version == version
        )
        - changed
    )


def last_answer(run: Run, number: int) -> float:
    """Seconds until no answer named the old version any more."""
    changed, version = run.changes[number]
    until = run.changes[number + 1][0] if number + 1 < len(run.changes) else float("inf")
    old = [
        request.ended
        for request in run.requests
        if changed < request.ended < until and request.version not in (version, None)
    ]
    return max(old, default=changed) - changed


def split(run: Run) -> tuple[list[float], list[float]]:
    """Seconds of the requests that were sent while a worker swapped, and of the others.

    Not of those in flight at such a time: of long ones more are, whatever made them long.
    """
    during, otherwise = [], []
    for request in run.requests:
        swapping = any(began <= request.began <= ended for began, ended in run.loads)
        (during if swapping else otherwise).append(request.ended - request.began)
    return during, otherwise


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def figures(name: str, seconds: Sequence[float]) -> str:
    """Median and worst."""
    return f"  {name:<62} median {statistics.median(seconds):.3f} s, worst {max(seconds):.3f} s"


def latency(name: str, seconds: Sequence[float]) -> str:
    """Median and 99th percentile."""
    name = f"{name} ({len(seconds):,})"
    return f"  {name:<62} median {quantile(seconds, 0.5):.4f} s, 99th percentile {quantile(seconds, 0.99):.4f} s"


def say(*lines: str) -> None:
    """Print at once: a run takes minutes."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
