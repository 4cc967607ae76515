"""How long computations learn that their response would come too late."""

from collections.abc import Callable

Check = Callable[[], None]  # called between two steps; raises once the deadline has passed


def never() -> None:
    """The check of no deadline."""
