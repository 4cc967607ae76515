"""GET /forecasts and GET /scorecard over a small ledger."""

import csv
import io
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import TypeAdapter

from forecast_rows import row
from model_contract.ledger.ledger import Ledger, Truth
from model_contract.ledger.ledger_reader import STATE
from prediction_api import create_app
from prediction_api.ledger.fields import Forecasts, Scorecard

NOW = "2024-04-01T21:00:00Z"
LATER = {
    "origin": "2024-04-01", "session": "2024-04-02", "opens_at": "2024-04-02T13:30:00Z",
    "written_at": NOW, "calendar": "half_day month_end",
}  # fmt: skip
LOOP_STATE = {
    "updated_at": NOW,
    "next_due": None,
    "inbox": "data/inbox",
    "watchlist": "100 1711922400000000000",
    "unknown_tickers": [],
    "markets": [
        {
            "market": "XNYS", "last_session": "2024-04-01", "awaited_session": None,
            "awaited_since": None,
            "next_session": "2024-04-02", "next_open": "2024-04-02T13:30:00Z",
        }
    ],
    "held": [],
    "unreadable": [],
    "missed": 0,
    "sizes": {"prices": 4, "deliveries": 3, "ledger": 2, "dvc_cache": 1, "workspace": 0},
    "trial": {
        "challenger": "20240328T210000Z-1a2b3c4d", "since": NOW, "sessions": 0, "wealth": 1.0,
        "error_ratio": None,
    },
    "last_decision": {
        "at": NOW, "event": "published", "version": "20240328T210000Z-1a2b3c4d", "replaced": None,
        "reason": "passed the gate",
    },
    "retrain_because": None,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def api(tmp_path: Path, folder: Path) -> FlaskClient:
    settings = {"MODEL_STORE": tmp_path / "models", "MODEL_POLL_SECONDS": 0, "LEDGER": folder}
    return create_app(settings).test_client()


@pytest.fixture
def filled(folder: Path) -> None:
    ledger = Ledger(folder)
    ledger.append([row(), row(ticker="=IBM", market="BVMF"), row(**LATER), row(**LATER, step=2)])
    ledger.score([Truth(1, 40e6, "1", NOW)])
    ledger.follow({"AAPL": "XNYS", "=IBM": "BVMF"})
    (folder / STATE).write_text(json.dumps(LOOP_STATE))


def test_before_the_loop_has_run_there_is_nothing(api: FlaskClient):
    assert api.get("/forecasts").json == {"state": None, "forecasts": []}
    assert api.get("/scorecard").json == {"state": None, "scores": []}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("=IBM", "2024-04-01", 1), ("AAPL", "2024-04-02", 1), ("AAPL", "2024-04-02", 2)]),
        ("steps=1", [("=IBM", "2024-04-01", 1), ("AAPL", "2024-04-02", 1)]),
        ("market=XNYS&steps=1", [("AAPL", "2024-04-02", 1)]),
        ("ticker=AAPL", [("AAPL", "2024-04-01", 1), ("AAPL", "2024-04-02", 1)]),
        ("ticker=AAPL&limit=1&steps=2", [("AAPL", "2024-04-02", 1), ("AAPL", "2024-04-02", 2)]),
        ("session=2024-04-01", [("=IBM", "2024-04-01", 1), ("AAPL", "2024-04-01", 1)]),
        ("session=2024-04-02&ticker=AAPL&steps=1", [("AAPL", "2024-04-02", 1)]),
        ("version=20240101T000000Z-00000000", []),
        ("ticker=NONE", []),
    ],
)
def test_the_parameters_choose_the_forecasts(
    api: FlaskClient, query: str, expected: list[tuple[str, str, int]]
):
    answer = api.get(f"/forecasts?{query}").json
    TypeAdapter(Forecasts).validate_python(answer, strict=True)
    assert answer["state"] == LOOP_STATE
    found = [(one["ticker"], one["session"], one["step"]) for one in answer["forecasts"]]
    assert found == expected


@pytest.mark.usefixtures("filled")
def test_a_forecast_has_its_score_and_the_one_before(api: FlaskClient):
    latest = api.get("/forecasts?market=XNYS&steps=1").json["forecasts"][0]
    assert latest["calendar"] == ["half_day", "month_end"]
    assert latest["actual"] is None
    assert latest["previous"]["actual"] == 40e6
    scored = api.get("/forecasts?ticker=AAPL&limit=2").json["forecasts"][0]
    assert (scored["actual"], scored["scored_at"], scored["previous"]) == (40e6, NOW, None)


@pytest.mark.usefixtures("filled")
def test_the_scorecard_has_one_row_for_each_group(api: FlaskClient):
    answer = api.get("/scorecard?by=month").json
    TypeAdapter(Scorecard).validate_python(answer, strict=True)
    [score] = answer["scores"]
    assert (score["month"], score["version"], score["mae"]) == ("2024-04", None, 10e6)
    assert api.get("/scorecard?from=2024-04-02").json["scores"] == []


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("address", "rows"), [("/forecasts", 3), ("/scorecard?by=ticker", 1)])
def test_both_are_available_as_csv(api: FlaskClient, address: str, rows: int):
    response = api.get(address, headers={"Accept": "text/csv"})
    assert response.mimetype == "text/csv"
    found = list(csv.DictReader(io.StringIO(response.text)))
    assert len(found) == rows
    assert found[0]["ticker"] in ("'=IBM", "AAPL")  # a spreadsheet must not run it


@pytest.mark.usefixtures("filled")
def test_a_removed_forecast_counts_in_whole_months(api: FlaskClient, folder: Path):
    ledger = Ledger(folder)
    ledger.score([Truth(2, 40e6, "1", NOW), Truth(3, 60e6, "1", "2024-04-02T21:00:00Z")])
    before = api.get("/scorecard?by=ticker").json
    ledger.remove("2024-04-02", NOW)
    assert api.get("/forecasts?session=2024-04-01").json["forecasts"] == []
    assert api.get("/scorecard?by=ticker").json == before
    assert api.get("/scorecard?by=ticker&from=2024-04-01&to=2024-04-30").json == before
    response = api.get("/scorecard?by=ticker&to=2024-04-01")
    assert (response.status_code, response.json["code"]) == (400, "sessions_removed")
    assert response.json["params"] == {"until": "2024-04-01"}
    [score] = api.get("/scorecard?by=ticker&from=2024-04-02").json["scores"]
    assert (score["ticker"], score["forecasts"]) == ("AAPL", 1)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/forecasts?tickers=AAPL", "parameter_unknown"),
        ("/forecasts?steps=0", "parameter_invalid"),
        ("/forecasts?session=1.4.2024", "parameter_date"),
        ("/forecasts?session=2024-02-30", "parameter_date"),
        ("/scorecard?by=weather", "parameter_unsupported"),
        ("/scorecard?from=2024-04-01&from=2024-04-02", "parameter_date"),
        ("/scorecard?ticker=", "parameter_length"),
    ],
)
def test_a_wrong_parameter_is_named(api: FlaskClient, address: str, code: str):
    response = api.get(address)
    assert (response.status_code, response.json["code"]) == (400, code)
    assert api.get("/forecasts", headers={"Accept": "text/html"}).status_code == 406


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("file", ["ledger.sqlite", STATE])
def test_an_unreadable_ledger_is_reported(
    api: FlaskClient, folder: Path, file: str, caplog: pytest.LogCaptureFixture
):
    (folder / file).write_bytes(b"not a database" * 100)
    response = api.get("/forecasts")
    assert (response.status_code, response.json["code"]) == (503, "ledger_unreadable")
    assert response.headers["Retry-After"] == "5"
    assert file in caplog.text
