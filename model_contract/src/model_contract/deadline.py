"""Stops long computations whose response would come too late."""

from collections.abc import Callable

Check = Callable[[], None]  # called between steps; raises once the deadline has passed


def never() -> None:
    """Do nothing: there is no deadline."""
