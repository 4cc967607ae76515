import numpy as np
import pytest
from onnx import TensorProto, helper

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.onnx_network import (
    CALENDAR,
    CONTRIBUTIONS,
    CONTRIBUTIONS_OF,
    INPUTS,
    VOLUME,
    WINDOW,
    OnnxNetwork,
)

SESSIONS, HORIZON, SAMPLES = 3, 2, 5
SIZES = {
    WINDOW: (SESSIONS, len(FEATURE_NAMES)),
    CALENDAR: (SESSIONS + HORIZON, len(CALENDAR_FLAGS)),
    INPUTS: (HORIZON, len(INPUT_NAMES)),
}


def onnx_model(
    takes=(WINDOW, CALENDAR, INPUTS), gives=(VOLUME, CONTRIBUTIONS), samples="samples", pads=2
) -> bytes:
    """The sum of the inputs; each input contributes itself, and `pads` others contribute 0.

    takes, gives   the names of its inputs and outputs; the inputs of unknown names have any shape
    """
    sum_of = INPUTS if INPUTS in takes else takes[-1]
    nodes = [
        helper.make_node("ReduceSum", [sum_of, "last"], ["sum"], keepdims=0),
        helper.make_node("Pad", [sum_of, "pads"], ["padded"]),
        *(
            helper.make_node("Identity", ["padded" if name == CONTRIBUTIONS else "sum"], [name])
            for name in gives
        ),
    ]
    constants = {"last": [2], "pads": [0, 0, 0, 0, 0, pads]}
    graph = helper.make_graph(
        nodes,
        "sum",
        [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT, [samples, *SIZES.get(name, SIZES[INPUTS])]
            )
            for name in takes
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in gives],
        [
            helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
            for name, values in constants.items()
        ],
    )
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


@pytest.fixture
def arguments():
    """A window, a calendar and inputs of five samples."""
    random = np.random.default_rng(1)
    return [random.normal(size=(SAMPLES, *size)).astype(np.float32) for size in SIZES.values()]


def test_a_network_forecasts_from_a_window_a_calendar_and_inputs(arguments):
    found = OnnxNetwork(onnx_model())(*arguments)
    np.testing.assert_allclose(found, arguments[2].sum(axis=2), rtol=1e-5)


def test_a_network_gives_the_contributions_to_its_forecasts(arguments):
    found = OnnxNetwork(onnx_model()).contributions(*arguments)
    assert found.shape == (SAMPLES, HORIZON, len(CONTRIBUTIONS_OF))
    np.testing.assert_array_equal(found[:, :, : len(INPUT_NAMES)], arguments[2])
    assert not found[:, :, len(INPUT_NAMES) :].any()


@pytest.mark.parametrize(
    "names",
    [
        {"takes": (WINDOW, CALENDAR)},
        {"takes": (WINDOW, CALENDAR, "history")},
        {"takes": (WINDOW, CALENDAR, INPUTS, "other")},
        {"gives": (VOLUME,)},
        {"gives": ("forecast",)},
        {"gives": (VOLUME, "parts")},
        {"gives": (VOLUME, CONTRIBUTIONS, "other")},
    ],
    ids=[
        "no inputs", "inputs of another name", "another input", "no contributions",
        "as in contract 2", "contributions of another name", "another output",
    ],
)  # fmt: skip
def test_a_model_with_other_inputs_or_outputs_is_refused(names):
    with pytest.raises(BundleError, match=r"^the model takes .* and gives .*; expected .*retrain"):
        OnnxNetwork(onnx_model(**names))


def test_a_model_for_a_fixed_number_of_windows_is_refused():
    with pytest.raises(BundleError, match="expected any number of samples"):
        OnnxNetwork(onnx_model(samples=5))


def test_a_file_that_is_not_a_model_is_refused():
    with pytest.raises(BundleError, match=r"^the model cannot be loaded"):
        OnnxNetwork(b"no model")


def test_inputs_of_another_shape_are_refused(arguments):
    network = OnnxNetwork(onnx_model())
    window, calendar, inputs = arguments
    for run in (network, network.contributions):
        with pytest.raises(BundleError, match=r"^the model cannot be run"):
            run(window, calendar, inputs[:, :, 1:])


def test_contributions_of_another_number_are_refused(arguments):
    expected = f"gives {len(INPUT_NAMES) + 1} contributions .* expected {len(CONTRIBUTIONS_OF)}"
    with pytest.raises(BundleError, match=expected):
        OnnxNetwork(onnx_model(pads=1)).contributions(*arguments)
