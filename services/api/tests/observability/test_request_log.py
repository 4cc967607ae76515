"""One log line per request, without its data."""

import json
import logging

import pytest


def test_a_request_is_logged_without_its_query_and_data(client, make, caplog):
    with caplog.at_level(logging.INFO):
        client.post(
            "/predict?points=7", data=make.comma(make.days(60, "HUSH")), content_type="text/csv"
        )
    (record,) = [
        record
        for record in caplog.records
        if record.name == "prediction_api.observability.request_log"
    ]
    fields = record.fields
    assert (fields["method"], fields["path"], fields["status"]) == ("POST", "/predict", 200)
    expected = {"kind": "history", "rows": 60, "tickers": 1, "version": make.first}
    assert fields.items() >= expected.items()
    assert fields["bytes"] > 100
    assert all(
        0 < fields[f"{part}_ms"] < fields["ms"]
        for part in ("read", "features", "inference", "write")
    )
    assert "points" not in json.dumps(fields) + record.getMessage()
    assert "HUSH" not in caplog.text


def test_an_unknown_path_is_logged_without_its_text(client, caplog):
    with caplog.at_level(logging.INFO):
        client.get("/hush/hush?hush=1")
    (record,) = [
        record
        for record in caplog.records
        if record.name == "prediction_api.observability.request_log"
    ]
    assert (record.fields["path"], record.fields["status"]) == ("other", 404)
    assert "hush" not in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_successful_health_check_is_not_logged(client, caplog, path):
    with caplog.at_level(logging.INFO):
        client.get(path)
    assert "request_log" not in [record.module for record in caplog.records]


def test_a_hostile_path_cannot_write_a_log_line(client, caplog):
    with caplog.at_level(logging.INFO):
        client.get("/x%0a2026-01-01%20INFO%20all%20is%20well%1b[31m")
    assert all(
        "\n" not in record.getMessage() and "\x1b" not in record.getMessage()
        for record in caplog.records
    )
