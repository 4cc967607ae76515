"""A third-party client of the Open Inference Protocol, against a real gunicorn."""

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException


@pytest.fixture
def client(server):
    with triton.InferenceServerClient(f"localhost:{server.port}") as client:
        yield client


def inputs(golden, datatypes=("FP64", "FP64", "FP64"), binary=True):
    windows, made = golden.windows, []
    for name, values, datatype in zip(
        ("window", "calendar", "inputs"),
        (windows.features, windows.calendar, windows.inputs),
        datatypes,
        strict=True,
    ):
        tensor = triton.InferInput(name, list(values.shape), datatype)
        made.append(
            tensor.set_data_from_numpy(
                values.astype(triton.triton_to_np_dtype(datatype)), binary_data=binary
            )
        )
    return made


def test_the_client_finds_the_server_and_the_model(client, make):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("volume")
    assert client.is_model_ready("volume", make.first)
    assert not client.is_model_ready("volume", make.second)
    assert not client.is_model_ready("other")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert [
        tensor["name"] for tensor in client.get_model_metadata("volume", make.first)["inputs"]
    ] == ["window", "calendar", "inputs"]


@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "JSON"])
@pytest.mark.parametrize(
    "datatypes",
    [("FP64", "FP64", "FP64"), ("FP32", "BOOL", "FP32"), ("FP64", "INT64", "FP32")],
)
def test_the_client_gets_the_recorded_forecasts(client, golden, datatypes, binary, make):
    answer = client.infer("volume", inputs(golden, datatypes, binary), request_id="one")
    np.testing.assert_allclose(answer.as_numpy("volume"), golden.volumes, rtol=1e-4)
    assert (answer.get_response()["id"], answer.get_response()["model_version"]) == (
        "one",
        make.first,
    )


@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "JSON"])
def test_the_client_gets_the_outputs_it_requests(client, golden, binary, make):
    outputs = [
        triton.InferRequestedOutput(name, binary_data=binary)
        for name in ("lower_95", "volume", "upper_95")
    ]
    answer = client.infer(
        "volume", inputs(golden), model_version=make.first, outputs=outputs, priority=1, timeout=10
    )
    assert np.all(answer.as_numpy("lower_95") < answer.as_numpy("volume"))
    assert np.all(answer.as_numpy("volume") < answer.as_numpy("upper_95"))
    assert answer.as_numpy("lower_80") is None


def test_requests_may_run_concurrently(client, golden):
    pending = [client.async_infer("volume", inputs(golden)) for _ in range(10)]
    for request in pending:
        np.testing.assert_allclose(
            request.get_result().as_numpy("volume"), golden.volumes, rtol=1e-4
        )


def test_the_client_raises_the_server_s_error(client, golden):
    window, *_ = inputs(golden)
    with pytest.raises(InferenceServerException, match="calendar") as raised:
        client.infer("volume", [window])
    assert raised.value.status() == "400"
    with pytest.raises(InferenceServerException, match="uncompressed") as raised:
        client.infer("volume", inputs(golden), request_compression_algorithm="gzip")
    assert raised.value.status() == "415"


def test_the_client_may_accept_a_compressed_response(client, golden):
    answer = client.infer("volume", inputs(golden), response_compression_algorithm="gzip")
    np.testing.assert_allclose(answer.as_numpy("volume"), golden.volumes, rtol=1e-4)
