"""A short version of `python -m tests.fuzz`, and all its earlier findings."""

import random
from pathlib import Path

import pytest

from .bases import STOCKS, histories, windows
from .comparison import disagreement, read_by_reference
from .mutations import MUTATIONS, mutate

BASES = [*histories(), *windows()]
FINDINGS = sorted((Path(__file__).parent / "findings").glob("*.csv"))


@pytest.mark.parametrize("data", BASES, ids=range(len(BASES)))
def test_the_readers_agree_on_valid_files(data):
    assert read_by_reference(data) is not None
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
    assert {disagreement(data) for data in mutated} == {None}
    readable = sum(read_by_reference(data) is not None for data in mutated)
    assert readable > 60  # if all files were refused, agreement would prove little


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
    assert disagreement(mutation(STOCKS.read_bytes(), random.Random(3))) is None
