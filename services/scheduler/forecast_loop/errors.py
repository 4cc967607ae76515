"""The errors of this package.

LoopError             the loop cannot continue; the message says what is wrong and how to fix it
|-- WatchlistError    watchlist.yaml has an invalid value
|-- StoreError        the price store is damaged, or a delivery can't be changed as asked
`-- SourceError       a source of prices doesn't respond, or responds with something else
    `-- SourceUnusableError    for no ticker, so the others needn't be asked for
"""


class LoopError(Exception):
    """Base class of all expected errors."""


class WatchlistError(LoopError):
    """A value in watchlist.yaml is missing, unknown or of the wrong type."""


class StoreError(LoopError):
    """The price store is damaged, or a delivery can't be changed as asked."""


class SourceError(LoopError):
    """A source of prices doesn't respond, or responds with something else."""


class SourceUnusableError(SourceError):
    """A source can't be used for any ticker now."""
