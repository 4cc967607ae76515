from dataclasses import replace

import numpy as np
import pytest

from model_contract.model.scaling import model_inputs
from model_contract.prices import Prices
from model_contract.reading.apply.input_warnings import (
    FAR,
    Sparse,
    gaps,
    outside_training_range,
    sparse,
)


def without(prices: Prices, *rows: int) -> Prices:
    return prices.take(np.delete(np.arange(len(prices)), rows))


def joined(*parts: Prices) -> Prices:
    fields = ("ticker", "session", "open", "high", "low", "close", "volume", "line")
    return Prices(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


def found(prices, calendar):
    return [
        (gap.ticker, gap.missing, gap.sessions, gap.first.astype(str).tolist())
        for gap in gaps(prices, calendar)
    ]


def test_a_complete_history_has_no_gaps(bars, calendar):
    assert gaps(bars, calendar) == []


def test_missing_sessions_are_counted_and_the_first_three_named(bars, calendar):
    lacking = ["2024-01-03", "2024-01-05", "2024-01-08"]
    assert found(without(bars, 1, 3, 4, 9), calendar) == [("AAPL", 4, 12, lacking)]


def test_sessions_before_the_first_and_after_the_last_row_are_not_missing(bars, calendar):
    assert gaps(bars.take(slice(3, 8)), calendar) == []


def test_holidays_and_weekends_are_not_gaps(bars, calendar):
    assert np.datetime64("2024-01-12") in bars.session
    assert np.datetime64("2024-01-15") not in bars.session
    assert gaps(bars, calendar) == []


def test_a_date_that_is_not_a_session_does_not_fill_a_gap(bars, calendar):
    moved = bars.session.copy()
    moved[3] = np.datetime64("2024-01-06")  # the Saturday after
    assert found(replace(bars, session=moved), calendar) == [("AAPL", 1, 12, ["2024-01-05"])]


def test_each_ticker_has_its_own_gaps(bars, calendar):
    other = without(replace(bars, ticker=np.full(12, "IBM")), 5)
    whole = replace(bars, ticker=np.full(12, "HAL"))
    assert found(joined(without(bars, 1), whole, other), calendar) == [
        ("AAPL", 1, 12, ["2024-01-03"]),
        ("IBM", 1, 12, ["2024-01-09"]),
    ]


def every(bars, days, ticker="AAPL"):
    """Twelve rows that are `days` apart."""
    return replace(
        bars,
        ticker=np.full(12, ticker),
        session=np.datetime64("2023-01-06") + np.arange(12) * np.timedelta64(days, "D"),
    )


@pytest.mark.parametrize("days", [6, 7, 30, 365])
def test_rows_a_week_or_more_apart_are_sparse(bars, days):
    assert sparse(every(bars, days)) == [Sparse("AAPL", days)]


def test_sparse_rows_report_the_median_distance(bars):
    months = np.arange("2023-01", "2024-01", dtype="datetime64[M]").astype("datetime64[D]")
    assert sparse(replace(bars, session=months)) == [Sparse("AAPL", 31)]


@pytest.mark.parametrize("days", [1, 2, 5])
def test_rows_less_than_a_week_apart_are_not_sparse(bars, days):
    assert sparse(every(bars, days)) == []


def test_a_daily_history_with_long_gaps_is_not_sparse(bars):
    assert sparse(bars) == []
    assert sparse(bars.take(np.array([0, 1, 2, 9, 10, 11]))) == []


def test_each_ticker_is_sparse_by_itself(bars):
    daily = replace(bars, ticker=np.full(12, "HAL"))
    assert sparse(joined(every(bars, 7), daily, every(bars, 30, "IBM"))) == [
        Sparse("AAPL", 7),
        Sparse("IBM", 30),
    ]
    assert sparse(joined(daily, every(bars, 7, "IBM"))) == [Sparse("IBM", 7)]


def test_a_single_row_is_not_sparse(bars):
    assert (
        sparse(
            joined(
                bars.take(slice(0, 1)), replace(bars.take(slice(11, 12)), ticker=np.array(["IBM"]))
            )
        )
        == []
    )


def test_dates_beyond_the_calendar_are_not_gaps(bars, calendar):
    later = replace(bars, session=bars.session + np.timedelta64(3650, "D"))
    assert gaps(later, calendar) == []


def test_windows_like_the_training_data_are_within_range(windows, scalers):
    near = windows.features * 1e-3 + np.array([15, 1 / 3, 0.02])
    assert not outside_training_range(model_inputs(near, scalers)[0]).any()


@pytest.mark.parametrize("feature", [0, 1, 2], ids=["volume", "return", "range"])
@pytest.mark.parametrize("side", [-1, 1], ids=["below", "above"])
def test_a_window_with_one_far_value_is_outside(windows, scalers, feature, side):
    features = np.tile(np.array([15, 1 / 3, 0.02]), (5, 3, 1))
    features[2, 0, feature] += side * 2 * FAR * scalers.features.scale[feature]
    assert outside_training_range(model_inputs(features, scalers)[0]).tolist() == [
        False,
        False,
        True,
        False,
        False,
    ]


def test_the_size_of_a_ticker_does_not_matter(windows, scalers):
    features = np.tile(np.array([0, 1 / 3, 0.02]), (5, 3, 1))
    features[:, :, 0] = np.array([0, 5, 10, 20, 30])[:, None]
    assert not outside_training_range(model_inputs(features, scalers)[0]).any()


def test_absurd_values_count_as_outside(windows, scalers):
    features = windows.features.copy()
    features[0, 0, 1], features[1, 0, 0] = 1e308, -1e308
    assert outside_training_range(model_inputs(features, scalers)[0])[:2].all()
