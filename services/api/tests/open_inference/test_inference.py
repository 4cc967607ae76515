"""The Open Inference Protocol: the same model as a function of tensors."""

import json

import numpy as np
import pytest

from inference_requests import INFER, assert_rejected, post, tensor, tensors
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.windows import history_windows

FLAGS = len(CALENDAR_FLAGS)
OUTPUTS = ["volume", "lower_80", "upper_80", "lower_95", "upper_95"]


def volumes(response, name="volume"):
    (output,) = [output for output in response.json["outputs"] if output["name"] == name]
    return np.reshape(output["data"], output["shape"])


def test_golden_windows_get_the_recorded_forecasts(client, query, golden, make):
    response = post(client, query)
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert list(response.json) == ["model_name", "model_version", "outputs"]
    assert (response.json["model_name"], response.json["model_version"]) == ("volume", make.first)
    assert response.headers["Model-Version"] == make.first
    (output,) = response.json["outputs"]
    assert {key: output[key] for key in ("name", "datatype", "shape")} == {
        "name": "volume",
        "datatype": "FP64",
        "shape": [4, 2],
    }
    np.testing.assert_allclose(volumes(response), golden.volumes, rtol=1e-5)


def test_a_window_gets_the_same_forecast_and_bands_as_its_csv(client, make):
    days = make.days(24)
    rows = client.post("/predict", data=make.windows(days), content_type="text/csv").json[
        "predictions"
    ]
    prices = make.prices(days)
    coming = make.calendar.after(prices.session[-1], make.horizon)
    windows = history_windows(prices, make.calendar, coming, make.window, make.effects)
    request = {
        "inputs": tensors(windows),
        "outputs": [{"name": name} for name in reversed(OUTPUTS)],
    }
    response = post(client, request)
    assert [output["name"] for output in response.json["outputs"]] == [*reversed(OUTPUTS)]
    for name in OUTPUTS:
        np.testing.assert_allclose(
            volumes(response, name)[:, 0], [row[name] for row in rows], rtol=1e-6
        )


@pytest.mark.parametrize("flat", [False, True], ids=["nested", "one list"])
@pytest.mark.parametrize("datatype", ["FP64", "FP32", "INT64", "BOOL"])
def test_a_calendar_may_have_each_datatype_and_be_nested_or_flat(
    client, query, golden, flat, datatype
):
    calendar = golden.windows.calendar
    data = {"INT64": calendar.astype(int), "BOOL": calendar.astype(bool)}.get(datatype, calendar)
    query["inputs"][1] = tensor(
        "calendar", calendar, datatype, data=(data.ravel() if flat else data).tolist()
    )
    np.testing.assert_allclose(volumes(post(client, query)), golden.volumes, rtol=1e-5)


@pytest.mark.parametrize("window", ["FP64", "FP32"])
@pytest.mark.parametrize("calendar", ["FP64", "FP32", "INT64", "BOOL"])
def test_tensors_may_follow_the_json_as_bytes(client, golden, window, calendar):
    numpy = {"FP64": "<f8", "FP32": "<f4", "INT64": "<i8", "BOOL": "?"}
    parts = {
        "inputs": (golden.windows.inputs, window),
        "calendar": (golden.windows.calendar, calendar),
        "window": (golden.windows.features, window),
    }
    binary = {
        name: values.astype(numpy[datatype]).tobytes() for name, (values, datatype) in parts.items()
    }
    inputs = [
        {
            "name": name,
            "shape": list(values.shape),
            "datatype": datatype,
            "parameters": {"binary_data_size": len(binary[name])},
        }
        for name, (values, datatype) in parts.items()
    ]
    response = post(client, {"inputs": inputs}, b"".join(binary.values()))
    np.testing.assert_allclose(volumes(response), golden.volumes, rtol=1e-5)


def test_an_output_requested_as_bytes_follows_the_json(client, query, golden):
    query |= {
        "id": "seven",
        "parameters": {"binary_data_output": True, "priority": 3},
        "outputs": [{"name": "lower_80", "parameters": {"binary_data": False}}, {"name": "volume"}],
    }
    response = post(client, query)
    assert response.content_type == "application/octet-stream"
    length = int(response.headers["Inference-Header-Content-Length"])
    answer, binary = json.loads(response.data[:length]), response.data[length:]
    assert answer["id"] == "seven"
    assert [output["name"] for output in answer["outputs"] if "data" in output] == ["lower_80"]
    assert answer["outputs"][1]["parameters"] == {"binary_data_size": len(binary)}
    np.testing.assert_allclose(
        np.frombuffer(binary, "<f8").reshape(4, 2), golden.volumes, rtol=1e-5
    )


def test_a_null_field_counts_as_absent(client, query, golden):
    nothing = {"id": None, "parameters": None, "outputs": None}
    inputs = [part | {"parameters": None} for part in query["inputs"]]
    response = post(client, nothing | {"inputs": inputs})
    np.testing.assert_allclose(volumes(response), golden.volumes, rtol=1e-5)


@pytest.mark.parametrize("number", [1e308, -1e308])
@pytest.mark.parametrize("place", [0, 2], ids=["window", "inputs"])
def test_absurd_numbers_give_finite_volumes(client, query, place, number):
    name, shape = (query["inputs"][place][key] for key in ("name", "shape"))
    query["inputs"][place] = tensor(name, np.full(shape, number))
    found = volumes(post(client, query))
    assert np.all(np.isfinite(found) & (found >= 0))


def test_every_input_of_the_next_session_changes_its_forecast(client, query, golden):
    usual = volumes(post(client, query))
    for position in range(len(INPUT_NAMES)):
        inputs = golden.windows.inputs.copy()
        inputs[:, 0, position] += 0.5
        query["inputs"][2] = tensor("inputs", inputs)
        found = volumes(post(client, query))
        assert np.all(found[:, 0] > usual[:, 0])
        np.testing.assert_allclose(found[:, 1], usual[:, 1], rtol=1e-6)


def test_metadata_describes_the_server_and_the_model(client, make):
    assert client.get("/v2").json == {
        "name": "stock-volume-predictor",
        "version": "1",
        "extensions": ["binary_tensor_data"],
    }
    facts = client.get("/v2/models/volume").json
    assert facts["inputs"] == [
        {"name": "window", "datatype": "FP64", "shape": [-1, make.window, 3]},
        {"name": "calendar", "datatype": "FP64", "shape": [-1, make.window + make.horizon, FLAGS]},
        {"name": "inputs", "datatype": "FP64", "shape": [-1, make.horizon, len(INPUT_NAMES)]},
    ]
    assert [output["name"] for output in facts["outputs"]] == OUTPUTS
    assert (facts["name"], facts["versions"]) == ("volume", [make.first])


def test_the_server_is_live_and_ready_with_a_model(client):
    assert client.get("/v2/health/live").json == {"live": True}
    assert client.get("/v2/health/ready").json == {"ready": True}
    assert client.get("/v2/models/volume/ready").json == {"name": "volume", "ready": True}


def test_the_url_may_name_the_served_version_but_no_other(client, query, make):
    address = "/v2/models/volume/versions/{}"
    for end in ("", "/ready"):
        assert client.get(address.format(make.first) + end).status_code == 200
        assert_rejected(
            client.get(address.format("1<b>") + end),
            "version_unknown",
            404,
            version="1?b?",
            served=make.first,
        )
    assert client.post(address.format(make.first) + "/infer", json=query).status_code == 200
    response = client.post(address.format(make.second) + "/infer", json=query)
    assert_rejected(response, "version_unknown", 404, served=make.first)


def test_the_server_is_live_but_not_ready_without_a_model(empty_client, query):
    assert empty_client.get("/v2/health/live").status_code == 200
    assert empty_client.get("/v2").status_code == 200
    paths = ("/v2/health/ready", "/v2/models/volume", "/v2/models/volume/ready")
    for response in (*map(empty_client.get, paths), post(empty_client, query)):
        assert_rejected(response, "no_model", 503)
        assert response.headers["Retry-After"] == "10"


def test_a_wrong_path_or_method_has_the_format_of_the_protocol(client):
    assert_rejected(client.get("/v2/models/other"), "address_unknown", 404)
    assert_rejected(client.get(INFER), "method_not_allowed", 405, allowed=["POST"])
    assert client.get("/v2nothing").content_type == "application/problem+json"


def test_windows_far_outside_the_training_range_are_counted(client, query, golden):
    window = golden.windows.features.copy()
    window[0, 0, 1] = 1e6
    query["inputs"][0] = tensor("window", window)
    assert post(client, query).status_code == 200
    metrics = client.get("/metrics").text
    assert f"\nforecast_windows_total {len(window)}.0\n" in metrics
    assert "\nforecast_windows_outside_training_range_total 1.0\n" in metrics
