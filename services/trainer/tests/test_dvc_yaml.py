"""dvc.yaml, the modules, params.yaml and the command line describe the same pipeline."""

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from training import paths
from training.__main__ import STAGES
from training.params import SECTIONS

NAMES = tuple(STAGES)
PACKAGES = {
    "training": "services/trainer/training",
    "model_contract": "model_contract/src/model_contract",
}
# Code that cannot change what a stage writes, apart from messages and status.
NOT_COMPUTING = (
    "training.data_files",
    "training.errors",
    "training.params",
    "training.paths",
    "training.running",
    "training.store",
    "model_contract.arrays",
    "model_contract.deadline",
    "model_contract.errors",
    "model_contract.messages",
    "model_contract.prices",
    "model_contract.store.durable",
)
# Modules whose constants are only names, such as TEST or PRICE_COLUMNS.
LABELS = {"training.panel", "training.split"}
BACKTESTS = (paths.BACKTEST_METRICS, paths.REFERENCE_BACKTEST)
# Files of `paths` that DVC doesn't track, by the stage that uses them.
UNTRACKED = {name: set() for name in NAMES} | {
    "train": {str(paths.CHECKPOINTS)},
    "publish": {str(paths.DVC_LOCK), *map(str, BACKTESTS)},
}
# They take seconds to import and a gigabyte to install.
HEAVY = {"keras", "tensorflow", "dvclive"}


@pytest.fixture(scope="module")
def dvc_yaml(repository) -> dict:
    """The content of dvc.yaml, with the folder variables filled in."""
    text = (repository / "dvc.yaml").read_text()
    for variable in yaml.safe_load(text)["vars"]:
        for name, value in variable.items():
            text = text.replace(f"${{{name}}}", value)
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def dvc(dvc_yaml) -> dict:
    """The stages of dvc.yaml."""
    return dvc_yaml["stages"]


@pytest.fixture(scope="module")
def modules(repository) -> dict[str, Path]:
    """The file of each module of the trainer and the contract, by dotted name."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in (repository / folder).rglob("*.py"):
            parts = path.relative_to(repository / folder).with_suffix("").parts
            found[".".join((package, *parts)).removesuffix(".__init__")] = path
    return found


@pytest.fixture(scope="module")
def imports(modules) -> dict[str, set[str]]:
    """The imports of each module, including imports inside functions."""
    return {name: imported(path.read_text(), modules) for name, path in modules.items()}


def imported(source: str, modules: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if node.module in LABELS and alias.name.isupper():
                    continue
                full = f"{node.module}.{alias.name}"
                found.add(full if full in modules else node.module)
    return found


def reached(
    imports: dict[str, set[str]], name: str, follow: Callable[[str], bool] = lambda _: True
) -> set[str]:
    """Find `name` and all modules that it imports, directly or not, if `follow` accepts them."""
    seen: set[str] = set()
    waiting = {name}
    while waiting:
        seen |= waiting
        found = {module for known in waiting for module in imports.get(known, ())}
        waiting = {module for module in found - seen if follow(module)}
    return seen


def computes(module: str) -> bool:
    return module.split(".")[0] in PACKAGES and not any(
        module == name or module.startswith(f"{name}.") for name in NOT_COMPUTING
    )


def listed(entries: list) -> list[str]:
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def written(stage: dict) -> list[str]:
    return [path for kind in ("outs", "metrics", "plots") for path in listed(stage.get(kind, []))]


def test_dvc_yaml_has_the_stages_of_the_command_line_in_order(dvc):
    assert tuple(dvc) == NAMES


def test_each_stage_has_a_module_of_its_name(modules):
    found = {name for name in modules if name.startswith("training.stages.")}
    assert found == {f"training.stages.{name}" for name in NAMES}


def test_params_yaml_has_a_section_per_stage_and_one_for_the_backtest(repository):
    assert tuple(yaml.safe_load((repository / "params.yaml").read_text())) == (*NAMES, "backtest")


def test_each_section_has_a_dataclass():
    assert tuple(SECTIONS.values()) == (*NAMES, "backtest")


def test_no_stage_depends_on_the_backtest_section(dvc):
    entries = [entry for name in NAMES for entry in dvc[name]["params"]]
    assert [entry for entry in entries if entry.startswith("backtest")] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_the_params_that_it_reads(dvc, modules, name):
    source = modules[f"training.stages.{name}"].read_text()
    read = re.findall(r"load_params\((\w+)\)", source)
    wanted = {section for dataclass, section in SECTIONS.items() if dataclass.__name__ in read}
    assert wanted == {entry.split(".")[0] for entry in dvc[name]["params"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_runs_through_the_command_line(dvc, name):
    assert dvc[name]["cmd"] == f"python -m training {name}"


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_its_section_of_params(dvc, name):
    assert name in dvc[name]["params"]


def test_stages_write_the_files_that_paths_names(dvc):
    elsewhere = paths.PARAMS, paths.DVC_LOCK, paths.CHECKPOINTS, *BACKTESTS
    others = {str(path) for path in elsewhere}
    named = {str(value) for value in vars(paths).values() if isinstance(value, Path)} - others
    assert sorted(path for stage in dvc.values() for path in written(stage)) == sorted(named)


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_files_that_exist_or_are_written_earlier(dvc, repository, name):
    earlier = {path for before in NAMES[: NAMES.index(name)] for path in written(dvc[before])}
    rest = [path for path in dvc[name]["deps"] if path not in earlier and not path.startswith("${")]
    assert [path for path in rest if not (repository / path).is_file()] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_exactly_the_code_that_it_runs(dvc, imports, modules, repository, name):
    code = {path for path in dvc[name]["deps"] if path.endswith(".py")}
    run = reached(imports, f"training.stages.{name}", computes)
    assert code == {str(modules[module].relative_to(repository)) for module in run}


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_the_files_that_it_reads(dvc, imports, modules, name):
    """A stage names only the files that it reads or writes, and so does the code that it runs."""
    run = reached(imports, f"training.stages.{name}", computes)
    named = {path for module in run for path in named_paths(modules[module].read_text())}
    known = {*dvc[name]["deps"], *written(dvc[name])}
    assert named - known == UNTRACKED[name]


def named_paths(source: str) -> set[str]:
    """The files of `training.paths` that a module names."""
    found = {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "training.paths"
        for alias in node.names
    }
    found |= set(re.findall(r"\bpaths\.([A-Z_]+)", source))
    return {str(getattr(paths, name)) for name in found}


def test_only_train_needs_keras(imports):
    heavy = {
        name
        for name in NAMES
        if {module.split(".")[0] for module in reached(imports, f"training.stages.{name}")} & HEAVY
    }
    assert heavy == {"train"}


def test_the_contract_needs_only_a_few_packages(imports):
    used = set().union(*(found for name, found in imports.items() if "model_contract" in name))
    roots = {module.split(".")[0] for module in used} - set(sys.stdlib_module_names)
    assert roots == {"numpy", "pyarrow", "python_calamine", "onnxruntime", "model_contract"}


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


def plotted_columns(dvc_yaml: dict) -> dict[str, set[str]]:
    """The plotted columns, by table."""
    tables: dict[str, set[str]] = {}
    for plot in dvc_yaml["plots"]:
        (settings,) = plot.values()
        for table, columns in settings["y"].items():
            tables.setdefault(table, {settings["x"]}).update(
                [columns] if isinstance(columns, str) else columns
            )
    return tables


def test_plotted_tables_are_written_by_a_stage_or_the_backtest(dvc_yaml, dvc):
    known = [path for stage in dvc.values() for path in written(stage)]
    assert {table for table in plotted_columns(dvc_yaml) if not table.startswith(tuple(known))} == {
        "metrics/plots/backtest.csv"
    }


def test_every_table_for_plots_is_plotted(dvc_yaml, dvc):
    tables = [
        path
        for stage in dvc.values()
        for path in written(stage)
        if path.startswith("metrics/plots/")
    ]
    assert [
        path
        for path in tables
        if not any(table.startswith(path) for table in plotted_columns(dvc_yaml))
    ] == []


def test_the_tables_have_the_plotted_columns(dvc_yaml, in_finished):
    tables = {
        table: columns
        for table, columns in plotted_columns(dvc_yaml).items()
        if table != "metrics/plots/backtest.csv"
    }
    for table, columns in tables.items():
        assert columns <= set(
            pd.read_csv(table, sep="\t" if table.endswith(".tsv") else ",").columns
        )


def test_every_plot_template_exists(dvc_yaml, repository):
    named = {
        settings["template"]
        for plot in dvc_yaml["plots"]
        for settings in plot.values()
        if "template" in settings
    }
    assert {path.stem for path in (repository / ".dvc/plots").glob("*.json")} == named
