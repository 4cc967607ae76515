import json
import logging
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model_contract.model.market_calendars import from_npz
from model_contract.reading.table.limits import Limits
from model_contract.store.bundle import sha256
from price_rows import HEADER, KING_DAY, MONDAY, SUNDAY, TUESDAY
from training.calendar_flags import exchange_sessions
from training.errors import ParamsError, TrainingError
from training.paths import DATA_QUALITY, PANEL_CALENDARS, PRICES
from training.raw_prices import price_files
from training.raw_prices.joined_files import join_files
from training.raw_prices.price_files import raw_files, read_files
from training.stages import load_data


def test_a_folder_gives_its_files_of_prices_sorted(raw):
    names = ("a.csv", "b.CSV", "c.txt", "d.tsv", "e.xlsx", "f.ods", "g.parquet", "h.zip", "i.xlsb")
    for name in (*reversed(names), "README.md", ".gitignore", "a.csv.dvc", "csv"):
        (raw / name).write_text("x")
    (raw / "folder.csv").mkdir()
    assert raw_files(raw) == [raw / name for name in names]


def test_a_single_file_may_have_any_name(raw):
    (raw / "panel").write_text("x")
    assert raw_files(raw / "panel") == [raw / "panel"]


def test_a_path_that_does_not_exist_is_an_error():
    with pytest.raises(
        TrainingError,
        match=r"load_data\.path: nowhere does not exist; expected a file of prices or a folder of "
        r"them",
    ):
        raw_files(Path("nowhere"))


def test_a_folder_without_files_of_prices_is_rejected(raw):
    expected = r"load_data\.path: the folder .* contains no \.csv, \.txt, .* files"
    with pytest.raises(TrainingError, match=expected):
        raw_files(raw)


def test_tickers_without_a_column_are_named_after_their_files(raw):
    (raw / "msft.csv").write_text(HEADER + MONDAY)
    (raw / "aapl.csv").write_text(HEADER + TUESDAY + MONDAY)
    load_data.main()
    expected = pd.DataFrame(
        {
            "ticker": ["AAPL", "AAPL", "MSFT"],
            "session": pd.to_datetime(["2024-01-08", "2024-01-09", "2024-01-08"]),
            "open": [10.0, 10.5, 10.0],
            "high": [11.0, 12.0, 11.0],
            "low": [9.0, 10.0, 9.0],
            "close": [10.5, 11.0, 10.5],
            "volume": [1000.0, 2000.0, 1000.0],
            "market": "XNYS",
        }
    )
    pd.testing.assert_frame_equal(pd.read_parquet(PRICES), expected, check_dtype=False)


def test_a_ticker_column_wins_over_the_file_name(raw):
    (raw / "panel.csv").write_text("Ticker," + HEADER + "B," + MONDAY + "A," + MONDAY)
    load_data.main()
    assert pd.read_parquet(PRICES)["ticker"].tolist() == ["A", "B"]


def test_files_of_both_dialects_are_joined(raw):
    (raw / "a.csv").write_text(HEADER + MONDAY)
    (raw / "b.csv").write_text("Date;Open;High;Low;Close;Volume\n18/01/2024;10;11;9;10,5;1000\n")
    load_data.main()
    assert pd.read_parquet(PRICES)["close"].tolist() == [10.5, 10.5]


def test_files_of_one_day_each_continue_a_history(raw):
    panel = "Ticker," + HEADER
    (raw / "a_history.csv").write_text(panel + f"A,{MONDAY}B,{MONDAY}")
    (raw / "b_tuesday.csv").write_text(panel + f"A,{TUESDAY}B,{TUESDAY}")
    load_data.main()
    assert pd.read_parquet(PRICES)["volume"].tolist() == [1000, 2000, 1000, 2000]


def test_a_session_in_two_files_is_an_error_with_both_files(raw):
    panel = "Ticker," + HEADER + "A," + MONDAY
    histories = read_files(
        {Path("one.csv"): panel.encode(), Path("two.csv"): (panel + "A," + TUESDAY).encode()}
    )
    with pytest.raises(
        TrainingError,
        match=r"2 rows .*, for example A on 2024-01-08 in one\.csv and two\.csv; "
        "keep each row in one file",
    ):
        join_files(histories)


def test_one_ticker_may_continue_in_another_file(raw):
    histories = read_files(
        {Path(f"{day}.csv"): f"Ticker,{HEADER}A,{day}".encode() for day in (TUESDAY, MONDAY)}
    )
    assert join_files(histories).prices.volume.tolist() == [1000, 2000]


def test_the_problems_of_all_files_are_listed_at_once(raw):
    (raw / "a.csv").write_text(HEADER + "2024-01-08,10,11,9,10,-1\n2024-01-09,x,11,9,10,5\n")
    (raw / "b.csv").write_text("<html>")
    (raw / "good.csv").write_text(HEADER + MONDAY)
    with pytest.raises(TrainingError) as caught:
        load_data.main()
    assert str(caught.value).split("\n") == [
        "data/raw/a.csv: line 2, column Volume: expected a volume >= 0, found -1",
        "data/raw/a.csv: line 3, column Open: expected a number such as 1234.56, found 'x'",
        "data/raw/a.csv: Correct the volume, or clear the row.",
        "data/raw/a.csv: Write the number with digits and a decimal point.",
        "data/raw/b.csv: not a table: the file looks like HTML or XML",
        "data/raw/b.csv: Send daily prices as a CSV or a workbook.",
    ]


def test_nothing_is_written_for_bad_data(raw, workspace):
    (raw / "a.csv").write_text(HEADER + "2024-01-08,10,11,9,10,-1\n")
    (raw / "good.csv").write_text(HEADER + MONDAY)
    with pytest.raises(TrainingError):
        load_data.main()
    assert not PRICES.exists()
    assert not DATA_QUALITY.exists()


def test_quality_counts_what_was_read_and_dropped(raw):
    (raw / "a.csv").write_text(
        HEADER + MONDAY + "2024-01-09,10,10,10,10,0\n2024-01-10,null,null,null,null,null\n"
    )
    (raw / "b.csv").write_text(HEADER + "2024-01-07,10,10,10,10,0\n" + TUESDAY)
    load_data.main()
    quality = json.loads(DATA_QUALITY.read_text())
    del quality["sha256"]
    assert quality == {
        "files": 2,
        "rows": 2,
        "dropped": {"zero_volume": 2, "empty": 1},
        "readings": [
            {
                "files": ["a.csv", "b.csv"],
                "encoding": "utf-8",
                "separator": ",",
                "header_line": 1,
                "sheet": None,
                "columns": {name: name for name in HEADER.strip().split(",")},
                "dates": "year-first",
                "decimal": "point",
                "volume_unit": "shares",
            }
        ],
        "splits": [],
        "market": "XNYS",
        "not_sessions": 0,
        "tickers_count": 2,
        "tickers": ["A", "B"],
        "first_session": "2024-01-08",
        "last_session": "2024-01-09",
    }


def test_dates_without_a_session_are_kept_and_counted(raw, caplog):
    (raw / "a.csv").write_text(HEADER + MONDAY + SUNDAY + KING_DAY)
    (raw / "b.csv").write_text(HEADER + MONDAY + KING_DAY)
    with caplog.at_level(logging.WARNING):
        load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["not_sessions"] == 2
    assert "2 dates are not XNYS sessions; is load_data.market the right exchange?" in caplog.text
    assert len(pd.read_parquet(PRICES)) == 5


def test_dates_that_are_all_sessions_give_no_warning(raw, caplog):
    (raw / "a.csv").write_text(HEADER + MONDAY + TUESDAY)
    with caplog.at_level(logging.WARNING):
        load_data.main()
    assert caplog.messages == []


def test_the_stage_writes_the_sessions_of_the_panel_s_range(raw):
    (raw / "a.csv").write_text(HEADER + MONDAY + "2024-02-20,10,11,9,10.5,1000\n")
    (raw / "b.csv").write_text(HEADER + "2023-12-29,10,11,9,10.5,1000\n")
    load_data.main()
    written, expected = (
        from_npz(PANEL_CALENDARS.read_bytes())["XNYS"],
        exchange_sessions("XNYS", date(2023, 12, 29), date(2024, 2, 20)),
    )
    np.testing.assert_array_equal(written.sessions, expected.sessions)
    np.testing.assert_array_equal(written.flags, expected.flags)


def test_the_sessions_are_those_of_the_market_in_params_yaml(raw, workspace):
    workspace.write_params(load_data={"market": "BVMF"})
    (raw / "a.csv").write_text(
        HEADER + "2024-02-09,10,11,9,10.5,1000\n2024-02-14,10,11,9,10.5,1000\n"
    )
    load_data.main()
    # Carnival.
    assert from_npz(PANEL_CALENDARS.read_bytes())["BVMF"].sessions.astype(str).tolist() == [
        "2024-02-09",
        "2024-02-14",
    ]
    assert json.loads(DATA_QUALITY.read_text())["market"] == "BVMF"


def test_nothing_is_written_for_an_unknown_market(raw, workspace):
    workspace.write_params(load_data={"market": "NOWHERE"})
    (raw / "a.csv").write_text(HEADER + MONDAY)
    with pytest.raises(ParamsError, match=r"load_data\.market: no calendar exists for 'NOWHERE'"):
        load_data.main()
    assert not PRICES.exists()
    assert not DATA_QUALITY.exists()


def test_a_session_that_has_not_ended_is_left_out(raw, monkeypatch, caplog):
    today = np.datetime64("today")
    days = [str(today - ago) for ago in (30, 1, 0)]
    rows = "".join(f"{day},10,11,9,10.5,1000\n" for day in days)
    (raw / "a.csv").write_text(HEADER + rows)
    monkeypatch.setattr(load_data, "last_closed_day", lambda market, now: today - 1)
    with caplog.at_level(logging.WARNING):
        load_data.main()
    assert pd.read_parquet(PRICES)["session"].astype(str).tolist() == days[:2]
    assert f"Left out 1 row from {days[2]} on: that session has not ended yet" in caplog.text


def test_a_split_that_adj_close_proves_is_restated_and_recorded_with_its_file(raw):
    (raw / "msft.csv").write_text(
        "Date,Open,High,Low,Close,Adj "
        "Close,Volume\n2024-01-08,20,22,18,20,10,1000\n2024-01-09,10,12,10,11,11,2000\n"
    )
    load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["splits"] == [
        "msft.csv: 2:1 split of 'MSFT' on 2024-01-09"
    ]
    assert pd.read_parquet(PRICES)[["close", "volume"]].to_numpy().tolist() == [
        [10, 2000],
        [11, 2000],
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", HEADER + TUESDAY), ("b.csv", HEADER + MONDAY)],
    ids=["different content", "a different name"],
)
def test_the_data_hash_changes_with_the_files(raw, name, text):
    (raw / "a.csv").write_text(HEADER + MONDAY)
    load_data.main()
    before = json.loads(DATA_QUALITY.read_text())["sha256"]
    (raw / "a.csv").unlink()
    (raw / name).write_text(text)
    load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["sha256"] != before


def test_the_data_hash_is_that_of_names_and_contents(raw):
    (raw / "a.csv").write_text(HEADER + MONDAY)
    load_data.main()
    assert json.loads(DATA_QUALITY.read_text())["sha256"] == sha256(
        f"a.csv {sha256((HEADER + MONDAY).encode())}\n".encode()
    )


def test_a_trainer_reads_more_rows_than_a_request_may_have(monkeypatch):
    monkeypatch.setattr(price_files, "read_written", lambda table, *_, **__: len(table.lines))
    rows = Limits().rows + 1
    assert read_files({Path("long.csv"): b"a,b\n" + b"1,2\n" * rows}) == {Path("long.csv"): rows}
