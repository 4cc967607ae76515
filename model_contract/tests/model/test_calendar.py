import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS, SESSION, WEEKDAYS, Calendar

HEADER = ",".join((SESSION, *CALENDAR_FLAGS))
FLAGS = ",".join("0" * len(CALENDAR_FLAGS))


def days(*written: str) -> np.ndarray:
    return np.array(written, dtype="datetime64[D]")


def names(flags: np.ndarray) -> set[str]:
    return {name for name, flag in zip(CALENDAR_FLAGS, flags, strict=True) if flag}


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("2024-01-03", {"wednesday"}),
        ("2023-12-22", {"friday", "half_day", "before_holiday", "christmas_week"}),
        ("2023-12-29", {"friday", "year_end", "month_end", "before_holiday"}),
        ("2023-12-15", {"friday", "options_expiry", "futures_expiry"}),
        ("2024-01-16", {"tuesday", "after_holiday"}),
    ],
)
def test_a_session_has_its_own_flags(calendar, session, expected):
    assert names(calendar.flags_of(days(session))[0]) == expected


def test_special_sessions_list_their_flags_other_than_the_weekday(calendar):
    assert calendar.special["2023-12-15"] == ["options_expiry", "futures_expiry"]
    assert calendar.special["2023-12-22"] == ["half_day", "before_holiday", "christmas_week"]
    assert "2024-01-03" not in calendar.special
    assert not {name for flags in calendar.special.values() for name in flags} & set(WEEKDAYS)


def test_the_first_and_the_last_session_have_their_own_flags(calendar):
    np.testing.assert_array_equal(
        calendar.flags_of(calendar.sessions[[0, -1]]), calendar.flags[[0, -1]]
    )


@pytest.mark.parametrize(
    "date",
    ["2024-01-06", "2024-01-15", "1900-01-01", "2023-11-30", "2024-03-01", "2999-12-31", "NaT"],
    ids=["weekend", "holiday", "long before", "day before", "day after", "long after", "NaT"],
)
def test_a_date_that_is_not_a_session_has_no_flags(calendar, date):
    np.testing.assert_array_equal(calendar.flags_of(days(date)), np.zeros((1, len(CALENDAR_FLAGS))))


def test_an_unknown_date_does_not_affect_the_flags_of_others(calendar):
    flags = calendar.flags_of(days("2024-01-12", "2024-01-13", "NaT", "2024-01-16"))
    assert [names(row) for row in flags] == [
        {"friday", "before_holiday"},
        set(),
        set(),
        {"tuesday", "after_holiday"},
    ]


@pytest.mark.parametrize("shape", [(), (0,), (6,), (2, 3), (1, 3, 2), (4, 0)])
def test_dates_of_any_shape_get_an_axis_of_flags(calendar, shape):
    dates = np.resize(calendar.sessions[:6], shape)
    flags = calendar.flags_of(dates)
    assert flags.shape == (*shape, len(CALENDAR_FLAGS))
    np.testing.assert_array_equal(
        flags.reshape(-1, len(CALENDAR_FLAGS)), calendar.flags[: dates.size]
    )


def test_flags_do_not_depend_on_the_order_of_the_dates(calendar):
    np.testing.assert_array_equal(calendar.flags_of(calendar.sessions[::-1]), calendar.flags[::-1])


def test_every_session_has_one_weekday_flag(calendar):
    weekdays = [CALENDAR_FLAGS.index(name) for name in WEEKDAYS]
    np.testing.assert_array_equal(
        calendar.flags[:, weekdays].sum(axis=1), np.ones(len(calendar.sessions))
    )


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024-01-11", ["2024-01-12", "2024-01-16"]),
        ("2024-01-14", ["2024-01-16", "2024-01-17"]),
        ("2023-12-01", ["2023-12-04", "2023-12-05"]),
        ("2024-02-28", ["2024-02-29"]),
        ("2024-02-29", []),
        ("2030-01-01", []),
        ("2023-11-30", []),
        ("NaT", []),
    ],
    ids=[
        "a session",
        "a Sunday",
        "the first session",
        "the second to last",
        "the last",
        "after the end",
        "before the start",
        "NaT",
    ],
)
def test_the_sessions_after_a_date_stop_at_the_end_of_the_calendar(calendar, date, expected):
    assert calendar.after(np.datetime64(date, "D"), 2).astype(str).tolist() == expected


def test_a_calendar_survives_a_csv_round_trip_exactly(calendar):
    again = Calendar.from_csv(calendar.to_csv())
    np.testing.assert_array_equal(again.sessions, calendar.sessions)
    np.testing.assert_array_equal(again.flags, calendar.flags)


def test_a_calendar_csv_has_a_row_of_zeros_and_ones_per_session(calendar):
    first, second, *_ = calendar.to_csv().decode().split("\n")
    assert first == HEADER
    assert second == "2023-12-01,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1"


NO_ROW = "is damaged: a row is not a date followed by a 0 or 1 for each flag"
NO_DATE = "has a session that isn't a date such as 2024-04-03"
EXCHANGED = HEADER.replace("monday,tuesday", "tuesday,monday")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "starts with b''; expected session,half_day,"),
        (f"{HEADER}\n", "rows take up 0 bytes; expected one or more rows of 41 bytes"),
        ("session\n2024-01-02\n", "starts with b'session'; expected session,half_day,"),
        (f"2024-01-02,{FLAGS}\n2024-01-03,{FLAGS}\n", "starts with b'2024-01-02,"),
        (f"{EXCHANGED}\n2024-01-02,{FLAGS}\n", "starts with"),
        (f"{HEADER},extra\n2024-01-02,{FLAGS},0\n", "starts with"),
        (f"{HEADER}\n2024-01-02,{FLAGS}\n2024-01-03,{FLAGS[:-2]}\n", "rows take up 80 bytes"),
        (f"{HEADER}\n2024-01-02,{FLAGS[:-2]}\n", "rows take up 39 bytes"),
        (f"{HEADER}\n2024-01-02,{FLAGS},0\n", "rows take up 43 bytes"),
        (f"{HEADER}\n2024-01-02,{FLAGS}\n\n2024-01-03,{FLAGS}\n", "rows take up 83 bytes"),
        (f"{HEADER}\n2024-01-02,{FLAGS}\r2024-01-03,{FLAGS}\n", NO_ROW),
        (f"{HEADER}\n2024-01-32,{FLAGS}\n", f"{NO_DATE}: "),
        (f"{HEADER}\n02/01/2024,{FLAGS}\n", NO_DATE),
        (f"{HEADER}\n2024-01,{FLAGS}{FLAGS[:3]}\n", NO_DATE),
        (f"{HEADER}\n          ,{FLAGS}\n", NO_DATE),
        (f"{HEADER}\n2024-01-02,{FLAGS}\nNaT\0\0\0\0\0\0\0,{FLAGS}\n", NO_DATE),
        (f"{HEADER}\n2024-01-03,{FLAGS}\n2024-01-02,{FLAGS}\n", "sessions are not ascending"),
        (f"{HEADER}\n2024-01-02,{FLAGS}\n2024-01-02,{FLAGS}\n", "sessions are not ascending"),
        (f"{HEADER}\n2024-01-02,{FLAGS[:-1]}2\n", NO_ROW),
        (f"{HEADER}\n2024-01-02,{FLAGS[:-2]}-1\n", NO_ROW),
        (f"{HEADER}\n2024-01-02,{FLAGS[:-3]}0.5\n", NO_ROW),
        (f"{HEADER}\n2024-01-02,{FLAGS[:-3]}nan\n", NO_ROW),
        (f"{HEADER}\n2024-01-02,{FLAGS[:-1]}x\n", NO_ROW),
    ],
    ids=[
        "empty file", "no rows", "sessions only", "no header", "flags swapped", "unknown flag",
        "short row", "short rows", "long row", "empty line", "other line end", "no such day",
        "day first", "cut date", "empty date", "NaT", "descending", "session twice", "a 2", "a -1",
        "a half", "a NaN", "a word",
    ],
)  # fmt: skip
def test_a_damaged_calendar_is_refused_with_the_reason(text, reason):
    with pytest.raises(BundleError, match=f"^the calendar('s)? {reason}"):
        Calendar.from_csv(text.encode())


def test_a_calendar_that_is_not_text_is_refused():
    with pytest.raises(BundleError, match=r"^the calendar starts with b'\\xff\\xfe'"):
        Calendar.from_csv(b"\xff\xfe")


def test_after_each_gives_the_same_sessions_as_after(calendar):
    dates = np.array(
        ["2023-11-30", "2023-12-01", "2024-01-13", "2024-02-28", "2024-02-29", "2031-01-01", "NaT"],
        dtype="datetime64[D]",
    )
    for date, coming in zip(dates, calendar.after_each(dates, 3), strict=True):
        known = coming[~np.isnat(coming)]
        np.testing.assert_array_equal(known, calendar.after(date, 3))
        assert np.isnat(coming[len(known) :]).all()


def test_dates_that_are_not_sessions_have_the_position_minus_1(calendar):
    dates = np.array(
        [["2023-12-01", "2024-02-29"], ["2024-01-13", "NaT"], ["1700-01-01", "9999-12-31"]],
        dtype="datetime64[D]",
    )
    assert calendar.positions(dates).tolist() == [
        [0, len(calendar.sessions) - 1],
        [-1, -1],
        [-1, -1],
    ]
