"""The number of CPUs that this process may use: the container's share, not the host's total.

`os.cpu_count()` counts the host's cores, so a container limited to 2 of 64 would start 64 workers.
"""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
QUOTA_V2 = "cpu.max"
QUOTA_V1, PERIOD_V1 = "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"


def available_cpus(cgroups: Path = CGROUPS) -> int:
    """Return how many CPUs the cgroup (v2, or else v1) and the scheduler allow, rounded up."""
    allowed = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    quota = parse_quota(
        _read(cgroups / QUOTA_V2) or f"{_read(cgroups / QUOTA_V1)} {_read(cgroups / PERIOD_V1)}"
    )
    return max(1, math.ceil(min(quota or allowed, allowed)))


def parse_quota(text: str) -> float | None:
    """Return the number of CPUs in "<quota> <period>" (microseconds); None if there is no limit."""
    parts = text.split()
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    quota, period = map(int, parts)
    return quota / period if quota and period else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
