"""Reports how model swaps affect request times and the workers' memory."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from swap_server import Request


@dataclass(frozen=True)
class Run:
    """Everything recorded during the model swaps."""

    requests: list[Request] = field(default_factory=list)
    changes: list[tuple[float, str]] = field(
        default_factory=list
    )  # changes of CURRENT: time, new version
    swaps: list[tuple[float, float]] = field(default_factory=list)  # swaps in a worker: start, end
    memory: dict[int, list[float]] = field(
        default_factory=dict
    )  # MB of each worker, by number of swaps


def report(run: Run) -> Iterator[str]:
    """Format one line per metric."""
    yield f"{len(run.requests):,} requests"
    yield seconds("from a change of CURRENT to the new model's first response", first_new(run))
    yield seconds("from a change of CURRENT to the old model's last response", last_old(run))
    yield seconds(
        "swap in a worker: load, verify, warm up", [end - start for start, end in run.swaps]
    )
    during, otherwise = split_by_swaps(run)
    for name, values in (("during a swap", during), ("otherwise", otherwise)):
        yield (
            f"{len(values):,} requests sent {name}: median {quantile(values, 0.5):.4f} s, "
            f"99th percentile {quantile(values, 0.99):.4f} s"
        )
    for count, workers in run.memory.items():
        sizes = ", ".join(f"{megabytes:.1f}" for megabytes in workers)
        yield f"memory of the workers after {count} swaps: {sizes} MB"


def first_new(run: Run) -> list[float]:
    """Return the seconds from each change until a response named the new version."""
    return [
        min(
            request.ended - changed
            for request in run.requests
            if request.ended > changed and request.version == version
        )
        for changed, version in run.changes
    ]


def last_old(run: Run) -> list[float]:
    """Return the seconds from each change until responses no longer named the old version."""
    ends = [*(changed for changed, _ in run.changes[1:]), float("inf")]
    return [
        max(
            (
                request.ended - changed
                for request in run.requests
                if changed < request.ended < end and request.version not in (version, None)
            ),
            default=0,
        )
        for (changed, version), end in zip(run.changes, ends, strict=True)
    ]


def split_by_swaps(run: Run) -> tuple[list[float], list[float]]:
    """Return the durations of requests sent while a worker was swapping models, and of the others.

    Only the sending time counts, because at any moment, slow requests are more likely to be in
    flight, whatever made them slow.
    """
    during: list[float] = []
    otherwise: list[float] = []
    for request in run.requests:
        swapping = any(start <= request.began <= end for start, end in run.swaps)
        (during if swapping else otherwise).append(request.seconds)
    return during, otherwise


def quantile(values: Sequence[float], share: float) -> float:
    if not values:
        return float("nan")
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def seconds(name: str, values: Sequence[float]) -> str:
    return f"{name}: median {statistics.median(values):.3f} s, worst {max(values):.3f} s"
