"""How a file was read, and the choices of its sender."""

from dataclasses import replace
from datetime import date

import pytest

from model_contract.reading.interpret.reading import SHARES_PER_UNIT
from model_contract.share_splits import TREATMENTS
from predict_requests import post, volumes


def lines_of(days, row):
    return "\n".join(["Date,Open,High,Low,Close,Volume", *map(row, days)]).encode()


def slashed(day):
    """A row whose date has no order of its own if the day is 12 or lower."""
    prices = f"{day.open:.2f},{day.high:.2f},{day.low:.2f},{day.close:.2f}"
    return f"{day.session:%d/%m/%Y},{prices},{day.volume}"


@pytest.fixture
def unclear(make):
    """A history whose dates are weekdays with the day first and with the month first."""

    def is_unclear(day):
        session = day.session
        return session.day <= 12 and date(session.year, session.day, session.month).weekday() < 5

    return lines_of([day for day in make.days(1000) if is_unclear(day)][-60:], slashed)


def reading_of(client, data, **choices):
    response = post(client, data, query_string=choices)
    assert response.status_code == 200, response.text
    return response.json["input"]["reading"]


def test_the_reading_of_a_plain_file_has_its_form(client, make):
    assert reading_of(client, make.comma(make.days(60))) == {
        "encoding": "utf-8",
        "separator": ",",
        "header_line": 1,
        "sheet": None,
        "columns": {
            name: name for name in ("Date", "Open", "High", "Low", "Close", "Volume", "Ticker")
        },
        "dates": "year-first",
        "decimal": "point",
        "volume_unit": "shares",
        "splits": None,
        "markets": ["XNYS"],
        "options": {"volume_unit": list(SHARES_PER_UNIT), "market": ["BVMF", "XNYS"]},
    }


def test_the_reading_of_a_translated_file_has_its_names_and_form(client, make):
    names = "Ativo;Data;Abertura;Máxima;Mínima;Fechamento;Quantidade"
    header, rest = make.semicolon(make.days(60)).split(b"\r\n", 1)
    reading = reading_of(client, f"Cotações\r\n{names}\r\n".encode("cp1252") + rest)
    assert reading["columns"] == dict(
        zip(header.decode().split(";"), names.split(";"), strict=True)
    )
    assert (reading["encoding"], reading["separator"]) == ("cp1252", ";")
    assert (reading["header_line"], reading["dates"]) == (2, "day-first")
    assert reading["decimal"] == "comma"
    assert "cp1252" in reading["options"]["encoding"]


def test_a_doubt_is_a_422_whose_choice_settles_it(client, unclear):
    response = post(client, unclear)
    assert response.status_code == 422
    (error,) = response.json["errors"]
    assert error["code"] == "dates_unclear"
    assert error["choice"]["parameter"] == "dates"
    first = unclear.decode().splitlines()[1].split(",")[0]
    day, month, year = first.split("/")
    assert error["choice"]["options"]["day-first"][0] == f"{year}-{month}-{day}"
    assert error["choice"]["options"]["month-first"][0] == f"{year}-{day}-{month}"
    reading = reading_of(client, unclear, dates="day-first")
    assert reading["dates"] == "day-first"
    assert reading["options"]["dates"] == ["day-first", "month-first"]


def test_the_order_of_years_with_two_digits_can_be_changed(client, make):
    data = lines_of(make.days(60), lambda day: f"{day.session:%y/%m/%d}{slashed(day)[10:]}")
    reading = reading_of(client, data)
    assert reading["dates"] == "year-first"
    assert reading["options"]["dates"][:2] == ["year-first", "day-first"]


def test_a_problem_that_is_no_doubt_has_no_choice(client):
    errors = post(client, b"Date,Open\n2024-01-02,1\n").json["errors"]
    assert {error["choice"] for error in errors} == {None}


def test_the_chosen_unit_multiplies_the_volumes(client, make):
    data = make.comma(make.days(60))
    shares, lots = (
        post(client, data, query_string={"volume_unit": unit, "points": 1}).json
        for unit in ("shares", "lots-100")
    )
    assert lots["input"]["reading"]["volume_unit"] == "lots-100"
    actual = [answer["track_record"][0]["points"][0]["actual"] for answer in (shares, lots)]
    assert actual[1] == 100 * actual[0]


def test_the_chosen_column_is_the_volume(client, make):
    def row(day):
        return f"{slashed(day)},{3 * day.volume}"

    data = lines_of(make.days(60), row).replace(b"Volume\n", b"Volume,Quantity\n")
    chosen = post(client, data, query_string={"volume": "Quantity"})
    assert chosen.json["input"]["reading"]["columns"]["Volume"] == "Quantity"
    assert chosen.json["input"]["reading"]["options"]["volume"] == ["Volume", "Quantity"]


def test_a_chosen_column_that_the_file_lacks_is_a_422(client, make):
    response = post(client, make.comma(make.days(60)), query_string={"volume": "Qtd"})
    assert response.status_code == 422
    assert response.json["errors"][0]["code"] == "column_unknown"


def test_the_chosen_encoding_decodes_the_file(client, make):
    data = make.comma(make.days(60)).decode().encode("utf-16-le")
    assert reading_of(client, data, encoding="utf-16-le")["encoding"] == "utf-16-le"
    response = post(client, "é,1".encode("cp1252"), query_string={"encoding": "utf-8"})
    assert response.json["errors"][0]["code"] == "not_utf8"


@pytest.mark.parametrize(
    "choices", [{"dates": "day-first"}, {"decimal": "comma"}, {"volume_unit": "lots-100"}]
)
def test_windows_have_one_form_whatever_is_chosen(client, make, choices):
    data = make.windows(make.days(30))
    assert volumes(post(client, data, query_string=choices).json) == volumes(
        post(client, data).json
    )


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/tab-separated-values", "application/csv", "application/octet-stream"],
)
def test_tables_are_accepted_under_their_usual_content_types(client, make, content_type):
    data = make.comma(make.days(60)).replace(b",", b"\t")
    assert post(client, data, content_type).status_code == 200


def test_what_is_restated_at_a_suspected_split_can_be_chosen(client, make):
    def before_the_split(day, number):
        if number >= 30:
            return day
        prices = {name: 4 * getattr(day, name) for name in ("open", "high", "low", "close")}
        return replace(day, **prices, volume=day.volume // 4)

    days = [replace(day, open=10, high=10.1, low=9.9, close=10) for day in make.days(60)]
    split = make.comma(list(map(before_the_split, days, range(60))))
    reading = reading_of(client, split)
    assert (reading["splits"], reading["options"]["splits"]) == ("ignore", list(TREATMENTS))
    chosen = post(client, split, query_string={"splits": "restate"}).json
    assert chosen["input"]["reading"]["splits"] == "restate"
    assert volumes(chosen) == pytest.approx(volumes(post(client, make.comma(days)).json), rel=1e-3)
