from dataclasses import replace

import keras
import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.scaling import Scaler, Scalers, window_level
from model_contract.model.windows import Windows
from training.network.lstm import CALENDAR_EFFECT, HAR, build_network

WINDOW, FEATURES, FLAGS, HORIZON = 30, len(FEATURE_NAMES), len(CALENDAR_FLAGS), 3
SCALERS = Scalers.of_features(Scaler(FEATURE_NAMES, (-0.02, 0.001, 0.03), (0.4, 0.02, 0.01)))
HALF_DAY, EXPIRY = CALENDAR_FLAGS.index("half_day"), CALENDAR_FLAGS.index("options_expiry")


@pytest.fixture
def network(train_params) -> keras.Model:
    """An untrained network, in which effects, HAR and the residual's last layer are zero."""
    keras.utils.set_random_seed(1)
    return build_network(WINDOW, HORIZON, replace(train_params, weight_decay=0.01))


@pytest.fixture
def with_effects(network) -> keras.Model:
    """An untrained network; a half-day adds -0.5 to the scaled log volume, an expiry adds 0.3."""
    effects = np.zeros((FLAGS, 1))
    effects[[HALF_DAY, EXPIRY], 0] = -0.5, 0.3
    network.get_layer(CALENDAR_EFFECT).set_weights([effects])
    return network


@pytest.fixture
def trained(network) -> keras.Model:
    """A network with random weights in every layer except the calendar effects."""
    random = np.random.default_rng(1)
    network.set_weights([random.normal(0, 0.3, weights.shape) for weights in network.get_weights()])
    network.get_layer(CALENDAR_EFFECT).set_weights([np.zeros((FLAGS, 1))])
    return network


@pytest.fixture
def windows() -> Windows:
    """Five windows of about three million shares a day, without flags."""
    values = np.random.default_rng(2).normal(0, [0.4, 0.02, 0.01], (5, WINDOW, FEATURES))
    values[:, :, 0] += 15
    return Windows(values, np.zeros((5, WINDOW + HORIZON, FLAGS)))


def scaled(samples: int = 5) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(samples, WINDOW, FEATURES)).astype(np.float32)


def flags(samples: int = 5, random: np.random.Generator | None = None) -> np.ndarray:
    shape = (samples, WINDOW + HORIZON, FLAGS)
    return (
        np.zeros(shape, np.float32)
        if random is None
        else random.integers(0, 2, shape).astype(np.float32)
    )


def answers(network: keras.Model, window: np.ndarray, calendar: np.ndarray) -> np.ndarray:
    return np.asarray(network([window, calendar]))


def forecast(network: keras.Model, windows: Windows) -> np.ndarray:
    return forecast_volumes(
        windows, SCALERS, lambda window, calendar: answers(network, window, calendar)
    )


def test_an_untrained_network_forecasts_the_level_of_the_window(network, windows):
    np.testing.assert_allclose(
        forecast(network, windows),
        np.exp(window_level(windows.features))[:, None].repeat(HORIZON, axis=1),
        rtol=1e-6,
    )


def test_effects_are_subtracted_from_the_window_and_added_ahead(with_effects):
    window, calendar = np.zeros((1, WINDOW, FEATURES), np.float32), flags(1)
    calendar[0, WINDOW - 1, HALF_DAY] = (
        1  # the window's last session: its 0 would be 0.5 on a normal day
    )
    calendar[0, WINDOW + 1, EXPIRY] = 1
    calendar[0, WINDOW + 2, [HALF_DAY, EXPIRY]] = 1
    level = 0.5 / WINDOW
    np.testing.assert_allclose(
        answers(with_effects, window, calendar), [[level, level + 0.3, level - 0.2]], atol=1e-6
    )


def test_a_half_day_in_the_window_does_not_change_the_forecast(with_effects):
    window, calendar = scaled(), flags()
    before = answers(with_effects, window, calendar)
    window[:, 7, 0] -= 0.5
    calendar[:, 7, HALF_DAY] = 1
    np.testing.assert_allclose(answers(with_effects, window, calendar), before, atol=1e-6)


@pytest.mark.parametrize("step", range(HORIZON))
def test_a_flag_on_a_session_ahead_changes_only_that_step(with_effects, step):
    calendar = flags()
    before = answers(with_effects, scaled(), calendar)
    calendar[:, WINDOW + step, EXPIRY] = 1
    moved = answers(with_effects, scaled(), calendar) - before
    np.testing.assert_allclose(
        moved, np.tile(np.where(np.arange(HORIZON) == step, 0.3, 0), (5, 1)), atol=1e-6
    )


def test_the_linear_path_is_har_on_the_window_without_its_effects(with_effects):
    random = np.random.default_rng(4)
    window, calendar, kernel, bias = (
        scaled(),
        flags(random=random),
        random.normal(size=(3, HORIZON)),
        random.normal(size=HORIZON),
    )
    with_effects.get_layer(HAR).set_weights([kernel, bias])
    effect = -0.5 * calendar[:, :, HALF_DAY] + 0.3 * calendar[:, :, EXPIRY]
    adjusted = window[:, :, 0] - effect[:, :WINDOW]
    level = adjusted.mean(axis=1, keepdims=True)
    means = (
        np.stack([adjusted[:, -sessions:].mean(axis=1) for sessions in (1, 5, 22)], axis=1) - level
    )
    np.testing.assert_allclose(
        answers(with_effects, window, calendar),
        level + effect[:, WINDOW:] + means @ kernel + bias,
        atol=1e-5,
    )


def test_the_residual_starts_at_zero(with_effects):
    calm, wild = scaled(), scaled()
    wild[:, :, 1:] *= 10
    np.testing.assert_array_equal(
        answers(with_effects, wild, flags()), answers(with_effects, calm, flags())
    )


def test_a_trained_residual_looks_at_prices(trained):
    calm, wild = scaled(), scaled()
    wild[:, :, 1:] *= 10
    assert np.abs(answers(trained, wild, flags()) - answers(trained, calm, flags())).min() > 1e-4


def test_the_lstm_does_not_see_the_calendar(trained):
    expected = answers(trained, scaled(), flags())
    np.testing.assert_array_equal(
        answers(trained, scaled(), flags(random=np.random.default_rng(5))), expected
    )


def test_neither_training_nor_weight_decay_changes_the_linear_path(with_effects):
    with_effects.get_layer(HAR).set_weights([np.ones((3, HORIZON)), np.ones(HORIZON)])
    fixed = {name: with_effects.get_layer(name).get_weights() for name in (CALENDAR_EFFECT, HAR)}
    rest = [weight.numpy() for weight in with_effects.trainable_variables]
    with_effects.train_on_batch([scaled(), flags()], np.ones((5, HORIZON), np.float32))
    for name, weights in fixed.items():
        for before, after in zip(weights, with_effects.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(after, before)
    assert any(
        not np.array_equal(weight.numpy(), before)
        for weight, before in zip(with_effects.trainable_variables, rest, strict=True)
    )


def test_a_thousand_times_the_shares_give_a_thousand_times_the_forecast(trained, windows):
    larger = windows.features.copy()
    larger[:, :, 0] += np.log(1000)
    np.testing.assert_allclose(
        forecast(trained, Windows(larger, windows.calendar)),
        1000 * forecast(trained, windows),
        rtol=1e-5,
    )


def test_a_window_s_forecast_does_not_depend_on_the_others_in_the_batch(trained, windows):
    np.testing.assert_allclose(
        forecast(trained, windows.take(slice(3, 4))), forecast(trained, windows)[3:4], rtol=1e-5
    )


def test_the_network_overfits_a_small_batch(network):
    random = np.random.default_rng(1)
    wanted = random.normal(size=(16, HORIZON)).astype(np.float32)
    losses = [float(network.train_on_batch([scaled(16), flags(16)], wanted)) for _ in range(150)]
    assert losses[-1] < losses[0] / 10


def test_another_seed_gives_different_weights(train_params):
    weights = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        weights.append(build_network(WINDOW, HORIZON, train_params).trainable_variables[0].numpy())
    assert not np.array_equal(*weights)
