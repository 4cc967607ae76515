"""Reads many mutated files, and keeps those on which the readers differ or that take too long."""

import argparse
import hashlib
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .bases import histories, windows
from .comparison import UNKNOWN, difference_from, read_by_reference
from .mutations import mutate

FINDINGS = Path(__file__).parent / "findings"
BATCH = 1_000  # files per seed
MAX_SECONDS = 20.0  # of CPU time for one small file


def main() -> int:
    """Run the command. Returns the exit status: 1 if there are findings."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="how many files")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same files")
    parser.add_argument("--processes", type=int, default=None, help="default: one per core")
    arguments = parser.parse_args()
    started, done, readable, findings = time.monotonic(), 0, 0, 0
    with ProcessPoolExecutor(arguments.processes) as pool:
        batches = range(-(-arguments.count // BATCH))
        for found, read in pool.map(
            try_batch, (arguments.seed * 1_000_000 + batch for batch in batches)
        ):
            done, readable, findings = done + BATCH, readable + read, findings + len(found)
            for data, difference in found.items():
                keep(data, difference)
            if done % 20_000 == 0:
                report(done, readable, started, findings)
    report(done, readable, started, findings)
    return 1 if findings else 0


def keep(data: bytes, difference: str) -> None:
    """Save a finding as a file for the tests."""
    FINDINGS.mkdir(exist_ok=True)
    path = FINDINGS / f"{hashlib.sha256(data).hexdigest()[:8]}.csv"
    path.write_bytes(data)
    sys.stdout.write(f"{path}: {difference[:500]}\n")


def try_batch(seed: int) -> tuple[dict[bytes, str], int]:
    """Read a batch of files. Returns the findings by file, and how many files were readable."""
    chance, bases = random.Random(seed), [*histories(), *windows()]
    found, readable = {}, 0
    for _ in range(BATCH):
        data = mutate(chance.choice(bases), chance)
        started = time.process_time()
        expected = read_by_reference(data)
        difference = difference_from(expected, data)
        seconds = time.process_time() - started
        if not difference and seconds > MAX_SECONDS:
            difference = f"took {seconds:.0f} seconds of CPU time"
        readable += expected not in (None, UNKNOWN)
        if difference:
            found[data] = difference
    return found, readable


def report(done: int, readable: int, started: float, findings: int) -> None:
    rate = done / (time.monotonic() - started)
    sys.stdout.write(
        f"{done:,} files, {rate:,.0f} a second; {readable:,} readable; {findings} findings\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
