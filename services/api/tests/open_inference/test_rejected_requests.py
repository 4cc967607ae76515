"""The code and parameters of rejected Open Inference Protocol requests."""

import json

import numpy as np
import pytest

from inference_requests import INFER, assert_rejected, post, tensor
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from prediction_api.open_inference import inference, routes

FLAGS, COLUMNS = len(CALENDAR_FLAGS), len(INPUT_NAMES)


def test_an_unexpected_error_has_the_format_of_the_protocol(client, query, monkeypatch):
    monkeypatch.setattr(inference, "bands_around", lambda *_: 1 / 0)
    assert_rejected(post(client, query), "internal_error", 500)


@pytest.mark.parametrize("binary", [False, True])
def test_a_number_that_is_not_finite_is_never_sent(client, query, monkeypatch, binary):
    spoiled = {"volume": np.array([[np.nan]])}
    monkeypatch.setattr(routes, "infer", lambda *_: spoiled)
    response = post(client, query | {"parameters": {"binary_data_output": binary}})
    assert_rejected(response, "internal_error", 500)


@pytest.mark.parametrize(
    "content_type",
    ["text/csv", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
def test_another_content_type_is_a_415(client, query, content_type):
    response = client.post(INFER, data=json.dumps(query), content_type=content_type)
    assert_rejected(response, "tensor_content_type_wrong", 415, found=content_type.split(";")[0])


def test_a_compressed_body_is_a_415(client, query):
    assert_rejected(post(client, query, **{"Content-Encoding": "gzip"}), "body_compressed", 415)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\x00", b'{"inputs": NaN}', b"[" * 5000], ids=repr
)
def test_a_body_that_is_not_json_is_a_400(client, body):
    response = client.post(INFER, data=body, content_type="application/json")
    assert_rejected(response, "json_invalid", line=1)


@pytest.mark.parametrize(
    ("body", "code", "params"),
    [
        ([], "json_not_object", {"found": "a list"}),
        ({}, "field_missing", {"name": "inputs", "expected": "a list"}),
        ({"inputs": {}}, "field_type_wrong", {"name": "inputs", "found": "an object"}),
        ({"inputs": []}, "inputs_missing", {"missing": ["window", "calendar", "inputs"]}),
        ({"inputs": [1]}, "tensor_not_object", {"kind": "input", "found": "an integer"}),
        ({"inputs": [{"name": "<b>"}]}, "tensor_unknown", {"kind": "input", "name": "?b?"}),
        ({"inputs": [], "id": 7}, "field_type_wrong", {"name": "id", "expected": "a string"}),
        ({"inputs": [], "outputs": [{"name": "close"}]}, "tensor_unknown", {"kind": "output"}),
        ({"inputs": [], "outputs": [{"name": "volume"}] * 2}, "tensor_twice", {"name": "volume"}),
        (
            {"outputs": [{"name": "volume", "parameters": {"classification": 3}}]},
            "classification_unsupported",
            {},
        ),
        (
            {"inputs": [], "parameters": {"binary_data_output": 1}},
            "field_type_wrong",
            {"expected": "true or false", "found": "an integer"},
        ),
    ],
    ids=str,
)
def test_an_invalid_request_is_a_400_that_says_why(client, body, code, params):
    assert_rejected(client.post(INFER, json=body), code, **params)


SHAPE = ("shape_wrong", {"name": "window", "sample": [22, 3]})
NUMBERS = ("data_type_wrong", {"name": "window", "datatype": "FP64"})


@pytest.mark.parametrize(
    ("change", "code", "params"),
    [
        *[
            ({"shape": shape, "data": []}, SHAPE[0], SHAPE[1] | {"found": found})
            for shape, found in [
                ([4, 22], "[4, 22]"),
                ([4, 3, 22], "[4, 3, 22]"),
                ([0, 22, 3], "[0, 22, 3]"),
                ([-4, 22, 3], "[-4, 22, 3]"),
                ([], "[]"),
                (["4", 22, 3], "another list"),
                ([True, 22, 3], "another list"),
            ]
        ],
        ({"shape": None}, "field_missing", {"name": "shape"}),
        ({"shape": [5, 22, 3]}, "data_shape_wrong", {"count": 330, "shape": [5, 22, 3]}),
        ({"datatype": "INT64"}, "datatype_wrong", {"supported": ["FP64", "FP32"]}),
        ({"datatype": "<b>"}, "datatype_wrong", {"found": "?b?"}),
        ({"data": None}, "field_missing", {"name": "data"}),
        ({"data": 7}, "field_type_wrong", {"name": "data", "expected": "a list"}),
        ({"data": [1.0] * 5}, "data_shape_wrong", {"found": "a list of 5", "length": 264}),
        (
            {"data": [[[1.0] * 3] * 22] * 3 + [[[1.0] * 3] * 21]},
            "data_shape_wrong",
            {"found": "a list of 21", "length": 22},
        ),
        (
            {"data": [[[1.0] * 3] * 22] * 3 + [7]},
            "data_shape_wrong",
            {"found": "an integer", "length": 22},
        ),
        ({"data": ["1.0"] * 264}, *NUMBERS),
        ({"data": [None] * 264}, *NUMBERS),
        ({"data": [True] * 264}, *NUMBERS),
        ({"name": "calendar"}, "shape_wrong", {"name": "calendar", "sample": [24, FLAGS]}),
        (
            {"parameters": {"binary_data_size": 3}},
            "binary_size_wrong",
            {"name": "window", "expected": 2112, "found": 3},
        ),
        (
            {"parameters": {"binary_data_size": "3"}},
            "field_type_wrong",
            {"expected": "an integer", "found": "a string"},
        ),
    ],
    ids=str,
)
def test_a_tensor_that_does_not_fit_is_a_400_that_says_why(client, query, change, code, params):
    query["inputs"][0] |= change
    assert_rejected(post(client, query), code, **params)


@pytest.mark.parametrize(("place", "name"), [(1, "calendar"), (2, "inputs")])
def test_inputs_of_different_lengths_are_a_400(client, query, golden, place, name):
    query["inputs"][place] = tensor(name, getattr(golden.windows, name)[:3])
    samples = {"window": 4, "calendar": 4, "inputs": 4} | {name: 3}
    assert_rejected(post(client, query), "samples_differ", **samples)


def test_the_two_inputs_of_earlier_models_are_a_400_that_names_the_third(client, query):
    del query["inputs"][2]
    needed = ["window", "calendar", "inputs"]
    assert_rejected(post(client, query), "inputs_missing", missing=["inputs"], needed=needed)


@pytest.mark.parametrize(
    ("change", "code", "params"),
    [
        *[
            (
                {"shape": shape, "data": []},
                "shape_wrong",
                {"sample": [2, COLUMNS], "found": str(shape)},
            )
            for shape in (
                [4, COLUMNS],
                [4, 1, COLUMNS],
                [4, 2, COLUMNS - 1],
                [4, COLUMNS, 2],
                [0, 2, COLUMNS],
            )
        ],
        ({"datatype": "INT64"}, "datatype_wrong", {"supported": ["FP64", "FP32"]}),
        ({"data": [True] * 8 * COLUMNS}, "data_type_wrong", {"datatype": "FP64"}),
        ({"data": [0.0] * 5}, "data_shape_wrong", {"length": 8 * COLUMNS}),
    ],
    ids=str,
)
def test_inputs_that_do_not_fit_are_a_400_that_says_why(client, query, change, code, params):
    query["inputs"][2] |= change
    assert_rejected(post(client, query), code, name="inputs", **params)


def test_a_repeated_input_is_a_400(client, query):
    query["inputs"].append(query["inputs"][0])
    assert_rejected(post(client, query), "tensor_twice", kind="input", name="window")


def test_a_calendar_with_numbers_other_than_0_and_1_is_a_400(client, query, golden):
    query["inputs"][1] = tensor("calendar", golden.windows.calendar + 0.5)
    assert_rejected(post(client, query), "calendar_flag_expected")


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_bytes_that_are_not_finite_numbers_are_a_400_that_says_where(client, query, golden, number):
    features = golden.windows.features.copy()
    features[2, 1, 0] = number
    binary = features.tobytes()
    query["inputs"][0] = tensor(
        "window", features, parameters={"binary_data_size": len(binary)}, data=None
    )
    assert_rejected(
        post(client, query, binary),
        "number_not_finite",
        found=str(number),
        name="window",
        index=[2, 1, 0],
    )


@pytest.mark.parametrize(("cut", "code"), [(-1, "binary_too_short"), (1, "binary_length_wrong")])
def test_bytes_that_end_early_or_late_are_a_400(client, query, golden, cut, code):
    binary = golden.windows.features.tobytes()
    query["inputs"][0] = tensor(
        "window", golden.windows.features, parameters={"binary_data_size": len(binary)}, data=None
    )
    body = binary[:-1] if cut < 0 else binary + b"x"
    assert_rejected(post(client, query, body), code, expected=2112, found=2112 + cut)


@pytest.mark.parametrize("length", ["-1", "x", "", "1.5", "9" * 40])
def test_a_json_length_that_is_not_a_number_is_a_400(client, query, length):
    response = post(client, query, **{"Inference-Header-Content-Length": length})
    assert_rejected(response, "json_length_invalid", found=length)


def test_a_json_length_beyond_the_body_is_a_400(client, query):
    response = post(client, query, **{"Inference-Header-Content-Length": "99999"})
    assert_rejected(response, "json_length_too_large", length=99999)


def test_an_input_with_both_numbers_and_bytes_is_a_400(client, query, golden):
    binary = golden.windows.features.tobytes()
    query["inputs"][0] |= {"parameters": {"binary_data_size": len(binary)}}
    assert_rejected(post(client, query, binary), "data_twice", name="window")


def test_more_windows_than_max_rows_are_a_413(client, query):
    client.application.config["MAX_ROWS"] = 3
    assert_rejected(post(client, query), "too_many_windows", 413, limit=3, found=4)


def test_too_much_json_is_a_413(client, query, monkeypatch):
    monkeypatch.setattr(inference, "MAX_JSON_BYTES", 100)
    assert_rejected(post(client, query), "json_too_large", 413, limit=100)


def test_a_long_string_among_the_numbers_is_a_400(client, query):
    query["inputs"][0]["data"] = ["x" * 1_000_000] + [0.0] * 263
    assert_rejected(post(client, query), "data_type_wrong")


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
    [0] * 24 * FLAGS,
    [[0] * FLAGS] * 24,
    [[0] * COLUMNS] * 2,
)


def places(value, path=()):
    """The paths of all parts of a JSON value, except the numbers in tensors."""
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


def test_an_unexpected_value_anywhere_is_accepted_or_rejected(client, query, golden):
    binary = golden.windows.features.tobytes()
    query |= {
        "id": "x",
        "parameters": {"binary_data_output": False},
        "outputs": [{"name": "volume", "parameters": {"binary_data": False}}],
    }
    query["inputs"][0] |= {"data": None, "parameters": {"binary_data_size": len(binary)}}
    text, seen = json.dumps(query), set()
    for *path, last in places(query):
        for odd in ODD:
            request = part = json.loads(text)
            for key in path:
                part = part[key]
            part[last] = odd
            response = post(client, request, binary)
            seen.add(response.status_code)
            if response.status_code != 200:
                assert_rejected(response, status=response.status_code)
    assert seen == {200, 400, 413}
