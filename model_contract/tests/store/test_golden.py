import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import load_bundle
from model_contract.store.golden import Golden


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
    with pytest.raises(BundleError, match=r"the model forecasts \(5, 3\), recorded \(5, 2\)"):
        verify(directory, lambda inputs, _: np.zeros((len(inputs), 3), dtype=np.float32))
