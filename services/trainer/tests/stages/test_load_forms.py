"""Files of all forms in training, their readings and their doubts."""

import json
from pathlib import Path

import pandas as pd
import pytest

from price_rows import HEADER, MONDAY
from training.errors import TrainingError
from training.paths import DATA_QUALITY, PRICES
from training.stages import load_data

FORMS = {
    "canonical.csv": "Date,Open,High,Low,Close,Volume\n2024-01-18,10,11,9,10.5,1000\n",
    "tabs.tsv": "date\topen\thigh\tlow\tclose\tvolume\n2024-01-18\t10\t11\t9\t10.5\t1,000\n",
    "portuguese.txt": "Data;Abertura;Máxima;Mínima;Fechamento;Quantidade\n"
    "18/01/2024;10;11;9;10,5;1000\n",
    "metatrader.csv": "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\n"
    "2024.01.18\t10\t11\t9\t10.5\t5\t1000\n",
    "exchange.csv": 'Date,Close/Last,Volume,Open,High,Low\n01/18/2024,$10.50,"1,000",$10,$11,$9\n',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_files_of_every_form_in_a_folder_give_the_same_prices(raw, encoding):
    for name, text in FORMS.items():
        (raw / name).write_text(text, encoding=encoding)
    load_data.main()
    panel = pd.read_parquet(PRICES)
    assert panel["ticker"].tolist() == sorted(Path(name).stem.upper() for name in FORMS)
    assert panel["session"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2024-01-18"]
    values = panel[["open", "high", "low", "close", "volume"]].drop_duplicates()
    assert values.to_numpy().tolist() == [[10, 11, 9, 10.5, 1000]]


def test_quality_says_how_each_file_was_read(raw):
    for name in ("canonical.csv", "portuguese.txt"):
        (raw / name).write_text(FORMS[name], encoding="cp1252")
    (raw / "other.csv").write_text(HEADER + MONDAY)
    load_data.main()
    names = ["Date", "Open", "High", "Low", "Close", "Volume"]
    written = ["Data", "Abertura", "Máxima", "Mínima", "Fechamento", "Quantidade"]
    assert json.loads(DATA_QUALITY.read_text())["readings"] == [
        {
            "files": ["canonical.csv", "other.csv"],
            "encoding": "utf-8",
            "separator": ",",
            "header_line": 1,
            "sheet": None,
            "columns": dict(zip(names, names, strict=True)),
            "dates": "year-first",
            "decimal": "point",
            "volume_unit": "shares",
        },
        {
            "files": ["portuguese.txt"],
            "encoding": "cp1252",
            "separator": ";",
            "header_line": 1,
            "sheet": None,
            "columns": dict(zip(names, written, strict=True)),
            "dates": "day-first",
            "decimal": "comma",
            "volume_unit": "shares",
        },
    ]


DOUBTFUL = "Date;Open;High;Low;Close;Volume\n03/04/2024;1.234;1.235;1.233;1.234;1000\n"


def test_a_doubt_is_an_error_with_its_options_and_the_parameter_to_set(raw):
    (raw / "a.csv").write_text(DOUBTFUL)
    with pytest.raises(TrainingError) as caught:
        load_data.main()
    assert str(caught.value).split("\n") == [
        "data/raw/a.csv: line 1, column Date: the dates, such as '03/04/2024', can be read in "
        "several orders",
        "data/raw/a.csv: line 1, column Open: the numbers, such as '1.234', could have decimals or "
        "thousands separators",
        "data/raw/a.csv: day-first would mean 2024-04-03",
        "data/raw/a.csv: month-first would mean 2024-03-04",
        "data/raw/a.csv: Set load_data.dates in params.yaml.",
        "data/raw/a.csv: point would mean 1.234",
        "data/raw/a.csv: comma would mean 1234",
        "data/raw/a.csv: Set load_data.decimal in params.yaml.",
    ]


def test_parameters_settle_doubts_and_leave_other_files_alone(raw, workspace):
    workspace.write_params(load_data={"dates": "day-first", "decimal": "comma"})
    (raw / "a.csv").write_text(DOUBTFUL)
    (raw / "b.csv").write_text(HEADER + "2024-04-03,1.234,1.235,1.233,1.234,1000\n")
    load_data.main()
    panel = pd.read_parquet(PRICES)
    assert panel["close"].tolist() == [1234, 1.234]
    assert panel["session"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-03", "2024-04-03"]


def test_a_parameter_settles_only_the_doubts_about_it(raw, workspace):
    """The second file is clearly month first, but leaves the column of volume open."""
    workspace.write_params(load_data={"dates": "day-first", "decimal": "comma", "volume": "Volume"})
    (raw / "a.csv").write_text(DOUBTFUL)
    header = HEADER.strip() + ",Quantity\n"
    (raw / "b.csv").write_text(header + "01/16/2024,1.234,1.235,1.233,1.234,1000,7\n")
    load_data.main()
    panel = pd.read_parquet(PRICES)
    assert panel[["close", "volume"]].to_numpy()[1].tolist() == [1.234, 1000]
    assert panel["session"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-03", "2024-01-16"]


def test_the_unit_of_volume_holds_for_all_files(raw, workspace):
    workspace.write_params(load_data={"volume_unit": "lots-100"})
    (raw / "a.csv").write_text(HEADER + MONDAY)
    load_data.main()
    assert pd.read_parquet(PRICES)["volume"].tolist() == [100_000]
