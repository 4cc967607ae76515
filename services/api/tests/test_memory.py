"""Memory that was freed goes back to the system, and is not looked for in the midst of a request."""

import subprocess
import sys
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


def test_some_thousand_rows_set_off_no_search_for_garbage():
    script = """
import gc
from prediction_api.memory import collect_garbage_less_often
collect_garbage_less_often()
searches = []
gc.callbacks.append(lambda _, search: searches.append(search))
rows = [[number] for number in range(5000)]
assert not searches
assert gc.get_freeze_count() > 1000
more = [[number] for number in range(50_000)]
assert searches, "but it is not turned off"
"""
    subprocess.run([sys.executable, "-c", script], check=True)
