from dataclasses import replace

import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.model.features import LOG_VOLUME
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.scaling import (
    MAX_INPUT,
    MAX_LOG_VOLUME,
    Scaler,
    Scalers,
    model_inputs,
    scaled_inputs,
    targets,
    volumes,
    window_level,
)


def test_a_fitted_scaler_gives_mean_zero_and_deviation_one():
    values = np.random.default_rng(1).normal(5, 3, (200, 2))
    scaled = Scaler.fit(values, ("a", "b")).transform(values)
    np.testing.assert_allclose(
        [scaled.mean(axis=0), scaled.std(axis=0)], [[0, 0], [1, 1]], atol=1e-12
    )


def test_a_scaler_uses_the_population_deviation():
    assert Scaler.fit(np.array([[1.0], [3.0]]), ("a",)) == Scaler(("a",), (2.0,), (1.0,))


@pytest.mark.parametrize("constant", [7.0, 0.1], ids=["exact mean", "rounded mean"])
def test_a_constant_column_gets_scale_1(constant):
    assert Scaler.fit(np.full((1_001, 1), constant), ("a",)).scale == (1.0,)


def test_inverse_undoes_transform(scalers):
    values = np.random.default_rng(1).normal(size=(4, 3))
    np.testing.assert_allclose(
        scalers.features.inverse(scalers.features.transform(values)), values, atol=1e-14
    )


def test_inverse_gives_double_precision(scalers):
    assert scalers.target.inverse(np.zeros((1, 1), dtype=np.float32)).dtype == np.float64


def test_the_target_is_scaled_like_the_log_volume_of_the_window(scalers):
    assert Scalers.of(scalers.features, scalers.inputs) == Scalers(
        scalers.features, scalers.inputs, Scaler((LOG_VOLUME,), (0.1,), (0.4,))
    )


def test_an_effect_on_volume_is_scaled_alike_in_input_and_target(windows, scalers):
    """The effect: twice the volume, in a window's last session or in the session after it."""
    alike = Scalers.of(scalers.features, scalers.inputs)
    level = window_level(windows.features)
    relative = windows.features - level[:, None, None] * np.array([1.0, 0, 0])
    doubled = relative + np.log(2) * np.array([1.0, 0, 0])
    in_window = (alike.features.transform(doubled) - alike.features.transform(relative))[:, -1, 0]
    log_volume = windows.features[:, -1:, 0]
    in_target = (targets(log_volume + np.log(2), level, alike) - targets(log_volume, level, alike))[
        :, 0
    ]
    np.testing.assert_allclose(in_window, in_target, rtol=1e-5)


def test_a_network_that_repeats_its_last_input_repeats_the_last_volume(windows, scalers):
    alike = Scalers.of(scalers.features, scalers.inputs)
    forecast = forecast_volumes(windows, alike, lambda window, *_: window[:, -1, :1])
    np.testing.assert_allclose(forecast, np.exp(windows.log_volume[:, -1:]), rtol=1e-6)


def test_volumes_undo_targets(scalers):
    log_volume, level = np.log([[1e6, 2e6], [3e4, 5e9]]), np.array([14.0, 12.0])
    np.testing.assert_allclose(
        volumes(targets(log_volume, level, scalers), level, scalers), np.exp(log_volume), rtol=1e-5
    )


def test_the_level_is_the_mean_log_volume_of_the_window():
    windows = np.array([[[1.0, 90.0], [3.0, 90.0]], [[5.0, 0.0], [6.0, 0.0]]])
    np.testing.assert_array_equal(window_level(windows), [2.0, 5.5])


def test_only_the_log_volume_of_the_inputs_is_relative_to_the_level():
    plain = Scalers(
        Scaler((LOG_VOLUME, "b"), (0.0, 0.0), (1.0, 2.0)),
        Scaler(("day",), (0.0,), (1.0,)),
        Scaler((LOG_VOLUME,), (0.0,), (1.0,)),
    )
    inputs, level = model_inputs(np.array([[[1.0, 90.0], [3.0, 91.0]]]), plain)
    np.testing.assert_array_equal(inputs, [[[-1.0, 45.0], [1.0, 45.5]]])
    np.testing.assert_array_equal(level, [2.0])


def test_inputs_are_single_precision(windows, scalers):
    assert model_inputs(windows.features, scalers)[0].dtype == np.float32


def test_extreme_inputs_are_clipped(windows, scalers):
    extreme = windows.features.copy()
    extreme[0, 0, 1], extreme[0, 1, 1] = 1e300, -1e300
    assert model_inputs(extreme, scalers)[0][0, :2, 1].tolist() == [MAX_INPUT, -MAX_INPUT]


def test_the_windows_of_the_caller_are_not_modified(windows, scalers):
    before = windows.features.copy()
    model_inputs(windows.features, scalers)
    np.testing.assert_array_equal(windows.features, before)


def test_a_scaler_without_means_only_divides(scalers):
    values = np.random.default_rng(1).normal(size=(4, 3))
    scaler = scalers.features.without_means()
    np.testing.assert_array_equal(scaler.transform(values), values / scalers.features.scale)
    assert scaler.names == scalers.features.names


def test_inputs_of_0_stay_0_whatever_the_training_rows():
    rows = np.random.default_rng(1).normal(5, 3, (200, 2))
    inputs = Scaler.fit(rows, ("a", "b")).without_means()
    scalers = Scalers.of(Scaler((LOG_VOLUME,), (1.0,), (2.0,)), inputs)
    scaled = scaled_inputs(np.zeros((2, 3, 2)), scalers)
    np.testing.assert_array_equal(scaled, np.zeros((2, 3, 2)))
    assert scaled.dtype == np.float32


def test_each_input_is_divided_by_its_own_scale_in_every_step(windows, scalers):
    scaled = scaled_inputs(windows.inputs, scalers)
    np.testing.assert_allclose(scaled, windows.inputs / scalers.inputs.scale, rtol=1e-6)


def test_extreme_inputs_of_histories_are_clipped(windows, scalers):
    extreme = windows.inputs.copy()
    extreme[0, 0, :3] = 1e300, -1e300, np.inf
    narrow = replace(scalers.inputs, scale=(1e-3,) * len(scalers.inputs.scale))
    scaled = scaled_inputs(extreme, replace(scalers, inputs=narrow))
    assert scaled[0, 0, :3].tolist() == [MAX_INPUT, -MAX_INPUT, MAX_INPUT]


def test_the_inputs_of_the_caller_are_not_modified(windows, scalers):
    before = windows.inputs.copy()
    scaled_inputs(windows.inputs, scalers)
    np.testing.assert_array_equal(windows.inputs, before)


@pytest.mark.parametrize("factor", [1e-3, 100, 1e6])
def test_k_times_the_volume_gives_k_times_the_forecast(windows, scalers, network, factor):
    features = windows.features.copy()
    features[:, :, 0] += np.log(factor)
    larger = forecast_volumes(replace(windows, features=features), scalers, network)
    np.testing.assert_allclose(
        larger, factor * forecast_volumes(windows, scalers, network), rtol=1e-5
    )


def test_an_extreme_output_gives_a_finite_forecast(scalers):
    forecast = volumes(np.full((1, 2), 1e30, dtype=np.float32), np.array([20.0]), scalers)
    np.testing.assert_allclose(forecast, 1e15)


def test_forecasts_are_capped_at_1e15_shares():
    assert np.exp(MAX_LOG_VOLUME) == pytest.approx(1e15)


def test_scalers_survive_a_json_round_trip_exactly(scalers):
    assert Scalers.from_json(scalers.to_json()) == scalers


def test_scalers_with_nan_are_not_written(scalers):
    broken = replace(scalers, target=Scaler((LOG_VOLUME,), (float("nan"),), (1.0,)))
    with pytest.raises(ValueError, match="not JSON compliant"):
        broken.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"features": 1, "inputs": 2, "target": 3}',
        '{"features": {"names": ["a"]}}',
        '{"features": {"names": ["a"], "mean": [0], "scale": [1]}, '
        '"target": {"names": ["a"], "mean": [0], "scale": [1]}}',
    ],
    ids=["empty", "a list", "null", "no parts", "numbers", "no means", "contract 2"],
)
def test_anything_but_scalers_is_refused(text):
    with pytest.raises(BundleError, match=r"^scalers\.json is malformed"):
        Scalers.from_json(text)
