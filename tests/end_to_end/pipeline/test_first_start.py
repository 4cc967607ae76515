"""What a person sees who clones the repository and types `docker compose up`."""

import time

import requests


def test_without_a_model_the_api_is_alive(stack):
    assert stack.before_model["/healthz"].status_code == 200


def test_without_a_model_it_is_not_ready_and_says_what_to_do(stack):
    answer = stack.before_model["/readyz"]
    assert answer.status_code == 503
    assert "make train" in answer.json()["detail"]


def test_without_a_model_a_forecast_is_a_503_that_says_what_to_do(stack):
    answer = stack.before_model["/predict"]
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert "make train" in answer.json()["detail"]


def test_without_a_model_the_facts_say_so(stack):
    assert stack.before_model["/model"].status_code == 200
    assert stack.before_model["/model"].json()["model"] is None


def test_training_reports_its_stages_and_epochs_while_it_runs(stack):
    statuses = [seen["trainer"] for seen in stack.seen_while_training if seen["trainer"]]
    epochs = {
        status["epoch"] for status in statuses if status["stage"] == "train" and status["epoch"]
    }
    assert len(epochs) >= 2
    assert all(status["eta_seconds"] >= 0 for status in statuses if status["epoch"])


def test_after_training_the_status_is_done(stack):
    status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
    assert (status["state"], status["error"]) == ("done", None)


def test_the_api_took_up_the_model_without_a_restart(stack):
    state = stack.inspect("api")
    assert state["RestartCount"] == 0
    first_log_line = stack.compose("logs", "--no-log-prefix", "--timestamps", "api").split()[0]
    assert (
        first_log_line
        < requests.get(f"{stack.url}/model", timeout=10).json()["model"]["trained_at"]
    )


def test_training_wrote_metrics_in_shares_beside_the_naive_forecast(stack):
    metrics = stack.metrics()
    assert {"mae", "mse", "rmse", "r2"} <= metrics.keys()
    assert metrics["mae"] < metrics["baselines"]["naive"]["mae"]
    assert 1e5 < metrics["mae"] < 1e8


def test_all_that_training_wrote_belongs_to_the_caller(stack):
    owner = stack.tree.stat().st_uid
    strangers = [path for path in stack.tree.rglob("*") if path.lstat().st_uid != owner]
    assert not strangers


def test_with_a_model_published_up_serves_within_seconds(stack):
    before = stack.store_file("CURRENT")
    stack.compose("down")
    started = time.monotonic()
    stack.compose("up", "--detach")
    stack.await_status("/readyz", 200, seconds=60)
    assert time.monotonic() - started < 60
    assert stack.run("docker", "wait", stack.inspect("trainer")["Id"]).stdout.strip() == "0"
    assert "is published" in stack.compose("logs", "trainer")
    assert stack.store_file("CURRENT") == before
