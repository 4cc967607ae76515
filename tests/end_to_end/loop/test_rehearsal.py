"""Sixty sessions with a vendor's accidents, replayed day by day by the real containers."""

import shutil
import struct
from collections import Counter

import pytest

from expected_forecasts import AFTER_THE_DATA, HORIZON, Truth, expected_keys, scorecard
from loop_stack import TICKERS
from rehearsal_nights import (
    COLUMN_SPLIT,
    CONTRADICTORY,
    CUT_VOLUME,
    EARLY_END,
    FROM_THE_PAST,
    HALF_DAY,
    HALF_WRITTEN,
    HOLIDAYS,
    LATE,
    LOST_TICKERS,
    UNDECLARED_SPLIT,
    UNFINISHED,
)

EXACT = 1e-9  # relative
GROUPS = ("version", "month", "ticker", "calendar")
# The deliveries of each accident, in order: state at the end, codes.
BECAME = {
    f"prices-{UNFINISHED}.csv": [("superseded", ["no_finished_session"]), ("accepted", [])],
    "history.csv": [
        ("accepted", []),  # the training data
        ("superseded", ["tickers_missing", "history_shorter"]),
        ("accepted", []),
    ],
    f"prices-{CUT_VOLUME}.csv": [("superseded", ["volume_impossible"]), ("accepted", [])],
    # It has the row of the day before of the ticker that ends early, which the right file lacks.
    f"prices-{EARLY_END}.csv": [("superseded", ["ends_differ", "rows_known"]), ("accepted", [])],
    f"prices-{CONTRADICTORY}.csv": [("accepted", []), ("accepted", [])],
    f"prices-{LATE}.csv": [("accepted", [])],
    f"prices-{HALF_WRITTEN}.csv": [
        ("superseded", ["volume_impossible"]),
        ("superseded", ["field_count"]),
        ("accepted", []),
    ],
    "IBM.csv": [("superseded", ["goes_back", "volume_impossible"]), ("accepted", [])],
    f"prices-{COLUMN_SPLIT}.csv": [("accepted", [])],
    f"prices-{UNDECLARED_SPLIT}.csv": [("accepted", ["split_suspected"])],
}
# The reasons that were shown on the evening of an accident.
HELD = {
    LOST_TICKERS: ["tickers_missing", "history_shorter"],
    CUT_VOLUME: ["volume_impossible"],
    EARLY_END: ["ends_differ"],
    HALF_WRITTEN: ["volume_impossible"],
    FROM_THE_PAST: ["goes_back", "volume_impossible"],
    UNDECLARED_SPLIT: ["split_suspected"],
}
AWAITED = (*HELD, UNFINISHED, CONTRADICTORY, LATE)


@pytest.fixture(scope="module")
def forecasts(rehearsed):
    return [one for ticker in TICKERS for one in rehearsed.loop.forecasts(ticker)]


@pytest.fixture(scope="module")
def truth(rehearsed):
    return Truth(rehearsed.nights)


def test_each_session_has_one_forecast_for_each_ticker_and_possible_step(rehearsed, forecasts):
    keys = ("ticker", "origin", "step", "session", "written_at")
    found = Counter(tuple(one[key] for key in keys) for one in forecasts)
    assert set(found.values()) == {1}
    assert set(found) == set(expected_keys(rehearsed.nights))
    covered = {(one["ticker"], one["session"]) for one in forecasts if one["step"] <= 2}
    assert covered >= {(ticker, day) for ticker in TICKERS for day in rehearsed.nights.days}


def test_each_forecast_was_made_before_its_session_opened(rehearsed, forecasts):
    for one in forecasts:
        assert one["opens_at"] == f"{one['session']}T14:30:00Z"
        assert one["written_at"] < one["opens_at"]
    assert {result["status"] for result in rehearsed.rounds.values()} == {0}
    assert {result["state"]["missed"] for result in rehearsed.rounds.values()} == {0}


def test_each_forecast_is_scored_with_the_volume_in_the_raw_files(forecasts, truth):
    for one in forecasts:
        if one["session"] in AFTER_THE_DATA:
            assert (one["actual"], one["scored_at"]) == (None, None)
            continue
        actual = truth.volume(one["ticker"], one["session"], one["origin"])
        assert one["actual"] == pytest.approx(actual, rel=EXACT), one
        assert one["naive"] == pytest.approx(
            truth.volume(one["ticker"], one["origin"], one["origin"]), rel=EXACT
        )


def test_no_forecast_was_made_from_a_wrong_value(forecasts, truth):
    for origin in {(one["ticker"], one["origin"], one["inputs"]) for one in forecasts}:
        ticker, day, inputs = origin
        assert inputs == truth.inputs(ticker, day), origin


@pytest.mark.parametrize("by", GROUPS)
def test_the_scorecard_equals_an_independent_computation(rehearsed, forecasts, truth, by):
    scored = [one for one in forecasts if one["actual"] is not None]
    for step in range(1, HORIZON + 1):
        answer = rehearsed.loop.get("/scorecard", {"by": by, "step": str(step)})["scores"]
        expected = scorecard([one for one in scored if one["step"] == step], truth, by)
        assert {score[by] for score in answer} == set(expected)
        for score in answer:
            own = expected[score[by]]
            for name, value in own.items():
                exact = value if isinstance(value, str) else pytest.approx(value, rel=EXACT)
                assert score[name] == exact, (step, score[by], name)


def test_every_accident_was_held_back_or_refused_and_the_right_file_accepted(rehearsed):
    *_, last = rehearsed.rounds.values()
    found = {name: [] for name in BECAME}
    for one in last["deliveries"]:
        codes = [code for code in one["codes"] if code != "remedy"]
        found.setdefault(one["name"], []).append((one["state"], codes))
    assert {name: found[name] for name in BECAME} == BECAME
    others = [states for name, states in found.items() if name not in BECAME]
    assert all(states == [("accepted", [])] for states in others)
    assert (last["state"]["held"], last["state"]["unreadable"]) == ([], [])


def test_what_was_held_back_was_reported_on_that_evening(rehearsed):
    for day, codes in HELD.items():
        [held] = rehearsed.state(day)["held"]
        assert [reason["code"] for reason in held["reasons"]] == codes, day
    for day in rehearsed.nights.days:
        time = "18:30" if day == HALF_DAY else "22:00"
        [market] = rehearsed.state(day, time)["markets"]
        awaited = day in AWAITED and day != FROM_THE_PAST
        assert market["awaited_session"] == (day if awaited else None), day


def test_rows_that_contradict_themselves_are_reported_with_their_lines(rehearsed):
    evening = rehearsed.rounds[f"{CONTRADICTORY}T22:00:00Z"]
    delivery = evening["deliveries"][-1]
    assert delivery["quarantine"] == {"contradictory": [2, 6, 7], "repeated": [3]}
    log = "\n".join(evening["log"])
    for text in ("left out as contradictory: lines 2, 6, 7", "left out as repeated: line 3"):
        assert text in log


def test_an_unfinished_copy_stays_in_the_inbox(rehearsed):
    *_, last = rehearsed.rounds.values()
    assert last["inbox"] == [f"prices-{HALF_WRITTEN}.csv.part"]


def test_nothing_happens_on_holidays(rehearsed):
    for day in HOLIDAYS:
        evening = rehearsed.rounds[f"{day}T22:00:00Z"]
        assert evening["log"] == []
        [market] = evening["state"]["markets"]
        assert market["next_session"] > day


def test_an_edited_row_is_found_and_named(rehearsed, forecasts):
    loop, copy = rehearsed.loop, "data/ledger-copy"
    status, output = loop.run("scheduler", "python", "-m", "forecast_loop", "verify")
    assert (status, f"the ledger is unchanged: {len(forecasts)} forecasts" in output) == (0, True)
    folder = loop.stack.tree / copy
    loop.run("scheduler", "cp", "-r", "/ledger", copy)
    old = next(one for one in forecasts if one["ticker"] == "IBM" and one["origin"] > "2012-12-20")
    path = folder / "ledger.sqlite"
    data, stored = path.read_bytes(), struct.pack(">d", old["volume"])
    assert data.count(stored) == 1
    changed = bytes([*stored[:-1], stored[-1] ^ 1])
    path.write_bytes(data.replace(stored, changed))
    command = ("python", "-m", "forecast_loop", "verify")
    status, output = loop.run("--env", f"LEDGER={copy}", "scheduler", *command, check=False)
    assert status == 1
    assert f"the forecast of IBM for {old['session']}" in output
    shutil.rmtree(folder)
