"""dvc.yaml, the modules, params.yaml and the names in the log are four views of one pipeline."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from training import paths
from training.params import SECTIONS

NAMES = ("load_data", "preprocess", "engineer_features", "train", "evaluate", "publish")
# Modules whose code changes a stage's results; the others hold types, messages or file formats.
COMPUTING = {"csv_table", "schema", "features", "windows", "scaling", "forecasting"}


@pytest.fixture(scope="module")
def dvc(repository) -> dict:
    """dvc.yaml with the variables that name folders filled in."""
    text = (repository / "dvc.yaml").read_text()
    for variable in yaml.safe_load(text)["vars"]:
        for name, value in variable.items():
            text = text.replace(f"${{{name}}}", value)
    return yaml.safe_load(text)["stages"]


def sources(repository) -> dict[str, str]:
    return {path.stem: path.read_text() for path in (repository / "services/trainer/training").glob("*.py")}


def listed(entries: list) -> list[str]:
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def written(stage: dict) -> list[str]:
    return [path for kind in ("outs", "metrics", "plots") for path in listed(stage.get(kind, []))]


def test_dvc_yaml_has_the_six_stages_in_order(dvc):
    assert tuple(dvc) == NAMES


def test_each_module_that_runs_a_stage_is_called_like_its_stage(repository):
    runs = {name: re.findall(r'stage\.run\("(\w+)", main\)', source) for name, source in sources(repository).items()}
    assert {name: found for name, found in runs.items() if found} == {name: [name] for name in NAMES}


def test_params_yaml_has_one_section_per_stage(repository):
    assert tuple(yaml.safe_load((repository / "params.yaml").read_text())) == NAMES


def test_each_section_has_a_dataclass():
    assert tuple(SECTIONS.values()) == NAMES


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
    named = {str(value) for value in vars(paths).values() if isinstance(value, Path)} - {str(paths.PARAMS), str(paths.DVC_LOCK)}
    assert sorted(path for stage in dvc.values() for path in written(stage)) == sorted(named)


@pytest.mark.parametrize("name", NAMES)
def test_all_that_a_stage_depends_on_exists_or_is_written_by_an_earlier_stage(dvc, repository, name):
    earlier = {path for before in NAMES[: NAMES.index(name)] for path in written(dvc[before])}
    rest = [path for path in dvc[name]["deps"] if path not in earlier and not path.startswith("${")]
    assert [path for path in rest if not (repository / path).is_file()] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "publish"])
def test_a_stage_depends_on_the_contract_modules_that_compute_for_it(dvc, repository, name):
    deps = dvc[name]["deps"]
    own = [repository / path for path in deps if path.startswith("services/trainer/training/")]
    trees = [ast.parse(path.read_text()) for path in own]
    imported = {node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    used = {module.removeprefix("model_contract.") for module in imported if module.startswith("model_contract.")} & COMPUTING
    assert used <= {Path(path).stem for path in deps if path.startswith("model_contract/")}


def test_publish_always_runs(dvc):
    assert dvc["publish"]["always_changed"] is True


def test_publish_has_no_output_that_dvc_could_remove(dvc):
    assert written(dvc["publish"]) == []


def test_metrics_and_plots_are_kept_in_git_and_not_in_the_cache(dvc):
    entries = [entry for stage in dvc.values() for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, [])]
    cached = [path for path in entries if isinstance(path, str)]
    assert [path for path in cached if path.startswith("metrics/")] == []
