"""The first start: clone the repository and run `docker compose up`."""

import time

import requests

from answers import assert_problem


def test_without_a_model_the_api_is_alive(first_start):
    assert first_start.before_model["/healthz"].status_code == 200


def test_without_a_model_it_is_not_ready_and_says_what_to_do(first_start):
    answer = first_start.before_model["/readyz"]
    assert "make train" in assert_problem(answer, 503, "no_model")["detail"]


def test_without_a_model_a_forecast_is_a_503_that_says_what_to_do(first_start):
    answer = first_start.before_model["/predict"]
    assert "make train" in assert_problem(answer, 503, "no_model")["detail"]
    assert int(answer.headers["Retry-After"]) > 0


def test_without_a_model_no_facts_are_reported(first_start):
    answer = first_start.before_model["/model"]
    assert (answer.status_code, answer.json()["model"]) == (200, None)


def test_training_reports_its_stages_and_epochs_while_it_runs(first_start):
    states = [seen["trainer"] for seen in first_start.while_training if seen["trainer"]]
    with_epochs = [state for state in states if state["epoch"]]
    assert len({state["epoch"] for state in with_epochs if state["stage"] == "train"}) >= 2
    assert all(state["eta_seconds"] >= 0 for state in with_epochs)


def test_progress_is_plain_lines_without_a_terminal(first_start):
    log = first_start.training_log
    assert "epoch 1 of 5: loss" in log
    assert "\b" not in log
    assert "\r" not in log.replace("\r\n", "\n")


def test_after_training_the_status_is_done(stack):
    status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
    assert (status["state"], status["error"]) == ("done", None)


def test_the_api_serves_the_first_model_without_a_restart(first_start):
    assert first_start.api["RestartCount"] == 0
    assert first_start.api["State"]["StartedAt"] < first_start.model["trained_at"]


def test_metrics_are_in_shares_next_to_the_naive_forecast(stack):
    metrics = stack.metrics()
    assert {"mae", "mse", "rmse", "r2"} <= metrics.keys()
    assert metrics["mae"] < metrics["baselines"]["naive"]["mae"]
    assert 1e5 < metrics["mae"] < 1e8


def test_everything_that_training_wrote_belongs_to_the_caller(stack):
    owner = stack.tree.stat().st_uid
    assert [path for path in stack.tree.rglob("*") if path.lstat().st_uid != owner] == []


def test_compose_up_with_a_published_model_serves_within_seconds(stack):
    before = stack.store_file("CURRENT")
    stack.compose("down")
    started = time.monotonic()
    stack.compose("up", "--detach")
    stack.await_status("/readyz", 200, seconds=60)
    assert time.monotonic() - started < 60
    assert stack.run("docker", "wait", stack.inspect("trainer")["Id"]).stdout.strip() == "0"
    assert "is published" in stack.compose("logs", "trainer")
    assert stack.store_file("CURRENT") == before
