import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.model.windows import Windows
from model_contract.store.bundle import load_bundle
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
        verify(directory, lambda *inputs: network(*inputs) + np.float32(1.5 * np.log(1.1)))


def test_rounding_differences_between_processors_pass(directory, network):
    verify(directory, lambda *inputs: network(*inputs) * np.float32(1 + 1e-6))


def test_a_network_that_ignores_the_calendar_is_refused(directory, network):
    with pytest.raises(BundleError, match="off the recorded one"):
        verify(directory, lambda inputs, calendar: network(inputs, np.zeros_like(calendar)))


def test_one_wrong_answer_among_many_is_refused(directory, network):
    def wrong(*inputs):
        outputs = network(*inputs)
        outputs[3, 1] += 0.1
        return outputs

    with pytest.raises(BundleError, match="off the recorded one"):
        verify(directory, wrong)


def test_a_network_that_returns_nan_is_refused(directory):
    with pytest.raises(BundleError, match="a forecast is nan% off the recorded one"):
        verify(directory, lambda inputs, _: np.full((len(inputs), 2), np.nan, dtype=np.float32))


def test_a_network_of_another_horizon_is_refused(directory):
    with pytest.raises(BundleError, match=r"shape \(5, 3\) instead of the recorded \(5, 2\)"):
        verify(directory, lambda inputs, _: np.zeros((len(inputs), 3), dtype=np.float32))


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
        '{"features": [[1], [1, 2]], "calendar": [], "volumes": []}',
        '{"features": "a", "calendar": [], "volumes": []}',
        "[" * 100_000,
    ],
    ids=["empty", "null", "a list", "no parts", "contract 1", "ragged", "text", "nested"],
)
def test_a_malformed_golden_file_is_refused(put, text):
    directory = put(GOLDEN, text.encode())
    with pytest.raises(BundleError, match=rf"^{directory.name}: golden\.json is malformed"):
        load_bundle(directory)


@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 3, 3), (5, 5, 12), (5, 2)),
        ((5, 2, 3), (5, 5, 12), (5, 2)),
        ((5, 3, 4), (5, 5, 12), (5, 2)),
        ((5, 3, 3), (4, 5, 12), (5, 2)),
        ((5, 3, 3), (5, 3, 12), (5, 2)),
        ((5, 3, 3), (5, 5, 11), (5, 2)),
        ((5, 3, 3), (5, 5, 12), (4, 2)),
        ((5, 3, 3), (5, 5, 12), (5, 1)),
        ((5, 3, 3), (5, 5, 12), (5,)),
        ((3, 3), (5, 12), (2,)),
        ((), (), ()),
        ((0, 3, 3), (0, 5, 12), (0, 2)),
    ],
    ids=[
        "fewer windows", "shorter windows", "extra feature", "fewer calendars",
        "calendar without future sessions", "missing flag", "fewer volumes", "missing step",
        "volumes without steps", "one window unstacked", "numbers", "no windows",
    ],
)  # fmt: skip
def test_golden_arrays_of_wrong_shapes_are_refused(put, shapes):
    features, calendar, volumes = map(np.ones, shapes)
    golden = Golden(Windows(features, calendar), volumes)
    directory = put(GOLDEN, golden.to_json().encode())
    with pytest.raises(
        BundleError,
        match=rf"^{directory.name}: golden\.json has arrays of .*; manifest\.json needs",
    ):
        load_bundle(directory)


def test_golden_arrays_of_the_right_shapes_are_loaded(put):
    golden = Golden(Windows(np.ones((1, 3, 3)), np.ones((1, 5, 12))), np.ones((1, 2)))
    directory = put(GOLDEN, golden.to_json().encode())
    assert len(load_bundle(directory).golden.windows) == 1
