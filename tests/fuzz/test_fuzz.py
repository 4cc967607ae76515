"""A short version of `python -m tests.fuzz`, and everything that it ever found."""

import random
import time
from pathlib import Path

import pytest

from .bases import STOCKS, histories, windows
from .comparison import disagreement, read, read_by_reference
from .mutations import MUTATIONS, mutate

BASES = [*histories(), *windows()]
FINDINGS = sorted((Path(__file__).parent / "findings").glob("*.csv"))


@pytest.mark.parametrize("data", BASES, ids=range(len(BASES)))
def test_the_readers_agree_on_files_that_are_in_order(data):
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
    assert (
        sum(read_by_reference(data) is not None for data in mutated) > 60
    )  # else it would be refusals that agree


def test_what_was_found_once_is_mended():
    assert {path.stem: disagreement(path.read_bytes()) for path in FINDINGS} == dict.fromkeys(
        path.stem for path in FINDINGS
    )


def test_the_readers_agree_on_the_default_data():
    assert disagreement(STOCKS.read_bytes()) is None


@pytest.mark.parametrize(
    "mutation", dict.fromkeys(MUTATIONS), ids=lambda mutation: mutation.__name__
)
def test_a_large_file_is_read_or_refused_within_a_second(mutation):
    data = mutation(STOCKS.read_bytes(), random.Random(3))
    started = time.process_time()
    read(data)
    assert time.process_time() - started < 1
