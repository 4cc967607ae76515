"""dvc.yaml, the modules, params.yaml and the names in the log are four views of one pipeline."""

import ast
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from training import paths
from training.params import SECTIONS

NAMES = ("load_data", "preprocess", "engineer_features", "train", "evaluate", "publish")
# publish always runs, so what it depends on only says what else must run before.
CACHED = tuple(name for name in NAMES if name != "publish")
# Modules of the contract whose code changes a stage's results; the others hold types, messages or file formats.
COMPUTING = {
    "csv_table",
    "features",
    "forecasting",
    "intervals",
    "market_calendar",
    "scaling",
    "schema",
    "splits",
    "windows",
}
# Modules of the trainer whose code does not.
NOT_COMPUTING = {"errors", "json_files", "params", "paths", "progress", "stage", "status"}
# Names that modules lend one another, such as TEST or PRICE_COLUMNS, compute nothing.
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
# They take seconds to import and a gigabyte to install.
HEAVY = {"keras", "tensorflow", "dvclive"}


@pytest.fixture(scope="module")
def whole(repository) -> dict:
    """dvc.yaml with the variables that name folders filled in."""
    text = (repository / "dvc.yaml").read_text()
    for variable in yaml.safe_load(text)["vars"]:
        for name, value in variable.items():
            text = text.replace(f"${{{name}}}", value)
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def dvc(whole) -> dict:
    """Its stages."""
    return whole["stages"]


@pytest.fixture(scope="module")
def imports(repository) -> dict[str, set[tuple[str, str]]]:
    """What each module of the trainer imports, anywhere in it: module, and the name that is taken from it ("" for all)."""
    return {name: imported(source) for name, source in sources(repository).items()}


def imported(source: str) -> set[tuple[str, str]]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "training":
            found |= {(f"training.{alias.name}", "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {(node.module, alias.name) for alias in node.names}
    return found


def reached(
    imports: dict[str, set[tuple[str, str]]], name: str, computing: bool = False
) -> set[str]:
    """The module `name` of the trainer and all of its modules that it imports, directly or not; or those that compute for it."""
    seen, waiting = set(), {name}
    while waiting:
        seen |= waiting
        waiting = {
            module.removeprefix("training.")
            for known in waiting
            for module, taken in imports[known]
            if module.startswith("training.") and not (computing and CONSTANT.fullmatch(taken))
        } - seen
        waiting -= NOT_COMPUTING if computing else set()
    return seen


def sources(repository) -> dict[str, str]:
    return {
        path.stem: path.read_text()
        for path in (repository / "services/trainer/training").glob("*.py")
    }


def listed(entries: list) -> list[str]:
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def written(stage: dict) -> list[str]:
    return [path for kind in ("outs", "metrics", "plots") for path in listed(stage.get(kind, []))]


def test_dvc_yaml_has_the_six_stages_in_order(dvc):
    assert tuple(dvc) == NAMES


def test_each_module_that_runs_a_stage_is_called_like_its_stage(repository):
    runs = {
        name: re.findall(r'stage\.run\("(\w+)", main\)', source)
        for name, source in sources(repository).items()
    }
    assert {name: found for name, found in runs.items() if found} == {
        name: [name] for name in NAMES
    }


def test_params_yaml_has_one_section_per_stage_and_then_that_of_the_backtest(repository):
    assert tuple(yaml.safe_load((repository / "params.yaml").read_text())) == (*NAMES, "backtest")


def test_each_section_has_a_dataclass():
    assert tuple(SECTIONS.values()) == (*NAMES, "backtest")


def test_no_stage_depends_on_how_the_backtest_is_cut(dvc):
    assert [
        name
        for name in NAMES
        if any(listed.startswith("backtest") for listed in dvc[name]["params"])
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_every_section_of_params_that_it_reads(dvc, repository, name):
    read = re.findall(r"load_params\((\w+)\)", sources(repository)[name])
    wanted = {section for dataclass, section in SECTIONS.items() if dataclass.__name__ in read}
    assert wanted == {entry.split(".")[0] for entry in dvc[name]["params"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_runs_its_module(dvc, name):
    assert dvc[name]["cmd"] == f"python -m training.{name}"


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_its_module(dvc, name):
    assert f"services/trainer/training/{name}.py" in dvc[name]["deps"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_its_section_of_params(dvc, name):
    assert name in dvc[name]["params"]


def test_what_stages_write_is_what_the_paths_name(dvc):
    named = {str(value) for value in vars(paths).values() if isinstance(value, Path)} - {
        str(paths.PARAMS),
        str(paths.DVC_LOCK),
    }
    assert sorted(path for stage in dvc.values() for path in written(stage)) == sorted(named)


@pytest.mark.parametrize("name", NAMES)
def test_all_that_a_stage_depends_on_exists_or_is_written_by_an_earlier_stage(
    dvc, repository, name
):
    earlier = {path for before in NAMES[: NAMES.index(name)] for path in written(dvc[before])}
    rest = [path for path in dvc[name]["deps"] if path not in earlier and not path.startswith("${")]
    assert [path for path in rest if not (repository / path).is_file()] == []


@pytest.mark.parametrize("name", CACHED)
def test_a_stage_depends_on_the_trainer_s_modules_that_compute_for_it(dvc, imports, name):
    named = {
        Path(path).stem
        for path in dvc[name]["deps"]
        if path.startswith("services/trainer/training/")
    }
    assert reached(imports, name, computing=True) == named


@pytest.mark.parametrize("name", CACHED)
def test_a_stage_depends_on_the_contract_modules_that_compute_for_it(dvc, imports, name):
    own = reached(imports, name, computing=True)
    used = {
        module.removeprefix("model_contract.")
        for known in own
        for module, _ in imports[known]
        if module.startswith("model_contract.")
    }
    assert used & COMPUTING <= {
        Path(path).stem for path in dvc[name]["deps"] if path.startswith("model_contract/")
    }


def test_what_reads_histories_depends_on_how_their_cells_are_read_and_their_splits_restated(dvc):
    reading = {"csv_arrow.py", "csv_table.py", "csv_values.py", "schema.py", "splits.py"}
    assert reading <= {Path(path).name for path in dvc["load_data"]["deps"]}


def test_only_train_needs_keras(imports):
    heavy = {
        name
        for name in NAMES
        if any(
            module.split(".")[0] in HEAVY
            for own in reached(imports, name)
            for module, _ in imports[own]
        )
    }
    assert heavy == {"train"}


def test_the_contract_needs_numpy_and_arrow_alone(repository):
    contract = [
        imported(path.read_text())
        for path in (repository / "model_contract/src/model_contract").glob("*.py")
    ]
    roots = {module.split(".")[0] for found in contract for module, _ in found}
    assert roots - set(sys.stdlib_module_names) == {"numpy", "pyarrow", "model_contract"}


def test_publish_always_runs(dvc):
    assert dvc["publish"]["always_changed"] is True


def test_publish_has_no_output_that_dvc_could_remove(dvc):
    assert written(dvc["publish"]) == []


def test_metrics_and_plots_are_kept_in_git_and_not_in_the_cache(dvc):
    entries = [
        entry
        for stage in dvc.values()
        for kind in ("outs", "metrics", "plots")
        for entry in stage.get(kind, [])
    ]
    cached = [path for path in entries if isinstance(path, str)]
    assert [path for path in cached if path.startswith("metrics/")] == []


def drawn(whole: dict) -> dict[str, set[str]]:
    """The columns that `make plots` draws, by table."""
    tables: dict[str, set[str]] = {}
    for plot in whole["plots"]:
        (settings,) = plot.values()
        for table, columns in settings["y"].items():
            tables.setdefault(table, {settings["x"]}).update(
                [columns] if isinstance(columns, str) else columns
            )
    return tables


def test_what_is_drawn_is_written_by_a_stage_or_by_the_backtest(whole, dvc):
    known = [path for stage in dvc.values() for path in written(stage)]
    assert {table for table in drawn(whole) if not table.startswith(tuple(known))} == {
        "metrics/plots/backtest.csv"
    }


def test_every_table_of_plots_is_drawn(whole, dvc):
    tables = [
        path
        for stage in dvc.values()
        for path in written(stage)
        if path.startswith("metrics/plots/")
    ]
    assert [
        path for path in tables if not any(table.startswith(path) for table in drawn(whole))
    ] == []


def test_the_tables_hold_the_columns_that_are_drawn(whole, in_finished):
    tables = {
        table: columns
        for table, columns in drawn(whole).items()
        if table != "metrics/plots/backtest.csv"
    }
    for table, columns in tables.items():
        assert columns <= set(
            pd.read_csv(table, sep="\t" if table.endswith(".tsv") else ",").columns
        )


def test_every_template_of_a_plot_is_there(whole, repository):
    named = {
        settings["template"]
        for plot in whole["plots"]
        for settings in plot.values()
        if "template" in settings
    }
    assert {path.stem for path in (repository / ".dvc/plots").glob("*.json")} == named
