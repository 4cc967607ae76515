"""How the C library, where it is glibc, and Arrow keep the memory of this process, and how often Python looks through it.

The C library would give each thread a heap of its own, and keep what is freed in each of them, for later. A model that is
loaded while other threads answer requests leaves so many gaps there that a worker grew from 110 MB to over 200 MB within a
hundred swaps, most of it free. In one heap, whose free pages go back to the system after each swap and each large file, it
stays below 110 MB, and a file of 32 MB leaves nothing behind but the code that read it. Arrow has an allocator of its own,
which keeps some megabytes for each thread that ever read a file by it.
"""

import ctypes
import gc
import sys

ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
COLLECTED_AFTER = (
    10_000  # new objects; Python's 700 are reached many times within one file of some thousand rows
)


def use_one_heap() -> None:
    """Let all threads share a heap. Python runs one of them at a time, so they hardly wait for one another."""
    _call("mallopt", ARENA_MAX, 1)


def collect_garbage_less_often() -> None:
    """Let the garbage collector leave alone what is there now, such as modules and the model, and look less often at the rest.

    It looked through all of it in the midst of one request in ten of 5,000 rows, which took twice as long as the others then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)


def give_back_what_arrow_keeps() -> None:
    """Let the system have what Arrow keeps for this thread; takes half a millisecond."""
    arrow = sys.modules.get("pyarrow")  # imported with the first file that it reads
    if arrow is not None:
        arrow.default_memory_pool().release_unused()


def give_back_what_is_free() -> None:
    """Let the system have all free pages; takes milliseconds."""
    give_back_what_arrow_keeps()
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)  # None: the library is another one
    if function is not None:
        function(*arguments)
