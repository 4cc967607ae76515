from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from model_contract import share_splits
from model_contract.errors import TableError
from model_contract.messages.forecasting import (
    SPLIT_RESTATED,
    SPLIT_RESTATED_IN_PRICES,
    SPLIT_SUSPECTED,
    SPLITS_RESTATED_TOTAL,
    SPLITS_SUSPECTED_TOTAL,
)
from model_contract.messages.reading import SPLITS_OVERFLOW, TOO_MANY_SPLITS
from model_contract.prices import Prices
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.share_splits import (
    Split,
    find_splits,
    restate,
    restated,
    split_warnings,
    suspected_splits,
)

STOCKS = Path(__file__).parents[2] / "data/raw/stocks.csv"
MONDAY = np.datetime64("2024-01-08")
DAYS = np.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]")


def history(close: list[float], ticker: str = "AAPL", opened: list[float] | None = None) -> Prices:
    """One session of 1000 shares per close from 2024-01-01 on, opening at its close by default."""
    prices = np.array(close, dtype=np.float64)
    opens = prices if opened is None else np.array(opened, dtype=np.float64)
    return Prices(
        ticker=np.full(len(prices), ticker),
        session=DAYS[: len(prices)],
        open=opens,
        high=np.maximum(prices, opens),
        low=np.minimum(prices, opens),
        close=prices,
        volume=np.full(len(prices), 1000.0),
        line=np.arange(2, len(prices) + 2),
    )


def joined(*parts: Prices) -> Prices:
    """Histories of several tickers as one, in the order given."""
    return Prices(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}
    )


def unknown(prices: Prices) -> np.ndarray:
    """The adjusted closes of a file that has none."""
    return np.full(len(prices), np.nan)


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        (100, 50, Fraction(2)),
        (300, 100, Fraction(3)),
        (150, 100, Fraction(3, 2)),
        (700, 100, Fraction(7)),
        (10, 100, Fraction(1, 10)),
        (200, 300, Fraction(2, 3)),
        (250, 100, Fraction(5, 2)),
    ],
    ids=["2:1", "3:1", "3:2", "7:1", "1:10", "2:3", "5:2"],
)
def test_a_step_of_the_adjustment_factor_is_a_split_of_its_ratio(before, after, ratio):
    prices = history([before, before, after, after])
    prices = replace(prices, volume=1e5 / prices.close)
    adjusted = np.full(4, float(after))
    assert find_splits(prices, adjusted) == [Split("AAPL", np.datetime64("2024-01-03"), ratio)]


@pytest.mark.parametrize("after", [1, 2, 22])
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "already in new shares"])
def test_volumes_are_restated_only_if_they_step_at_the_split(raw, after):
    """Volumes vary by about 40% from session to session, and prices by 2% at the split."""
    noise = np.exp(np.random.default_rng(2).normal(0, 0.4, 22 + after))
    volume = 1e6 * noise * np.where(np.arange(22 + after) < 22, 1 if raw else 4, 4)
    prices = replace(
        history([400] * 22 + [102] * after),
        volume=volume,
        session=np.datetime64("2024-01-01") + np.arange(22 + after),
    )
    splits = find_splits(prices, prices.close / np.where(np.arange(22 + after) < 22, 4, 1))
    restated = restate(prices, splits)
    np.testing.assert_allclose(restated.close[:22], 100)
    np.testing.assert_allclose(restated.volume[:22], volume[:22] * (4 if raw else 1))
    code = SPLIT_RESTATED if raw else SPLIT_RESTATED_IN_PRICES
    assert [message.code for message in split_warnings(splits, [], 0)] == [code]


def test_a_split_is_found_despite_a_price_change_and_a_dividend():
    prices = history([100, 55])
    assert find_splits(prices, np.array([49.5, 55.0]))[0].ratio == 2


def test_a_crash_without_a_step_of_the_factor_is_not_a_split():
    prices = history([53.5, 25.75], opened=[53.5, 28.19])
    assert find_splits(prices, np.array([53.5, 25.75]) / 4) == []


def test_a_dividend_is_not_a_split():
    assert find_splits(history([100, 91]), np.array([91.0, 91.0])) == []


def test_a_step_without_a_simple_ratio_is_not_a_split():
    assert find_splits(history([143, 100]), np.array([100.0, 100.0])) == []


def test_a_step_that_the_price_does_not_follow_is_not_a_split():
    assert find_splits(history([100, 100]), np.array([50.0, 100.0])) == []


def test_prices_already_adjusted_show_no_split():
    assert find_splits(history([50, 50, 51]), np.array([49.0, 49.0, 50.0])) == []


def test_an_unknown_adjusted_close_shows_no_split():
    assert find_splits(history([100, 50, 50]), np.array([50.0, np.nan, 50.0])) == []


def test_a_ticker_s_first_row_is_not_compared_with_another_ticker():
    prices = joined(history([100, 100], "A"), history([50, 50], "B"))
    adjusted = np.array([50.0, 50.0, 50.0, 50.0])
    assert find_splits(prices, adjusted) == []
    assert suspected_splits(prices, unknown(prices))[0] == []


def test_absurd_numbers_are_not_splits():
    prices = history([1e300, 1e-300, 1e300])
    adjusted = np.array([1e-300, 1e300, 1e-300])
    assert find_splits(prices, adjusted) == []
    assert suspected_splits(prices, unknown(prices))[0] == []


def test_prices_before_a_split_are_divided_and_volumes_multiplied():
    prices = history([90, 96, 32], opened=[93, 99, 33])
    restated = restate(prices, [Split("AAPL", np.datetime64("2024-01-03"), Fraction(3))])
    assert restated.open.tolist() == [31, 33, 33]
    assert restated.high.tolist() == [31, 33, 33]
    assert restated.low.tolist() == [30, 32, 32]
    assert restated.close.tolist() == [30, 32, 32]
    assert restated.volume.tolist() == [3000, 3000, 1000]


def test_a_reverse_split_divides_volumes():
    restated = restate(
        history([1, 10]), [Split("AAPL", np.datetime64("2024-01-02"), Fraction(1, 10))]
    )
    assert restated.close.tolist() == [10, 10]
    assert restated.volume.tolist() == [100, 1000]


def test_the_ratios_of_several_splits_multiply():
    prices = history([60, 30, 30, 10])
    splits = [
        Split("AAPL", np.datetime64("2024-01-02"), Fraction(2)),
        Split("AAPL", np.datetime64("2024-01-04"), Fraction(3)),
    ]
    assert restate(prices, splits).volume.tolist() == [6000, 3000, 3000, 1000]
    assert restate(prices, splits).close.tolist() == [10, 10, 10, 10]


def test_a_split_leaves_other_tickers_alone():
    prices = joined(history([100, 50], "A"), history([100, 50], "B"), history([100, 50], "C"))
    restated = restate(prices, [Split("B", np.datetime64("2024-01-02"), Fraction(2))])
    assert restated.close.tolist() == [100, 50, 50, 50, 100, 50]


def test_without_a_split_nothing_changes():
    prices = history([100, 50])
    assert restate(prices, []) is prices


def test_turnover_in_money_is_the_same_before_and_after_restating():
    prices = history([100, 50, 500])
    splits = [
        Split("AAPL", np.datetime64("2024-01-02"), Fraction(2)),
        Split("AAPL", np.datetime64("2024-01-03"), Fraction(1, 10)),
    ]
    restated = restate(prices, splits)
    np.testing.assert_allclose(restated.close * restated.volume, prices.close * prices.volume)


def test_restating_twice_finds_nothing_more():
    prices, adjusted = history([100, 50, 150]), np.array([150.0, 150.0, 150.0])
    restated = restate(prices, find_splits(prices, adjusted))
    assert restated.close.tolist() == [150, 150, 150]
    assert find_splits(restated, adjusted) == []


def test_splits_that_multiply_beyond_the_range_of_numbers_are_refused():
    prices = history([1e300, 5e299])
    splits = [Split("AAPL", DAYS[1], Fraction(1, 10_000))] * 3
    with pytest.raises(TableError) as caught:
        restate(prices, splits)
    assert caught.value.problems[0].message == SPLITS_OVERFLOW(splits=3)


@pytest.mark.parametrize(
    ("before", "after", "terms"),
    [(100, 50.5, "2:1"), (100, 33, "3:1"), (200, 10, "20:1"), (10, 50, "1:5")],
)
def test_an_overnight_change_by_a_whole_ratio_is_suspected(before, after, terms):
    prices = history([before, 2 * after], opened=[before, after])
    assert [str(split) for split in suspected_splits(prices, unknown(prices))[0]] == [
        f"{terms} split of 'AAPL' on 2024-01-02"
    ]


@pytest.mark.parametrize(("before", "after"), [(53.5, 28.19), (150, 100), (100, 99), (100, 48)])
def test_any_other_change_is_not_suspected(before, after):
    prices = history([before, after])
    assert suspected_splits(prices, unknown(prices))[0] == []


def test_nothing_is_suspected_if_the_adjustment_factor_is_known():
    prices = history([100, 50])
    assert suspected_splits(prices, np.array([25.0, 12.5]))[0] == []


def test_a_split_is_suspected_at_a_gap_in_the_adjusted_closes():
    prices = history([100, 50, 50])
    assert [
        split.ratio for split in suspected_splits(prices, np.array([50.0, np.nan, 50.0]))[0]
    ] == [2]


@pytest.mark.parametrize("ratio", [Fraction(2), Fraction(3, 2), Fraction(1, 10)], ids=str)
@pytest.mark.parametrize("ticker", ["AAPL", ""], ids=["ticker", "file"])
def test_a_split_is_reported_with_its_ticker_date_and_terms(ratio, ticker):
    split = Split(ticker, MONDAY, ratio)
    params = {
        "ticker": ticker or None,
        "date": "2024-01-08",
        "new": ratio.numerator,
        "old": ratio.denominator,
    }
    assert list(split_warnings([split], [split], 1)) == [
        SPLIT_RESTATED(**params, ratio=float(ratio)),
        SPLIT_SUSPECTED(**params),
    ]


def test_of_many_splits_the_first_ten_are_reported_and_all_counted():
    many = [Split("AAPL", day, Fraction(2)) for day in DAYS[:12]]
    warnings = list(split_warnings(many, many[:10], len(many)))
    assert len(warnings) == 22
    assert warnings[10] == SPLITS_RESTATED_TOTAL(count=12)
    assert warnings[21] == SPLITS_SUSPECTED_TOTAL(count=12)


def with_factors(price, factor, name):
    """A history whose price changes on its 41st day, with a column of split factors."""
    lines = [f"Date,Open,High,Low,Close,Volume,{name}"]
    for number, day in enumerate(np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")):
        close, volume = (price, 4000) if number >= 40 else (100, 1000)
        cell = factor if number == 40 else "0.0"
        lines.append(f"{day},{close},{close},{close},{close},{volume},{cell}")
    return read_history(read_table("\n".join(lines).encode()))


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        ("4.0", "Stock Splits"),
        ("4:1", "Split Ratio"),
        ("0.25", "splitFactor"),
        ("4/1", "Split Factor"),
    ],
)
def test_a_split_factor_proves_a_split_if_the_price_falls_by_it(factor, name):
    split = with_factors(25, factor, name)
    assert [str(found) for found in split.splits] == ["4:1 split on 2024-02-10"]
    assert split.prices.volume[[0, -1]].tolist() == [4000, 4000]
    adjusted = with_factors(101, factor, name)
    assert (adjusted.splits, len(adjusted.prices)) == ([], 60)


def test_a_copied_adjusted_close_does_not_hide_a_split():
    prices = joined(history([100, 25]), history([100, 25], "B"))
    found, count = suspected_splits(prices, np.array([100, 25, 25, 12.5]))
    assert ([str(split) for split in found], count) == (["4:1 split of 'AAPL' on 2024-01-02"], 1)


@pytest.mark.parametrize(
    ("choice", "closes", "volumes"),
    [
        (None, [50, 12.5], [2, 1]),
        ("restate", [12.5, 12.5], [8, 1]),
        ("prices-only", [12.5, 12.5], [1, 1]),
        ("ignore", [100, 12.5], [1, 1]),
    ],
)
def test_a_choice_overrules_the_evidence_for_all_splits(choice, closes, volumes):
    """The first of two splits is proven by its factor, the second is only suspected."""
    prices = replace(history([100, 50, 12.5]), volume=np.ones(3))
    found = restated(prices, unknown(prices), np.array([1.0, 2.0, 1.0]), choice=choice)
    assert found.prices.close[[0, -1]].tolist() == pytest.approx(closes)
    assert found.prices.volume[[0, -1]].tolist() == pytest.approx(volumes)
    assert found.treatment == (choice or "restate")
    suspected = [note.code for note in found.notes].count(SPLIT_SUSPECTED)
    assert suspected == (0 if choice else 1)


def test_a_history_without_splits_leaves_nothing_to_choose():
    prices = history([100, 99])
    found = restated(prices, unknown(prices), unknown(prices), choice="restate")
    assert (found.prices, found.treatment, found.notes) == (prices, None, [])


def test_a_text_among_split_factors_is_no_split():
    found = with_factors(25, "yes", "Stock Splits")
    assert (found.splits, len(found.prices), found.dropped) == ([], 60, {})
    assert [warning.code for warning in found.warnings] == [SPLIT_SUSPECTED]


def test_the_splits_in_the_repository_s_data_are_found_and_no_others():
    found = read_history(read_table(STOCKS.read_bytes()))
    assert [str(split) for split in found.splits] == [
        "2:1 split of 'AAPL' on 2000-06-21",
        "2:1 split of 'AAPL' on 2005-02-28",
        "2:1 split of 'MSFT' on 2003-02-18",
    ]
    assert [warning.code for warning in found.warnings] == [SPLIT_RESTATED] * 3


def test_more_splits_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(share_splits, "MAX_SPLITS", 3)
    prices = history([100, 50] * 15)
    with pytest.raises(TableError) as caught:
        find_splits(prices, np.full(30, 50.0))
    assert caught.value.problems[0].message == TOO_MANY_SPLITS(rows=29, limit=3)
    first, count = suspected_splits(prices, unknown(prices))
    assert (len(first), count) == (10, 29)
