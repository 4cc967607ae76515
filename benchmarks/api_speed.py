"""Compare the API's speed with a minimal Flask and Keras server; `make bench` prints the tables.

    python3 benchmarks/api_speed.py      from the repository root, after `make train`

artifacts/ and the model store must contain the same model. Both servers run in containers under the
same limits and are measured alternately, so other load on the machine affects both. Each file is
posted repeatedly over 1, 8 and 64 connections. Exits with status 1 if a goal is missed.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import bodies
from containers import (
    API,
    LOAD,
    PLAIN,
    REFERENCES,
    Load,
    compose,
    containers,
    image_megabytes,
    machine,
    post,
    put,
    run_load,
    say,
    start,
    workers_megabytes,
)

CONNECTIONS = (1, 8, 64)
ROUNDS = 2
SECONDS = {API: 3, PLAIN: 5}
SECONDS_AT_64 = {API: 3, PLAIN: 10}  # the plain server takes seconds per request
MANY, MANY_SECONDS = "10,000 windows", 12
FILES = {
    "one window": bodies.one_window,
    "250-row history": lambda: bodies.history(250),
    "5,000-row history": lambda: bodies.history(5000),
    MANY: bodies.many_windows,
}
STARTS = 3
TOLERANCE = 1e-3  # relative, for a float32 network in two runtimes


@dataclass(frozen=True)
class Server:
    """Measurements of a server as a whole."""

    ready: float  # seconds
    small: float  # MB of a worker after serving windows and histories
    large: float  # MB of a worker after serving many windows in one file
    image: float  # MB


@dataclass(frozen=True)
class Row:
    """One file, posted to both servers over a number of connections."""

    file: str
    connections: int
    loads: dict[str, Load]  # by server


def main() -> None:
    """Print the tables."""
    with containers(API, PLAIN, REFERENCES):
        for name, make in FILES.items():
            put(LOAD, path(name), make())
        say("starting each server three times")
        ready = {server: time_to_ready(server) for server in (API, PLAIN)}
        for name in FILES:
            require_same_answer(name)
        rows = [
            Row(name, count, measure(name, count))
            for name in FILES
            if name != MANY
            for count in CONNECTIONS
        ]
        small = {server: worker_megabytes(server) for server in (API, PLAIN)}
        rows.append(Row(MANY, 1, measure(MANY, 1)))
        servers = {
            server: Server(
                ready[server], small[server], worker_megabytes(server), image_megabytes(server)
            )
            for server in (API, PLAIN)
        }
        compose("stop", PLAIN)
        references = measure_references()
    goals = list(judged(rows, servers, references))
    sys.stdout.write("\n".join(report(rows, servers, references, goals)) + "\n")
    sys.exit(0 if all(met for *_, met in goals) else 1)


def path(name: str) -> str:
    """Return the path of a file in a container."""
    return f"/tmp/{name.replace(' ', '-')}.csv"


def time_to_ready(server: str) -> float:
    """Return the median seconds from start to ready; leaves the server running."""
    seconds = []
    for _ in range(STARTS):
        compose("stop", server)
        seconds.append(start(server))
    return statistics.median(seconds)


def worker_megabytes(server: str) -> float:
    """Return the mean memory of a worker."""
    return statistics.mean(workers_megabytes(server))


def require_same_answer(name: str) -> None:
    """Exit unless both servers serve the same model."""
    volumes = [
        [prediction["volume"] for prediction in post(server, path(name))["predictions"]]
        for server in (API, PLAIN)
    ]
    if name.endswith("history"):
        volumes = [part[:1] for part in volumes]
    pairs = list(zip(*volumes, strict=True))
    if any(abs(first / second - 1) > TOLERANCE for first, second in pairs):
        api, plain = pairs[0]
        sys.exit(
            f"{name}: the API forecasts {api:,.0f}, the plain server {plain:,.0f}. "
            "Both need the same model: run `make train`"
        )


def measure(name: str, connections: int) -> dict[str, Load]:
    """Measure both alternately; return each server's best round: other load only slows it."""
    seconds = SECONDS_AT_64 if connections == 64 else SECONDS
    rounds: dict[str, list[Load]] = {API: [], PLAIN: []}
    for _ in range(ROUNDS):
        for server, loads in rounds.items():
            loads.append(
                run_load(
                    server,
                    [path(name)],
                    connections,
                    MANY_SECONDS if name == MANY else seconds[server],
                )
            )
    for server, loads in rounds.items():
        if not any(load.requests for load in loads):
            sys.exit(
                f"{name}, {connections} connections: no response from the {server}; "
                "is the machine busy with something else?"
            )
        say(
            f"{name}, {connections} connections, {server}: "
            + ", ".join(f"{load.a_second:.1f}/s" for load in loads)
        )
    return {server: max(loads, key=lambda load: load.a_second) for server, loads in rounds.items()}


def measure_references() -> dict[str, float]:
    """Return how many seconds the network alone and each CSV parser alone take for many windows."""
    compose("start", REFERENCES)
    put(REFERENCES, path(MANY), bodies.many_windows())
    seconds: dict[str, float] = json.loads(
        compose("exec", "--no-TTY", REFERENCES, "python", "references.py", path(MANY))
    )
    return seconds


def judged(
    rows: list[Row], servers: dict[str, Server], references: dict[str, float]
) -> Iterator[tuple[str, str, bool]]:
    """Yield each goal, the measured value, and whether it is met."""
    small = next(row.loads for row in rows if (row.file, row.connections) == ("one window", 8))
    many = next(row.loads for row in rows if row.file == MANY)
    throughput = small[API].a_second / small[PLAIN].a_second
    median = small[PLAIN].milliseconds(50) / small[API].milliseconds(50)
    memory = servers[PLAIN].large / servers[API].large
    least = references["onnxruntime"] + min(
        seconds for name, seconds in references.items() if name != "onnxruntime"
    )
    factor = many[API].milliseconds(50) / 1000 / least
    errors = sum(row.loads[API].errors for row in rows)
    yield (
        "one window at 8 connections: at least 40 times the throughput",
        f"{throughput:.0f} times",
        throughput >= 40,
    )
    yield (
        "one window at 8 connections: at most a twentieth of the p50",
        f"1/{median:.0f}",
        median >= 20,
    )
    yield (
        "at most a quarter of the memory per worker, after 10,000 windows",
        f"1/{memory:.1f}",
        memory >= 4,
    )
    yield "ready within 2 s of start", f"{servers[API].ready:.1f} s", servers[API].ready <= 2
    yield (
        f"{MANY}: at most 1.5 times the network alone + the fastest parser alone",
        f"{factor:.2f} times",
        factor <= 1.5,
    )
    yield "no request to the API fails", f"{errors} errors", errors == 0


def report(
    rows: list[Row],
    servers: dict[str, Server],
    references: dict[str, float],
    goals: list[tuple[str, str, bool]],
) -> Iterator[str]:
    """Yield the result in Markdown."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    yield f"`make bench`, {today}, {machine()}; each server: 2 workers, 1 CPU, 2 GB."
    yield ""
    columns = [
        f"{metric}: API | plain | ratio" for metric in ("per second", "p50 in ms", "p99 in ms")
    ]
    yield f"| file | connections | {' | '.join(columns)} | errors | wrk's CPU |"
    yield "|---" + "|--:" * 12 + "|"
    for row in rows:
        api, plain = row.loads[API], row.loads[PLAIN]
        cells = [row.file, f"{row.connections}", *compared(api.a_second, plain.a_second)]
        for percentile in (50, 99):
            cells += compared(api.milliseconds(percentile), plain.milliseconds(percentile))
        cells += [
            f"{api.errors} / {plain.errors}",
            f"{api.cpu_seconds / api.seconds:.0%} / {plain.cpu_seconds / plain.seconds:.0%}",
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "| server as a whole | API | plain | ratio |"
    yield "|---|--:|--:|--:|"
    facts = [
        (server.small, server.large, server.image, server.ready)
        for server in (servers[API], servers[PLAIN])
    ]
    names = (
        "memory of a worker after serving windows and histories, PSS in MB",
        f"memory of a worker after serving {MANY} in one file, PSS in MB",
        "image, MB",
        "from start to ready, s",
    )
    for name, api_fact, plain_fact in zip(names, *facts, strict=True):
        yield f"| {name} | {' | '.join(compared(api_fact, plain_fact))} |"
    yield ""
    yield f"| {MANY} in one file, each measured alone under the same limits | seconds |"
    yield "|---|--:|"
    many = next(row.loads for row in rows if row.file == MANY)
    for name, seconds in {
        "the API, complete response (p50)": many[API].milliseconds(50) / 1000,
        **references,
    }.items():
        yield f"| {name.replace('_', ' ')} | {seconds:.2f} |"
    yield ""
    yield "| goal | result | met |"
    yield "|---|---|---|"
    for goal, found, met in goals:
        yield f"| {goal} | {found} | {'yes' if met else 'NO'} |"


def compared(api: float, plain: float) -> list[str]:
    """Format two values and their ratio; a ratio below 1 is written like 1/20."""
    if not (api and plain):  # a server sent no response in time
        return [short(api), short(plain), "-"]
    return [
        short(api),
        short(plain),
        short(api / plain) if api >= plain else f"1/{short(plain / api)}",
    ]


def short(value: float) -> str:
    """Format a value with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    main()
