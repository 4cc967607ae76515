"""Stage `load_data`: read price files into one clean panel and count the dropped rows by rule."""

import hashlib
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from model_contract.market_hours import last_closed_day
from model_contract.model.market_calendars import to_npz
from model_contract.prices import Prices
from model_contract.reading.apply.price_history import WrittenHistory
from model_contract.reading.interpret.reading import Choices, reading_fields
from model_contract.share_splits import Split
from training.calendar_flags import panel_calendars
from training.data_files import write_json
from training.panel import PRICE_COLUMNS
from training.params import LoadDataParams, PublishParams, load_params
from training.paths import DATA_QUALITY, PANEL_CALENDARS, PRICES
from training.raw_prices.joined_files import join_files
from training.raw_prices.market_finding import (
    log_markets,
    market_finder,
    market_parameter,
    market_quality,
    with_markets,
)
from training.raw_prices.price_files import raw_files, read_files
from training.store.served_data import require_nothing_lost

log = logging.getLogger(__name__)


def main() -> None:
    """Read the raw prices."""
    params, now = load_params(LoadDataParams), datetime.now(UTC)
    find_market = market_finder(params.market, load_params(PublishParams).market_codes, now)
    contents = {file: file.read_bytes() for file in raw_files(Path(params.path))}
    choices = Choices(params.dates, params.decimal, params.volume, params.volume_unit)
    histories = read_files(
        contents, choices, lambda ticker, dates: last_closed_day(find_market(ticker, dates), now)
    )
    joined = join_files(histories)
    panel = with_markets(to_panel(joined.prices), find_market)
    require_nothing_lost(panel, params.path)
    first, last = panel["session"].min().date(), panel["session"].max().date()
    markets = sorted(panel["market"].unique())
    calendars = panel_calendars(markets, first, last, market_parameter(params.market))
    quality = data_quality(contents, histories, joined.splits, panel)
    quality |= market_quality(params.market, panel, calendars)
    PRICES.parent.mkdir(parents=True, exist_ok=True)
    panel.to_parquet(PRICES, index=False)
    PANEL_CALENDARS.write_bytes(to_npz(calendars))
    write_json(DATA_QUALITY, quality)
    log_markets(quality)
    for file, history in histories.items():
        for warning in (*history.urgent, *history.notes):
            log.warning("%s: %s", file, warning)
    for warning in joined.warnings:
        log.warning("%s", warning)
    log.info(
        "rows: %d, tickers: %d, sessions from %s to %s",
        *(quality[key] for key in ("rows", "tickers_count", "first_session", "last_session")),
    )


def to_panel(prices: Prices) -> pd.DataFrame:
    """Return one row per ticker and session: ticker, session, prices and volume."""
    return pd.DataFrame(
        {
            "ticker": prices.ticker.astype(object),
            "session": prices.session.astype("datetime64[s]"),
            **{column: getattr(prices, column) for column in PRICE_COLUMNS},
        }
    )


def data_quality(
    contents: dict[Path, bytes],
    histories: dict[Path, WrittenHistory],
    splits: dict[Split, Path],
    panel: pd.DataFrame,
) -> dict[str, Any]:
    """Summarise the data and the rows that each rule dropped, for metrics/data_quality.json."""
    dropped: dict[str, int] = {}
    for history in histories.values():
        for rule, lines in history.dropped.items():
            dropped[rule] = dropped.get(rule, 0) + len(lines)
    tickers = sorted(panel["ticker"].unique())
    return {
        "sha256": _sha256(
            "".join(f"{file.name} {_sha256(data)}\n" for file, data in contents.items()).encode()
        ),
        "files": len(contents),
        "rows": len(panel),
        "dropped": dropped,
        "readings": _readings(histories),
        "splits": [f"{file.name}: {split}" for split, file in splits.items()],
        "tickers_count": len(tickers),
        "tickers": tickers,
        "first_session": f"{panel['session'].min():%Y-%m-%d}",
        "last_session": f"{panel['session'].max():%Y-%m-%d}",
    }


def _readings(histories: dict[Path, WrittenHistory]) -> list[dict[str, Any]]:
    """Describe how the files were read; files that were read in the same way share an entry."""
    found: list[dict[str, Any]] = []
    files: dict[str, list[str]] = {}
    for file, history in histories.items():
        fields = reading_fields(history.reading)
        key = json.dumps(fields)
        if key not in files:
            files[key] = []
            found.append({"files": files[key]} | fields)
        files[key].append(file.name)
    return found


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
