from dataclasses import replace

import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.forecasting import network_arguments
from model_contract.model.onnx_network import VOLUME
from training.network.checkpoints import Checkpoints
from training.network.fitting import fit, refit
from training.network.linear_path import build_linear_network
from training.params import TrainParams
from training.window_data import WindowData
from unit_scalers import UNSCALED

EFFECTS = np.linspace(-0.1, 0.1, len(CALENDAR_FLAGS))


@pytest.fixture(scope="module")
def data(make_windows) -> WindowData:
    features = np.random.default_rng(1).normal([14, 0, 0], 0.3, (120, 3))
    return make_windows(features)


@pytest.fixture(scope="module")
def params(train_params) -> TrainParams:
    return replace(train_params, members=1, units=2, dropout=0.2, epochs=3)


def weights(network) -> list[np.ndarray]:
    return [np.asarray(value) for value in network.get_weights()]


def same(one, other) -> bool:
    return all(map(np.array_equal, weights(one), weights(other)))


def test_a_refit_takes_the_steps_of_a_fit_and_keeps_the_last(data, params):
    """The validation windows are the training windows, so the loss falls until the last epoch."""
    fitted, losses = fit(EFFECTS, data, data, UNSCALED, params)
    assert losses["validation_loss"].idxmin() == 3
    assert same(refit(EFFECTS, data, UNSCALED, params, 3), fitted)
    assert not same(refit(EFFECTS, data, UNSCALED, params, 2), fitted)


def test_a_refit_of_no_epochs_is_the_linear_path(data, params):
    arguments, _ = network_arguments(data.windows(), UNSCALED)
    forecasts = [
        np.asarray(network(list(arguments))[VOLUME])
        for network in (
            refit(EFFECTS, data, UNSCALED, params, 0),
            build_linear_network(EFFECTS, data, UNSCALED, params),
        )
    ]
    np.testing.assert_array_equal(*forecasts)


class KilledError(BaseException):
    """Ends training like SIGKILL."""


def test_a_killed_refit_resumes_to_the_same_weights(data, params, tmp_path):
    class Killing(Checkpoints):
        def save(self, epoch, state):
            super().save(epoch, state)
            if epoch == 1:
                raise KilledError

    with pytest.raises(KilledError):
        refit(EFFECTS, data, UNSCALED, params, 3, Killing("key", tmp_path))
    resumed = refit(EFFECTS, data, UNSCALED, params, 3, Checkpoints("key", tmp_path))
    assert same(resumed, refit(EFFECTS, data, UNSCALED, params, 3))
