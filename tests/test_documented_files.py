"""docs/files.md lists what the reader knows: names, orders, units, encodings, rules, choices.

To update the table of names, run `python tests/test_documented_files.py`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from model_contract.prices import MAX_TICKER_CHARACTERS
from model_contract.reading.apply import history_warnings, price_rows
from model_contract.reading.decode.encoding import ENCODINGS
from model_contract.reading.decode.layout import LOOKED_AT
from model_contract.reading.formats.column_names import NAMES
from model_contract.reading.formats.date_format import ORDERS, DateFormat
from model_contract.reading.formats.number_format import COMMA_SIGN, POINT, decimal_sign
from model_contract.reading.interpret.reading import SHARES_PER_UNIT, SIGNS
from model_contract.reading.table import limits
from model_contract.share_splits import MAX_SPLITS
from prediction_api.http.query import CHOICES

PAGE = Path(__file__).parents[1] / "docs" / "files.md"
BEGIN = "<!-- names: made by tests/test_documented_files.py -->\n"
END = "<!-- end of names -->"


def names_table() -> str:
    """Make a Markdown table of the names of each column."""
    rows = [
        f"| {role} | {', '.join(f'`{name}`' for name in names.split(', '))} |"
        for role, names in NAMES.items()
    ]
    return "\n".join(["| column | names |", "|---|---|", *rows, ""])


def with_names(text: str) -> str:
    """Return `text` with an up-to-date table of names."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + names_table() + END + rest.split(END)[1]


def section(title: str) -> str:
    """Return the text below a heading."""
    return PAGE.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_cells(title: str) -> list[str]:
    """Return the code in the first cells of a section's table."""
    return re.findall(r"^\| `([^`]+)` \|", section(title), re.MULTILINE)


def missing(values: Iterable[str], text: str) -> list[str]:
    return [value for value in values if f"`{value}`" not in text]


def test_the_page_has_the_table_of_all_names():
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_names(text), "run 'python tests/test_documented_files.py'"


def test_the_page_lists_the_orders_of_dates():
    assert first_cells("Dates") == list(ORDERS)


@pytest.mark.parametrize("order", ORDERS)
def test_the_examples_of_dates_can_be_read(order):
    (row,) = re.findall(rf"^\| `{order}` \| (.*) \|$", section("Dates"), re.MULTILINE)
    examples = re.findall(r"`([^`]+)`", row)
    assert examples
    assert [cell for cell in examples if DateFormat(order).parse(cell) is None] == []


def test_the_examples_of_numbers_prove_their_decimal_sign():
    text = section("Numbers")
    for cells, sign in ((("31.84", "1,234.56"), POINT), (("31,84", "1.234,56"), COMMA_SIGN)):
        assert missing(cells, text) == []
        assert {decimal_sign(cell) for cell in cells} == {sign}


def test_the_page_lists_the_encodings_and_units():
    assert missing(ENCODINGS, section("Encodings")) == []
    assert missing(SHARES_PER_UNIT, section("Volume")) == []


def test_the_page_lists_the_choices():
    title = "How a file was read, and what you can choose"
    assert first_cells(title) == list(CHOICES)
    assert missing(SIGNS, section(title)) == []


def test_the_page_lists_the_rules_that_drop_rows():
    assert first_cells("Rows and tickers that are left out") == list(history_warnings.DROPPED)
    text = section("Rows and tickers that are left out")
    assert f"{price_rows.BAD_SHARE:.0%}" in text
    assert f"{price_rows.SMALL_SHARE:.0%}" in text


def test_the_page_gives_the_limits():
    found = limits.Limits()
    numbers = (found.rows, found.columns, found.tickers, found.field_characters, MAX_SPLITS)
    text = section("Limits")
    assert [number for number in numbers if f"{number:,}" not in text] == []
    assert f"{MAX_TICKER_CHARACTERS}\ncharacters" in text
    assert f"{found.unpacked_bytes // 2**20} MB" in text
    assert f"first {LOOKED_AT} lines" in section("Forms")


if __name__ == "__main__":
    PAGE.write_text(with_names(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
