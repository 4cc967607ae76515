"""Finds contradictions that the reader of files settles by itself.

If the last session of a ticker is in a file twice, the reader takes the later row, because an
earlier one may be of an unfinished session. The loop leaves those out anyway. So what remains is a
contradiction, and neither row can be believed.
"""

from dataclasses import replace

import numpy as np

from model_contract.deadline import never
from model_contract.errors import ProblemList
from model_contract.messages.cells import SESSION_TWICE
from model_contract.prices import Prices
from model_contract.reading.apply.price_history import WrittenHistory
from model_contract.reading.apply.price_rows import BAD_ROWS, SMALL_SHARE, parse_rows
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.formats.column_names import DATE
from training.raw_prices.price_files import FILE_LIMITS

REPEATED, CONTRADICTORY = "repeated", "contradictory"  # the reader's rules


def without_contradictions(
    data: bytes, found: WrittenHistory, today: np.datetime64
) -> WrittenHistory:
    """Leave out the last row of each ticker if the file has another one of that session.

    data    the file from which `found` was read

    Raises `TableError` if these are many or all rows, like the reader for other contradictions.
    """
    repeated = found.dropped.get(REPEATED)
    if not repeated:
        return found
    table = read_table(data, FILE_LIMITS)
    every = parse_rows(table, found.reading, today, never)[0].prices
    last = _last_rows(found.rows.prices)
    problems, lines, keep = ProblemList(), set(), np.ones(len(found.rows.prices), dtype=bool)
    for row in np.flatnonzero(np.isin(every.line, repeated)):
        one = every.take(slice(row, row + 1))
        position, counts = last.get(str(one.ticker[0]), (0, None))
        if counts is not None and one.session[0] == counts.session[0] and _differ(one, counts):
            keep[position] = False
            first, second = sorted((int(one.line[0]), int(counts.line[0])))
            lines |= {first, second}
            ticker = str(one.ticker[0]) or None
            message = SESSION_TWICE(date=str(one.session[0]), ticker=ticker, line=first)
            problems.add(message, second, DATE)
    if not keep.any() or np.count_nonzero(~keep) > max(BAD_ROWS, SMALL_SHARE * len(keep)):
        problems.raise_if_any()
    dropped = {
        **found.dropped,
        REPEATED: sorted(set(repeated) - lines),
        CONTRADICTORY: sorted({*found.dropped.get(CONTRADICTORY, ()), *lines}),
    }
    return replace(
        found,
        rows=found.rows.take(keep),
        dropped={rule: own for rule, own in dropped.items() if own},
    )


def _last_rows(prices: Prices) -> dict[str, tuple[int, Prices]]:
    """Return the position of each ticker's last row, and the row."""
    found, stop = {}, 0
    for ticker, own in prices.by_ticker():
        stop += len(own)
        found[ticker] = stop - 1, own.take(slice(-1, None))
    return found


def _differ(one: Prices, other: Prices) -> bool:
    names = ("open", "high", "low", "close", "volume")
    return any(getattr(one, name)[0] != getattr(other, name)[0] for name in names)
