"""The metrics of the loop and of the trainer, which come from their files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from forecast_rows import row
from model_contract.ledger.ledger import Ledger, Truth
from model_contract.ledger.ledger_reader import STATE, LedgerReader
from model_contract.ledger.schema import DATABASE
from model_contract.store.model_store import ModelStore
from model_contract.store.trainer_status import KILLED, TrainerStatus
from prediction_api import create_app
from prediction_api.ledger.loop_metrics import SESSIONS, LoopCollector

NOW = "2024-04-01T21:00:00Z"
SECONDS = 1_712_005_200.0  # the same
AN_HOUR_BEFORE = "2024-04-01T20:00:00Z"
LOOP_STATE = {
    "updated_at": NOW,
    "next_due": AN_HOUR_BEFORE,
    "markets": [
        {"market": "BVMF", "awaited_since": AN_HOUR_BEFORE},
        {"market": "XNYS", "awaited_since": None},
    ],
    "held": [{"id": 7}, {"id": 9}],
    "unreadable": [{"id": 8}],
    "missed": 3,
    "sizes": {"prices": 4, "deliveries": 3, "ledger": 2, "dvc_cache": 1},
}
STATUS = TrainerStatus("done", "publish", NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def models(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def api(folder: Path, models: ModelStore) -> FlaskClient:
    settings = {"MODEL_STORE": models.directory, "MODEL_POLL_SECONDS": 0, "LEDGER": folder}
    return create_app(settings).test_client()


def values(api: FlaskClient) -> dict[str, float]:
    """Every value of the loop and the trainer by name and labels."""
    response = api.get("/metrics")
    assert response.status_code == 200
    families = text_string_to_metric_families(response.text)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        if family.name.startswith(("live_", "loop_", "trainer_"))
        for sample in family.samples
    }


def at_clock(folder: Path, seconds: float) -> dict[str, float]:
    collector = LoopCollector(LedgerReader(folder), lambda: seconds)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for metric in collector.collect()
        for sample in metric.samples
    }


def write_sessions(ledger: Ledger, volumes: list[float], **changes: Any) -> None:
    """Forecast a volume of 50 million for sessions of which these are the volumes."""
    days = [f"{2000 + number}-01-03" for number in range(len(volumes))]
    ledger.append([row(origin=f"{day[:-1]}2", session=day, **changes) for day in days])
    written = LedgerReader(ledger.path.parent).of_sessions(days)
    numbers = sorted(found["row"] for found in written)[-len(volumes) :]
    pairs = zip(numbers, volumes, strict=True)
    ledger.score([Truth(number, volume, "1", NOW) for number, volume in pairs])


def test_before_the_loop_and_the_trainer_have_run_they_have_no_metrics(api: FlaskClient):
    assert values(api) == {}


def test_live_metrics_cover_the_last_scored_sessions(api: FlaskClient, folder: Path):
    ledger = Ledger(folder)
    ledger.follow({"AAPL": "XNYS"})
    assert [name for name in values(api) if name.startswith("live")] == []
    # The first sessions are too old to count. Of the others, half are missed by 20 million.
    write_sessions(ledger, [1e9] * 5 + [50e6, 70e6] * (SESSIONS // 2))
    assert values(api) == {
        "live_forecasts XNYS": SESSIONS,
        "live_skill naive XNYS": pytest.approx(1 - 20 / (5 + 25)),  # whose forecast is 45 million
        "live_skill har XNYS": pytest.approx(1 - 20 / (2 + 18)),
        "live_coverage 80 XNYS": 0.5,  # from 40 to 65 million
        "live_coverage 95 XNYS": 1.0,
    }


def test_each_market_s_champion_counts_at_step_1(api: FlaskClient, folder: Path):
    ledger = Ledger(folder)
    ledger.follow({"AAPL": "XNYS", "PETR4": "BVMF"})
    write_sessions(ledger, [50e6, 50e6])
    write_sessions(ledger, [10e6], ticker="PETR4", market="BVMF")
    write_sessions(ledger, [10e6], role="challenger")
    write_sessions(ledger, [10e6], step=2)
    found = values(api)
    assert (found["live_forecasts XNYS"], found["live_forecasts BVMF"]) == (2, 1)
    assert (found["live_coverage 95 XNYS"], found["live_coverage 95 BVMF"]) == (1, 0)


def test_the_loop_s_state_becomes_metrics(folder: Path):
    Ledger(folder)
    (folder / STATE).write_text(json.dumps(LOOP_STATE))
    assert at_clock(folder, SECONDS + 60) == {
        "loop_round_timestamp_seconds": SECONDS,
        "loop_due_timestamp_seconds": SECONDS - 3600,
        "loop_prices_late_seconds BVMF": 3660,
        "loop_prices_late_seconds XNYS": 0,
        "loop_held_deliveries": 3,
        "loop_missed_forecasts_total": 3,
        "loop_files_bytes prices": 4,
        "loop_files_bytes deliveries": 3,
        "loop_files_bytes ledger": 2,
        "loop_files_bytes dvc_cache": 1,
    }


def test_without_anything_due_there_is_no_time_for_it(folder: Path):
    Ledger(folder)
    (folder / STATE).write_text(json.dumps({**LOOP_STATE, "next_due": None}))
    assert "loop_due_timestamp_seconds" not in at_clock(folder, SECONDS)


@pytest.mark.parametrize("state", ["nonsense", "{}", '{"updated_at": "yesterday"}', "[]"])
def test_an_unreadable_state_costs_only_its_own_metrics(
    api: FlaskClient, folder: Path, models: ModelStore, state: str
):
    Ledger(folder)
    models.write_status(STATUS)
    (folder / STATE).write_text(state)
    assert values(api)["trainer_state done"] == 1


def test_an_unreadable_ledger_costs_only_its_own_metrics(api: FlaskClient, folder: Path):
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"not a database, but long enough to be read as one" * 100)
    assert values(api) == {}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (STATUS, "done"),
        (replace(STATUS, state="running"), "running"),
        (replace(STATUS, state="failed", error="a full disk"), "failed"),
        (replace(STATUS, state="failed", error=KILLED), "killed"),
    ],
)
def test_the_trainer_has_one_state(
    api: FlaskClient, models: ModelStore, status: TrainerStatus, state: str
):
    models.write_status(status)
    found = values(api)
    assert found.pop("trainer_updated_timestamp_seconds") == SECONDS
    assert found.pop(f"trainer_state {state}") == 1
    assert list(found.values()) == [0, 0, 0]
