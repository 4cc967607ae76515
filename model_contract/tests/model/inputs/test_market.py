import tracemalloc

import numpy as np
import pytest

from model_contract.model.inputs.market import NAMES, market_inputs
from slow_inputs import market_move, market_range

COUNT = 31
MOVE, RANGE = (NAMES.index(name) for name in ("market_move", "market_range"))


@pytest.fixture
def zigzag(make_prices):
    """Two tickers that move against each other, and one that rises; all by their usual moves.

    On the last session, they move by 1, -1 and 1 usual moves.
    """
    steps = np.arange(COUNT)
    return [
        make_prices(COUNT, close=10 * np.exp(log_close))
        for log_close in (0.02 * (steps % 2 == 0), 0.03 * (steps % 2), 0.01 * steps)
    ]


def last(inputs, column: int) -> list[float]:
    return [one[-1, column] for one in inputs]


def test_the_market_s_move_is_the_mean_of_the_other_tickers(zigzag):
    assert last(market_inputs(zigzag), MOVE) == pytest.approx([0, 1, 0])


def test_a_ticker_without_the_session_does_not_count(zigzag):
    missing = [zigzag[0], zigzag[1].take(slice(-1)), zigzag[2]]
    found = market_inputs(missing)
    assert (found[0][-1, MOVE], found[2][-1, MOVE]) == pytest.approx((1, 1))


def test_the_market_s_range_is_a_mean_over_5_sessions_and_the_other_tickers(make_prices):
    spread = np.full(COUNT, 0.02)
    spread[-1] = 0.04
    wide = make_prices(COUNT, high=10 * np.exp(spread))
    calm = make_prices(COUNT, high=np.full(COUNT, 10.1))
    relative = np.log(0.04 / ((COUNT - 2) * 0.02 + 0.04) * (COUNT - 1))
    assert last(market_inputs([wide, calm, calm]), RANGE) == pytest.approx(
        [0, relative / 2 / 5, relative / 2 / 5], abs=1e-12
    )


def test_the_market_s_range_is_0_unless_it_is_known_on_5_sessions(make_prices):
    spread = np.resize([0.02, 0.03], COUNT)
    one, other = (make_prices(COUNT, high=10 * np.exp(spread)) for _ in range(2))
    found = market_inputs([one, other])[0][:, RANGE]
    # The other ticker's first range is known after 22 sessions.
    np.testing.assert_array_equal(found != 0, np.arange(COUNT - 1) >= 25)
    paused = other.take(np.delete(np.arange(COUNT), -3))
    assert market_inputs([one, paused])[0][-1, RANGE] == 0


def test_a_single_ticker_has_no_market(zigzag):
    np.testing.assert_array_equal(market_inputs(zigzag[:1]), np.zeros((1, COUNT - 1, 2)))


def test_inputs_have_a_row_for_every_session_but_the_first(zigzag):
    late = zigzag[1].take(slice(10, None))
    shapes = [one.shape for one in market_inputs([zigzag[0], late])]
    assert shapes == [(COUNT - 1, 2), (COUNT - 11, 2)]


def test_a_ticker_with_a_single_session_has_no_inputs_and_changes_nothing(zigzag):
    with_new = market_inputs([*zigzag, zigzag[0].take(slice(-1, None))])
    assert with_new[-1].shape == (0, 2)
    for expected, found in zip(market_inputs(zigzag), with_new, strict=False):
        np.testing.assert_array_equal(found, expected)


def test_the_order_of_tickers_does_not_matter(tickers):
    given = dict(zip(tickers, market_inputs(list(tickers.values())), strict=True))
    reversed_ = dict(
        zip(reversed(tickers), market_inputs(list(tickers.values())[::-1]), strict=True)
    )
    for ticker, expected in given.items():
        np.testing.assert_allclose(reversed_[ticker], expected, rtol=0, atol=1e-12)


def test_a_ticker_s_own_prices_are_not_part_of_its_market(tickers, make_prices):
    names, histories = list(tickers), list(tickers.values())
    own = names.index("LISTED_LATE")
    before = market_inputs(histories)
    flat = make_prices(len(histories[own]), session=histories[own].session)
    after = market_inputs([flat if row == own else one for row, one in enumerate(histories)])
    np.testing.assert_allclose(after[own], before[own], rtol=0, atol=1e-12)
    assert not np.allclose(after[0], before[0])


def test_inputs_equal_those_written_from_the_formulas_whoever_traded(make_prices):
    """Each ticker trades on two days of three, so most sessions lack someone."""
    random, days, histories = np.random.default_rng(6), 60, []
    for _ in range(4):
        traded = np.flatnonzero(random.random(days) < 2 / 3)
        count = len(traded)
        close = 10 * np.exp(np.cumsum(random.normal(0, 0.02, count)))
        histories.append(
            make_prices(
                count,
                session=np.datetime64("2024-01-01") + traded,
                close=close,
                high=close * np.exp(random.exponential(0.01, count)),
                low=close * np.exp(-random.exponential(0.01, count)),
            )
        )
    found, compared = market_inputs(histories), 0
    for own, prices in enumerate(histories):
        for row in range(22, len(prices)):
            session = prices.session[row]
            others = [
                one.take(one.session <= session)
                for number, one in enumerate(histories)
                if number != own
            ]
            past = prices.take(slice(row + 1))
            expected = [market_move(past, others), market_range(past, others)]
            np.testing.assert_allclose(found[own][row - 1], expected, rtol=0, atol=1e-12)
            compared += any(expected)
    assert compared > 5


def test_memory_grows_with_the_rows_of_all_tickers(make_prices):
    tickers, count = 300, 200
    spread = np.resize([0.02, 0.03], count)
    histories = [
        make_prices(count, first=first, high=10 * np.exp(spread))
        for first in np.datetime64("1500-01-01") + count * np.arange(tickers)
    ]
    tracemalloc.start()
    try:
        found = market_inputs(histories)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not np.any(np.concatenate(found))  # each session has a single ticker
    # One array of tickers times sessions would take 144 MB.
    assert peak < 30e6
