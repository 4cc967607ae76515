"""Files that aren't daily histories, or only in part: recognised and named."""

import numpy as np
import pytest

from model_contract.errors import TableError
from model_contract.messages.forecasting import VOLUMES_ROUNDED
from model_contract.messages.reading import (
    HEADER_MISSING,
    NO_USABLE_ROWS,
    ONE_DAY_OF_MANY,
    TICK_VOLUMES_ONLY,
)
from model_contract.reading.apply.price_checks import require_several_sessions

pytestmark = pytest.mark.usefixtures("both_sizes")

DAYS = np.arange("2024-01-08", "2024-01-20", dtype="datetime64[D]").astype(str)
METATRADER = "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>,<VOL>,<SPREAD>\n"


def metatrader(ticks: int, volume: int) -> str:
    rows = [f"{day.replace('-', '.')},10,11,9,10.5,{ticks},{volume},1\n" for day in DAYS]
    return METATRADER + "".join(rows)


def test_a_file_with_tick_volumes_only_is_named(problems_of):
    message = TICK_VOLUMES_ONLY(column="TICKVOL")
    assert problems_of(metatrader(64_971, 0)) == [(None, "VOL", message)]


def test_zero_volumes_without_tick_volumes_are_just_zero(problems_of):
    message = NO_USABLE_ROWS(empty=0, zero_volume=len(DAYS), contradictory=0)
    assert problems_of(metatrader(0, 0)) == [(None, None, message)]


def test_tick_volumes_next_to_volumes_are_ignored(read):
    assert read(metatrader(64_971, 5)).prices.volume.tolist() == [5] * len(DAYS)


def test_tick_volumes_do_not_stand_in_for_a_missing_column(problems_of):
    text = "Date,Open,High,Low,Close,Tick Volume\n2024-01-08,10,11,9,10.5,64971\n"
    message = TICK_VOLUMES_ONLY(column="Tick Volume")
    assert problems_of(text) == [(1, "Volume", message)]


@pytest.mark.parametrize(
    ("separator", "line"),
    [
        (",", "2019.10.08,25.68,25.95,25.46,25.53,42372,30144700"),
        (",", "2024-01-02,1.5,2,1,1.5,100"),
        ("\t", "2019.10.08\t25.68\t25.95\t25.46\t25.53\t42372"),
        (";", "08/10/2019;25,68;25,95;25,46;25,53;25,60;42372,0"),
        ("|", "20191008|25.68|25.95|25.46|25.53|42372"),
    ],
)
def test_values_without_a_header_are_recognised(problems_of, separator, line):
    assert problems_of(f"{line}\n{line}\n") == [(1, None, HEADER_MISSING(line=line))]


def test_one_day_of_many_tickers_is_recognised(read):
    rows = "".join(f"T{number},2024-01-08,10,11,9,10.5,1000\n" for number in range(60))
    history = read(
        "Symbol,Date,Open,High,Low,Close,Volume\n" + rows
    )  # the trainer joins such files
    with pytest.raises(TableError) as caught:
        require_several_sessions(history.prices)
    message = ONE_DAY_OF_MANY(date="2024-01-08", tickers=60)
    assert [problem.message for problem in caught.value.problems] == [message]


@pytest.mark.parametrize(
    "rows",
    ["A,2024-01-08,10,11,9,10,1\n", "A,2024-01-08,10,11,9,10,1\nB,2024-01-09,10,11,9,10,1\n"],
    ids=["one ticker", "two sessions"],
)
def test_other_short_files_are_not_one_day_of_many(read, rows):
    require_several_sessions(read("Ticker,Date,Open,High,Low,Close,Volume\n" + rows).prices)


def with_volumes(*volumes: str) -> str:
    rows = [f"{day},10,11,9,10.5,{volume}\n" for day, volume in zip(DAYS, volumes, strict=False)]
    return "Date,Open,High,Low,Close,Volume\n" + "".join(rows)


@pytest.mark.parametrize("volume", ["4.84E+07", "4.84e7", "5E+07", "1.2345E+07"])
def test_rounded_volumes_are_read_with_a_warning(read, volume):
    history = read(with_volumes(volume, volume, "12345678"))
    assert history.prices.volume[0] == float(volume)
    assert history.warnings == [VOLUMES_ROUNDED(found=volume)]


@pytest.mark.parametrize(
    "volumes",
    [
        ("1.2345678E+07", "1.2345679E+07", "1.234567E+06"),
        ("12345678", "4.84E+07"),
        ("4.8E-01", "4.8E-01"),
        ("48400000", "48.4M"),
        ("1.234567E+07", "1.234567E+07"),
    ],
    ids=["all digits", "half of them", "less than one", "no exponent", "to tens of shares"],
)
def test_other_volumes_are_not_called_rounded(read, volumes):
    codes = [warning.code for warning in read(with_volumes(*volumes)).warnings]
    assert VOLUMES_ROUNDED not in codes
