from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from model_contract.model.dispersion import REGRESSORS, Dispersion
from model_contract.model.intervals import bands_around
from scored_forecasts import ONE_SHARE, WIDE, equally_certain, predicted
from training.scoring.forecast_table import forecast_table, naive_scales


def test_predictions_have_a_row_per_window_and_step(data):
    rows = predicted(data)
    assert len(rows) == len(data) * 3
    assert rows["step"].tolist()[:4] == [1, 2, 3, 1]
    np.testing.assert_array_equal(rows["session"].to_numpy()[:3], data.sessions[22:25])
    np.testing.assert_allclose(rows["actual"].to_numpy()[:3], np.exp(data.features[22:25, 0]))


def test_bounds_follow_the_errors_of_the_sessions_before(data):
    """Every forecast is half the volume, so the 80 % interval misses it until it is wide enough."""
    rows = predicted(data, log_error=np.log(2))
    upper = rows.loc[rows["step"] == 1, "upper_80"] / rows.loc[rows["step"] == 1, "predicted"]
    growth = np.exp(0.05 * 0.8)
    np.testing.assert_allclose(upper.iloc[:3], np.exp([0.5, 0.5 * growth, 0.5 * growth**2]))


def test_all_steps_of_a_window_are_scaled_equally(data):
    rows = predicted(data, log_error=np.log(2))
    width = (np.log(rows["upper_95"]) - np.log(rows["lower_95"])).to_numpy().reshape(-1, 3)
    np.testing.assert_allclose(width, width[:, :1].repeat(3, axis=1))


def test_bounds_and_the_errors_before_are_in_units_of_the_size(data):
    """The error is outside the interval of a typical forecast, but not of an uncertain one."""
    sizes = np.exp([1, 0.5, -0.5])
    coefficients = np.zeros((3, len(REGRESSORS)))
    coefficients[:, 0] = np.log(sizes)
    uncertain = replace(WIDE, dispersion=Dispersion(coefficients))
    forecasts = equally_certain(np.exp(data.future_log_volumes() - np.log(2)))
    forecasts.regressors[:, :, 0] = 1
    rows = forecast_table(data, forecasts, {}, uncertain, ONE_SHARE)
    np.testing.assert_allclose(rows["size"], np.tile(sizes, len(data)))
    # Each hit narrows a band by the miss rate.
    hits = np.arange(len(data))
    scales = {level: np.exp(-0.05 * rate * hits) for level, rate in (("80", 0.2), ("95", 0.05))}
    first = np.log(rows["upper_80"] / rows["predicted"]).to_numpy().reshape(-1, 3)[:20]
    np.testing.assert_allclose(first, 0.5 * sizes * scales["80"][:20, None])
    bands = bands_around(
        forecasts.volumes[:20],
        WIDE.intervals,
        np.tile(sizes, (20, 1)),
        {level: scale[:20] for level, scale in scales.items()},
    )
    for level, bounds in bands.items():
        for name, bound in zip(("lower", "upper"), bounds, strict=True):
            found = rows[f"{name}_{level}"].to_numpy().reshape(-1, 3)[:20]
            np.testing.assert_allclose(found, bound)


@pytest.mark.parametrize("window", [0, 30, 94])
def test_a_session_s_bounds_depend_only_on_earlier_errors(data, window):
    forecast = np.exp(data.future_log_volumes())
    surprising = data.features.copy()
    surprising[window + data.window :, 0] += 3  # from the first session that this window forecasts
    before, after = (
        forecast_table(
            replace(data, features=features), equally_certain(forecast), {}, WIDE, ONE_SHARE
        )
        .filter(regex="lower|upper")
        .to_numpy()
        .reshape(-1, 3, 4)
        for features in (data.features, surprising)
    )
    np.testing.assert_array_equal(after[: window + 1], before[: window + 1])
    assert (after[window + 1 :] != before[window + 1 :]).all()


def test_bounds_of_a_ticker_do_not_depend_on_another_s_errors(data):
    index = data.index.assign(ticker=np.where(np.arange(len(data)) < 50, "AAA", "BBB"))
    forecast = np.exp(data.future_log_volumes())
    forecast[:50] *= 10
    rows = forecast_table(
        replace(data, index=index), equally_certain(forecast), {}, WIDE, ONE_SHARE
    )
    first = rows[(rows["ticker"] == "BBB") & (rows["step"] == 1)].iloc[0]
    assert first["upper_80"] / first["predicted"] == pytest.approx(np.exp(0.5))


def test_the_naive_scale_is_the_mean_change_before_the_test_sessions(make_windows):
    # The window has 25 sessions and ends before the volume of 1000.
    volume = np.array([100.0, 120, 90, *[90] * 18, 190, 1000, 5, 1])
    data = make_windows(np.column_stack([np.log(volume), np.zeros((25, 2))]))
    panel = pd.DataFrame(
        {
            "ticker": "AAA",
            "session": data.sessions.astype("datetime64[s]"),
            "log_volume": np.log(volume),
        }
    )
    assert naive_scales(panel, data).to_dict() == pytest.approx({"AAA": (20 + 30 + 100) / 21})


def test_a_ticker_s_naive_scale_ignores_other_tickers(make_windows):
    data = make_windows(np.zeros((25, 3)))
    sessions = data.sessions.astype("datetime64[s]")
    panel = pd.concat(
        [
            pd.DataFrame(
                {
                    "ticker": ticker,
                    "session": sessions,
                    "log_volume": np.log(np.arange(1, 26) * step),
                }
            )
            for ticker, step in (("AAA", 7), ("BBB", 1000))
        ]
    )
    both = replace(data, index=pd.concat([data.index, data.index.assign(ticker="BBB")]))
    assert naive_scales(panel, both).to_dict() == pytest.approx({"AAA": 7, "BBB": 1000})


def test_the_naive_scale_of_a_constant_volume_is_one_share(make_windows):
    data = make_windows(np.zeros((25, 3)))
    panel = pd.DataFrame(
        {"ticker": "AAA", "session": data.sessions.astype("datetime64[s]"), "log_volume": 5.0}
    )
    assert naive_scales(panel, data).to_dict() == {"AAA": 1.0}
