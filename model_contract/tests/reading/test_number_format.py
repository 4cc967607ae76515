import math

import pytest

from model_contract.reading.formats.number_format import (
    COMMA_SIGN,
    POINT,
    NumberFormat,
    decimal_sign,
    is_unclear,
    proven_signs,
)

POINTS, COMMAS = NumberFormat(POINT), NumberFormat(COMMA_SIGN)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234.5", 1234.5),
        (".5", 0.5),
        ("5.", 5),
        ("-2", -2),
        ("+2", 2),
        ("−2.5", -2.5),
        ("3.48E+07", 34_800_000),
        ("1e-3", 0.001),
        ("1,234", 1234),
        ("1,234,567.89", 1_234_567.89),
        ("12,34,567", 1_234_567),
        ("1,23,45,678.5", 12_345_678.5),
        ("1 234 567.5", 1_234_567.5),
        ("1\u00a0234", 1234),
        ("1\u202f234", 1234),
        ("1'234'567", 1_234_567),
        ("1’234.5", 1234.5),
        ("$39.00", 39),
        ("$1,234.50", 1234.5),
        ("-$39.5", -39.5),
        ("$-39.5", -39.5),
        ("R$ 38.15", 38.15),
        ("US$12", 12),
        ("USD 12.5", 12.5),
        ("12.5 EUR", 12.5),
        ("62.48 €", 62.48),
        ("₹1,23,456.75", 123_456.75),
        ("¥12345", 12_345),
        ("51.86M", 51_860_000),
        ("51.86 m", 51_860_000),
        ("1.2B", 1_200_000_000),
        ("9.5K", 9500),
        ("1.5T", 1.5e12),
        ("1.5 mil", 1500),
        ("1.5 mi", 1_500_000),
        ("2 Mio.", 2_000_000),
        ("1.5 Mrd", 1_500_000_000),
        ("2.5万", 25_000),
        ("3.2亿", 320_000_000),
        ("1,234.5M", 1_234_500_000),
    ],
)
def test_a_number_with_a_decimal_point_has_this_value(cell, value):
    assert POINTS.parse(cell) == value
    assert POINTS.is_number(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234,5", 1234.5),
        (",5", 0.5),
        ("5,", 5),
        ("1.234", 1234),
        ("1.234.567,89", 1_234_567.89),
        ("1 234,5", 1234.5),
        ("1'234,5", 1234.5),
        ("R$ 1.038,15", 1038.15),
        ("38,15 €", 38.15),
        ("717,90M", 717_900_000),
        ("31,84 mi", 31_840_000),
        ("1,5 bi", 1_500_000_000),
        ("3,48E+07", 34_800_000),
    ],
)
def test_a_number_with_a_decimal_comma_has_this_value(cell, value):
    assert COMMAS.parse(cell) == value


@pytest.mark.parametrize("digits", ["1" * 61, "0." + "1" * 400, "-" + "2" * 300, "1." + "3" * 90])
def test_a_long_plain_number_has_its_value(digits):
    assert POINTS.parse(digits) == float(digits)
    assert COMMAS.parse(digits.replace(".", ",")) == float(digits)
    if "." in digits:
        assert COMMAS.parse(digits) is None


@pytest.mark.parametrize(
    "cell",
    [
        "", "null", "NULL", "NaN", "n/a", "#N/A", "None", "-", "--", "—", "---", "–", ".", "<NA>",
        "NaT", "\\N", "n.a.", "n/d", "(null)", "#VALUE!", "#DIV/0!", "#REF!", "#N/A N/A",
    ],
)  # fmt: skip
def test_no_value_is_not_a_number(cell):
    assert math.isnan(POINTS.parse(cell))
    assert math.isnan(COMMAS.parse(cell))


@pytest.mark.parametrize(
    "cell",
    [
        "1,2345", "1,23", "12,34", "1,234,56", "0,123", "01,234", ",123", "1,,234", "1.2.3",
        "1.234.567", "1 23", "12 34", "1,234 567", "1'234,567", "1.5.", "--1", "-$-1", "1e5M",
        "1_000", "0x10", "٣", "12%", "(5)", "inf", "nan(1)", "1e", "e5", "..", "M", "$", "5 XYZ",
        "5MM", "0,12,345", "2024-01-02", "1/2", "9:30", "1e400", "9" * 400,
    ],
)  # fmt: skip
def test_a_cell_that_is_not_a_number_with_a_point_is_refused(cell):
    assert POINTS.parse(cell) is None


@pytest.mark.parametrize(
    "cell",
    ["1.5", "1.2345", "0.123", "012.345", "0.123.456", "1.234.56", "1,2,3", "12,34,567", "1,234.5"],
)
def test_a_cell_that_is_not_a_number_with_a_comma_is_refused(cell):
    assert COMMAS.parse(cell) is None


def test_a_number_that_is_too_large_is_still_written_like_one():
    assert POINTS.is_number("1e400")
    assert not POINTS.is_number("--1")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("51.86M", 51_860_000.0), ("0.1M", 100_000.0), ("8.31B", 8_310_000_000.0)],
)
def test_a_number_with_a_unit_is_rounded_once(cell, value):
    assert POINTS.parse(cell) == value  # 8.31 * 10**9 would be 8310000000.000001


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        ("31.84", "."),
        ("31,84", ","),
        ("0.123", "."),
        ("0,123", ","),
        ("1234.567", "."),
        ("1234,567", ","),
        ("1.2345", "."),
        ("1,2345", ","),
        ("1,234.56", "."),
        ("1.234,56", ","),
        ("1.234.567,8", ","),
        ("1,234,567", "."),
        ("1.234.567", ","),
        ("12,34,567", "."),
        ("$1.50", "."),
        ("717,90M", ","),
        ("3.48E+07", "."),
        ("1 234,5", ","),
        ("1.234", None),
        ("12,345", None),
        ("999.000", None),
        ("1 234", None),
        ("1234", None),
        ("", None),
        ("abc", None),
        ("1,234.567,8", None),
    ],
)
def test_a_cell_proves_its_decimal_sign_or_nothing(cell, sign):
    assert decimal_sign(cell) == sign


@pytest.mark.parametrize(
    ("cell", "unclear"),
    [
        ("1.234", True),
        ("12,345", True),
        ("-999.000", True),
        ("$1.234", True),
        ("1.234M", True),
        ("0.123", False),
        ("1234.567", False),
        ("1.2345", False),
        ("1,234.5", False),
        ("1.234.567", False),
        ("1234", False),
        ("null", False),
    ],
)
def test_one_group_of_three_digits_after_a_sign_is_unclear(cell, unclear):
    assert is_unclear(cell) == unclear


def test_unclear_cells_are_different_numbers_with_a_point_and_with_a_comma():
    assert (POINTS.parse("1.234"), COMMAS.parse("1.234")) == (1.234, 1234)
    assert (POINTS.parse("1,234"), COMMAS.parse("1,234")) == (1234, 1.234)


@pytest.mark.parametrize(
    ("cells", "signs"),
    [
        (["1.234", "5", ""], set()),
        (["1.234", "12.5"], {"."}),
        (["1.234", "12,5"], {","}),
        (["12.5", "12,5"], {".", ","}),
        (["12.5"] * 8 + ["12,5"], {".", ","}),
        (["12.5"] * 9 + ["12,5"], {"."}),
        (["12,5"] * 9 + ["12.5", "1.234"], {","}),
    ],
)
def test_cells_prove_the_signs_that_one_of_them_proves(cells, signs):
    assert proven_signs(cells) == signs
