"""The errors of this package."""


class LoopError(Exception):
    """The loop can't do something; the message says what, where, and what to do."""
