"""The volumes that came, in the shares of the forecasts that they score."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.ledger.forecast_row import utc_text
from model_contract.ledger.ledger import Truth
from model_contract.prices import Prices


@dataclass(frozen=True)
class KnownVolumes:
    """A ticker's volumes as they came, and restated for its share splits."""

    prices: Prices  # restated
    traded: FloatArray  # (rows,), as they came

    def volume(self, session: str, origin: str) -> float | None:
        """Return a session's volume in the shares of the session `origin`; None if unknown.

        After a 2:1 split between the two, 200 new shares are 100 of the origin's.
        """
        there, here = self._position(session), self._position(origin)
        if there is None:
            return None
        # An origin whose row has gone is taken to be in the shares that the session has.
        own = there if here is None else here
        return float(self.prices.volume[there] * (self.traded[own] / self.prices.volume[own]))

    def _position(self, session: str) -> int | None:
        day = np.datetime64(session, "D")
        position = int(np.searchsorted(self.prices.session, day))
        found = position < len(self.prices) and self.prices.session[position] == day
        return position if found else None


def truths(
    forecasts: Iterable[Mapping[str, Any]],
    volumes: Mapping[str, KnownVolumes],
    sources: Mapping[tuple[str, str], str],
    now: datetime,
) -> Iterator[Truth]:
    """Yield the truth of each forecast whose session has a volume.

    forecasts   rows of the ledger
    sources     the delivery of a ticker's session
    """
    for forecast in forecasts:
        ticker, session = forecast["ticker"], forecast["session"]
        known = volumes.get(ticker)
        actual = known.volume(session, forecast["origin"]) if known else None
        if actual is not None:
            source = sources.get((ticker, session), "")
            yield Truth(forecast["row"], actual, source, utc_text(now))
