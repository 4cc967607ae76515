"""How the C library keeps the memory of this process, where it is glibc.

It would give each thread a heap of its own, and keep what is freed in each of them, for later. A model that is loaded while
other threads answer requests leaves so many gaps there that a worker grew from 110 MB to over 200 MB within a hundred swaps,
most of it free. In one heap, whose free pages go back to the system after each swap, it stays below 110 MB.
"""

import ctypes

ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def use_one_heap() -> None:
    """Let all threads share a heap. Python runs one of them at a time, so they hardly wait for one another."""
    _call("mallopt", ARENA_MAX, 1)


def give_back_what_is_free() -> None:
    """Let the system have all free pages; takes milliseconds."""
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)  # None: the library is another one
    if function is not None:
        function(*arguments)
