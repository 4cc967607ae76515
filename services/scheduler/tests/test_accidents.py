"""A vendor's usual accidents: each is held or reported, and the right file is accepted after it."""

import numpy as np
import pandas as pd
import pytest

from forecast_loop import commands
from nights import as_stored, codes, csv, evening

LAST, NEXT = "2013-02-28", "2013-03-01"


def until(frame: pd.DataFrame, day: str) -> pd.DataFrame:
    return frame[frame["Date"] <= day]


def without_tickers(frame):
    return frame[~frame["Ticker"].isin(["IBM", "MSFT"])], "tickers_missing"


def without_years(frame):
    return frame[frame["Date"] >= "2012-06-01"], "history_shorter"


def with_a_volume_cut_by_a_digit(frame):
    changed = frame.copy()
    row = changed.index[(changed["Ticker"] == "IBM") & (changed["Date"] == NEXT)]
    changed.loc[row, "Volume"] //= 10
    return changed, "volume_impossible"


def with_a_volume_times_ten(frame):
    changed = frame.copy()
    row = changed.index[(changed["Ticker"] == "MSFT") & (changed["Date"] == NEXT)]
    changed.loc[row, "Volume"] *= 10
    return changed, "volume_impossible"


def with_all_volumes_in_lots(frame):
    changed = frame.copy()
    changed.loc[changed["Date"] == NEXT, "Volume"] //= 100
    return changed, "volume_impossible"


def with_a_ticker_that_ends_early(frame):
    return frame[(frame["Ticker"] != "GOOG") | (frame["Date"] < "2013-02-27")], "ends_differ"


def with_other_volumes(frame):
    changed = frame.copy()
    changed.loc[changed["Date"].between("2012-05-01", "2012-05-31"), "Volume"] *= 3
    return changed, "revises_much"


ACCIDENTS = [
    without_tickers,
    without_years,
    with_a_volume_cut_by_a_digit,
    with_a_volume_times_ten,
    with_all_volumes_in_lots,
    with_a_ticker_that_ends_early,
    with_other_volumes,
]


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_is_held_and_the_right_file_after_it_is_accepted(nights, recent, accident):
    nights.take("prices.csv", until(recent, LAST), LAST)
    before = nights.frame()
    damaged, code = accident(recent)
    held = nights.take("prices.csv", damaged, NEXT)
    assert (held.state, code in codes(held)) == ("held", True), held.reasons
    pd.testing.assert_frame_equal(nights.frame(), before)
    right = nights.take("prices.csv", recent, "2013-03-02")
    assert (right.state, right.reasons) == ("accepted", ())
    assert nights.store.delivery(held.id).state == "superseded"
    pd.testing.assert_frame_equal(nights.frame(), as_stored(recent))


def test_a_held_day_is_not_superseded_by_the_next_one(nights, recent):
    """Nothing else would bring its session."""
    first, second = "2013-02-28", "2013-03-01"
    nights.take("prices.csv", until(recent, "2013-02-27"), "2013-02-27")
    of_day = {day: recent[recent["Date"] == day] for day in (first, second)}
    nights.take("day-2013-02-27.csv", recent[recent["Date"] == "2013-02-27"], "2013-02-27")
    held = nights.take(f"day-{first}.csv", of_day[first][of_day[first]["Ticker"] != "IBM"], first)
    assert held.state == "held"
    assert nights.take(f"day-{second}.csv", of_day[second], second).state == "accepted"
    assert nights.store.delivery(held.id).state == "held"
    assert nights.take(f"day-{first}.csv", of_day[first], second).state == "accepted"
    assert nights.store.delivery(held.id).state == "superseded"
    pd.testing.assert_frame_equal(nights.frame(), as_stored(until(recent, second)))


def test_the_unfinished_session_is_not_stored(nights, recent):
    nights.take("prices.csv", until(recent, LAST), LAST)
    noon = evening(NEXT).replace(hour=17)
    taken = nights.take("prices.csv", recent, NEXT, written=noon)
    assert taken.state == "nothing_new"
    assert nights.frame()["Date"].max() == LAST
    final = recent.assign(Volume=recent["Volume"] + (recent["Date"] == NEXT))
    assert nights.take("prices.csv", final, NEXT).counts.new == 5
    pd.testing.assert_frame_equal(nights.frame(), as_stored(final))


def test_a_time_of_writing_before_the_prices_is_not_believed(nights, recent):
    old = evening("1980-01-01")
    assert nights.take("prices.csv", recent, NEXT, written=old).state == "accepted"
    pd.testing.assert_frame_equal(nights.frame(), as_stored(recent))


def test_files_by_date_with_a_split_between_them_are_held(nights, stocks):
    apple = stocks[
        (stocks["Ticker"] == "AAPL") & stocks["Date"].between("2004-12-01", "2005-03-31")
    ]
    nights.take("AAPL.csv", until(apple, "2005-02-25"), "2005-02-25")
    split = apple[apple["Date"] == "2005-02-28"]
    held = nights.take("aapl-2005-02-28.csv", split, "2005-02-28")
    assert codes(held) == ["split_suspected"]
    nights.accept(held, splits=True)
    found = nights.store.restated_history()
    assert [str(one) for one in found.splits] == ["2:1 split of 'AAPL' on 2005-02-28"]


def test_a_declared_split_between_files_by_date_is_restated(nights, stocks):
    apple = stocks[
        (stocks["Ticker"] == "AAPL") & stocks["Date"].between("2004-12-01", "2005-03-31")
    ]
    apple = apple.assign(splitfactor=np.where(apple["Date"] == "2005-02-28", 2.0, 1.0))
    apple = apple.drop(columns="Adj Close")
    for day in sorted(apple["Date"].unique()):
        taken = nights.take(f"prices-{day}.csv", apple[apple["Date"] == day], day)
        assert taken.state == "accepted", taken.reasons
    (split,) = nights.store.restated_history().splits
    assert (split.ratio, str(split.session)) == (2, "2005-02-28")


def test_a_new_history_proves_the_split_that_it_brings(nights, stocks):
    apple = stocks[
        (stocks["Ticker"] == "AAPL") & stocks["Date"].between("2004-12-01", "2005-03-31")
    ]
    old = until(apple, "2005-02-25")
    old = old.assign(**{"Adj Close": old["Close"] * 0.9})  # relative to the end of its own file
    nights.take("AAPL.csv", old, "2005-02-25")
    taken = nights.take("AAPL.csv", until(apple, "2005-02-28"), "2005-02-28")
    assert (taken.state, taken.counts.new, taken.counts.changed) == ("accepted", 1, 0)
    (split,) = nights.store.restated_history().splits
    assert (split.ratio, str(split.session)) == (2, "2005-02-28")


def test_contradictory_rows_are_quarantined(nights, recent, caplog, capsys):
    damaged = recent.copy()
    damaged.loc[[3, 40], "Low"] = damaged.loc[[3, 40], "High"]
    damaged.loc[[3, 40], "Close"] = damaged.loc[[3, 40], "High"] * 0.9
    taken = nights.take("prices.csv", damaged, NEXT)
    assert taken.state == "accepted"
    assert nights.store.quarantine(taken.id) == {"contradictory": [5, 42]}
    commands.list_deliveries(nights.store)
    for reported in (caplog.text, capsys.readouterr().out):
        assert "left out as contradictory: lines 5, 42" in reported
    assert len(nights.frame()) == len(recent) - 2


def with_two_rows(frame, ibm):
    return pd.concat([frame, frame[ibm].assign(Volume=frame.loc[ibm, "Volume"] + 7)])


def with_an_impossible_close(frame, ibm):
    return frame.assign(Close=frame["Close"].mask(ibm, frame["High"] * 1.2))


@pytest.mark.parametrize("contradict", [with_two_rows, with_an_impossible_close])
@pytest.mark.parametrize(("first", "state"), [(NEXT, "accepted"), ("2012-01-01", "held")])
def test_contradictions_of_a_last_session_are_left_out(nights, recent, contradict, first, state):
    nights.take("prices.csv", until(recent, LAST), LAST)
    rows = recent[recent["Date"] >= first].reset_index(drop=True)
    ibm = (rows["Ticker"] == "IBM") & (rows["Date"] == NEXT)
    damaged = contradict(rows, ibm)
    taken = nights.take("prices.csv" if state == "held" else "day.csv", damaged, NEXT)
    assert (taken.state, codes(taken)) == (state, ["ends_differ"] if state == "held" else [])
    lines = [int(np.flatnonzero(ibm)[0]) + 2, *range(len(rows) + 2, len(damaged) + 2)]
    assert nights.store.quarantine(taken.id) == {"contradictory": lines}
    right = nights.take("prices.csv", recent, "2013-03-02")
    assert (right.state, right.counts.new) == ("accepted", 1 if state == "accepted" else 5)
    pd.testing.assert_frame_equal(nights.frame(), as_stored(recent))


@pytest.mark.parametrize("day", ["2013-02-20", NEXT])
def test_a_file_of_many_contradictions_is_unreadable(nights, recent, day):
    """One earlier session is enough. It shows that files were joined, or a ticker is missing."""
    nights.take("prices.csv", until(recent, LAST), LAST)
    rows = recent[recent["Date"] == day]
    both = pd.concat([rows, rows.assign(Volume=rows["Volume"] + 7)])
    both = both if day == NEXT else pd.concat([recent, both.tail(1)])
    taken = nights.take("prices.csv", both, NEXT)
    assert (taken.state, set(codes(taken))) == ("unreadable", {"session_twice", "remedy"})
    assert "the session " + day in taken.reasons[0].text


def test_equal_rows_and_rows_of_an_unfinished_session_contradict_nothing(nights, recent):
    """A file may repeat a session, or have two rows of one that goes on."""
    last = recent[recent["Date"] == NEXT]
    taken = nights.take("prices.csv", pd.concat([recent, last]), NEXT)
    assert (taken.state, len(nights.store.quarantine(taken.id)["repeated"])) == ("accepted", 5)
    during = pd.concat([recent, last.assign(Volume=last["Volume"] + 7)])
    noon = evening(NEXT).replace(hour=17)
    assert nights.take("prices.csv", during, NEXT, written=noon).state == "nothing_new"


def test_a_late_file_fills_its_gap(nights, recent):
    for day in ("2013-02-26", "2013-02-28", "2013-02-27"):
        rows = until(recent, day) if day == "2013-02-26" else recent[recent["Date"] == day]
        taken = nights.take(f"prices-{day}.csv", rows, LAST)
        assert taken.state == "accepted", taken.reasons
    pd.testing.assert_frame_equal(nights.frame(), as_stored(until(recent, LAST)))


def test_an_old_file_that_changes_rows_is_held(nights, recent):
    nights.take("prices.csv", recent, NEXT)
    old = until(recent, "2013-02-20").copy()
    old.loc[old.index[5], "Volume"] += 1
    assert codes(nights.take("prices.csv", old, NEXT)) == ["history_shorter", "goes_back"]


@pytest.mark.parametrize("cut", [2, 3, 5, 8, 9, 10, 20, 45, 90, 20_000])
def test_a_half_written_file_is_held(nights, recent, cut):
    prices = recent.drop(columns="Adj Close")  # so that the volume comes last
    nights.take("prices.csv", until(prices, LAST), LAST)
    whole = csv(prices)
    held = nights.take("prices.csv", whole[:-cut], NEXT)
    assert held.state == "held"
    assert nights.take("prices.csv", whole, NEXT).state == "accepted"
    pd.testing.assert_frame_equal(nights.frame(), as_stored(prices))


def test_an_unreadable_file_is_kept_with_every_problem(nights):
    taken = nights.take("prices.csv", b"Date,Open\n2013-03-01,1\n", NEXT)
    assert taken.state == "unreadable"
    assert taken.reasons
    assert nights.store.data(taken.sha256) == b"Date,Open\n2013-03-01,1\n"


def test_a_ticker_that_has_ended_does_not_hold_the_others(nights, recent):
    ended = recent[(recent["Ticker"] != "FB") | (recent["Date"] <= "2013-02-15")]
    nights.take("prices.csv", until(ended, LAST), LAST)
    assert nights.take("prices.csv", ended, NEXT).state == "accepted"
    day = ended[ended["Date"] == NEXT]
    assert nights.take("all-2013-03-01.csv", day, NEXT).state == "nothing_new"


def test_the_end_of_a_ticker_is_accepted_once(nights, recent):
    ended = recent[(recent["Ticker"] != "FB") | (recent["Date"] <= "2013-02-25")]
    nights.take("prices.csv", until(recent, "2013-02-25"), "2013-02-25")
    held = nights.take("prices.csv", until(ended, "2013-02-26"), "2013-02-26")
    assert codes(held) == ["ends_differ"]
    nights.accept(held)
    assert nights.take("prices.csv", until(ended, "2013-02-27"), "2013-02-27").state == "accepted"


def test_a_few_of_many_tickers_are_reported_but_hold_nothing(nights, recent):
    apple = recent[(recent["Ticker"] == "AAPL") & (recent["Date"] >= "2012-12-01")]
    many = pd.concat([apple.assign(Ticker=f"T{number:03}") for number in range(150)])
    nights.take("prices.csv", until(many, LAST), LAST)
    lost = many[many["Ticker"] != "T007"]
    taken = nights.take("prices.csv", lost, NEXT)
    assert (taken.state, codes(taken)) == ("accepted", ["tickers_missing"])
    assert (
        codes(nights.take("prices.csv", many.iloc[: len(many) // 2], NEXT))[0] == "tickers_missing"
    )
    assert len(nights.store.deliveries("held")) == 1


def test_a_half_day_is_over_soon_after_its_early_close(nights, stocks):
    """On 24 December 2012, New York closed at 18:00 UTC."""
    known, half_day = stocks[stocks["Date"] < "2012-12-24"], stocks[stocks["Date"] == "2012-12-24"]
    nights.take("history.csv", known, "2012-12-21")
    for time, state in (("18:10", "unreadable"), ("18:20", "accepted")):
        when = evening("2012-12-24").replace(hour=18, minute=int(time[3:]))
        taken = nights.take("prices-2012-12-24.csv", half_day, "2012-12-24", written=when)
        assert taken.state == state, time


def split_in_2005(stocks: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apple's rows up to its split of 28 February 2005: as traded, and restated for it."""
    since_2004 = (stocks["Ticker"] == "AAPL") & (stocks["Date"] >= "2004-06-01")
    traded = until(stocks[since_2004], "2005-02-28").reset_index(drop=True)
    restated, before = traded.astype({"Open": float}), traded["Date"] < "2005-02-28"
    restated.loc[before, ["Open", "High", "Low", "Close"]] /= 2
    restated.loc[before, "Volume"] *= 2
    return traded, restated


@pytest.mark.parametrize("lacking", [[], ["Adj Close"]], ids=["adjusted closes", "nothing else"])
def test_a_few_days_that_are_restated_for_a_split_are_held(nights, stocks, lacking):
    traded, restated = (rows.drop(columns=lacking) for rows in split_in_2005(stocks))
    nights.take("AAPL.csv", traded.iloc[:-1], "2005-02-25")
    held = nights.take("last-days-AAPL.csv", restated.tail(20), "2005-02-28")
    assert codes(held) == ["split_suspected"]
    nights.accept(held, splits=True)
    found = nights.store.restated_history()
    assert [split.ratio for split in found.splits] == [2]
    np.testing.assert_allclose(found.prices.volume, restated["Volume"])


def test_a_whole_history_may_be_restated_for_a_split(nights, stocks):
    traded, restated = split_in_2005(stocks)
    nights.take("AAPL.csv", traded.iloc[:-1], "2005-02-25")
    assert nights.take("AAPL.csv", restated, "2005-02-28").state == "accepted"
    found = nights.store.restated_history()
    assert list(found.splits) == []
    np.testing.assert_allclose(found.prices.volume, restated["Volume"])
