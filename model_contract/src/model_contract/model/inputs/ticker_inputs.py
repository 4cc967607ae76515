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
SAME_FOR_ALL_STEPS = INPUT_NAMES[: -len(BY_STEP)]
# These need other tickers: all are 0 for a single ticker.
OF_OTHER_TICKERS = market.NAMES
MARKET_POSITIONS = [INPUT_NAMES.index(name) for name in OF_OTHER_TICKERS]


def ticker_inputs(
    prices: Prices,
    calendar: Calendar,
    effects: FloatArray,
    targets: DateArray,
    window: int,
    of_market: FloatArray | None = None,
) -> FloatArray:
    """Compute the inputs of `INPUT_NAMES` for the last sessions of a history.

    prices      one ticker's history, at least two rows if there are targets
    effects     (flags,), the effect of each calendar flag on log volume
    targets     (samples, horizon), the sessions to forecast after each of the last `samples`
                sessions, at most all but the first; NaT if unknown
    window      number of sessions in the network's window
    of_market   (rows - 1, 2), from `market.market_inputs`; 0 if no other ticker is known

    Returns (samples, horizon, inputs). Each row uses prices and volumes up to its session only.
    """
    if not len(targets):
        return np.empty((*targets.shape, len(INPUT_NAMES)))
    flags = calendar.flags_of(prices.session)
    series = daily_series(prices, flags @ effects, window)
    if of_market is None:
        of_market = np.zeros((len(series.session), len(market.NAMES)))
    last = slice(len(series.session) - len(targets), None)
    same_for_all_steps = np.column_stack(
        [
            memory.memory_inputs(series, len(targets)),
            news.news_inputs(series)[last],
            of_market[last],
        ]
    )
    return np.concatenate(
        [
            np.repeat(same_for_all_steps[:, None], targets.shape[1], axis=1),
            reports.report_inputs(series, targets),
            own_calendar.own_calendar_inputs(series, flags[1:], calendar.flags_of(targets)),
        ],
        axis=2,
    )


def input_columns(horizon: int) -> list[str]:
    """Return the names of the columns of `to_columns`, such as `day`, `usual_1` and `usual_2`."""
    by_step = [f"{name}_{step}" for name in BY_STEP for step in range(1, horizon + 1)]
    return [*SAME_FOR_ALL_STEPS, *by_step]


def to_columns(inputs: FloatArray) -> FloatArray:
    """Write each distinct input once: (rows, horizon, inputs) -> (rows, columns)."""
    rows, horizon, _ = inputs.shape
    same = len(SAME_FOR_ALL_STEPS)
    by_step = inputs[:, :, same:].transpose(0, 2, 1).reshape(rows, len(BY_STEP) * horizon)
    return np.concatenate([inputs[:, 0, :same], by_step], axis=1)


def from_columns(columns: FloatArray, horizon: int) -> FloatArray:
    """Undo `to_columns`: (rows, columns) -> (rows, horizon, inputs)."""
    same = len(SAME_FOR_ALL_STEPS)
    by_step = columns[:, same:].reshape(len(columns), len(BY_STEP), horizon).transpose(0, 2, 1)
    repeated = np.repeat(columns[:, None, :same], horizon, axis=1)
    return np.concatenate([repeated, by_step], axis=2)
