"""Load the API with a mix of files at 80 % of its capacity; `make soak` takes 30 minutes.

    python3 benchmarks/soak.py [MINUTES]      from the repository root, with a published model

The API runs in its own container (see compose.yml). The run has ten parts. Each part measures the
capacity, which varies on a shared machine, then sends requests at an even 80 % of that rate, as
independent users would. Exits with status 1 if a request fails, the workers' memory grows, or the
99th percentile of latency reaches 5 times the median.
"""

import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import bodies
from containers import (
    API,
    LOAD,
    Load,
    containers,
    machine,
    put,
    run_load,
    say,
    start,
    workers_megabytes,
)

# How many of every 20 requests post each file. Most users send one year of one ticker.
MIX = {"/tmp/window.csv": 4, "/tmp/year.csv": 15, "/tmp/decades.csv": 1}
FILES = {
    "/tmp/window.csv": bodies.one_window(),
    "/tmp/year.csv": bodies.history(250),
    "/tmp/decades.csv": bodies.history(5000),
}
REQUESTS = [path for path, share in MIX.items() for _ in range(share)]
SHARE_OF_CAPACITY = 0.8
CONNECTIONS, MOST_CONNECTIONS = 8, 64  # to measure the capacity; at a set rate
PARTS = 10
CAPACITY_SECONDS = 15
SPREAD, GROWTH = 5, 1.05  # limits: p99 / p50; memory of the last third / of the first third


@dataclass(frozen=True)
class Part:
    """One of the run's ten parts."""

    capacity: float  # requests a second
    load: Load
    megabytes: float  # of all workers, at the end of the part


def main() -> None:
    """Print the tables."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    with containers(API):
        for path, body in FILES.items():
            put(LOAD, path, body)
        start(API)
        run_load(API, REQUESTS, MOST_CONNECTIONS, CAPACITY_SECONDS)  # warm up
        parts = [measure(minutes * 60 / PARTS) for _ in range(PARTS)]
    verdicts = list(judged(parts))
    sys.stdout.write("\n".join(report(parts, verdicts, minutes)) + "\n")
    sys.exit(0 if all(met for *_, met in verdicts) else 1)


def measure(seconds: float) -> Part:
    """Measure one part of the run."""
    capacity = run_load(API, REQUESTS, CONNECTIONS, CAPACITY_SECONDS).a_second
    load = run_load(API, REQUESTS, MOST_CONNECTIONS, seconds, SHARE_OF_CAPACITY * capacity)
    part = Part(capacity, load, sum(workers_megabytes(API)))
    say(
        f"{load.a_second:.0f} of {capacity:.0f} a second; p50 {load.milliseconds(50):.1f} ms, "
        f"p99 {load.milliseconds(99):.1f} ms; {load.errors} errors, {part.megabytes:.0f} MB"
    )
    return part


def judged(parts: list[Part]) -> Iterator[tuple[str, str, bool]]:
    """Yield each requirement, the measured value, and whether it is met."""
    errors = sum(part.load.errors for part in parts)
    yield "no errors", f"{errors} of {sum(part.load.requests for part in parts):,}", errors == 0
    sent = statistics.mean(
        part.load.a_second / (SHARE_OF_CAPACITY * part.capacity) for part in parts
    )
    yield "over 99 % of the intended request rate", f"{sent:.1%}", sent > 0.99
    third = max(1, len(parts) // 3)
    first, last = (
        statistics.median(part.megabytes for part in some)
        for some in (parts[:third], parts[-third:])
    )
    yield (
        f"flat memory: the last third at most {GROWTH:g} times the first",
        f"{last / first:.3f} times",
        last <= GROWTH * first,
    )
    everything = sorted(microseconds for part in parts for microseconds in part.load.microseconds)
    spread = everything[int(0.99 * len(everything))] / everything[len(everything) // 2]
    yield f"p99 under {SPREAD} times p50", f"{spread:.1f} times", spread < SPREAD


def report(
    parts: list[Part], verdicts: list[tuple[str, str, bool]], minutes: float
) -> Iterator[str]:
    """Yield the result in Markdown."""
    share = " : ".join(map(str, MIX.values()))
    yield (
        f"`make soak MINUTES={minutes:g}`, {datetime.now(UTC):%Y-%m-%d}, {machine()}; "
        f"2 workers, 1 CPU; one window, 250 and 5,000 rows of history in the ratio {share}."
    )
    yield ""
    yield (
        "| after | capacity per second | sent per second | p50, ms | p99, ms | errors "
        "| memory of both workers, MB |"
    )
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for number, part in enumerate(parts, start=1):
        load = part.load
        rates, delays = (
            (part.capacity, load.a_second),
            (load.milliseconds(50), load.milliseconds(99)),
        )
        values = [
            *(f"{rate:.0f}" for rate in rates),
            *(f"{delay:.1f}" for delay in delays),
            f"{load.errors}",
        ]
        yield f"| {number * minutes / PARTS:g} min | {' | '.join(values)} | {part.megabytes:.0f} |"
    yield ""
    yield "| requirement | result | met |"
    yield "|---|---|---|"
    for requirement, found, met in verdicts:
        yield f"| {requirement} | {found} | {'yes' if met else 'NO'} |"


if __name__ == "__main__":
    main()
