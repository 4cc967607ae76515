"""Prices that lack some of the served model's are held back until a person accepts them."""

import json
import logging
import shutil

import pandas as pd
import pytest

from training.errors import TrainingError
from training.paths import DATA_QUALITY, PRICES
from training.stages import load_data


def keep_rows(own, name: str, rows: slice) -> None:
    """Cut one of the raw files."""
    path = own.root / "data/raw" / name
    pd.read_csv(path).iloc[rows].to_csv(path, index=False)


def lose_a_ticker(own) -> None:
    (own.root / "data/raw/bbb.csv").unlink()


def lose_the_oldest_rows(own) -> None:
    keep_rows(own, "aaa.csv", slice(20, None))


def lose_the_last_session(own) -> None:
    for name in ("aaa.csv", "bbb.csv", "ccc.csv"):
        keep_rows(own, name, slice(-1))


@pytest.mark.parametrize(
    ("lose", "lost"),
    [
        (lose_a_ticker, r"1 of 3 tickers \(BBB\), 500 of 1,400 rows"),
        (lose_the_oldest_rows, r"20 of 1,400 rows"),
        (lose_the_last_session, r"the sessions after 2021-11-29 \(they ended on 2021-11-30\)"),
    ],
)
def test_what_is_lost_is_named_and_nothing_is_written(own, lose, lost):
    lose(own)
    before = PRICES.read_bytes(), DATA_QUALITY.read_bytes()
    version = (own.store / "CURRENT").read_text().strip()
    with pytest.raises(
        TrainingError,
        match=rf"^data/raw lacks what the served model {version} was trained on: {lost}\. The "
        r"served model is kept\. .* 'make train ACCEPT_DATA=yes'$",
    ):
        load_data.main()
    assert (PRICES.read_bytes(), DATA_QUALITY.read_bytes()) == before


def test_accepted_data_are_read_and_the_log_says_what_they_lack(own, monkeypatch, caplog):
    lose_a_ticker(own)
    monkeypatch.setenv("ACCEPT_DATA", "yes")
    with caplog.at_level(logging.WARNING):
        load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["tickers"] == ["AAA", "CCC"]
    assert "1 of 3 tickers (BBB), 500 of 1,400 rows; accepted" in caplog.text


def test_a_few_corrected_rows_and_a_window_that_moves_on_are_no_loss(own):
    keep_rows(own, "aaa.csv", slice(10, None))
    load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["rows"] == 1390


def test_data_at_another_path_are_not_compared(own):
    (own.root / "data/other").mkdir()
    shutil.copy(own.root / "data/raw/aaa.csv", own.root / "data/other")
    own.write_params(load_data={"path": "data/other"})
    load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["tickers"] == ["AAA"]


@pytest.mark.parametrize("current", [None, "20990101T000000Z-00000000\n"])
def test_without_a_sound_model_there_is_nothing_to_compare(own, current):
    if current is None:
        (own.store / "CURRENT").unlink()
    else:
        (own.store / "CURRENT").write_text(current)
    lose_a_ticker(own)
    load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["tickers"] == ["AAA", "CCC"]
