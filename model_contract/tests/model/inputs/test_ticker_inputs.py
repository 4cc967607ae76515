from dataclasses import replace

import numpy as np
import pytest

from model_contract.model.inputs.market import market_inputs
from model_contract.model.inputs.ticker_inputs import (
    BY_STEP,
    GROUPS,
    INPUT_NAMES,
    OF_OTHER_TICKERS,
    from_columns,
    input_columns,
    ticker_inputs,
    to_columns,
)
from slow_inputs import slow_inputs

HORIZON = 3
UNKNOWN = np.array([{"repeated": 0.05, "due": 0.05}.get(name, 0.0) for name in INPUT_NAMES])


@pytest.fixture(scope="module")
def inputs_of(calendar, effects, targets_of):
    """Computes the inputs of each ticker."""

    def compute(tickers) -> dict[str, np.ndarray]:
        of_market = market_inputs(list(tickers.values()))
        return {
            ticker: ticker_inputs(prices, calendar, effects, targets_of(prices), 44, of_one)
            for (ticker, prices), of_one in zip(tickers.items(), of_market, strict=True)
        }

    return compute


@pytest.fixture(scope="module")
def inputs(inputs_of, tickers):
    return inputs_of(tickers)


def columns(names) -> list[int]:
    return [INPUT_NAMES.index(name) for name in names]


def until(prices, session):
    return prices.take(prices.session <= session)


@pytest.mark.parametrize("ticker", ["COMPLETE", "LISTED_LATE", "PAUSED"])
def test_inputs_equal_those_written_from_the_formulas(
    ticker, tickers, inputs, calendar, effects, targets_of
):
    prices, targets = tickers[ticker], targets_of(tickers[ticker])
    rows = np.unique([0, 20, 21, 44, *np.linspace(60, len(targets) - 1, 12, dtype=int)])
    for row in rows:
        session = prices.session[1 + row]
        others = [until(one, session) for name, one in tickers.items() if name != ticker]
        expected = slow_inputs(until(prices, session), others, calendar, effects, targets[row])
        np.testing.assert_allclose(
            inputs[ticker][row], expected, rtol=0, atol=1e-9, err_msg=f"{ticker}, row {row}"
        )


def test_every_input_varies_in_these_histories(inputs):
    # Otherwise, the comparison with the formulas would show little.
    rows = np.concatenate([one.reshape(-1, len(INPUT_NAMES)) for one in inputs.values()])
    assert (rows.std(axis=0) > 0.005).all()


def test_each_input_belongs_to_one_group():
    assert len(set(INPUT_NAMES)) == len(INPUT_NAMES) == sum(map(len, GROUPS.values())) == 13


def test_only_the_inputs_by_step_differ_between_steps(inputs):
    differs = (np.ptp(inputs["COMPLETE"], axis=1) > 0).any(axis=0)
    assert np.flatnonzero(differs).tolist() == columns(BY_STEP)


def test_without_other_tickers_only_their_inputs_are_0(
    tickers, inputs, calendar, effects, targets_of
):
    prices = tickers["COMPLETE"]
    alone = ticker_inputs(prices, calendar, effects, targets_of(prices), 44)
    expected = inputs["COMPLETE"].copy()
    expected[..., columns(OF_OTHER_TICKERS)] = 0
    np.testing.assert_array_equal(alone, expected)


@pytest.mark.parametrize("ticker", ["COMPLETE", "LISTED_LATE", "PAUSED"])
@pytest.mark.parametrize("samples", [0, 1, 7, 200])
def test_the_inputs_of_the_last_sessions_are_the_last_ones_of_all(
    ticker, samples, tickers, inputs, calendar, effects, targets_of
):
    prices = tickers[ticker]
    of_market = inputs[ticker][:, 0, columns(OF_OTHER_TICKERS)]
    start = len(prices) - 1 - samples
    last = ticker_inputs(
        prices, calendar, effects, targets_of(prices)[start:], 44, of_market=of_market
    )
    assert last.shape == (samples, HORIZON, len(INPUT_NAMES))
    np.testing.assert_allclose(last, inputs[ticker][start:], rtol=0, atol=1e-12)


def test_columns_name_an_input_by_step_once_for_each_step():
    names = input_columns(2)
    assert names[: len(INPUT_NAMES) - len(BY_STEP)] == list(INPUT_NAMES[: -len(BY_STEP)])
    assert names[-2 * len(BY_STEP) :] == [f"{name}_{step}" for name in BY_STEP for step in (1, 2)]
    assert len(set(names)) == len(names)


def test_columns_hold_the_inputs_that_they_name(inputs):
    found = inputs["COMPLETE"]
    written = dict(zip(input_columns(HORIZON), to_columns(found).T, strict=True))
    for position, name in enumerate(INPUT_NAMES):
        for step in range(HORIZON):
            column = written[f"{name}_{step + 1}" if name in BY_STEP else name]
            np.testing.assert_array_equal(column, found[:, step, position])


@pytest.mark.parametrize("ticker", ["COMPLETE", "LISTED_LATE", "PAUSED"])
@pytest.mark.parametrize("horizon", [1, HORIZON])
def test_inputs_written_to_columns_are_read_unchanged(inputs, ticker, horizon):
    found = inputs[ticker][:, :horizon]
    np.testing.assert_array_equal(from_columns(to_columns(found), horizon), found)


def test_no_rows_have_no_inputs_in_columns():
    none = np.empty((0, HORIZON, len(INPUT_NAMES)))
    assert to_columns(none).shape == (0, len(input_columns(HORIZON)))
    assert from_columns(to_columns(none), HORIZON).shape == none.shape


@pytest.mark.parametrize("count", [2, 22, 23, 45, 66, 250])
def test_a_short_history_has_no_unknown_inputs(inputs_of, tickers, count):
    short = {ticker: prices.take(slice(-count, None)) for ticker, prices in tickers.items()}
    for ticker, inputs in inputs_of(short).items():
        assert inputs.shape == (len(short[ticker]) - 1, HORIZON, len(INPUT_NAMES))
        assert np.isfinite(inputs).all()


def test_a_history_of_less_than_a_month_has_the_inputs_of_an_average_session(inputs_of, tickers):
    (inputs,) = inputs_of({"ALONE": tickers["COMPLETE"].take(slice(22))}).values()
    np.testing.assert_allclose(inputs, np.broadcast_to(UNKNOWN, inputs.shape))


def test_a_history_of_a_month_has_its_memory(inputs_of, tickers):
    (inputs,) = inputs_of({"ALONE": tickers["COMPLETE"].take(slice(23))}).values()
    assert (inputs[-1, 0, columns(["day", "week", "median_month"])] != 0).all()


def test_targets_outside_the_calendar_count_as_average_sessions(tickers, calendar, effects):
    prices = tickers["COMPLETE"]
    targets = np.full((len(prices) - 1, 1), np.datetime64("NaT", "D"))
    found = ticker_inputs(prices, calendar, effects, targets, 44)[-1, 0, columns(BY_STEP)]
    unpublished = found[BY_STEP.index("due")] > 0
    np.testing.assert_allclose(found, [0, 0.05, 0.05 * unpublished, 0])


def test_the_order_of_tickers_does_not_matter(inputs_of, tickers, inputs):
    for ticker, found in inputs_of(dict(reversed(tickers.items()))).items():
        np.testing.assert_allclose(found, inputs[ticker], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("names", "factor"),
    [(("volume",), 100), (("open", "high", "low", "close"), 5.3)],
    ids=["volume in lots", "another currency"],
)
def test_inputs_do_not_depend_on_units(inputs_of, tickers, inputs, names, factor):
    scaled = {
        ticker: replace(prices, **{name: getattr(prices, name) * factor for name in names})
        for ticker, prices in tickers.items()
    }
    for ticker, found in inputs_of(scaled).items():
        np.testing.assert_allclose(found, inputs[ticker], rtol=0, atol=1e-9)
