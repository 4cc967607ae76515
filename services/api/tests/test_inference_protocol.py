"""The Open Inference Protocol: the same model as a function of tensors."""

import json

import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.store.bundle import Golden
from prediction_api.open_inference import tensors as inference_protocol

INFER = "/v2/models/volume/infer"
FLAGS = len(CALENDAR_FLAGS)


@pytest.fixture
def golden(make):
    """Windows with their forecasts, as recorded in the bundle."""
    return Golden.from_json(make.bundle()[1]["golden.json"].decode())


def tensor(name, values, datatype="FP64", **fields):
    return {
        "name": name,
        "shape": list(values.shape),
        "datatype": datatype,
        "data": values.tolist(),
    } | fields


@pytest.fixture
def asked(golden):
    """A request that is in order."""
    return {
        "inputs": [
            tensor("window", golden.windows.features),
            tensor("calendar", golden.windows.calendar),
        ]
    }


def post(client, request, binary=b"", **headers):
    text = json.dumps(request).encode()
    if binary:
        headers["Inference-Header-Content-Length"] = str(len(text))
    return client.post(
        INFER,
        data=text + binary,
        content_type="application/octet-stream" if binary else "application/json",
        headers=headers,
    )


def volumes(response, name="volume"):
    (output,) = [output for output in response.json["outputs"] if output["name"] == name]
    return np.reshape(output["data"], output["shape"])


def assert_refused(response, *texts, status=400):
    assert (response.status_code, response.content_type) == (status, "application/json"), (
        response.text
    )
    assert list(response.json) == ["error"]
    assert all(text in response.json["error"] for text in texts), response.json


def test_the_windows_of_the_bundle_are_answered_as_recorded(client, asked, golden, make):
    response = post(client, asked)
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


def test_a_window_has_the_forecast_and_the_bands_that_a_csv_of_it_has(client, make):
    days = make.days(24)
    rows = client.post("/predict", data=make.windows(days), content_type="text/csv").json[
        "predictions"
    ]
    cells = [line.split(",") for line in make.windows(days).decode().splitlines()[1:]]
    features = np.array(
        [[cell for cell in row if cell.count("-") != 2] for row in cells], dtype=float
    )
    sessions = np.array(
        [[cell for cell in row if cell.count("-") == 2] for row in cells], dtype="datetime64[D]"
    )
    coming = [make.calendar.after(row[-1], make.horizon) for row in sessions]
    calendar = make.calendar.flags_of(np.column_stack([sessions, coming]))
    request = {
        "inputs": [
            tensor("window", features.reshape(-1, make.window, 3)),
            tensor("calendar", calendar),
        ],
        "outputs": [
            {"name": name} for name in ("upper_80", "volume", "lower_95", "upper_95", "lower_80")
        ],
    }
    response = post(client, request)
    assert [output["name"] for output in response.json["outputs"]] == [
        "upper_80",
        "volume",
        "lower_95",
        "upper_95",
        "lower_80",
    ]
    for name in ("volume", "lower_80", "upper_80", "lower_95", "upper_95"):
        np.testing.assert_allclose(
            volumes(response, name)[:, 0], [row[name] for row in rows], rtol=1e-6
        )


@pytest.mark.parametrize("flat", [False, True], ids=["nested", "one list"])
@pytest.mark.parametrize("datatype", ["FP64", "FP32", "INT64", "BOOL"])
def test_a_calendar_may_be_of_each_datatype_and_nested_or_not(
    client, asked, golden, flat, datatype
):
    calendar = golden.windows.calendar
    data = {"INT64": calendar.astype(int), "BOOL": calendar.astype(bool)}.get(datatype, calendar)
    asked["inputs"][1] = tensor(
        "calendar", calendar, datatype, data=(data.ravel() if flat else data).tolist()
    )
    np.testing.assert_allclose(volumes(post(client, asked)), golden.volumes, rtol=1e-5)


@pytest.mark.parametrize("window", ["FP64", "FP32"])
@pytest.mark.parametrize("calendar", ["FP64", "FP32", "INT64", "BOOL"])
def test_tensors_may_follow_the_json_as_bytes(client, golden, window, calendar):
    numpy = {"FP64": "<f8", "FP32": "<f4", "INT64": "<i8", "BOOL": "?"}
    parts = {
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


def test_an_output_that_is_wanted_as_bytes_follows_the_json(client, asked, golden):
    asked |= {
        "id": "seven",
        "parameters": {"binary_data_output": True, "priority": 3},
        "outputs": [{"name": "lower_80", "parameters": {"binary_data": False}}, {"name": "volume"}],
    }
    response = post(client, asked)
    assert response.content_type == "application/octet-stream"
    length = int(response.headers["Inference-Header-Content-Length"])
    answer, binary = json.loads(response.data[:length]), response.data[length:]
    assert answer["id"] == "seven"
    assert [output["name"] for output in answer["outputs"] if "data" in output] == ["lower_80"]
    assert answer["outputs"][1]["parameters"] == {"binary_data_size": len(binary)}
    np.testing.assert_allclose(
        np.frombuffer(binary, "<f8").reshape(4, 2), golden.volumes, rtol=1e-5
    )


def test_a_part_that_is_null_is_absent(client, asked, golden):
    nothing = {"id": None, "parameters": None, "outputs": None}
    inputs = [part | {"parameters": None} for part in asked["inputs"]]
    response = post(client, nothing | {"inputs": inputs})
    np.testing.assert_allclose(volumes(response), golden.volumes, rtol=1e-5)


def test_absurd_numbers_are_answered_by_volumes_that_are_none_the_less_finite(
    client, asked, golden
):
    asked["inputs"][0] = tensor("window", np.full_like(golden.windows.features, 1e308))
    found = volumes(post(client, asked))
    assert np.all(np.isfinite(found) & (found >= 0))


def test_it_tells_what_it_is_and_what_the_model_takes(client, make):
    assert client.get("/v2").json == {
        "name": "stock-volume-predictor",
        "version": "1",
        "extensions": ["binary_tensor_data"],
    }
    facts = client.get("/v2/models/volume").json
    assert facts["inputs"] == [
        {"name": "window", "datatype": "FP64", "shape": [-1, make.window, 3]},
        {"name": "calendar", "datatype": "FP64", "shape": [-1, make.window + make.horizon, FLAGS]},
    ]
    assert [output["name"] for output in facts["outputs"]] == [
        "volume",
        "lower_80",
        "upper_80",
        "lower_95",
        "upper_95",
    ]
    assert (facts["name"], facts["versions"]) == ("volume", [make.first])


def test_it_is_live_and_ready(client):
    assert client.get("/v2/health/live").json == {"live": True}
    assert client.get("/v2/health/ready").json == {"ready": True}
    assert client.get("/v2/models/volume/ready").json == {"name": "volume", "ready": True}


def test_the_served_version_may_be_named_and_another_is_a_404(client, asked, make):
    address = "/v2/models/volume/versions/{}"
    for end in ("", "/ready"):
        assert client.get(address.format(make.first) + end).status_code == 200
        assert_refused(client.get(address.format("1<b>") + end), make.first, status=404)
    assert client.post(address.format(make.first) + "/infer", json=asked).status_code == 200
    assert_refused(
        client.post(address.format(make.second) + "/infer", json=asked), make.first, status=404
    )


def test_without_a_model_it_is_live_but_not_ready(empty_client, asked):
    assert empty_client.get("/v2/health/live").status_code == 200
    assert empty_client.get("/v2").status_code == 200
    for response in (
        *map(
            empty_client.get, ("/v2/health/ready", "/v2/models/volume", "/v2/models/volume/ready")
        ),
        post(empty_client, asked),
    ):
        assert_refused(response, "make train", status=503)
        assert response.headers["Retry-After"] == "10"


def test_another_address_or_method_is_refused_in_the_form_of_the_protocol(client):
    assert_refused(client.get("/v2/models/other"), "/v2/models/volume", status=404)
    assert_refused(client.get(INFER), "POST", status=405)
    assert client.get("/v2nothing").content_type == "application/problem+json"


def test_an_unexpected_error_is_refused_in_the_form_of_the_protocol(client, asked, monkeypatch):
    monkeypatch.setattr(inference_protocol, "bands_around", lambda *_: 1 / 0)
    assert_refused(post(client, asked), "The log tells more", status=500)


@pytest.mark.parametrize(
    "content_type",
    ["text/csv", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
def test_another_content_type_is_a_415(client, asked, content_type):
    assert_refused(
        client.post(INFER, data=json.dumps(asked), content_type=content_type),
        "application/octet-stream",
        status=415,
    )


def test_a_compressed_body_is_a_415(client, asked):
    assert_refused(post(client, asked, **{"Content-Encoding": "gzip"}), "uncompressed", status=415)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\x00", "not JSON"),
        (b'{"inputs": NaN}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"[]", "JSON object, found a list"),
        (b"{}", "Missing 'inputs'"),
        (b'{"inputs": {}}', "'inputs' to be a list, found an object"),
        (b'{"inputs": []}', "Missing inputs window, calendar"),
        (b'{"inputs": [1]}', "each input to be a JSON object, found a whole number"),
        (b'{"inputs": [{"name": "<b>"}]}', "There is no input '?b?'; there is window, calendar"),
        (b'{"inputs": [], "id": 7}', "'id' to be a text"),
        (
            b'{"inputs": [], "outputs": [{"name": "close"}]}',
            "There is no output 'close'; there is volume",
        ),
        (b'{"inputs": [], "outputs": [{"name": "volume"}, {"name": "volume"}]}', "asked for twice"),
        (
            b'{"inputs": [], "outputs": [{"name": "volume", "parameters": {"classification": 3}}]}',
            "classification",
        ),
        (
            b'{"inputs": [], "parameters": {"binary_data_output": 1}}',
            "true or false, found a whole number",
        ),
    ],
)
def test_what_is_no_request_is_a_400(client, body, text):
    assert_refused(client.post(INFER, data=body, content_type="application/json"), text)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"shape": [4, 22]}, "shape [n, 22, 3] with n at least 1, found [4, 22]"),
        ({"shape": [4, 3, 22]}, "found [4, 3, 22]"),
        ({"shape": [0, 22, 3], "data": []}, "found [0, 22, 3]"),
        ({"shape": [-4, 22, 3]}, "found [-4, 22, 3]"),
        ({"shape": []}, "found []"),
        ({"shape": ["4", 22, 3]}, "found something else"),
        ({"shape": [True, 22, 3]}, "found something else"),
        ({"shape": None}, "Missing 'shape'"),
        ({"shape": [5, 22, 3]}, "330 numbers in one list"),
        ({"datatype": "INT64"}, "takes FP64, FP32; found the datatype 'INT64'"),
        ({"datatype": "<b>"}, "found the datatype '?b?'"),
        ({"data": None}, "Missing 'data'"),
        ({"data": 7}, "'data' to be a list, found a whole number"),
        ({"data": [1.0] * 5}, "found a list of 5 in place of a list of 264"),
        ({"data": [[[1.0] * 3] * 22] * 3 + [[[1.0] * 3] * 21]}, "found a list of 21 in place of a list of 22"),
        ({"data": [[[1.0] * 3] * 22] * 3 + [7]}, "found a whole number in place of a list of 22"),
        ({"data": ["1.0"] * 264}, "something else than numbers"),
        ({"data": [None] * 264}, "something else than numbers"),
        ({"data": [True] * 264}, "something else than numbers"),
        ({"name": "calendar"}, "[n, 24, 12]"),
        ({"parameters": {"binary_data_size": 3}}, "takes 2112 bytes; binary_data_size of 'window' is 3"),
        ({"parameters": {"binary_data_size": "3"}}, "whole number, found a text"),
    ],
    ids=str,
)  # fmt: skip
def test_a_tensor_that_does_not_fit_is_a_400_that_says_why(client, asked, change, text):
    asked["inputs"][0] |= change
    assert_refused(post(client, asked), text)


def test_inputs_of_different_lengths_are_a_400(client, asked, golden):
    asked["inputs"][1] = tensor("calendar", golden.windows.calendar[:3])
    assert_refused(
        post(client, asked), "as many samples in every input, found {'window': 4, 'calendar': 3}"
    )


def test_an_input_sent_twice_is_a_400(client, asked):
    asked["inputs"].append(asked["inputs"][0])
    assert_refused(post(client, asked), "'window' is sent twice")


def test_a_calendar_of_other_numbers_than_0_and_1_is_a_400(client, asked, golden):
    asked["inputs"][1] = tensor("calendar", golden.windows.calendar + 0.5)
    assert_refused(post(client, asked), "'calendar' to be 0 or 1")


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_bytes_that_are_no_finite_number_are_a_400_that_says_where(client, asked, golden, number):
    features = golden.windows.features.copy()
    features[2, 1, 0] = number
    binary = features.tobytes()
    asked["inputs"][0] = tensor(
        "window", features, parameters={"binary_data_size": len(binary)}, data=None
    )
    assert_refused(post(client, asked, binary), f"found {number} in 'window' at [2, 1, 0]")


@pytest.mark.parametrize(
    ("cut", "text"),
    [(-1, "end early: expected 2112, found 2111"), (1, "add up to 2112 bytes, but 2113 follow")],
)
def test_bytes_that_end_early_or_late_are_a_400(client, asked, golden, cut, text):
    binary = golden.windows.features.tobytes()
    asked["inputs"][0] = tensor(
        "window", golden.windows.features, parameters={"binary_data_size": len(binary)}, data=None
    )
    assert_refused(post(client, asked, binary[:-1] if cut < 0 else binary + b"x"), text)


@pytest.mark.parametrize("length", ["99999", "-1", "x", "", "1.5", "9" * 40])
def test_a_length_of_the_json_that_cannot_be_is_a_400(client, asked, length):
    assert_refused(
        post(client, asked, **{"Inference-Header-Content-Length": length}),
        "Inference-Header-Content-Length",
    )


def test_numbers_and_their_bytes_at_once_are_a_400(client, asked, golden):
    binary = golden.windows.features.tobytes()
    asked["inputs"][0] |= {"parameters": {"binary_data_size": len(binary)}}
    assert_refused(post(client, asked, binary), "both 'data' and 'binary_data_size'")


def test_more_windows_than_rows_are_allowed_are_a_413(client, asked):
    client.application.config["MAX_ROWS"] = 3
    assert_refused(post(client, asked), "At most 3 windows", "found 4", status=413)


def test_more_json_than_is_read_at_once_is_a_413_that_tells_of_binary_data(
    client, asked, monkeypatch
):
    monkeypatch.setattr(inference_protocol, "MAX_JSON_BYTES", 100)
    assert_refused(post(client, asked), "at most 100 bytes", "binary data", status=413)


def test_a_long_text_among_many_numbers_takes_no_memory(client, asked):
    asked["inputs"][0]["data"] = ["x" * 1_000_000] + [0.0] * 263
    assert_refused(post(client, asked), "something else than numbers")


ODD = (
    None,
    True,
    -1,
    0,
    1,
    2**63,
    2**64,
    1e308,
    0.5,
    "",
    "window",
    "FP64",
    [],
    [[]],
    {},
    {"name": "volume"},
    [0] * 288,
    [[0] * 12] * 24,
)


def places(value, path=()):
    """Where a JSON value has parts, but for the numbers of its tensors."""
    for key, part in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    ):
        yield (*path, key)
        if key != "data":
            yield from places(part, (*path, key))


def test_whatever_stands_in_a_request_it_is_answered_or_refused(client, asked, golden):
    binary = golden.windows.features.tobytes()
    asked |= {
        "id": "x",
        "parameters": {"binary_data_output": False},
        "outputs": [{"name": "volume", "parameters": {"binary_data": False}}],
    }
    asked["inputs"][0] |= {"data": None, "parameters": {"binary_data_size": len(binary)}}
    text, seen = json.dumps(asked), set()
    for *path, last in places(asked):
        for odd in ODD:
            request = part = json.loads(text)
            for key in path:
                part = part[key]
            part[last] = odd
            response = post(client, request, binary)
            seen.add(response.status_code)
            if response.status_code != 200:
                assert_refused(response, status=response.status_code)
    assert seen == {200, 400, 413}


def test_windows_far_outside_the_training_range_are_counted(client, asked, golden):
    window = golden.windows.features.copy()
    window[0, 0, 1] = 1e6
    asked["inputs"][0] = tensor("window", window)
    assert post(client, asked).status_code == 200
    figures = client.get("/metrics").text
    assert f"\nforecast_windows_total {len(window)}.0\n" in figures
    assert "\nforecast_windows_outside_training_range_total 1.0\n" in figures
