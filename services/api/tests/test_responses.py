"""The CSV of a forecast, safe to open in a spreadsheet or a terminal."""

import csv
import io

import pytest


def post(client, data, **kwargs):
    return client.post("/predict", data=data, content_type="text/csv", **kwargs)


def volumes(response):
    return [prediction["volume"] for prediction in response.json["predictions"]]


def test_a_csv_answer_has_the_same_predictions_as_the_json(client, make):
    data = make.comma(make.days(60))
    response = post(client, data, headers={"Accept": "text/csv"})
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Model-Version"] == make.first
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [float(row["volume"]) for row in rows] == volumes(post(client, data))
    assert list(rows[0]) == [
        "ticker",
        "session",
        "step",
        "volume",
        "lower_80",
        "upper_80",
        "lower_95",
        "upper_95",
        "calendar",
    ]


def test_control_characters_of_a_ticker_do_not_reach_a_terminal(client, make):
    data = make.comma(make.days(60)).replace(b"AAPL", b"A\x1b[2J")
    answer = client.post(
        "/predict", data=data, headers={"Content-Type": "text/csv", "Accept": "text/csv"}
    )
    assert answer.status_code == 200
    assert answer.text.splitlines()[1].startswith("A?[2J,2013-03-04,")


@pytest.mark.parametrize("ticker", ["=cmd()", "+1", "-1", "@SUM(A1)", "＝1"])
def test_a_ticker_that_is_a_formula_is_inert_in_the_csv(client, make, ticker):
    response = post(client, make.comma(make.days(30, ticker)), headers={"Accept": "text/csv"})
    assert {row[0] for row in list(csv.reader(io.StringIO(response.text)))[1:]} == {"'" + ticker}


def test_a_ticker_with_markup_is_sent_as_data_not_as_a_page(client, make):
    response = post(client, make.comma(make.days(30, "<script>")))
    assert response.json["predictions"][0]["ticker"] == "<script>"
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
