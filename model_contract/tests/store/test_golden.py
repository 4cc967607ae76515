from dataclasses import replace

import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.windows import Windows
from model_contract.store.bundle import SCALERS, load_bundle
from model_contract.store.golden import GOLDEN, Golden


def verify(directory, network) -> None:
    bundle = load_bundle(directory)
    bundle.golden.verify(bundle.scalers, network, directory.name)


def test_golden_answers_with_nan_are_not_written(windows):
    with pytest.raises(ValueError, match="not JSON compliant"):
        Golden(windows, np.full((5, 2), np.nan)).to_json()


def test_the_published_network_passes_verification(directory, network):
    verify(directory, network)


def test_a_network_with_different_answers_is_refused(directory, network):
    with pytest.raises(
        BundleError,
        match=r"a forecast is 10\.\d\d% off the recorded one; rounding explains at most 0\.10%",
    ):
        verify(directory, lambda *arguments: network(*arguments) + np.float32(1.5 * np.log(1.1)))


def test_rounding_differences_between_processors_pass(directory, network):
    verify(directory, lambda *arguments: network(*arguments) * np.float32(1 + 1e-6))


def test_a_network_that_ignores_the_calendar_is_refused(directory, network):
    with pytest.raises(BundleError, match="off the recorded one"):
        verify(directory, lambda window, flags, inputs: network(window, 0 * flags, inputs))


def test_a_network_that_ignores_the_inputs_is_refused(directory, network):
    with pytest.raises(BundleError, match="off the recorded one"):
        verify(directory, lambda window, flags, inputs: network(window, flags, 0 * inputs))


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_a_wrong_scale_of_an_input_is_refused(put, scalers, network, name):
    scale = list(scalers.inputs.scale)
    scale[INPUT_NAMES.index(name)] *= 1.5
    wrong = replace(scalers, inputs=replace(scalers.inputs, scale=tuple(scale)))
    directory = put(SCALERS, wrong.to_json().encode())
    with pytest.raises(BundleError, match="off the recorded one"):
        verify(directory, network)


def test_inputs_scaled_with_a_mean_are_refused(put, scalers, network):
    mean = (0.1,) * len(INPUT_NAMES)
    wrong = replace(scalers, inputs=replace(scalers.inputs, mean=mean))
    directory = put(SCALERS, wrong.to_json().encode())
    with pytest.raises(BundleError, match="off the recorded one"):
        verify(directory, network)


def test_golden_inputs_survive_a_json_round_trip_exactly(windows):
    golden = Golden(windows, np.ones((5, 2)))
    recorded = Golden.from_json(golden.to_json()).windows
    np.testing.assert_array_equal(recorded.features, windows.features)
    np.testing.assert_array_equal(recorded.calendar, windows.calendar)
    np.testing.assert_array_equal(recorded.inputs, windows.inputs)


def test_one_wrong_answer_among_many_is_refused(directory, network):
    def wrong(*arguments):
        outputs = network(*arguments)
        outputs[3, 1] += 0.1
        return outputs

    with pytest.raises(BundleError, match="off the recorded one"):
        verify(directory, wrong)


def test_a_network_that_returns_nan_is_refused(directory):
    with pytest.raises(BundleError, match="a forecast is nan% off the recorded one"):
        verify(directory, lambda window, *_: np.full((len(window), 2), np.nan, dtype=np.float32))


def test_a_network_of_another_horizon_is_refused(directory):
    with pytest.raises(BundleError, match=r"shape \(5, 3\) instead of the recorded \(5, 2\)"):
        verify(directory, lambda window, *_: np.zeros((len(window), 3), dtype=np.float32))


@pytest.mark.parametrize(
    "fact",
    [{"window": 4}, {"horizon": 3}, {"features": ["log_volume"]}],
    ids=["window", "horizon", "features"],
)
def test_a_manifest_that_does_not_match_the_golden_answers_is_refused(reseal, fact):
    with pytest.raises(BundleError, match=r"golden\.json has arrays of .*; manifest\.json needs"):
        load_bundle(reseal(**fact))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"windows": [[[1.0]]], "volumes": [[1.0]]}',
        '{"features": [], "calendar": [], "volumes": []}',
        '{"features": [[1], [1, 2]], "calendar": [], "inputs": [], "volumes": []}',
        '{"features": "a", "calendar": [], "inputs": [], "volumes": []}',
        "[" * 100_000,
    ],
    ids=[
        "empty",
        "null",
        "a list",
        "no parts",
        "contract 1",
        "no inputs",
        "ragged",
        "text",
        "nested",
    ],
)  # fmt: skip
def test_a_malformed_golden_file_is_refused(put, text):
    directory = put(GOLDEN, text.encode())
    with pytest.raises(BundleError, match=rf"^{directory.name}: golden\.json is malformed"):
        load_bundle(directory)


FLAGS, INPUTS = len(CALENDAR_FLAGS), len(INPUT_NAMES)


@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 3, 3), (5, 5, FLAGS), (5, 2, INPUTS), (5, 2)),
        ((5, 2, 3), (5, 5, FLAGS), (5, 2, INPUTS), (5, 2)),
        ((5, 3, 4), (5, 5, FLAGS), (5, 2, INPUTS), (5, 2)),
        ((5, 3, 3), (4, 5, FLAGS), (5, 2, INPUTS), (5, 2)),
        ((5, 3, 3), (5, 3, FLAGS), (5, 2, INPUTS), (5, 2)),
        ((5, 3, 3), (5, 5, FLAGS - 1), (5, 2, INPUTS), (5, 2)),
        ((5, 3, 3), (5, 5, FLAGS), (4, 2, INPUTS), (5, 2)),
        ((5, 3, 3), (5, 5, FLAGS), (5, 1, INPUTS), (5, 2)),
        ((5, 3, 3), (5, 5, FLAGS), (5, 2, INPUTS - 1), (5, 2)),
        ((5, 3, 3), (5, 5, FLAGS), (5, 2, INPUTS), (4, 2)),
        ((5, 3, 3), (5, 5, FLAGS), (5, 2, INPUTS), (5, 1)),
        ((5, 3, 3), (5, 5, FLAGS), (5, 2, INPUTS), (5,)),
        ((3, 3), (5, FLAGS), (2, INPUTS), (2,)),
        ((), (), (), ()),
        ((0, 3, 3), (0, 5, FLAGS), (0, 2, INPUTS), (0, 2)),
    ],
    ids=[
        "fewer windows", "shorter windows", "extra feature", "fewer calendars",
        "calendar without future sessions", "missing flag", "fewer inputs",
        "inputs without a step", "missing input", "fewer volumes", "missing step",
        "volumes without steps", "one window unstacked", "numbers", "no windows",
    ],
)  # fmt: skip
def test_golden_arrays_of_wrong_shapes_are_refused(put, shapes):
    *parts, volumes = map(np.ones, shapes)
    golden = Golden(Windows(*parts), volumes)
    directory = put(GOLDEN, golden.to_json().encode())
    with pytest.raises(
        BundleError,
        match=rf"^{directory.name}: golden\.json has arrays of .*; manifest\.json needs",
    ):
        load_bundle(directory)


def test_golden_arrays_of_the_right_shapes_are_loaded(put):
    parts = (np.ones((1, 3, 3)), np.ones((1, 5, FLAGS)), np.ones((1, 2, INPUTS)))
    golden = Golden(Windows(*parts), np.ones((1, 2)))
    directory = put(GOLDEN, golden.to_json().encode())
    assert len(load_bundle(directory).golden.windows) == 1
