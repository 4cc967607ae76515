import keras
import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from training.network.linear_path import build_linear_network
from training.network.lstm import WITHOUT_MARKET
from training.scoring.lstm_significance import keep_if_significant, losses
from unit_scalers import UNSCALED

EFFECTS = np.zeros(len(CALENDAR_FLAGS))


@pytest.fixture
def data(make_windows):
    """Training and validation windows that the linear path forecasts well."""

    def made(seed: int, sessions: int):
        random = np.random.default_rng(seed)
        volume = np.zeros(sessions)
        for row in range(1, sessions):
            volume[row] = 0.6 * volume[row - 1] + random.normal(0, 0.3)
        return make_windows(
            np.column_stack(
                [14 + volume, random.normal(0, 0.01, sessions), np.full(sessions, 0.02)]
            )
        )

    return made(1, 500), made(2, 200)


def shifted(data, params, by: float) -> keras.Model:
    """Build the linear path with every log volume raised by `by`."""
    network = build_linear_network(EFFECTS, data[0], UNSCALED, params)
    path = network.get_layer(WITHOUT_MARKET)
    (weights,) = path.get_weights()
    weights[:, -1] += by
    path.set_weights([weights])
    return network


def test_a_network_worse_on_validation_is_replaced_by_its_linear_path(data, train_params):
    network = shifted(data, train_params, 1.0)
    kept, _ = keep_if_significant(network, EFFECTS, *data, UNSCALED, train_params)
    assert kept is not network
    assert losses(kept, data[1], UNSCALED).mean() < losses(network, data[1], UNSCALED).mean()


def test_a_network_equal_to_its_linear_path_is_replaced_by_it(data, train_params):
    network = shifted(data, train_params, 0.0)
    kept, p_value = keep_if_significant(network, EFFECTS, *data, UNSCALED, train_params)
    assert (kept is network, p_value) == (False, 0.5)


def test_a_network_that_is_clearly_better_is_kept(data, train_params, make_windows):
    # The volume grows by a fifth every day.
    higher = make_windows(
        data[1].features + np.linspace(0, 40, len(data[1].features))[:, None] * [1, 0, 0]
    )
    by = float(np.median(losses(shifted(data, train_params, 0.0), higher, UNSCALED)))
    network = shifted(data, train_params, by)
    kept, p_value = keep_if_significant(network, EFFECTS, data[0], higher, UNSCALED, train_params)
    assert kept is network
    assert p_value < 0.001
