"""What the reader of an answer should know of it: reasons to trust it less than its numbers suggest."""

from collections.abc import Iterator

import numpy as np

from model_contract.bundle import Manifest
from model_contract.csv_values import DateArray
from model_contract.errors import shown
from prediction_api.answers import TrackRecord


def calendar_cautions(dates: DateArray, sessions: DateArray, market: str) -> Iterator[str]:
    """Say how many of the file's dates are no sessions of the market whose calendar the forecasts follow."""
    dates = np.unique(dates)
    known = dates[(dates >= sessions[0]) & (dates <= sessions[-1])]
    strange = int(np.sum(~np.isin(known, sessions)))
    if strange:
        yield (
            f"{strange} of the file's {len(dates)} dates are no sessions of {market}, the exchange whose calendar the forecast "
            "sessions follow: is it another exchange's data?"
        )


def memory_cautions(record: TrackRecord, sessions: DateArray, manifest: Manifest) -> Iterator[str]:
    """Say how many of the record's sessions, (samples,), the model may have learned from."""
    test_from, tickers = manifest.data.get("test_from"), manifest.data.get("tickers", ())
    ticker = record["ticker"]
    if test_from is None or (ticker is not None and ticker not in tickers):
        return
    seen = int(np.sum(sessions < np.datetime64(test_from)))
    if seen:
        name = f" of {shown(ticker)}" if ticker else ""
        yield (
            f"{seen} of the {len(sessions)} sessions in the track record{name} lie before {test_from}, where the model's own test "
            "begins: if it learned from them, the record flatters it"
        )
