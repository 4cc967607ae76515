"""Changes to the sample that the API refuses or asks about."""

import io
from collections.abc import Iterable
from datetime import date, datetime

import openpyxl

BAD_ROWS = 10  # more than are dropped from the sample's 300


def with_bad_volumes(sample: bytes, last: int | None = None) -> bytes:
    """Replace the volumes of some rows with a word.

    last    line number of the last of these rows; by default, the file's last line
    """
    lines = sample.decode().splitlines()
    end = len(lines) if last is None else last
    for number in range(end - BAD_ROWS, end):
        lines[number] = lines[number].rpartition(",")[0] + ",plenty"
    return "\n".join([*lines, ""]).encode()


def with_unclear_dates(sample: bytes) -> bytes:
    """Keep the rows whose dates are weekdays with the day first and with the month first."""
    header, *rows = [line.split(",") for line in sample.decode().splitlines()]
    at = header.index("Date")
    lines = [header]
    for row in rows:
        day = datetime.strptime(row[at], "%Y-%m-%d").date()
        if day.day <= 12 and date(day.year, day.day, day.month).weekday() < 5:
            lines.append([*row[:at], f"{day:%d/%m/%Y}", *row[at + 1 :]])
    return "\n".join([*map(",".join, lines), ""]).encode()


def in_portuguese(sample: bytes) -> bytes:
    """Rewrite the sample as a Brazilian platform exports it: names, dates, decimals, encoding."""
    _, *rows = [line.split(",") for line in sample.decode().splitlines()]
    names = "Ativo;Data;Abertura;Máxima;Mínima;Fechamento;Quantidade"
    lines = [
        [ticker, "/".join(reversed(day.split("-"))), *(cell.replace(".", ",") for cell in cells)]
        for ticker, day, *cells in rows
    ]
    return "\r\n".join([names, *map(";".join, lines), ""]).encode("cp1252")


def as_workbook(sample: bytes, sheets: Iterable[str]) -> bytes:
    """Put the sample into each sheet of a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in sheets:
        sheet = book.create_sheet(title)
        for line in sample.decode().splitlines():
            sheet.append(line.split(","))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
