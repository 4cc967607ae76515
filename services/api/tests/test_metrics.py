"""What Prometheus is told of the models, in one process; test_swaps.py has several."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from model_contract.bundle import MODEL
from prediction_api import model_holder
from prediction_api.routes import MODELS


def poll(client):
    client.application.extensions[MODELS].poll_once()


def samples(client):
    """Every figure by its name and its label."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for family in families for sample in family.samples}


def without_creation_times(found):
    return {name: value for name, value in found.items() if not name.endswith("_created")}


def test_before_the_first_model_all_is_nought(empty_client):
    figures = without_creation_times(samples(empty_client))
    assert figures == {"model_swaps_total": 0, "model_refusals_total": 0, "model_loaded_timestamp_seconds": 0}


def test_the_first_model_is_no_swap(client, make):
    figures = samples(client)
    assert (figures["model_swaps_total"], figures[f"model_info {make.first}"]) == (0, 1)
    assert figures["model_loaded_timestamp_seconds"] == pytest.approx(time.time(), abs=60)


def test_a_swap_is_counted_and_the_former_model_is_told_no_more(client, published, make):
    published.publish(*make.second_bundle())
    poll(client)
    figures = samples(client)
    assert (figures["model_swaps_total"], figures[f"model_info {make.second}"]) == (1, 1)
    assert f"model_info {make.first}" not in figures


def test_each_try_that_is_refused_is_counted(client, published, make, monkeypatch):
    monkeypatch.setattr(model_holder, "FIRST_RETRY_SECONDS", 0.0)
    published.publish(*make.second_bundle())
    (published.path(make.second) / MODEL).write_bytes(b"")
    poll(client)
    poll(client)
    figures = samples(client)
    assert (figures["model_refusals_total"], figures["model_swaps_total"], figures[f"model_info {make.first}"]) == (2, 0, 1)


def test_every_figure_says_what_it_is(client):
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    assert [family.name for family in families if not family.documentation] == []
    assert client.get("/metrics").content_type.startswith("text/plain; version=")
