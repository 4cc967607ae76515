"""How long computations find out that their answer comes too late."""

from collections.abc import Callable

Check = Callable[[], None]  # called between two steps; raises once the deadline has passed


def never() -> None:
    """The check of no deadline."""
