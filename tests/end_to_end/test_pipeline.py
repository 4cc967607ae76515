"""`make train` and the versioning of data, in the real trainer container."""

import csv
import io
import os
import re
import subprocess

import pandas as pd
import pytest
import requests
import yaml

from running_stack import await_, commit_all, run_git

STAGES = ("load_data", "preprocess", "engineer_features", "train", "evaluate")
QUICK = ("epochs: 60", "epochs: 2")
NO_GATE = (
    ("minimum_skill_vs_naive: 0.0", "minimum_skill_vs_naive: -1.0"),
    ("maximum_mae_vs_har_calendar: 1.02", "maximum_mae_vs_har_calendar: 100"),
    ("maximum_coverage_error: 0.07", "maximum_coverage_error: 1"),
    ("maximum_mae_vs_served: 1.01", "maximum_mae_vs_served: 100"),
)
ANOTHER_ID = 4321


def stages_run(output: str) -> list[str]:
    return [
        line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage '")
    ]


def outputs(tree) -> dict[str, bytes]:
    folders = (tree / "data/interim", tree / "data/processed", tree / "artifacts", tree / "metrics")
    files = (
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.name != "gate.json"
    )
    return {str(path.relative_to(tree)): path.read_bytes() for path in files}


def test_with_nothing_changed_only_publish_runs_and_finds_nothing_to_do(stack):
    output = stack.make("train")
    assert stages_run(output) == ["publish"]
    assert "nothing to publish" in output


def test_two_trainings_from_scratch_give_the_same_metrics_and_the_same_model(stack):
    before = outputs(stack.tree)
    output = stack.trainer("dvc", "repro", "--force")
    assert stages_run(output) == [*STAGES, "publish"]
    assert "nothing to publish" in output
    after = outputs(stack.tree)
    assert [name for name in before if before[name] != after.get(name)] == []


def test_elsewhere_than_in_a_terminal_progress_is_plain_lines(stack):
    log = stack.compose("logs", "--no-log-prefix", "trainer") + stack.trainer(
        "dvc", "repro", "--force", "--single-item", "train"
    )
    assert "epoch 1 of 60: loss" in log
    assert "\b" not in log
    assert "\r" not in log.replace("\r\n", "\n")


def test_metrics_are_shown(stack):
    output = stack.make("metrics")
    shown = next(line.split() for line in output.splitlines() if line.startswith("this model"))
    metrics = stack.metrics()
    assert shown[2:] == [
        f"{metrics['mae']:,.0f}",
        f"{metrics['rmse']:,.0f}",
        f"{100 * metrics['mape']:.1f}",
        *shown[5:],
    ]
    assert all(f"\n{name} " in output for name in metrics["baselines"])


@pytest.fixture(scope="module")
def dirty_csv(stack) -> bytes:
    """A ticker of the default data in the shape of a Yahoo Finance export, with what such exports suffer from."""
    rows = [
        row
        for row in csv.reader(io.StringIO((stack.tree / "data/raw/stocks.csv").read_text()))
        if row[0] in ("Ticker", "IBM")
    ][:1500]
    for line in (50, 70, 130):
        rows[line] = [*rows[line][:2], "null", "null", "null", "null", "null", "null"]
    for line in (900, 1000):
        rows[line][6] = "0"
    rows[300][5] = str(float(rows[300][4]) - 1)  # a close below the low
    return "\n".join(",".join(row[1:]) for row in rows).encode()


def test_a_dirty_file_is_trained_on_reported_and_served(make_stack, dirty_csv, sample_csv):
    stack = make_stack("dirty", git=False)
    (stack.tree / "data/raw/dirty.csv").write_bytes(dirty_csv)
    stack.set_param("path: data/raw/stocks.csv", "path: data/raw/dirty.csv")
    for change in (QUICK, *NO_GATE):
        stack.set_param(*change)
    output = stack.make("train")
    assert "dropped 3 rows without any price or volume: lines 51, 71, 131" in output
    assert "dropped 2 rows with zero volume (nothing was traded): lines 901, 1001" in output
    assert "dropped 1 row whose Open or Close lies outside Low to High: line 301" in output
    assert stack.metrics("data_quality")["dropped"] == {
        "empty": 3,
        "zero_volume": 2,
        "contradictory": 1,
    }
    stack.compose("up", "--detach", "--build", "api", "frontend")
    stack.await_status("/readyz", 200)
    assert requests.get(f"{stack.url}/model", timeout=10).json()["model"]["data"]["tickers"] == [
        "DIRTY"
    ]
    assert stack.predict(sample_csv).status_code == 200


def test_bad_data_stop_training_with_every_problem_and_leave_the_model(stack):
    """In an unpacked archive or a clone alike: nothing is written, the page learns of it, the old model serves."""
    served, metrics = stack.store_file("CURRENT"), outputs(stack.tree)
    bad = stack.tree / "data/raw/bad.csv"
    bad.write_text(
        "Date,Open,High,Low,Close,Volume\n2020-01-02,1,2,1,x,5\n2020-01-03,1,2,3,1,-5\n2020-13-01,1,2,1,1,5\n"
    )
    params = (stack.tree / "params.yaml").read_text()
    try:
        stack.set_param("path: data/raw/stocks.csv", "path: data/raw/bad.csv")
        failed = stack.run("make", "train", check=False)
        output = failed.stdout + failed.stderr
        assert failed.returncode != 0
        assert (
            "data/raw/bad.csv: line 2, column Close: expected a number such as 1234.56, found 'x'"
            in output
        )
        assert (
            "data/raw/bad.csv: line 4, column Date: there is no such day as '2020-13-01'" in output
        )
        assert "Traceback" not in output
        status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
        assert (status["state"], status["stage"]) == ("failed", "load_data")
        assert "column Close" in status["error"]
        assert stack.store_file("CURRENT") == served
    finally:
        (stack.tree / "params.yaml").write_text(params)
        bad.unlink()
        stack.make("train")
    assert outputs(stack.tree) == metrics


def test_files_belong_to_the_caller_when_the_id_is_not_1000_and_the_umask_strict(make_stack):
    stack = make_stack("another-id")
    for change in (QUICK, *NO_GATE):
        stack.set_param(*change)

    def give_tree_to(owner: int) -> None:
        """As root in a container, since an ordinary user may not give files away."""
        image = ("--user", "0", "--volume", f"{stack.tree}:/tree", "python:3.13-slim-trixie")
        stack.run("docker", "run", "--rm", *image, "chown", "-R", str(owner), "/tree")

    stack.run("chmod", "-R", "go-rwx", "services")  # as a clone made under a strict umask
    give_tree_to(ANOTHER_ID)
    try:
        stack.compose("run", "--rm", "--build", "trainer", "dvc", "repro")
        written = [
            stack.tree / name
            for name in (
                "dvc.lock",
                "metrics/evaluation.json",
                "artifacts/model.onnx",
                ".dvc/cache/files",
            )
        ]
        owners = {path.name: path.stat().st_uid for path in written}
        everyone = {path.lstat().st_uid for path in stack.tree.rglob("*")}
    finally:
        give_tree_to(os.getuid())
    assert set(owners.values()) == {ANOTHER_ID}
    assert everyone == {ANOTHER_ID}


def test_a_user_s_data_are_versioned_shared_and_brought_back(
    make_stack, stack, dirty_csv, tmp_path_factory, monkeypatch
):
    """Added, trained on, pushed to a folder, pulled into a second clone: the same bytes, and nothing left to run."""
    remote = tmp_path_factory.mktemp("remote")
    monkeypatch.setenv("DVC_REMOTE_DIR", str(remote))
    first = make_stack("first")
    for change in (QUICK, *NO_GATE, ("path: data/raw/stocks.csv", "path: data/raw/mine.csv")):
        first.set_param(*change)
    mine = tmp_path_factory.mktemp("elsewhere") / "mine.csv"
    mine.write_bytes(dirty_csv)
    assert "data/raw/mine.csv is under DVC" in first.make("data-add", f"FILE={mine}")
    first.make("train")
    commit_all(first.tree, "Train on my data")
    first.make("data-push")
    tracked = run_git(first.tree, "ls-files").split()
    assert "data/raw/mine.csv.dvc" in tracked
    assert "data/raw/mine.csv" not in tracked

    second = make_stack("second", tree=first.tree.parent / "second-clone")
    subprocess.run(["git", "clone", "--quiet", str(first.tree), str(second.tree)], check=True)
    second.make("data-pull")
    assert (second.tree / "data/raw/mine.csv").read_bytes() == dirty_csv
    assert outputs(second.tree) == outputs(first.tree)
    assert stages_run(second.make("train")) == ["publish"]

    former = outputs(second.tree)
    second.set_param("epochs: 2", "epochs: 1")
    (second.tree / "data/raw/mine.csv").chmod(0o644)
    (second.tree / "data/raw/mine.csv").write_bytes(
        dirty_csv[: len(dirty_csv) * 9 // 10].rsplit(b"\n", 1)[0]
    )
    second.make("data-add", "FILE=data/raw/mine.csv")
    second.make("train")
    assert outputs(second.tree) != former
    commit_all(second.tree, "Fewer rows")
    run_git(second.tree, "checkout", "--quiet", "HEAD~1")
    second.compose("run", "--rm", "trainer", "dvc", "checkout")
    assert (second.tree / "data/raw/mine.csv").read_bytes() == dirty_csv
    assert outputs(second.tree) == former


def test_in_a_terminal_progress_is_a_bar(stack):
    output = stack.run_in_terminal(
        "docker",
        "compose",
        "run",
        "--rm",
        "trainer",
        "dvc",
        "repro",
        "--force",
        "--single-item",
        "train",
    )
    assert "Epoch 1/60" in output
    assert "━" in output
    assert "\b" in output
    assert stages_run(stack.make("train")) == ["publish"]


def test_every_figure_can_be_recomputed_from_the_written_forecasts(stack):
    rows = pd.read_csv(stack.tree / "data/processed/test_predictions.csv")
    metrics = stack.metrics()
    following = rows[rows["step"] == 1]
    assert set(metrics["by_ticker"]) == {"AAPL", "FB", "GOOG", "IBM", "MSFT"}
    assert list(metrics["by_step"]) == ["1", "2", "3", "4", "5"]
    losses = {
        name: (following[name] - following["actual"]).abs()
        for name in ("predicted", *metrics["baselines"])
    }
    assert losses["predicted"].mean() == pytest.approx(metrics["mae"])
    by_ticker = {name: loss.groupby(following["ticker"]).mean() for name, loss in losses.items()}
    for name, figures in metrics["skill"].items():
        assert (1 - by_ticker["predicted"] / by_ticker[name]).median() == pytest.approx(
            figures["value"]
        )
    for percent, figures in metrics["intervals"].items():
        held = following["actual"].between(
            following[f"lower_{percent}"], following[f"upper_{percent}"]
        )
        assert held.mean() == pytest.approx(figures["coverage"])


def test_plots_are_drawn_into_one_page(stack):
    output = stack.make("plots")
    page = (stack.tree / "dvc_plots/index.html").read_text()
    assert "dvc_plots/index.html" in output
    for title in yaml.safe_load((stack.tree / "dvc.yaml").read_text())["plots"]:
        assert next(iter(title)) in page


def test_a_model_that_fails_the_gate_is_not_published_and_the_report_says_why(stack):
    params, served = (stack.tree / "params.yaml").read_text(), stack.store_file("CURRENT")
    stack.set_param(
        "learning_rate: 0.004", "learning_rate: 0.003"
    )  # other content, else there is nothing to publish
    stack.set_param("minimum_skill_vs_naive: 0.0", "minimum_skill_vs_naive: 0.9")
    try:
        failed = stack.run("make", "train", check=False)
        assert failed.returncode != 0
        output = failed.stdout + failed.stderr
        assert "publish.minimum_skill_vs_naive in params.yaml asks for more than 0.9" in output
        assert "Traceback" not in output
        rules = stack.metrics("gate")["rules"]
        assert [name for name, rule in rules.items() if rule["passed"] is False] == [
            "skill_vs_naive"
        ]
        assert rules["mae_vs_served"]["value"] == pytest.approx(1, abs=0.05)
        assert stack.store_file("CURRENT") == served
        assert (
            "asks for more than 0.9"
            in requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]["error"]
        )
    finally:
        (stack.tree / "params.yaml").write_text(params)
        stack.make("train")
    assert stack.store_file("CURRENT") == served


def test_an_experiment_is_trained_and_not_published(stack):
    served = stack.store_file("CURRENT")
    commit_all(stack.tree, "Before the experiment")
    output = stack.trainer(
        "dvc",
        "exp",
        "run",
        "--name",
        "narrow",
        "-S",
        "train.units=8",
        "-S",
        "train.epochs=1",
        "train",
    )
    assert stages_run(output) == ["train"]
    assert stack.store_file("CURRENT") == served
    assert "narrow" in stack.trainer("dvc", "exp", "list", "--name-only")
    stack.trainer("dvc", "exp", "remove", "narrow")
    run_git(stack.tree, "checkout", "--quiet", ".")
    assert stages_run(stack.make("train"))[-1] == "publish"
    assert stack.store_file("CURRENT") == served


@pytest.fixture
def training(stack):
    """A training that runs, of another seed; the parameters and the model are put back."""
    params = (stack.tree / "params.yaml").read_text()
    stack.set_param("seed: 1", "seed: 2")
    container = f"{stack.project}-training"
    stack.compose("run", "--detach", "--name", container, "trainer", "dvc", "repro")

    def epoch(answer: requests.Response) -> bool:
        return (answer.json()["trainer"]["epoch"] or 0) > 1 and answer.json()["trainer"][
            "state"
        ] == "running"

    await_(lambda: requests.get(f"{stack.url}/model", timeout=10), epoch, 60)
    yield container
    stack.run("docker", "rm", "--force", container, check=False)
    (stack.tree / "params.yaml").write_text(params)
    stack.make("train")


def test_a_second_trainer_says_that_one_is_running_and_leaves_it_alone(stack, training):
    second = stack.run("make", "train", check=False)
    assert "already running" in second.stdout + second.stderr
    assert second.returncode != 0
    assert stack.run("docker", "wait", training).stdout.strip() == "0"


def test_a_trainer_that_is_stopped_reports_it_and_keeps_the_model(stack, training):
    served = stack.store_file("CURRENT")
    stack.run("docker", "stop", training)
    status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
    assert (status["state"], status["stage"]) == ("failed", "train")
    assert "stopped" in status["error"]
    assert stack.store_file("CURRENT") == served
    assert stack.metrics()["mae"] > 0  # nor are the last metrics lost


def test_42_a_trainer_that_was_killed_is_reported_at_once_and_the_next_one_goes_on_where_it_was(
    stack, training
):
    served, metrics = stack.store_file("CURRENT"), stack.metrics()
    stack.run("docker", "kill", training)
    status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
    assert (status["state"], status["stage"]) == ("failed", "train")
    assert "was killed; 'make train' goes on from where it was" in status["error"]
    assert (stack.store_file("CURRENT"), stack.metrics()) == (served, metrics)
    assert re.search(r"resumed after epoch \d+ of 60", stack.make("train"))
    assert requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]["state"] == "done"


def test_data_add_refuses_to_write_over_data(stack, tmp_path):
    before = (stack.tree / "data/raw/stocks.csv").read_bytes()
    (tmp_path / "stocks.csv").write_bytes(b"Date,Open\n")
    refused = stack.run("make", "data-add", f"FILE={tmp_path}/stocks.csv", check=False)
    assert refused.returncode != 0
    assert "data/raw/stocks.csv is there already, with other content" in refused.stderr
    assert (stack.tree / "data/raw/stocks.csv").read_bytes() == before


def test_data_add_takes_names_with_spaces(stack, tmp_path, dirty_csv):
    (tmp_path / "My Folder").mkdir()
    (tmp_path / "My Folder" / "my prices.csv").write_bytes(dirty_csv)
    stack.make("data-add", f"FILE={tmp_path}/My Folder/my prices.csv")
    added = stack.tree / "data/raw/my prices.csv"
    assert added.read_bytes() == dirty_csv
    assert added.with_suffix(".csv.dvc").exists()


def test_data_that_dvc_has_not_brought_are_said_to_be_missing(make_stack):
    stack = make_stack("missing", git=False)
    (stack.tree / "data/raw/mine.csv.dvc").write_text(
        "outs:\n- md5: 00000000000000000000000000000000\n  size: 1\n  path: mine.csv\n"
    )
    stack.set_param("path: data/raw/stocks.csv", "path: data/raw/mine.csv")
    failed = stack.run("make", "train", check=False)
    assert failed.returncode != 0
    assert (
        "data/raw/mine.csv is missing; 'make data-pull' brings it" in failed.stdout + failed.stderr
    )


def test_a_wrong_parameter_is_found_before_the_first_stage(stack):
    params = (stack.tree / "params.yaml").read_text()
    stack.set_param("epochs: 60", "epochs: sixty")
    failed = stack.run("make", "train", check=False)
    (stack.tree / "params.yaml").write_text(params)
    assert (
        "train.epochs: expected a whole number from 1 to 100000, found 'sixty'"
        in failed.stdout + failed.stderr
    )
    assert stages_run(failed.stdout + failed.stderr) == []
    assert "sixty" in requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]["error"]
    stack.make("train")
