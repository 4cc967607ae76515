"""The API's contract and the Open Inference Protocol, through nginx, with the trained model."""

import os
import subprocess
import sys

import numpy as np
import pytest
import requests
import tritonclient.http as triton
from openapi_spec_validator import validate
from tritonclient.utils import InferenceServerException

from running_stack import REPOSITORY, Stack

INFER = "/v2/models/volume/infer"
CONFIGURATION = REPOSITORY / "services/api/tests/openapi/contract"
SECONDS = 20
# nginx itself responds to unknown methods, in the same way for all addresses.
EXCLUDED_CHECKS = "unsupported_method,allow_header_conformance"


@pytest.fixture(scope="module")
def document(stack: Stack) -> dict:
    return requests.get(f"{stack.url}/openapi.json", timeout=10).json()


@pytest.fixture
def client(stack: Stack):
    with triton.InferenceServerClient(stack.url.removeprefix("http://")) as client:
        yield client


def tensors(document):
    return document["paths"][INFER]["post"]["requestBody"]["content"]["application/json"]["example"]


def test_the_contract_is_valid_and_cached_by_its_etag(stack: Stack) -> None:
    answer = requests.get(f"{stack.url}/openapi.json", timeout=10)
    validate(answer.json())
    again = requests.get(
        f"{stack.url}/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}, timeout=10
    )
    assert (again.status_code, again.content) == (304, b"")


def test_the_contract_s_examples_are_accepted(stack: Stack, document: dict) -> None:
    bodies = document["paths"]["/predict"]["post"]["requestBody"]["content"]
    as_body = stack.predict(bodies["text/csv"]["example"].encode())
    as_form = requests.post(
        f"{stack.url}/predict",
        files={"file": bodies["multipart/form-data"]["example"]["file"]},
        timeout=60,
    )
    assert (as_body.status_code, as_form.status_code) == (200, 200)
    assert as_body.json()["predictions"] == as_form.json()["predictions"]
    assert requests.post(stack.url + INFER, json=tensors(document), timeout=60).status_code == 200


def test_tritonclient_gets_the_same_volumes_as_a_json_client(
    stack: Stack, document: dict, client
) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    request = tensors(document)
    expected = requests.post(stack.url + INFER, json=request, timeout=60).json()
    inputs = []
    for sent in request["inputs"]:
        values = np.reshape(sent["data"], sent["shape"]).astype(float)
        inputs.append(
            triton.InferInput(sent["name"], sent["shape"], "FP64").set_data_from_numpy(values)
        )
    outputs = [triton.InferRequestedOutput(output["name"]) for output in expected["outputs"]]
    version = expected["model_version"]
    assert client.is_model_ready("volume", version)
    answer = client.infer("volume", inputs, model_version=version, outputs=outputs)
    for output in expected["outputs"]:
        np.testing.assert_array_equal(answer.as_numpy(output["name"]).ravel(), output["data"])


def test_tritonclient_gets_the_reason_for_an_error(client) -> None:
    window = triton.InferInput("window", [1, 2, 3], "FP64").set_data_from_numpy(np.zeros((1, 2, 3)))
    with pytest.raises(InferenceServerException, match="'window' to have the shape"):
        client.infer("volume", [window])


def test_the_stack_conforms_to_the_contract(stack: Stack, tmp_path) -> None:
    environment = os.environ | {"PYTHONPATH": str(CONFIGURATION)}
    settings = ("--config-file", CONFIGURATION / "schemathesis.toml")
    command = (sys.executable, "-m", "schemathesis.cli", *settings, "run")
    checks = ("--checks", "all", "--exclude-checks", EXCLUDED_CHECKS, "--warnings", "off")
    options = (*checks, "--max-time", str(SECONDS), "--seed", "5")
    ran = subprocess.run(
        [*command, *options, f"{stack.url}/openapi.json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS + 300,
    )
    assert ran.returncode == 0, ran.stdout[-10_000:] + ran.stderr[-2000:]
