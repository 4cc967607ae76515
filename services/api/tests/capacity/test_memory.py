"""Freed memory returns to the system, and garbage is collected less often."""

import os
import subprocess
import sys
from pathlib import Path

from prediction_api.capacity import memory

KEPT_BY_ARROW = """
import re, threading
from pathlib import Path
from model_contract.reading.decode.csv_file import LARGE, read_table
from prediction_api.capacity import memory

def megabytes():
    smaps = Path("/proc/self/smaps_rollup").read_text()
    return int(re.search(r"Anonymous:\\s+([0-9]+)", smaps)[1]) / 1024

def read():
    with one_at_a_time:
        read_table(data)
        memory.return_arrow_memory()
    all_read.wait()

data = b"Date,Open,High,Low,Close,Volume\\n" + b"2013-01-02,1.5,2.5,1,2,300000\\n" * 20_000
assert len(data) > LARGE
one_at_a_time, all_read = threading.Lock(), threading.Barrier(21)
read_table(data)
before = megabytes()
threads = [threading.Thread(target=read) for _ in range(20)]
for thread in threads:
    thread.start()
all_read.wait()
print(megabytes() - before)
"""

GARBAGE = """
import gc
from prediction_api.capacity.memory import collect_garbage_less_often
collect_garbage_less_often()
collections = []
gc.callbacks.append(lambda _, collection: collections.append(collection))
rows = [[number] for number in range(5000)]
assert not collections
assert gc.get_freeze_count() > 1000
more = [[number] for number in range(50_000)]
assert collections, "the collector never ran"
"""


def run(script):
    environment = os.environ | {"MALLOC_ARENA_MAX": "1"}  # as in the image
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


def resident_megabytes():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def test_free_pages_between_used_ones_are_returned():
    blocks = [b"x" * size for size in range(4000, 44_000, 2)]  # about 480 MB
    kept, held = blocks[::1000], resident_megabytes()
    del blocks
    memory.return_freed_memory()
    assert held - resident_megabytes() > 400
    assert len(kept) == 20


def test_thousands_of_rows_trigger_no_garbage_collection():
    run(GARBAGE)


def test_threads_that_read_with_arrow_keep_no_memory():
    assert float(run(KEPT_BY_ARROW)) < 15
