"""All inputs of one ticker in one array, with their names and groups."""

import numpy as np

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.calendar import Calendar
from model_contract.model.inputs import market, memory, news, own_calendar, reports
from model_contract.model.inputs.series import daily_series
from model_contract.prices import Prices

# In the order of the array's last axis.
GROUPS = {
    "memory": memory.NAMES,
    "news": news.NAMES,
    "market": market.NAMES,
    "reports": reports.NAMES,
    "own_calendar": own_calendar.NAMES,
}
INPUT_NAMES = tuple(name for names in GROUPS.values() for name in names)
# These depend on the session to forecast; the others are the same for every step.
BY_STEP = (*reports.NAMES, *own_calendar.NAMES)
# These need other tickers; a forecast of a single ticker leaves them out.
OF_OTHER_TICKERS = market.NAMES


def ticker_inputs(
    prices: Prices,
    calendar: Calendar,
    effects: FloatArray,
    targets: DateArray,
    of_market: FloatArray | None = None,
) -> FloatArray:
    """Compute the inputs of `INPUT_NAMES` for each session but the first.

    prices      one ticker's history, at least two rows
    effects     (flags,), the effect of each calendar flag on log volume
    targets     (rows - 1, horizon), the sessions to forecast after each session; NaT if unknown
    of_market   (rows - 1, 2), from `market.market_inputs`; 0 if no other ticker is known

    Returns (rows - 1, horizon, inputs). Each row uses prices and volumes up to its session only.
    """
    flags = calendar.flags_of(prices.session)
    series = daily_series(prices, flags @ effects)
    if of_market is None:
        of_market = np.zeros((len(series.session), len(market.NAMES)))
    same_for_all_steps = np.column_stack(
        [memory.memory_inputs(series), news.news_inputs(series), of_market]
    )
    return np.concatenate(
        [
            np.repeat(same_for_all_steps[:, None], targets.shape[1], axis=1),
            reports.report_inputs(series, targets),
            own_calendar.own_calendar_inputs(series, flags[1:], calendar.flags_of(targets)),
        ],
        axis=2,
    )
