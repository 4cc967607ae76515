"""The metrics of one process; test_workers.py covers several."""

import time
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from model_contract.store.bundle import MODEL
from predict_requests import post
from prediction_api import create_app
from prediction_api.serving import model_holder
from prediction_api.serving.model_holder import MODELS


def poll(client):
    client.application.extensions[MODELS].poll_once()


def samples(client):
    """Every value of /metrics by name and labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


def without_creation_times(found):
    return {name: value for name, value in found.items() if "_created" not in name}


def test_before_the_first_model_every_metric_is_0(empty_client):
    assert set(without_creation_times(samples(empty_client)).values()) == {0}


def test_the_first_model_does_not_count_as_a_swap(client, make):
    metrics = samples(client)
    assert (metrics["model_swaps_total"], metrics[f"model_info {make.first}"]) == (0, 1)
    assert metrics["model_loaded_timestamp_seconds"] == pytest.approx(time.time(), abs=60)


def test_a_swap_is_counted_and_the_old_version_disappears(client, published, make):
    published.publish(*make.second_bundle())
    poll(client)
    metrics = samples(client)
    assert (metrics["model_swaps_total"], metrics[f"model_info {make.second}"]) == (1, 1)
    assert f"model_info {make.first}" not in metrics


def test_each_refusal_is_counted(client, published, make, monkeypatch):
    monkeypatch.setattr(model_holder, "FIRST_RETRY_SECONDS", 0.0)
    published.publish(*make.second_bundle())
    (published.path(make.second) / MODEL).write_bytes(b"")
    poll(client)
    poll(client)
    metrics = samples(client)
    assert (metrics["model_refusals_total"], metrics["model_swaps_total"]) == (2, 0)
    assert metrics[f"model_info {make.first}"] == 1


def test_every_metric_has_a_description(client):
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    assert [family.name for family in families if not family.documentation] == []
    assert client.get("/metrics").content_type.startswith("text/plain; version=")


def test_requests_are_counted_by_route_and_status(client, make):
    post(client, make.comma(make.days(60)), query_string="points=3")
    post(client, b"nonsense")
    for path in ("/etc/passwd", "/predict/1", "/x"):
        client.get(path)
    client.get("/healthz")
    metrics = samples(client)
    counted = {
        name: value for name, value in metrics.items() if name.startswith("http_requests_total")
    }
    assert counted == {
        "http_requests_total /predict 200": 1,
        "http_requests_total /predict 422": 1,
        "http_requests_total other 404": 3,
        "http_requests_total /healthz 200": 1,
    }
    assert metrics["http_request_duration_seconds_count /predict"] == 2
    assert "http_request_duration_seconds_count /healthz" not in metrics


def test_the_phases_of_a_forecast_are_timed(client, make):
    post(client, make.comma(make.days(60)))
    metrics = samples(client)
    parts = {
        part: metrics[f"forecast_phase_duration_seconds_sum {part}"]
        for part in ("read", "features", "inference", "write")
    }
    assert min(parts.values()) > 0
    assert sum(parts.values()) < metrics["http_request_duration_seconds_sum /predict"]


def test_rows_are_counted_by_kind(client, make):
    post(client, make.comma(make.days(60)))
    post(client, make.windows(make.days(60)))
    metrics = samples(client)
    assert metrics["forecast_rows_total history"] == 60
    assert metrics["forecast_rows_total windows"] == 60 - make.window


def test_skill_and_coverage_follow_from_the_counters(client, make):
    (record,) = post(client, make.comma(make.days(300))).json["track_record"]
    metrics = samples(client)
    sessions = metrics["track_record_sessions_total"]
    assert sessions == record["sessions"]
    assert live_skill(client) == pytest.approx(record["skill_vs_naive"])
    for level in ("80", "95"):
        assert metrics[f"track_record_covered_sessions_total {level}"] / sessions == pytest.approx(
            record[f"coverage_{level}"]
        )


def test_one_file_of_absurd_volumes_barely_moves_the_live_skill(client, make):
    for _ in range(9):
        post(client, make.comma(make.days(60)))
    usual = live_skill(client)
    calm = [
        make.replace(day, volume=1_000_000 + number % 2) for number, day in enumerate(make.days(60))
    ]
    (record,) = post(client, make.comma(calm)).json["track_record"]
    assert record["skill_vs_naive"] < -100
    assert usual - 0.4 < live_skill(client) < usual


def live_skill(client):
    metrics = samples(client)
    return 1 - metrics["track_record_relative_error_total"] / metrics["track_record_sessions_total"]


def test_windows_and_those_outside_the_training_range_are_counted(client, make):
    post(client, make.comma(make.days(60)))
    post(client, make.windows(make.days(60)))
    metrics = samples(client)
    assert metrics["forecast_windows_total"] == 1 + 60 - make.window
    assert metrics["forecast_windows_outside_training_range_total"] == 0


def test_the_training_time_is_a_metric(client):
    assert (
        samples(client)["model_trained_timestamp_seconds"]
        == datetime(2026, 11, 22, 10, 15, tzinfo=UTC).timestamp()
    )


def test_a_model_with_an_invalid_training_time_is_served(published, make):
    published.publish(*make.second_bundle(created_at="yesterday"))
    client = create_app({"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0}).test_client()
    assert client.get("/readyz").status_code == 200
    assert samples(client)["model_trained_timestamp_seconds"] == 0
