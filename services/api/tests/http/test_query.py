"""Query parameters and the Accept header."""

import pytest

from predict_requests import post
from prediction_api.http.query import PARAMETERS, VALUES


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
def test_the_response_has_the_type_that_the_client_prefers(client, make, accept, content_type):
    response = post(
        client, make.comma(make.days(30)), headers={} if accept is None else {"Accept": accept}
    )
    assert (response.status_code, response.content_type) == (200, content_type)
    assert response.headers["Vary"] == "Accept"


def assert_problem(response, status, code, **params):
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert (response.json["code"], response.json["params"]) == (code, params)
    assert "<" not in response.text


@pytest.mark.parametrize(
    "accept", ["image/png", "application/json;q=0.0", "text/html,application/xml", "<b>"]
)
def test_an_accept_header_without_either_type_is_a_406_that_names_both(client, make, accept):
    response = post(client, make.comma(make.days(30)), headers={"Accept": accept})
    found, supported = accept.replace("<b>", "?b?"), ["application/json", "text/csv"]
    assert_problem(response, 406, "not_acceptable", accept=found, supported=supported)


def test_steps_sets_how_many_sessions_are_forecast(client, make):
    data = make.comma(make.days(30) + make.days(30, "IBM"))
    every = post(client, data).json["predictions"]
    some = post(client, data, query_string={"steps": 1}).json["predictions"]
    assert some == [p for p in every if p["step"] == 1]
    assert {p["ticker"] for p in some} == {"AAPL", "IBM"}
    assert post(client, data, query_string={"steps": make.horizon}).json["predictions"] == every


@pytest.mark.parametrize(
    ("name", "most", "values"),
    [
        ("steps", 2, ["0", "-1", "3", "1.0", "", "01234", "x", "\u0661"]),
        ("points", 250, ["-1", "251", "ten", "1.5", "", "9" * 40]),
        ("explain", 1, ["-1", "2", "true", "yes", "1.0", "", "\u0661"]),
    ],
)
def test_a_value_outside_its_range_is_a_400_that_gives_the_range(client, make, name, most, values):
    least = 1 if name == "steps" else 0
    for value in values:
        response = post(client, make.comma(make.days(30)), query_string={name: value})
        assert_problem(
            response, 400, "parameter_invalid", name=name, found=value, least=least, most=most
        )


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("value", ["", "day first", "<b>"])
def test_an_unsupported_choice_is_a_400_that_lists_the_supported_ones(client, make, name, value):
    response = post(client, make.comma(make.days(30)), query_string={name: value})
    found, supported = value.replace("<b>", "?b?"), list(VALUES[name])
    assert_problem(
        response, 400, "parameter_unsupported", name=name, found=found, supported=supported
    )


def test_a_repeated_choice_is_a_400(client, make):
    query = "dates=day-first&dates=month-first"
    response = post(client, make.comma(make.days(30)), query_string=query)
    assert response.json["code"] == "parameter_unsupported"


@pytest.mark.parametrize("query", ["volume=", "volume=" + "x" * 201, "volume=a&volume=b"])
def test_a_column_name_of_no_or_absurd_length_is_a_400(client, make, query):
    response = post(client, make.comma(make.days(30)), query_string=query)
    assert (response.status_code, response.json["code"]) == (400, "parameter_length")
    assert response.json["params"]["limit"] == 200


def test_a_huge_number_is_shortened_in_the_problem(client, make):
    response = post(client, make.comma(make.days(30)), query_string={"points": "9" * 5000})
    assert len(response.json["params"]["found"]) < 50


@pytest.mark.parametrize(
    ("query", "name"),
    [("point=60", "point"), ("points=1&Steps=1", "Steps"), ("<b>=1", "?b?"), ("=1", "")],
)
def test_an_unknown_parameter_is_a_400_that_names_the_known_ones(client, make, query, name):
    response = post(client, make.comma(make.days(30)), query_string=query)
    assert_problem(response, 400, "parameter_unknown", name=name, supported=list(PARAMETERS))


@pytest.mark.parametrize(("name", "most"), [("points", 250), ("explain", 1)])
def test_a_repeated_parameter_is_a_400(client, make, name, most):
    query = f"{name}=1&{name}=1"
    response = post(client, make.comma(make.days(30)), query_string=query)
    assert_problem(response, 400, "parameter_invalid", name=name, found="1, 1", least=0, most=most)
