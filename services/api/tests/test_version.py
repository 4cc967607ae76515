"""All parts of the project have the same version number."""

import json
import tomllib
from pathlib import Path

import pytest

from prediction_api.version import VERSION

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("folder", ["model_contract", "services/api", "services/trainer"])
def test_every_python_package_has_the_version_of_the_api(folder):
    project = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_the_page_has_the_version_of_the_api():
    package = json.loads((REPOSITORY / "services/frontend/package.json").read_text())
    assert package["version"] == VERSION


def test_the_contract_has_the_version_of_the_api(client):
    assert client.get("/openapi.json").json["info"]["version"] == VERSION
