"""Memory that was freed goes back to the system."""

from pathlib import Path

from prediction_api import memory


def resident_megabytes():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def test_gaps_between_what_is_in_use_are_given_back():
    blocks = [b"x" * size for size in range(4000, 44_000, 2)]  # about 480 MB
    kept, held = blocks[::1000], resident_megabytes()
    del blocks
    memory.give_back_what_is_free()
    assert held - resident_megabytes() > 400
    assert len(kept) == 20
