"""A short version of `python -m tests.fuzz`, and all its earlier findings."""

import random
from pathlib import Path

import pytest

from .bases import STOCKS, histories, large, windows
from .comparison import UNKNOWN, difference_from, disagreement, read_by_reference
from .mutations import MUTATIONS, mutate

BASES = [*histories(), *windows()]
LARGE = large()
FINDINGS = sorted((Path(__file__).parent / "findings").glob("*.csv"))


@pytest.mark.parametrize("data", BASES, ids=range(len(BASES)))
def test_the_readers_agree_on_valid_files(data):
    assert read_by_reference(data) not in (None, UNKNOWN)
    assert disagreement(data) is None


@pytest.mark.parametrize(
    "mutation", dict.fromkeys(MUTATIONS), ids=lambda mutation: mutation.__name__
)
def test_the_readers_agree_after_a_mutation(mutation):
    chance = random.Random(mutation.__name__)
    mutated = [mutation(data, chance) for data in BASES]
    assert {disagreement(data) for data in mutated} == {None}


def test_the_readers_agree_after_many_mutations():
    chance = random.Random(2)
    mutated = [mutate(chance.choice(BASES), chance) for _ in range(300)]
    expected = [read_by_reference(data) for data in mutated]
    assert {difference_from(*each) for each in zip(expected, mutated, strict=True)} == {None}
    readable = sum(each not in (None, UNKNOWN) for each in expected)
    assert readable > 100  # if all files were refused or unknown, agreement would prove little


def test_earlier_findings_stay_fixed():
    assert {path.stem: disagreement(path.read_bytes()) for path in FINDINGS} == dict.fromkeys(
        path.stem for path in FINDINGS
    )


def test_the_readers_agree_on_the_default_data():
    assert disagreement(STOCKS.read_bytes()) is None


@pytest.mark.parametrize(
    "mutation", dict.fromkeys(MUTATIONS), ids=lambda mutation: mutation.__name__
)
def test_the_readers_agree_on_a_mutated_large_file(mutation):
    assert disagreement(mutation(LARGE, random.Random(3))) is None


FORMS = [
    ("Data,Abertura,Máxima,Mínima,Fechamento,Quantidade", ",", "2024-04-{day}", "{:.2f}", "{}"),
    ("Date\tOpen\tHigh\tLow\tClose\tVolume", "\t", "4/{day}/2024", "${:.2f}", "{:,}"),
    ("date;1. open;2. high;3. low;4. close;5. volume", ";", "{day}/4/24", "{:.2f}", "{}"),
    ("日期|开盘|最高|最低|收盘|volume", "|", "Apr {day}, 2024", "{:.1f}", "{:.1f}M"),
]


@pytest.mark.parametrize("form", FORMS, ids=["portuguese", "american", "numbered", "chinese"])
def test_the_reference_knows_the_forms_of_names_dates_and_numbers(form):
    header, by, date, price, volume = form
    prices = [price.format(cell) for cell in (10, 11, 9, 10.5)]
    rows = [
        by.join([date.format(day=day), *prices, volume.format(1_234_567 + day)])
        for day in (1, 2, 3, 15)
    ]
    data = "\n".join([header, *rows]).encode().replace(b"2024", b"2004").replace(b"/24", b"/04")
    expected = read_by_reference(data)
    assert expected not in (None, UNKNOWN)
    assert len(expected.prices) == 4
    assert disagreement(data) is None


@pytest.mark.parametrize(
    "data", [b"Date;Open\n", b"", b"<html>", b"PK\x03\x04", b"o h l c v\n1 2 3 4 5\n"]
)
def test_a_form_that_the_reference_does_not_know_must_not_crash(data):
    assert read_by_reference(data) in (None, UNKNOWN)
    assert disagreement(data) is None
