"""The map in docs/architecture.md and the import rules in pyproject.toml match the code."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "model_contract": "model_contract/src",
    "model_contract.reading": "model_contract/src",
    "model_contract.model.inputs": "model_contract/src",
    "prediction_api": "services/api",
    "training": "services/trainer",
    "forecast_loop": "services/scheduler",
}


def test_imports_follow_the_rules():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_the_map_shows_the_layers_of_the_rules():
    assert map_of_the_document() == layers_of_the_rules()


def layers_of_the_rules() -> dict[str, list[set[str]]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return {
        contract["name"]: [names_of(layer) for layer in contract["layers"]]
        for contract in contracts
        if contract["type"] == "layers"
    }


def map_of_the_document() -> dict[str, list[set[str]]]:
    """Read each package's layers: its name is indented by four spaces, each layer by eight."""
    text = (ROOT / "docs/architecture.md").read_text()
    shown: dict[str, list[set[str]]] = {}
    package = ""
    for line in text.splitlines():
        if found := re.match(rf" {{4}}({'|'.join(PACKAGES)})(?![.\w])", line):
            package = found[1]
            shown[package] = []
        elif package and (found := re.match(r" {8}(\w+(?: \| \w+)*)", line)):
            shown[package].append(names_of(found[1]))
        elif line.strip():
            package = ""
    return shown


def names_of(layer: str) -> set[str]:
    return {name.strip() for name in layer.split("|")}
