"""GET /model: the served model and the state of the trainer."""

import pytest

from linear_model import CALENDAR_EFFECTS
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.store.bundle import CONTRACT_VERSION
from model_contract.store.trainer_status import TrainerStatus
from served_models import started


def test_model_has_the_public_part_of_the_manifest(client, make):
    model = client.get("/model").json["model"]
    assert model == {
        "version": make.first,
        "trained_at": "2026-11-22T10:15:00Z",
        "contract_version": CONTRACT_VERSION,
        "window": make.window,
        "horizon": make.horizon,
        "features": ["log_volume", "log_return", "log_range"],
        "inputs": list(INPUT_NAMES),
        "market": "XNYS",
        "markets": ["XNYS"],
        "data": {
            "rows": 12154,
            "tickers": ["AAPL"],
            "first_session": "2000-03-01",
            "last_session": "2013-03-01",
        },
        "calendar_effects": CALENDAR_EFFECTS,
        "input_effects": CALENDAR_EFFECTS,
        "metrics": {"mae": 1.5e6, "skill": {"naive": {"value": 0.2}}},
        "gate": {"passed": True},
    }


def test_model_lists_every_market_that_it_was_trained_on(store, make):
    store.publish(*make.bundle(markets=("XNYS", "BVMF")))
    model = started(store).get("/model").json["model"]
    assert (model["market"], model["markets"]) == ("XNYS", ["XNYS", "BVMF"])


def test_model_lists_calendar_flags_in_the_order_of_tensors(client):
    assert tuple(client.get("/model").json["model"]["calendar_effects"]) == CALENDAR_FLAGS


def test_model_reports_the_state_of_the_trainer(empty_client, store):
    store.write_status(
        TrainerStatus(
            "running",
            "train",
            "2026-11-22T10:00:00Z",
            epoch=3,
            epochs=50,
            loss=0.5,
            eta_seconds=12.0,
        )
    )
    trainer = empty_client.get("/model").json["trainer"]
    expected = {"state": "running", "stage": "train", "epoch": 3, "epochs": 50, "error": None}
    assert trainer.items() >= expected.items()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": 1}'])
def test_a_damaged_status_file_counts_as_none(empty_client, store, text):
    store.directory.mkdir()
    (store.directory / "status.json").write_text(text)
    assert empty_client.get("/model").json["trainer"] is None
