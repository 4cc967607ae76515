"""The prices that the model is trained on: the first ones of a new price store."""

from datetime import UTC, datetime
from pathlib import Path

from forecast_loop.deliveries.taking import take
from forecast_loop.price_store.store import PriceStore
from forecast_loop.watchlist import Watchlist
from training.params import LoadDataParams, load_params
from training.raw_prices.price_files import raw_files

SOURCE = "training data"


def collect(store: PriceStore, now: datetime, watchlist: Watchlist) -> None:
    """Take in the files of `load_data.path`. Raises `TrainingError` if there are none."""
    for file in raw_files(Path(load_params(LoadDataParams).path)):
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        take(store, file.name, file.read_bytes(), SOURCE, now, watchlist, written=written)
