"""Workbooks and Parquet files posted to /predict."""

import io

import openpyxl
import pytest

from predict_requests import post, volumes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(csv: bytes, sheets=("prices",), empty=("notes",)) -> bytes:
    """A workbook with empty sheets, then sheets with a CSV's cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in (*empty, *sheets):
        sheet = book.create_sheet(title)
        for line in csv.decode().splitlines() if title in sheets else ():
            sheet.append(
                [float(cell) if cell[:1].isdigit() and "-" not in cell else cell
                 for cell in line.split(",")]
            )  # fmt: skip
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("content_type", [XLSX, "application/octet-stream", "text/csv"])
def test_a_workbook_gets_the_forecasts_of_its_csv(client, make, content_type):
    csv = make.comma(make.days(60))
    response = post(client, workbook(csv), content_type)
    assert response.status_code == 200, response.text
    assert volumes(response.json) == volumes(post(client, csv).json)
    assert response.json["input"]["reading"]["sheet"] == "prices"


def test_the_sheets_with_prices_can_be_chosen(client, make):
    data = workbook(make.comma(make.days(504)), ("AAPL", "MSFT"))
    given = post(client, data, XLSX).json["input"]
    assert (given["reading"]["sheet"], given["reading"]["options"]["sheet"]) == (
        "AAPL", ["AAPL", "MSFT"]
    )  # fmt: skip
    assert [warning["code"] for warning in given["warnings"]] == ["sheets_ignored"]
    chosen = post(client, data, XLSX, query_string={"sheet": "MSFT"}).json["input"]
    assert (chosen["reading"]["sheet"], chosen["warnings"]) == ("MSFT", [])


def test_a_csv_has_no_sheet(client, make):
    assert post(client, make.comma(make.days(60))).json["input"]["reading"]["sheet"] is None


def test_an_unknown_sheet_is_a_422_that_names_the_sheets(client, make):
    data = workbook(make.comma(make.days(60)))
    response = post(client, data, query_string={"sheet": "volume"})
    assert response.status_code == 422
    error = response.json["errors"][0]
    assert (error["code"], error["params"]) == (
        "sheet_unknown", {"found": "volume", "sheets": ["notes", "prices"]}
    )  # fmt: skip
