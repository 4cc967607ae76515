"""The contract, /openapi.json, is valid and complete, and the server follows it.

CONTRACT_SECONDS sets how long schemathesis tests the server: 20 s by default, 900 s for a release.
"""

import io
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from gunicorn_server import Server
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import GROUPS

FOLDER = Path(__file__).parent / "contract"
DOCUMENTATION = Path(__file__).parents[4] / "docs" / "api.md"
SECONDS = int(os.environ.get("CONTRACT_SECONDS", "20"))
SEED = os.environ.get("CONTRACT_SEED", "5")
STARTUP_SECONDS = 60  # at most, in addition to the time for generated requests


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


def operations(document):
    return {
        (path, method): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def strict(document, schema):
    """A validator that rejects fields that the contract doesn't have."""
    schemas = {
        name: part | ({"additionalProperties": False} if "properties" in part else {})
        for name, part in document["components"]["schemas"].items()
    }
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": schemas}}
    )


def resolved(document, part):
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return document["components"][kind][name]


def test_the_document_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_document_is_valid_before_the_first_training(empty_client):
    validate(empty_client.get("/openapi.json").json)


def test_the_document_has_every_public_endpoint_and_method(client, document):
    rules = [rule for rule in client.application.url_map.iter_rules() if rule.rule != "/metrics"]
    served = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in rules
        for method in rule.methods - {"HEAD"}
    }
    assert set(operations(document)) == served


def test_every_operation_and_response_is_described(document):
    found = operations(document).values()
    assert len({operation["operationId"] for operation in found}) == len(found)
    tags = {tag["name"] for tag in document["tags"]}
    for operation in found:
        assert set(operation["tags"]) <= tags
        assert operation["summary"].endswith(".")
        assert {"200", "400", "500", "503"} <= set(operation["responses"])
        assert all(
            resolved(document, answer)["description"] for answer in operation["responses"].values()
        )


def test_every_endpoint_is_in_docs_api_md(document):
    text = DOCUMENTATION.read_text()
    assert [path for path in document["paths"] if "{" not in path and f"{path}`" not in text] == []


def test_the_server_accepts_every_example_of_a_request(client, document):
    posted = 0
    for (path, _), operation in operations(document).items():
        for content_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if "example" in content and "{" not in path:
                example = content["example"]
                if content_type == "multipart/form-data":
                    response = client.post(
                        path, data={"file": (io.BytesIO(example["file"].encode()), "prices.csv")}
                    )
                elif content_type == "text/csv":
                    response = client.post(path, data=example, content_type=content_type)
                else:
                    response = client.post(path, json=example)
                assert response.status_code == 200, response.text
                posted += 1
    assert posted == 3


def test_every_example_of_a_response_fits_its_schema(document):
    checked = set()
    for operation in operations(document).values():
        for answer in operation["responses"].values():
            for content in resolved(document, answer).get("content", {}).values():
                if "example" in content and "$ref" in content["schema"]:
                    schema = content["schema"]["$ref"].split("/")[-1]
                    strict(document, schema).validate(content["example"])
                    checked.add(schema)
    assert checked == {"Answer", "ProblemDocument", "ProtocolError"}


def test_the_example_of_reasons_adds_up(document):
    answers = document["paths"]["/predict"]["post"]["responses"]["200"]["content"]
    (prediction,) = answers["application/json"]["example"]["predictions"]
    logs = [part["log"] for part in prediction["reasons"]["parts"]]
    usual = prediction["reasons"]["usual_volume"]
    assert sum(logs) == pytest.approx(math.log(prediction["volume"] / usual))


def test_the_contract_names_the_parts_of_a_forecast(document):
    found = document["components"]["schemas"]["Reason"]["properties"]["of"]
    assert found["enum"] == [*CALENDAR_FLAGS, *GROUPS, "lstm"]


def test_responses_have_no_field_that_the_contract_lacks(client, document, make):
    data = make.comma(make.days(60))
    tensors = document["paths"]["/v2/models/volume/infer"]["post"]["requestBody"]["content"][
        "application/json"
    ]["example"]
    answers = {
        "Answer": client.post("/predict?points=60&explain=1", data=data, content_type="text/csv"),
        "ServedModel": client.get("/model"),
        "ProblemDocument": client.post(
            "/predict", data=data.replace(b".", b"x"), content_type="text/csv"
        ),
        "ProtocolError": client.post("/v2/models/volume/infer", json={}),
        "InferenceAnswer": client.post("/v2/models/volume/infer", json=tensors),
        "ModelMetadata": client.get("/v2/models/volume"),
        "ServerMetadata": client.get("/v2"),
    }
    for schema, response in answers.items():
        strict(document, schema).validate(response.json)


def test_steps_is_limited_by_the_horizon_of_the_served_model(client, document, make):
    (steps,) = [
        parameter
        for parameter in document["paths"]["/predict"]["post"]["parameters"]
        if parameter["name"] == "steps"
    ]
    assert steps["schema"]["maximum"] == make.horizon


def test_the_document_is_cached_by_its_etag(client, store, make):
    first = client.get("/openapi.json")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    # The proxy makes the tag weak if it compresses the response.
    for tag in (first.headers["ETag"], f"W/{first.headers['ETag']}"):
        again = client.get("/openapi.json", headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
    store.publish(*make.second_bundle())
    client.application.extensions["models"].poll_once()
    assert client.get("/openapi.json", headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.fixture(scope="module")
def server(tmp_path_factory, make):
    # In production, nginx rejects long URLs and headers as the contract says; gunicorn sends HTML.
    unlimited = "--limit-request-line 0 --limit-request-field_size 0"
    server = Server(tmp_path_factory.mktemp("contract"), GUNICORN_CMD_ARGS=unlimited)
    server.store.publish(*make.bundle())
    server.wait_for_version(make.first)
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize(
    "chosen", [(), ("--include-path", "/predict")], ids=["every address", "/predict alone"]
)
def test_schemathesis_finds_no_violation_of_the_contract(server, tmp_path, chosen):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(FOLDER), *sys.path])}
    command = [sys.executable, "-m", "schemathesis.cli"]
    command += ["--config-file", FOLDER / "schemathesis.toml", "run", "--checks", "all"]
    options = ["--warnings", "off", "--max-time", str(SECONDS // 2), "--seed", SEED, *chosen]
    address = f"http://localhost:{server.port}/openapi.json"
    ran = subprocess.run(
        [*command, *options, address],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS + STARTUP_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout[-10_000:] + ran.stderr[-2000:]
    assert "No issues found" in ran.stdout
    assert "traceback" not in server.log.read_text()
