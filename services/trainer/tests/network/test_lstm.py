from collections.abc import Callable
from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, MARKET_POSITIONS
from model_contract.model.onnx_network import CONTRIBUTIONS, VOLUME
from model_contract.model.scaling import Scaler, Scalers, window_level
from model_contract.model.windows import Windows
from training.network.lstm import (
    CALENDAR_EFFECT,
    CONTEXT,
    MEMBERS,
    RECENT,
    RESIDUALS,
    SERIES,
    WITH_MARKET,
    WITHOUT_MARKET,
    as_network,
    build_learner,
    build_network,
)
from unit_scalers import UNIT_INPUTS

WINDOW, FEATURES, FLAGS, HORIZON = 30, len(FEATURE_NAMES), len(CALENDAR_FLAGS), 3
SCALERS = Scalers.of(Scaler(FEATURE_NAMES, (-0.02, 0.001, 0.03), (0.4, 0.02, 0.01)), UNIT_INPUTS)
HALF_DAY, EXPIRY = CALENDAR_FLAGS.index("half_day"), CALENDAR_FLAGS.index("options_expiry")
STEPS = 120
LINEAR = (CALENDAR_EFFECT, WITH_MARKET, WITHOUT_MARKET)


@dataclass
class Arguments:
    """What a network takes, scaled."""

    window: np.ndarray
    calendar: np.ndarray
    inputs: np.ndarray

    def __iter__(self):
        return iter((self.window, self.calendar, self.inputs))


def arguments(samples: int = 5, eventful: bool = False) -> Arguments:
    """Random windows and inputs; without flags, unless they are `eventful`."""
    random = np.random.default_rng(3)
    parts = (
        random.normal(size=(samples, WINDOW, FEATURES)),
        random.integers(0, 2, (samples, WINDOW + HORIZON, FLAGS)) * eventful,
        random.normal(size=(samples, HORIZON, len(INPUT_NAMES))),
    )
    return Arguments(*(part.astype(np.float32) for part in parts))


@pytest.fixture(scope="module")
def build(train_params) -> Callable[..., keras.Model]:
    """Builds an untrained network, in which effects, linear path and residual are zero."""

    def built(**changes) -> keras.Model:
        keras.utils.set_random_seed(1)
        params = replace(train_params, **{"weight_decay": 0.01, **changes})
        return build_network(WINDOW, HORIZON, params)

    return built


@pytest.fixture
def with_effects(build) -> keras.Model:
    """An untrained network; a half-day adds -0.5 to the scaled log volume, an expiry adds 0.3."""
    network = build()
    effects = np.zeros((FLAGS, 1))
    effects[[HALF_DAY, EXPIRY], 0] = -0.5, 0.3
    network.get_layer(CALENDAR_EFFECT).set_weights([effects])
    return network


def randomised(network: keras.Model) -> keras.Model:
    """Give a network random weights in every layer, as after training."""
    random = np.random.default_rng(1)
    network.set_weights([random.normal(0, 0.3, weights.shape) for weights in network.get_weights()])
    return network


@pytest.fixture(scope="module")
def trained(build) -> keras.Model:
    """A network with random weights in every layer. Tests must not change it."""
    return randomised(build())


@pytest.fixture
def windows() -> Windows:
    """Five windows of about three million shares a day, without flags."""
    values = np.random.default_rng(2).normal(0, [0.4, 0.02, 0.01], (5, WINDOW, FEATURES))
    values[:, :, 0] += 15
    return Windows(values, np.zeros((5, WINDOW + HORIZON, FLAGS)), arguments().inputs.astype(float))


def answers(network: keras.Model, given: Arguments) -> dict[str, np.ndarray]:
    return {name: np.asarray(found) for name, found in network(list(given)).items()}


def volume(network: keras.Model, given: Arguments) -> np.ndarray:
    return as_network(network)(*given)


def members(network: keras.Model, given: Arguments) -> np.ndarray:
    """The residual of each member, (samples, members, horizon)."""
    layers = [network.get_layer(name).output for name in (SERIES, CONTEXT)]
    return np.asarray(network.get_layer(RESIDUALS)(keras.Model(network.inputs, layers)([*given])))


def lstm(network: keras.Model, given: Arguments) -> np.ndarray:
    """What the residual adds to the forecast."""
    return answers(network, given)[CONTRIBUTIONS][:, :, -1]


def forecast(network: keras.Model, windows: Windows) -> np.ndarray:
    return forecast_volumes(windows, SCALERS, as_network(network))


def level_and_ahead(network: keras.Model, given: Arguments) -> np.ndarray:
    """The level of the window without its effects, plus the effects of the sessions ahead."""
    effect = (given.calendar @ network.get_layer(CALENDAR_EFFECT).get_weights()[0])[:, :, 0]
    adjusted = given.window[:, :, 0] - effect[:, :WINDOW]
    return adjusted.mean(axis=1, keepdims=True) + effect[:, WINDOW:]


def test_an_untrained_network_forecasts_the_level_of_the_window(build, windows):
    level = np.exp(window_level(windows.features))[:, None].repeat(HORIZON, axis=1)
    np.testing.assert_allclose(forecast(build(), windows), level, rtol=1e-6)


def test_effects_are_subtracted_from_the_window_and_added_ahead(with_effects):
    given = arguments(1)
    given.window[:] = 0
    # The window's last session: its 0 would be 0.5 on a normal day.
    given.calendar[0, WINDOW - 1, HALF_DAY] = 1
    given.calendar[0, WINDOW + 1, EXPIRY] = 1
    given.calendar[0, WINDOW + 2, [HALF_DAY, EXPIRY]] = 1
    level = 0.5 / WINDOW
    np.testing.assert_allclose(
        volume(with_effects, given), [[level, level + 0.3, level - 0.2]], atol=1e-6
    )


def test_a_half_day_in_the_window_does_not_change_the_forecast(build):
    network = randomised(build())
    effects = np.zeros((FLAGS, 1))
    effects[HALF_DAY] = -0.5
    network.get_layer(CALENDAR_EFFECT).set_weights([effects])
    given = arguments()
    before = volume(network, given)
    given.window[:, 7, 0] -= 0.5
    given.calendar[:, 7, HALF_DAY] = 1
    np.testing.assert_allclose(volume(network, given), before, atol=1e-6)


@pytest.mark.parametrize("step", range(HORIZON))
def test_a_flag_on_a_session_ahead_changes_only_that_step(with_effects, step):
    given = arguments()
    before = volume(with_effects, given)
    given.calendar[:, WINDOW + step, EXPIRY] = 1
    moved = volume(with_effects, given) - before
    np.testing.assert_allclose(
        moved, np.tile(np.where(np.arange(HORIZON) == step, 0.3, 0), (5, 1)), atol=1e-6
    )


def test_the_forecast_is_the_sum_of_its_contributions(trained):
    """Each input and the constant add their coefficient times their value."""
    given = arguments(eventful=True)
    found = answers(trained, given)
    np.testing.assert_allclose(
        found[VOLUME],
        level_and_ahead(trained, given) + found[CONTRIBUTIONS].sum(axis=2),
        atol=2e-6,
    )
    (weights,) = trained.get_layer(WITH_MARKET).get_weights()
    regressors = np.append(given.inputs, np.ones((5, HORIZON, 1)), axis=2)
    np.testing.assert_allclose(found[CONTRIBUTIONS][:, :, :-1], weights * regressors, atol=1e-6)


def test_the_path_without_the_market_is_used_only_if_no_market_input_is_known(trained):
    given = arguments(6)
    given.inputs[:, :, MARKET_POSITIONS] = 0
    given.inputs[1, :, MARKET_POSITIONS[0]] = 1e-6
    given.inputs[2, :, MARKET_POSITIONS[1]] = -3
    given.inputs[3, 1, MARKET_POSITIONS[0]] = 2  # of one step only
    given.inputs[5, :, :] = 0
    constants = answers(trained, given)[CONTRIBUTIONS][:, :, -2]
    of_path = {name: trained.get_layer(name).get_weights()[0][:, -1] for name in LINEAR[1:]}
    expected = (WITHOUT_MARKET, WITH_MARKET, WITH_MARKET, WITH_MARKET, *2 * (WITHOUT_MARKET,))
    np.testing.assert_array_equal(constants, [of_path[name] for name in expected])


def test_every_member_starts_at_the_linear_path(with_effects):
    given = arguments(eventful=True)
    given.window[:, :, 1:] *= 10
    np.testing.assert_array_equal(members(with_effects, given), np.zeros((5, 2, HORIZON)))
    np.testing.assert_array_equal(lstm(with_effects, given), 0)


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_share_of_the_members_mean_is_added(build, share):
    network, given = randomised(build(members=3, residual_share=share)), arguments()
    found = answers(network, given)
    linear = found[VOLUME] - found[CONTRIBUTIONS][:, :, -1]
    residuals = members(network, given)
    assert residuals.std(axis=1).min() > 1e-3
    np.testing.assert_allclose(found[VOLUME], linear + share * residuals.mean(axis=1), atol=1e-5)


def test_without_a_share_the_forecast_is_the_linear_path(build):
    network, given = randomised(build(residual_share=0.0)), arguments(eventful=True)
    found = answers(network, given)
    np.testing.assert_array_equal(found[CONTRIBUTIONS][:, :, -1], 0)
    np.testing.assert_allclose(
        found[VOLUME],
        level_and_ahead(network, given) + found[CONTRIBUTIONS][:, :, :-1].sum(axis=2),
        atol=2e-6,
    )


def test_the_residual_sees_only_the_recent_sessions(trained):
    given, older, oldest_seen = arguments(), arguments(), arguments()
    older.window[:, :-RECENT, 1:] += 1
    oldest_seen.window[:, -RECENT, 1:] += 1
    np.testing.assert_array_equal(lstm(trained, older), lstm(trained, given))
    assert np.abs(lstm(trained, oldest_seen) - lstm(trained, given)).max() > 1e-5


@pytest.mark.parametrize("part", ["returns", "inputs", "effects ahead"])
def test_a_trained_residual_sees_prices_inputs_and_the_effects_ahead(trained, part):
    given, changed = arguments(), arguments()
    if part == "returns":
        changed.window[:, :, 1] *= 3
    elif part == "inputs":
        changed.inputs[:, -1, -1] += 1
    else:
        changed.calendar[:, WINDOW, EXPIRY] = 1
    assert np.abs(lstm(trained, changed) - lstm(trained, given)).min() > 1e-5


def test_the_residual_sees_flags_only_through_their_effects(build):
    network = randomised(build())
    network.get_layer(CALENDAR_EFFECT).set_weights([np.zeros((FLAGS, 1))])
    np.testing.assert_array_equal(
        volume(network, arguments(eventful=True)), volume(network, arguments())
    )


def test_the_residual_does_not_extrapolate_beyond_five_deviations(trained):
    given, absurd = arguments(), arguments()
    given.inputs[:, :, 0], absurd.inputs[:, :, 0] = 5, 5000
    np.testing.assert_array_equal(lstm(trained, absurd), lstm(trained, given))


@dataclass(frozen=True)
class Course:
    """A learner trained on one batch, and its learning rate before each step."""

    learner: keras.Model
    given: list[np.ndarray]
    wanted: np.ndarray
    rates: list[float]


@pytest.fixture(scope="module")
def course(train_params) -> Course:
    """A learner that has overfitted a small batch."""
    keras.utils.set_random_seed(1)
    learner = build_learner(HORIZON, replace(train_params, weight_decay=0.01), STEPS)
    random = np.random.default_rng(1)
    given = [
        random.normal(size=(16, *part.shape[1:])).astype(np.float32) for part in learner.inputs
    ]
    wanted = random.normal(size=(16, HORIZON)).astype(np.float32)
    rates = [float(learner.optimizer.learning_rate)]
    for _ in range(STEPS):
        learner.train_on_batch(given, {VOLUME: wanted, MEMBERS: wanted[:, None]})
        rates.append(float(learner.optimizer.learning_rate))
    return Course(learner, given, wanted, rates)


def test_every_member_learns_the_whole_target_in_its_own_way(course):
    found = np.asarray(course.learner(course.given)[MEMBERS])
    errors = np.abs(found - course.wanted[:, None]).mean(axis=(0, 2))
    assert errors.max() < np.abs(course.wanted).mean() / 10
    assert np.abs(found[:, 0] - found[:, 1]).mean() > 1e-3


def test_a_learner_s_weights_are_those_of_the_network_s_residuals(build, train_params):
    learner, network = build_learner(HORIZON, train_params, STEPS), build()
    weights = randomised(learner).get_weights()
    network.get_layer(RESIDUALS).set_weights(weights)
    given = arguments()
    layers = [network.get_layer(name).output for name in (SERIES, CONTEXT)]
    known = keras.Model(network.inputs, layers)([*given])
    found = learner(known)
    np.testing.assert_allclose(found[MEMBERS], members(network, given), atol=1e-6)
    np.testing.assert_allclose(found[VOLUME], lstm(network, given), atol=1e-6)


def test_the_learning_rate_falls_to_zero(course):
    assert course.rates[0] == pytest.approx(0.02)
    assert (np.diff(course.rates) < 0).all()
    assert course.rates[-1] == pytest.approx(0, abs=1e-9)


def test_a_thousand_times_the_shares_give_a_thousand_times_the_forecast(trained, windows):
    larger = windows.features.copy()
    larger[:, :, 0] += np.log(1000)
    np.testing.assert_allclose(
        forecast(trained, replace(windows, features=larger)),
        1000 * forecast(trained, windows),
        rtol=1e-5,
    )


def test_a_window_s_forecast_does_not_depend_on_the_others_in_the_batch(trained, windows):
    np.testing.assert_allclose(
        forecast(trained, windows.take(slice(3, 4))), forecast(trained, windows)[3:4], rtol=1e-5
    )


def test_another_seed_gives_different_weights(train_params):
    weights = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        network = build_network(WINDOW, HORIZON, train_params)
        weights.append(network.trainable_variables[0].numpy())
    assert not np.array_equal(*weights)
