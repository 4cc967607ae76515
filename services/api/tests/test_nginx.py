"""nginx exposes the API's endpoints, and its own errors match the API's."""

import json
import re
from pathlib import Path

import pytest

from model_contract.messages.catalog import CODES
from model_contract.messages.requests import HOST_UNKNOWN, PROXY_CODES

FOLDER = Path(__file__).parents[2] / "frontend" / "nginx"
PROBLEMS = (FOLDER / "problems.conf").read_text()
ADDRESSES = re.search(r"^location ~ (\^\S+\$) {$", (FOLDER / "api.conf").read_text(), re.M)[1]
SETTINGS = {"MAX_UPLOAD_MB": 64, "CLIENT_REQUESTS_PER_SECOND": 50, "CLIENT_CONNECTIONS": 100}


def nginx_map(variable):
    """The cases of a map in problems.conf, in order, with settings filled in."""
    block = re.search(rf"^map \S+ \${variable} {{\n(.*?)^}}", PROBLEMS, re.M | re.S)[1]
    for name, value in SETTINGS.items():
        block = block.replace(f"${{{name}}}", str(value))
    cases = re.findall(r"""^ +(\S+) +(?:"(.*)"|'(.*)'|(\S+));$""", block, re.M)
    return {case: "".join(values) for case, *values in cases}


def look_up(variable, key):
    cases = nginx_map(variable)
    patterns = [case for case in cases if case.startswith("~") and re.search(case[1:], key)]
    return cases.get(key) or cases[[*patterns, "default"][0]]


def paths(client):
    documented = client.get("/openapi.json").json["paths"]
    return {path.replace("{version}", "1"): set(item) for path, item in documented.items()}


def test_nginx_exposes_every_endpoint_of_the_contract(client):
    assert [path for path in paths(client) if not re.search(ADDRESSES, path)] == []


@pytest.mark.parametrize(
    "path", ["/metrics", "/predict/", "/v2/health", "/v2/models", "/v2/models/volume/x", "/x/model"]
)
def test_nginx_exposes_no_other_path(path):
    assert not re.search(ADDRESSES, path)


def test_nginx_allows_the_methods_of_the_contract(client):
    for path, methods in paths(client).items():
        allowed = {"post": "POST", "get": "GET, HEAD"}
        assert [look_up("allowed_methods", path)] == [allowed[method] for method in methods]


@pytest.mark.parametrize("status", [*nginx_map("problem_code"), "418"])
def test_problems_from_nginx_have_the_texts_of_the_catalogue(status):
    if status == "default":
        return
    code, params, detail = (
        look_up(f"problem_{part}", status)
        .replace("$allowed_methods_json", '"GET","HEAD"')
        .replace("$allowed_methods", "GET, HEAD")
        .replace("$status", status)
        for part in ("code", "params", "detail")
    )
    message = CODES[code](**json.loads(params))
    assert detail == " ".join(filter(None, (message.text, message.remedy)))


def test_the_problem_of_an_unknown_host_has_the_text_of_the_catalogue():
    message = HOST_UNKNOWN()
    assert nginx_map("host_problem")["default"] == f"{message.text} {message.remedy}"


def test_nginx_has_a_problem_for_each_of_its_codes():
    found = {*nginx_map("problem_code").values(), HOST_UNKNOWN.name}
    assert found == {code.name for code in PROXY_CODES}


def test_the_endpoints_listed_in_a_404_exist(client):
    params = json.loads(nginx_map("problem_params")["404"])
    assert set(params["addresses"]) <= set(paths(client))
