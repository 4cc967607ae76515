"""`make train`, its metrics and plots, and experiments."""

import pandas as pd
import pytest
import requests
import yaml

from pipeline_outputs import STAGES, keep_results_in_git, outputs, stages_run
from running_stack import run_git

REPRO_FORCE = ("docker", "compose", "run", "--rm", "trainer", "dvc", "repro", "--force")


@pytest.fixture(scope="module")
def second_training(stack):
    """The files before training from scratch, its terminal output, and the files after it."""
    before = outputs(stack.tree)
    output = stack.run_in_terminal(*REPRO_FORCE)
    return before, output, outputs(stack.tree)


def test_with_nothing_changed_only_publish_runs(stack):
    output = stack.make("train")
    assert stages_run(output) == ["publish"]
    assert "nothing to publish" in output


def test_training_leaves_the_clone_clean(stack):
    assert (stack.tree / "metrics/evaluation.json").exists()
    assert run_git(stack.tree, "status", "--porcelain") == ""


def test_two_trainings_from_scratch_write_the_same_files(second_training):
    before, output, after = second_training
    assert stages_run(output) == [*STAGES, "publish"]
    assert "nothing to publish" in output
    assert [name for name in before if before[name] != after.get(name)] == []


def test_progress_is_a_bar_in_a_terminal(second_training):
    _, output, _ = second_training
    assert "Epoch 1/5" in output
    assert "━" in output
    assert "\b" in output


def test_make_metrics_shows_the_metrics(stack):
    output, metrics = stack.make("metrics"), stack.metrics()
    shown = next(line.split() for line in output.splitlines() if line.startswith("this model"))
    mae, rmse, mape = metrics["mae"], metrics["rmse"], 100 * metrics["mape"]
    assert shown[2:5] == [f"{mae:,.0f}", f"{rmse:,.0f}", f"{mape:.1f}"]
    assert all(f"\n{name} " in output for name in metrics["baselines"])


def test_metrics_can_be_recomputed_from_the_written_forecasts(stack):
    rows = pd.read_parquet(stack.tree / "data/processed/test_predictions.parquet")
    next_day, metrics = rows[rows["step"] == 1], stack.metrics()
    assert set(metrics["by_ticker"]) == {"AAPL", "FB", "GOOG", "IBM", "MSFT"}
    assert list(metrics["by_step"]) == ["1", "2", "3", "4", "5"]
    forecasts = ("predicted", *metrics["baselines"])
    losses = {name: (next_day[name] - next_day["actual"]).abs() for name in forecasts}
    assert losses["predicted"].mean() == pytest.approx(metrics["mae"])
    by_ticker = {name: loss.groupby(next_day["ticker"]).mean() for name, loss in losses.items()}
    for name, skill in metrics["skill"].items():
        ratio = by_ticker["predicted"] / by_ticker[name]
        assert (1 - ratio).median() == pytest.approx(skill["value"])
    for percent, interval in metrics["intervals"].items():
        lower, upper = next_day[f"lower_{percent}"], next_day[f"upper_{percent}"]
        covered = next_day["actual"].between(lower, upper)
        assert covered.mean() == pytest.approx(interval["coverage"])


def test_make_plots_writes_one_page(stack):
    output = stack.make("plots")
    page = (stack.tree / "dvc_plots/index.html").read_text()
    assert "dvc_plots/index.html" in output
    assert "One plot needs the results of make backtest." in output
    for title in yaml.safe_load((stack.tree / "dvc.yaml").read_text())["plots"]:
        assert (next(iter(title)) in page) == ("make backtest" not in next(iter(title)))


def test_an_invalid_parameter_is_found_before_the_first_stage(stack):
    with stack.changed_params(("epochs: 5", "epochs: sixty")):
        failed = stack.run("make", "train", check=False)
    output = failed.stdout + failed.stderr
    assert "train.epochs: expected a whole number from 1 to 100000, found 'sixty'" in output
    assert stages_run(output) == []
    assert "sixty" in requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]["error"]
    stack.make("train")


def test_a_model_that_fails_the_gate_is_reported_and_not_published(stack):
    served = stack.store_file("CURRENT")
    changes = (
        # A different model, because otherwise there is nothing to publish.
        ("epochs: 5", "epochs: 2"),
        ("minimum_skill_vs_naive: 0.0", "minimum_skill_vs_naive: 0.9"),
    )
    with stack.changed_params(*changes):
        failed = stack.run("make", "train", check=False)
        rules = stack.metrics("gate")["rules"]
        status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "publish.minimum_skill_vs_naive in params.yaml requires more than 0.9" in output
    assert "Traceback" not in output
    assert [name for name, rule in rules.items() if rule["passed"] is False] == ["skill_vs_naive"]
    assert rules["mae_vs_served"]["value"] == pytest.approx(1, abs=0.05)
    assert "requires more than 0.9" in status["error"]
    assert stack.store_file("CURRENT") == served
    stack.make("train")
    assert stack.store_file("CURRENT") == served


def test_an_experiment_is_trained_but_not_published(stack):
    served, former = stack.store_file("CURRENT"), run_git(stack.tree, "rev-parse", "HEAD").strip()
    keep_results_in_git(stack.tree)
    settings = ("-S", "train.units=8", "-S", "train.epochs=1")
    output = stack.trainer("dvc", "exp", "run", "--name", "narrow", *settings, "train")
    assert stages_run(output) == ["train"]
    assert stack.store_file("CURRENT") == served
    assert "narrow" in stack.trainer("dvc", "exp", "list", "--name-only")
    stack.trainer("dvc", "exp", "remove", "narrow")
    run_git(stack.tree, "checkout", "--quiet", ".")
    run_git(stack.tree, "reset", "--quiet", former)  # the files stay
    run_git(stack.tree, "checkout", "--quiet", ".gitignore")
    assert stages_run(stack.make("train"))[-1] == "publish"
    assert stack.store_file("CURRENT") == served
