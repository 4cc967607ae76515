"""What /predict answers to files that are in order."""

import csv
import io
import json

import numpy as np
import pytest

from prediction_api.forecast import predictor


def post(client, data, **kwargs):
    return client.post("/predict", data=data, content_type="text/csv", **kwargs)


def volumes(response):
    return [prediction["volume"] for prediction in response.json["predictions"]]


def test_a_history_is_answered_with_every_step_of_the_horizon(client, make):
    response = post(client, make.comma(make.days(60)))
    assert response.status_code == 200
    assert response.json["model"] == {"version": make.first, "trained_at": "2026-11-22T10:15:00Z"}
    assert response.json["input"] == {"kind": "history", "rows": 60, "tickers": 1, "warnings": []}
    assert [(p["ticker"], p["session"], p["step"]) for p in response.json["predictions"]] == [
        ("AAPL", "2013-03-04", 1),
        ("AAPL", "2013-03-05", 2),
    ]


@pytest.mark.parametrize(
    "ahead",
    [
        pytest.param(["2013-03-01", "2013-03-04", "2013-03-05"], id="after a weekend"),
        pytest.param(["2013-02-15", "2013-02-19", "2013-02-20"], id="after a holiday"),
        pytest.param(["2013-02-27", "2013-02-28", "2013-03-01"], id="at a month's end"),
    ],
)
def test_the_forecast_is_that_of_the_network_on_the_last_window_and_its_calendar(
    client, make, ahead
):
    days = make.days(60, last=ahead[0])
    log_volume = np.log([day.volume for day in days])[-make.window :]
    log_return = np.diff(np.log([day.close for day in days]))[-make.window :]
    log_range = np.log([day.high / day.low for day in days])[-make.window :]
    level = log_volume.mean()
    scaled = np.column_stack(
        [(log_volume - level - 0.05) / 0.4, log_return / 0.02, (log_range - 0.03) / 0.02]
    )
    sessions = [*(day.session for day in days[-make.window :]), *ahead[1:]]
    flags = make.calendar.flags_of(np.array(sessions, dtype="datetime64[D]"))
    expected = np.exp(make.network()(scaled[None], flags[None])[0] * 0.4 + 0.05 + level)
    np.testing.assert_allclose(volumes(post(client, make.comma(days))), expected, rtol=1e-5)


def test_the_network_runs_over_no_more_windows_than_the_track_record_needs(
    client, make, monkeypatch
):
    windows = []
    original = predictor.forecast_and_inputs
    monkeypatch.setattr(
        predictor,
        "forecast_and_inputs",
        lambda batch, *rest: windows.append(len(batch)) or original(batch, *rest),
    )
    post(client, make.comma(make.days(1000)))
    assert sum(windows) == 251


def test_intervals_are_nested_around_the_forecast(client, make):
    for p in post(client, make.comma(make.days(60))).json["predictions"]:
        assert 0 < p["lower_95"] < p["lower_80"] < p["volume"] < p["upper_80"] < p["upper_95"]


def test_both_dialects_give_the_same_numbers(client, make):
    days = make.days(60)
    assert (
        post(client, make.semicolon(days)).json["predictions"]
        == post(client, make.comma(days)).json["predictions"]
    )


def test_a_byte_order_mark_changes_nothing(client, make):
    data = make.comma(make.days(60))
    assert post(client, b"\xef\xbb\xbf" + data).json == post(client, data).json


def test_a_form_and_a_body_give_the_same_answer(client, make):
    data = make.comma(make.days(60))
    form = client.post(
        "/predict", data={"file": (io.BytesIO(data), "prices.csv", "application/vnd.ms-excel")}
    )
    assert form.status_code == 200
    assert form.json == post(client, data).json


def test_extra_columns_are_ignored_with_a_warning_and_order_is_irrelevant(client, make):
    days = make.days(60)
    lines = ["Volume,Note,Close,Low,High,Open,date"]
    lines += [
        f"{d.volume},x,{d.close:.2f},{d.low:.2f},{d.high:.2f},{d.open:.2f},{d.session}"
        for d in days
    ]
    response = post(client, "\n".join(lines).encode())
    assert response.json["input"]["warnings"] == [
        "Ignored 1 column that the forecast does not use: 'Note'."
    ]
    assert volumes(response) == volumes(post(client, make.comma(days)))


def test_the_ticker_is_null_where_the_file_names_none(client, make):
    data = "\n".join(
        line.split(",", 1)[1] for line in make.comma(make.days(60)).decode().splitlines()
    ).encode()
    response = post(client, data)
    assert {p["ticker"] for p in response.json["predictions"]} == {None}
    assert response.json["track_record"][0]["ticker"] is None


def test_every_ticker_of_a_panel_is_forecast_by_itself(client, make):
    alone = make.days(60, "IBM", seed=5)
    panel = post(client, make.comma(make.days(40) + alone))
    assert panel.json["input"]["tickers"] == 2
    ibm = [p for p in panel.json["predictions"] if p["ticker"] == "IBM"]
    assert [p["volume"] for p in ibm] == pytest.approx(
        volumes(post(client, make.comma(alone))), rel=1e-6
    )


def test_a_ticker_that_the_model_never_saw_is_answered(client, make):
    known, unknown = (post(client, make.comma(make.days(60, ticker))) for ticker in ("AAPL", "NEW"))
    assert unknown.status_code == 200
    assert volumes(unknown) == volumes(known)
    assert unknown.json["track_record"][0] == known.json["track_record"][0] | {"ticker": "NEW"}


def test_the_next_session_follows_the_last_date_even_if_its_row_is_dropped(client, make):
    days = make.days(60)
    holiday = make.replace(days[-1], volume=0)
    response = post(client, make.comma([*days[:-1], holiday]))
    assert response.json["predictions"][0]["session"] == "2013-03-04"
    assert "Dropped 1 row with zero volume" in response.json["input"]["warnings"][0]


def test_what_the_calendar_says_of_a_session_stands_beside_its_forecast(client, make):
    data = make.windows(make.days(80))
    told = {
        prediction["session"]: prediction["calendar"]
        for prediction in post(client, data).json["predictions"]
    }
    assert told == {session: make.calendar.special.get(session, []) for session in told}
    assert ["month_end"] in told.values()
    as_csv = post(client, data, headers={"Accept": "text/csv"}).text
    assert {
        row["session"]: row["calendar"].split() for row in csv.DictReader(io.StringIO(as_csv))
    } == told


def test_a_csv_answer_holds_the_same_predictions(client, make):
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


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("Application/JSON", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/csv;q=0.1, application/json", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("application/json;q=0, */*", "text/csv; charset=utf-8"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("text/csv; header=present, */*;q=0.5", "text/csv; charset=utf-8"),
        ("text/csv, */*", "text/csv; charset=utf-8"),
        ("application/json;q=0.4, text/csv;q=0.5", "text/csv; charset=utf-8"),
    ],
)
def test_the_answer_is_of_the_type_that_the_client_likes_best(client, make, accept, content_type):
    response = post(
        client, make.comma(make.days(30)), headers={} if accept is None else {"Accept": accept}
    )
    assert (response.status_code, response.content_type) == (200, content_type)
    assert response.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    "accept", ["image/png", "application/json;q=0", "text/html, application/xml", "<b>"]
)
def test_an_accept_header_that_allows_no_answer_is_a_406_that_names_both(client, make, accept):
    response = post(client, make.comma(make.days(30)), headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (406, "application/problem+json")
    assert "application/json or text/csv" in response.json["detail"]
    assert "<" not in response.text


def test_as_many_sessions_are_forecast_as_steps_asks_for(client, make):
    data = make.comma(make.days(30) + make.days(30, "IBM"))
    every = post(client, data).json["predictions"]
    some = post(client, data, query_string={"steps": 1}).json["predictions"]
    assert some == [p for p in every if p["step"] == 1]
    assert {p["ticker"] for p in some} == {"AAPL", "IBM"}
    assert post(client, data, query_string={"steps": make.horizon}).json["predictions"] == every


@pytest.mark.parametrize("steps", ["0", "-1", "3", "1.0", "", "01234", "x", "\u0661"])
def test_a_wrong_number_of_steps_is_a_400_that_tells_the_horizon(client, make, steps):
    response = post(client, make.comma(make.days(30)), query_string={"steps": steps})
    assert response.status_code == 400
    assert "'steps' takes a whole number from 1 to 2" in response.json["detail"]


@pytest.mark.parametrize("query", ["point=60", "points=1&Steps=1", "<b>=1", "=1"])
def test_an_unknown_parameter_is_a_400_that_names_the_known_ones(client, make, query):
    response = post(client, make.comma(make.days(30)), query_string=query)
    assert response.status_code == 400
    assert "There is points and steps" in response.json["detail"]
    assert "<" not in response.text


def test_a_parameter_given_twice_is_a_400(client, make):
    response = post(client, make.comma(make.days(30)), query_string="points=1&points=2")
    assert response.status_code == 400
    assert "found '1, 2'" in response.json["detail"]


def test_a_ticker_s_control_characters_do_not_reach_a_terminal(client, make):
    data = make.comma(make.days(60)).replace(b"AAPL", b"A\x1b[2J")
    answer = client.post(
        "/predict", data=data, headers={"Content-Type": "text/csv", "Accept": "text/csv"}
    )
    assert answer.status_code == 200
    assert answer.text.splitlines()[1].startswith("A?[2J,2013-03-04,")


@pytest.mark.parametrize("ticker", ["=cmd()", "+1", "-1", "@SUM(A1)", "＝1"])
def test_a_ticker_that_is_a_formula_is_inert_in_the_csv_answer(client, make, ticker):
    response = post(client, make.comma(make.days(30, ticker)), headers={"Accept": "text/csv"})
    assert {row[0] for row in list(csv.reader(io.StringIO(response.text)))[1:]} == {"'" + ticker}


def test_a_ticker_of_markup_is_data_and_its_answer_is_no_page(client, make):
    response = post(client, make.comma(make.days(30, "<script>")))
    assert response.json["predictions"][0]["ticker"] == "<script>"
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("factor", [1e-5, 1e6])
def test_volumes_far_outside_the_training_range_are_answered_with_finite_volumes(
    client, make, factor
):
    days = make.days(60)
    wild = [
        make.replace(day, volume=max(1, int(day.volume * factor)) if index % 2 else day.volume)
        for index, day in enumerate(days)
    ]
    response = post(client, make.comma(wild))
    assert response.status_code == 200
    assert all(np.isfinite(volume) and volume >= 0 for volume in volumes(response))


@pytest.mark.parametrize("column", ["Volume", "High"])
@pytest.mark.parametrize("value", ["1e308", "1e-308"])
def test_numbers_at_the_ends_of_the_float_range_give_finite_json(client, make, column, value):
    lines = make.comma(make.days(60)).decode().splitlines()
    index = lines[0].split(",").index(column)
    for row in range(30, 60, 3):
        lines[row] = ",".join(
            value if place == index else cell for place, cell in enumerate(lines[row].split(","))
        )
    response = post(client, "\n".join(lines).encode())
    assert response.status_code in (200, 422)
    json.loads(response.text, parse_constant=pytest.fail)


def test_a_volume_that_shares_cannot_have_costs_the_track_record_and_says_so(client, make):
    days = make.days(60)
    response = post(client, make.comma([*days[:-1], make.replace(days[-1], volume=10**300)]))
    assert (
        "No track record for 'AAPL': a volume is outside what shares can have."
        in response.json["input"]["warnings"]
    )
    assert response.json["track_record"] == []
    assert all(np.isfinite(volume) for volume in volumes(response))


def test_the_sample_is_taken_by_predict(client):
    sample = client.get("/sample.csv")
    assert sample.content_type == "text/csv; charset=utf-8"
    told = post(client, sample.data).json["input"]
    assert (told["kind"], told["rows"], told["tickers"]) == ("history", 300, 1)
    assert [
        text for text in told["warnings"] if "lacks" not in text
    ] == []  # the tests' calendar knows no holidays


def test_of_many_tickers_fewer_points_are_listed_and_that_is_told(client, make, monkeypatch):
    monkeypatch.setattr(predictor, "MAX_POINTS", 20)
    header, *rows = make.comma(make.days(60)).decode().splitlines()
    data = "\n".join(
        [header, *(row.replace("AAPL", ticker) for ticker in ("A", "B", "C") for row in rows)]
    )
    answer = client.post("/predict?points=10", data=data, content_type="text/csv").json
    assert [len(record["points"]) for record in answer["track_record"]] == [6, 6, 6]
    assert (
        "The points were cut from 10 to 6 a ticker: at most 20 are listed in all."
        in answer["input"]["warnings"]
    )
