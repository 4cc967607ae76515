"""A CSV of windows gets the same forecasts as the history that the windows come from."""

import csv
import io
import json

import numpy as np
import pytest

from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import input_columns
from model_contract.reading.windows_csv import column_names
from predict_requests import forecast, post, volumes


def sessions(answer):
    return [prediction["session"] for prediction in answer["predictions"]]


def as_history(client, make, days):
    """The sessions of a history's one-step forecasts, and their volumes."""
    answer = forecast(client, make.comma(days))
    points, coming = answer["track_record"][0]["points"], answer["predictions"][0]
    return [point["session"] for point in points] + [coming["session"]], [
        point["predicted"] for point in points
    ] + [coming["volume"]]


@pytest.mark.parametrize(
    "last",
    ["2013-03-01", "2013-02-15", "2013-02-27", "2012-12-24"],
    ids=["week", "holiday", "month", "Christmas"],
)
def test_a_history_and_its_windows_give_the_same_numbers(client, make, last):
    days = make.days(60, last=last)
    expected_sessions, expected = as_history(client, make, days)
    answer = forecast(client, make.windows(days))
    assert sessions(answer) == expected_sessions
    assert volumes(answer) == pytest.approx(expected, rel=1e-6)


def test_windows_that_name_the_next_session_match_a_gappy_history(client, make):
    days = make.days(60)
    del days[45]
    expected_sessions, expected = as_history(client, make, days)
    answer = forecast(client, make.windows(days, {"Session": expected_sessions.__getitem__}))
    assert sessions(answer) == expected_sessions
    assert volumes(answer) == pytest.approx(expected, rel=1e-6)


def test_windows_get_one_prediction_per_row_in_order(client, make):
    days = make.days(40)
    coming = [*(str(day.session) for day in days[make.window + 1 :]), "2013-03-04"]
    answer = forecast(
        client, make.windows(days, {"Ticker": lambda row: f"T{row}", "Session": coming.__getitem__})
    )
    rows = 40 - make.window
    assert answer["input"] == {
        "kind": "windows",
        "rows": rows,
        "tickers": rows,
        "reading": None,
        "warnings": [],
    }
    found = [(p["ticker"], p["session"], p["step"]) for p in answer["predictions"]]
    assert found == [(f"T{row}", coming[row], 1) for row in range(rows)]
    assert answer["track_record"] == []


def test_windows_without_a_session_forecast_the_next_one(client, make):
    answer = forecast(client, make.windows(make.days(23)))
    assert [(p["ticker"], p["session"]) for p in answer["predictions"]] == [(None, "2013-03-04")]


def test_a_session_after_the_calendar_counts_as_average(client, make):
    days = make.days(23, last="2029-12-31")
    unnamed = forecast(client, make.windows(days))
    assert sessions(unnamed) == [None]
    named = forecast(client, make.windows(days, {"Session": lambda _: "2030-01-02"}))
    assert sessions(named) == ["2030-01-02"]
    assert volumes(named) == volumes(unnamed)


def test_the_session_to_forecast_changes_the_forecast(client, make):
    friday = forecast(client, make.windows(make.days(23), {"Session": lambda _: "2013-03-08"}))
    end_of_month = forecast(
        client, make.windows(make.days(23), {"Session": lambda _: "2013-03-28"})
    )
    assert volumes(friday) != pytest.approx(volumes(end_of_month), rel=1e-3)


def test_several_batches_of_windows_keep_their_order(client, make):
    one = make.windows(make.days(60)).decode().splitlines()
    rows = len(one) - 1
    data = "\n".join([one[0], *one[1:] * 40]).encode()
    found = np.array(volumes(forecast(client, data))).reshape(40, rows)
    np.testing.assert_allclose(found, np.tile(found[0], (40, 1)), rtol=1e-6)
    assert len(set(found[0])) == rows


@pytest.mark.parametrize(
    "pattern", [["1e308"], ["-1e308"], ["1e308", "-1e308"], ["1e308"] * 8 + ["-1e308"] * 8]
)
def test_windows_of_absurd_numbers_give_finite_volumes(client, make, pattern):
    names = [*column_names(FEATURE_NAMES, make.window), *input_columns(make.horizon)]
    days = iter(str(day.session) for day in make.days(make.window))
    cells = [
        next(days) if name.startswith("session") else pattern[index // 4 % len(pattern)]
        for index, name in enumerate(names)
    ]
    data = "\n".join([",".join(names), ",".join(cells)]).encode()
    response = post(client, data, query_string={"explain": 1})
    json.loads(response.text, parse_constant=pytest.fail)
    (prediction,) = response.json["predictions"]
    assert np.isfinite(prediction["volume"])
    assert prediction["volume"] >= 0
    assert "reasons" not in prediction


def without(data, *columns):
    """A CSV without some columns."""
    rows = list(csv.reader(io.StringIO(data.decode())))
    kept = [place for place, name in enumerate(rows[0]) if name not in columns]
    return "\n".join(",".join(row[place] for place in kept) for row in rows).encode()


@pytest.mark.parametrize("columns", [("two_years",), ("due_2", "day"), None], ids=str)
def test_windows_without_inputs_are_a_422_that_names_the_columns(client, make, columns):
    missing = input_columns(make.horizon) if columns is None else columns
    response = post(client, without(make.windows(make.days(30)), *missing))
    assert response.status_code == 422
    (error,) = response.json["errors"]
    expected = sorted(missing, key=input_columns(make.horizon).index)
    assert (error["code"], error["row"]) == ("windows_without_inputs", 1)
    assert error["params"] == {
        "count": len(missing),
        "columns": expected[:10],
        "more": len(missing) > 10,
    }


@pytest.mark.parametrize("column", input_columns(2))
def test_every_input_of_a_window_counts(client, make, column):
    """A row has one forecast, so only the inputs of the next session count."""
    header, row = make.windows(make.days(23)).decode().splitlines()
    cells = row.split(",")
    cells[header.split(",").index(column)] = "0.5"
    usual, changed = (
        volumes(forecast(client, f"{header}\n{each}".encode())) for each in (row, ",".join(cells))
    )
    assert (usual == changed) == column.endswith("_2")


def test_windows_of_another_model_get_a_warning_with_their_number(client, make):
    header, *rows = make.windows(make.days(30)).decode().splitlines()
    own = rows[0].rpartition(",")[2]
    other = [row.removesuffix(own) + "0badc0de" for row in rows[:3]]
    data = "\n".join([header, *other, *rows[3:]]).encode()
    (warning,) = forecast(client, data)["input"]["warnings"]
    assert (warning["code"], warning["severity"]) == ("windows_of_another_model", "warning")
    assert warning["params"] == {"count": 3, "windows": 8, "expected": own}


def test_windows_without_the_effects_of_their_model_get_the_same_warning(client, make):
    data = without(make.windows(make.days(30)), "Calendar effects")
    (warning,) = forecast(client, data)["input"]["warnings"]
    assert (warning["code"], warning["params"]["count"]) == ("windows_of_another_model", 8)
