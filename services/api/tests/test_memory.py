"""Memory that was freed goes back to the system, and is not looked for in the midst of a request."""

import subprocess
import sys
from pathlib import Path

from prediction_api.capacity import memory


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
from prediction_api.capacity.memory import collect_garbage_less_often
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


def test_threads_that_read_by_arrow_keep_none_of_its_memory():
    script = """
import re, threading
from pathlib import Path
from model_contract.reading.table import LARGE, read_table
from prediction_api.capacity import memory

def megabytes():
    return int(re.search(r"Anonymous:\\s+([0-9]+)", Path("/proc/self/smaps_rollup").read_text())[1]) / 1024

def read():
    with one_at_a_time:
        read_table(data)
        memory.give_back_what_arrow_keeps()
    all_read.wait()

data = b"Date,Open,High,Low,Close,Volume\\n" + b"2013-01-02,1.5,2.5,1,2,300000\\n" * 20_000
assert len(data) > LARGE
memory.use_one_heap()
one_at_a_time, all_read = threading.Lock(), threading.Barrier(21)
read_table(data)
before = megabytes()
threads = [threading.Thread(target=read) for _ in range(20)]
for thread in threads:
    thread.start()
all_read.wait()
print(megabytes() - before)
"""
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert float(ran.stdout) < 15
