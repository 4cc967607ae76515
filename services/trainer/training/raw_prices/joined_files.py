"""Joins the histories of several files, and restates them for the share splits of all files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

import numpy as np

from model_contract.messages.message import Message
from model_contract.prices import Prices
from model_contract.reading.apply.history_warnings import last_row_warnings
from model_contract.reading.apply.price_checks import is_sorted
from model_contract.reading.apply.price_history import WrittenHistory
from model_contract.reading.apply.price_rows import PriceRows
from model_contract.share_splits import Source, Split, restated
from training.errors import TrainingError
from training.raw_prices.price_files import ticker_of

SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


@dataclass(frozen=True)
class JoinedPrices:
    """The rows of all files, sorted by ticker, then session, and restated for `splits`."""

    prices: Prices
    splits: dict[Split, Path]  # with the file of the first session in new shares
    warnings: list[Message]


def join_files(histories: Mapping[Path, WrittenHistory]) -> JoinedPrices:
    """Join the files' histories and restate them for their splits.

    A split may lie between two files, for example a history and the file of the day after it. The
    adjusted closes of two files can't be compared, because each is relative to the file's end, so
    such a split is found by its split factor, or else only suspected.

    Raises `TrainingError` if two files contain the same session of the same ticker.
    """
    files = list(histories)
    rows = _concatenated([_named(file, history.rows) for file, history in histories.items()])
    source = np.repeat(np.arange(len(files)), [len(one.rows.prices) for one in histories.values()])
    if not is_sorted(rows.prices):
        order = np.lexsort((rows.prices.session, rows.prices.ticker))
        rows, source = rows.take(order), source[order]
    _require_unique_sessions(rows.prices, source, files)
    found = restated(
        rows.prices, rows.adjusted_close, rows.split_factor, source if len(files) > 1 else None
    )
    return JoinedPrices(
        found.prices,
        {split: files[source[_row_of(found.prices, split)]] for split in found.splits},
        [*last_row_warnings(rows.prices, _last_dates(histories)), *found.notes],
    )


def _named(file: Path, rows: PriceRows) -> PriceRows:
    if len(rows.prices) and rows.prices.ticker[0]:
        return rows
    ticker = np.full(len(rows.prices), ticker_of(file))
    return replace(rows, prices=replace(rows.prices, ticker=ticker))


def _last_dates(histories: Mapping[Path, WrittenHistory]) -> dict[str, np.datetime64]:
    found: dict[str, np.datetime64] = {}
    for file, history in histories.items():
        for name, day in history.last_dates.items():
            ticker = name or ticker_of(file)
            found[ticker] = max(day, found.get(ticker, day))
    return found


def _concatenated(parts: Sequence[PriceRows]) -> PriceRows:
    if len(parts) == 1:
        return parts[0]
    prices = {
        field.name: np.concatenate([getattr(part.prices, field.name) for part in parts])
        for field in fields(Prices)
    }
    return PriceRows(
        Prices(**prices),
        np.concatenate([part.adjusted_close for part in parts]),
        np.concatenate([part.split_factor for part in parts]),
    )


def _require_unique_sessions(prices: Prices, source: Source, files: Sequence[Path]) -> None:
    ticker, session = prices.ticker, prices.session
    again = (ticker[1:] == ticker[:-1]) & (session[1:] == session[:-1])
    if not again.any():
        return
    twice = np.append(again, False) | np.insert(again, 0, False)
    first = int(np.flatnonzero(again)[0])
    same = (ticker == ticker[first]) & (session == session[first])
    named = " and ".join(str(files[position]) for position in source[same])
    raise TrainingError(
        f"{np.count_nonzero(twice)} rows are in more than one file, for example {ticker[first]} on "
        f"{session[first]} in {named}; keep each row in one file"
    )


def _row_of(prices: Prices, split: Split) -> int:
    """Return the position of the first session in new shares."""
    first, stop = (int(np.searchsorted(prices.ticker, split.ticker, side)) for side in SIDES)
    return first + int(np.searchsorted(prices.session[first:stop], split.session))
