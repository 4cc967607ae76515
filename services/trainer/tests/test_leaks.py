"""Checks that no forecast depends on the future. Each check must catch a leaky pipeline."""

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import Calendar
from model_contract.model.features import LOG_VOLUME
from model_contract.model.forecasting import mean_forecast
from model_contract.model.scaling import Scalers, model_inputs
from recipes import (
    EMBARGO,
    FLAGS,
    HONEST,
    HORIZON,
    INPUTS,
    VALUES,
    WINDOW,
    Recipe,
    effects_of,
    features_centred_on_the_whole_series,
    numbers,
    scalers_of_all_rows,
    training_effects,
    windows_a_session_late,
    windows_over_the_concatenated_panel,
)
from training.calendar_effects import relative_effects
from training.data_files import write_json
from training.network.linear_path import fit_linear_path
from training.network.lstm import (
    CALENDAR_EFFECT,
    WITH_MARKET,
    WITHOUT_MARKET,
    as_network,
    build_network,
)
from training.panel import PRICE_COLUMNS, fit_scalers
from training.params import TrainParams
from training.paths import (
    CALENDAR_EFFECTS,
    FEATURES,
    SCALERS,
    WINDOWS,
)
from training.scoring.baselines import fit_baselines
from training.scoring.forecasts import forecast_all
from training.scoring.median_skill import median_skill
from training.split import SPLITS, TEST, TRAIN, VALIDATION
from training.stages import train
from training.window_data import WindowData, window_index

PARAMS = TrainParams(
    seed=1,
    input_ridge=10,
    members=2,
    residual_share=0.5,
    units=4,
    dropout=0.0,
    learning_rate=0.004,
    weight_decay=0.0,
    batch_size=64,
    epochs=2,
    refit=True,
)


def sees_the_future(
    recipe: Recipe, prices: pd.DataFrame, calendar: Calendar, session: pd.Timestamp
) -> bool:
    """Return True if later prices and volumes change the network's inputs up to `session`."""

    def read(prices: pd.DataFrame) -> list[np.ndarray]:
        panel = recipe.panel(prices, calendar)
        known = (panel["session"] <= session).to_numpy()
        data = recipe.windows(panel, *SPLITS)
        # A window's origin is its last session.
        sessions = np.sort(panel["session"].unique())
        origins = sessions[np.searchsorted(sessions, data.index["session"].to_numpy()) - 1]
        windows = data.windows(np.flatnonzero(origins <= session))
        inputs, level = model_inputs(windows.features, recipe.scalers(panel, WINDOW, HORIZON))
        return [
            panel.loc[known, VALUES].to_numpy(),
            panel.loc[known, FLAGS].to_numpy(),
            panel.loc[known, INPUTS].to_numpy(),
            windows.calendar,
            windows.inputs,
            inputs,
            level,
        ]

    later = (prices["session"] > session).to_numpy()
    changed = prices.copy()
    for column in PRICE_COLUMNS:
        changed.loc[later, column] *= np.exp(
            np.random.default_rng(len(column)).normal(0, 1, later.sum())
        )
    return any(
        not np.array_equal(before, after)
        for before, after in zip(read(prices), read(changed), strict=True)
    )


@pytest.mark.parametrize(
    "row", [199, 260, 310, 398], ids=["end of training", "validation", "embargo", "test"]
)
def test_later_sessions_change_nothing_before_them(panel, calendar, row):
    assert not sees_the_future(HONEST, panel, calendar, panel["session"][row])


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(features=features_centred_on_the_whole_series),
        Recipe(scalers=scalers_of_all_rows),
        Recipe(index=windows_a_session_late),
    ],
    ids=["features centred on the whole series", "scalers of all rows", "windows a session late"],
)
def test_a_pipeline_that_looks_ahead_is_caught(panel, calendar, recipe):
    assert sees_the_future(recipe, panel, calendar, panel["session"][260])


Forecaster = Callable[[pd.DataFrame], tuple[WindowData, np.ndarray]]


def regression(panel: pd.DataFrame) -> tuple[WindowData, np.ndarray]:
    test = HONEST.windows(panel, TEST)
    return test, fit_baselines(HONEST.windows(panel, TRAIN, VALIDATION))["har_calendar_pooled"](
        test
    )


def solved_network(effects: np.ndarray, data: WindowData, scalers: Scalers) -> keras.Model:
    """The network with its linear path solved; its LSTM is untrained."""
    solved = build_network(WINDOW, HORIZON, PARAMS)
    fit_linear_path(solved, effects, data, scalers, PARAMS.input_ridge)
    return solved


def network(panel: pd.DataFrame) -> tuple[WindowData, np.ndarray]:
    test, scalers = HONEST.windows(panel, TEST), fit_scalers(panel, WINDOW, HORIZON)
    solved = solved_network(training_effects(panel), HONEST.windows(panel, TRAIN), scalers)
    return test, forecast_all(test, scalers, as_network(solved)).volumes


def mean_of_windows_a_session_late(panel: pd.DataFrame) -> tuple[WindowData, np.ndarray]:
    test = Recipe(index=windows_a_session_late).windows(panel, TEST)
    return test, mean_forecast(test.windows().log_volume, 5, HORIZON)


def mixture_with_the_target(panel: pd.DataFrame) -> tuple[WindowData, np.ndarray]:
    """Mix an honest forecast with a tenth of the future volume."""
    test, forecast = regression(panel)
    return test, forecast**0.9 * np.exp(test.future_log_volumes()) ** 0.1


def shows_skill(forecaster: Forecaster, panel: pd.DataFrame) -> bool:
    """Return True if the next session's forecasts clearly beat the windows' means."""
    test, forecast = forecaster(panel)
    honest, key = HONEST.windows(panel, TEST), ["ticker", "session"]
    means = honest.index[key].assign(level=np.exp(honest.windows().log_volume.mean(axis=1)))
    actual = panel[key].assign(actual=np.exp(panel[LOG_VOLUME]))
    rows = test.index[key].assign(predicted=forecast[:, 0]).merge(actual).merge(means)
    assert len(rows) == len(test)
    return median_skill(rows, "level", 500, 0)["lower_95"] > 0


@pytest.fixture(scope="module")
def in_order(make_panel, calendar) -> pd.DataFrame:
    return HONEST.panel(make_panel(700), calendar)


@pytest.fixture(scope="module")
def shuffled(make_panel, calendar) -> pd.DataFrame:
    """The same volumes on shuffled days, so only their mean can be predicted."""
    prices = make_panel(700)
    volume = prices.groupby("ticker")["volume"].transform(
        lambda values: np.random.default_rng(1).permutation(values)
    )
    return HONEST.panel(prices.assign(volume=volume), calendar)


@pytest.mark.parametrize("forecaster", [regression, network], ids=["regression", "network"])
def test_shuffling_volumes_over_time_destroys_the_skill(in_order, shuffled, forecaster):
    assert shows_skill(forecaster, in_order)
    assert not shows_skill(forecaster, shuffled)


@pytest.mark.parametrize("forecaster", [mean_of_windows_a_session_late, mixture_with_the_target])
def test_a_forecaster_that_peeks_at_its_target_is_caught(shuffled, forecaster):
    assert shows_skill(forecaster, shuffled)


Learner = Callable[[pd.DataFrame], np.ndarray]


def learns_from_later_rows(learner: Learner, panel: pd.DataFrame) -> bool:
    """Return True if rows outside the training split change the learned values."""
    later = (panel["split"] != TRAIN).to_numpy()[:, None]
    noise = np.random.default_rng(1).normal(0, 1, (len(panel), len(VALUES)))
    changed = panel.copy()
    changed[VALUES] = panel[VALUES] + noise * later
    changed[INPUTS] = panel[INPUTS] + noise[:, :1] * later
    changed[FLAGS] = np.where(later, 1 - panel[FLAGS], panel[FLAGS])
    return not np.array_equal(learner(panel), learner(changed))


def linear_path(effects: np.ndarray, data: WindowData, scalers: Scalers) -> np.ndarray:
    solved = solved_network(effects, data, scalers)
    layers = [solved.get_layer(name) for name in (CALENDAR_EFFECT, WITH_MARKET, WITHOUT_MARKET)]
    return np.concatenate([weights.ravel() for layer in layers for weights in layer.get_weights()])


@pytest.fixture
def linear_path_of_the_stage(workspace, monkeypatch) -> Learner:
    """Returns the linear path that the `train` stage solves, from the arguments of `fit`."""

    class HandedOver(Exception):  # noqa: N818
        """Ends the stage before training, which isn't needed."""

    def hand_over(effects, train, validation, scalers, params, *_):
        assert set(train.index["split"]) == {TRAIN}
        assert set(validation.index["split"]) == {VALIDATION}
        raise HandedOver(effects, train, scalers)

    def learn(panel: pd.DataFrame) -> np.ndarray:
        FEATURES.parent.mkdir(parents=True, exist_ok=True)
        panel.to_parquet(FEATURES, index=False)
        window_index(panel, WINDOW, HORIZON).to_parquet(WINDOWS, index=False)
        SCALERS.write_text(fit_scalers(panel, WINDOW, HORIZON).to_json())
        write_json(CALENDAR_EFFECTS, dict(relative_effects(training_effects(panel))))
        with pytest.raises(HandedOver) as handed:
            train.main()
        return linear_path(*handed.value.args)

    monkeypatch.setattr(train, "fit", hand_over)
    return learn


def linear_path_of_all_windows(panel: pd.DataFrame) -> np.ndarray:
    windows = HONEST.windows(panel, *SPLITS)
    return linear_path(training_effects(panel), windows, fit_scalers(panel, WINDOW, HORIZON))


def test_the_scalers_see_training_rows_only(panel, calendar):
    assert not learns_from_later_rows(
        lambda rows: numbers(fit_scalers(rows, WINDOW, HORIZON)), HONEST.panel(panel, calendar)
    )


def test_the_linear_path_sees_training_rows_only(panel, calendar, linear_path_of_the_stage):
    assert not learns_from_later_rows(linear_path_of_the_stage, HONEST.panel(panel, calendar))


@pytest.mark.parametrize(
    "learner",
    [
        lambda rows: numbers(scalers_of_all_rows(rows, WINDOW, HORIZON)),
        effects_of,
        linear_path_of_all_windows,
    ],
    ids=["scalers of all rows", "calendar effects of all rows", "linear path of all windows"],
)
def test_a_leaky_step_is_caught(panel, calendar, learner):
    assert learns_from_later_rows(learner, HONEST.panel(panel, calendar))


def crossed(panel: pd.DataFrame, index: pd.DataFrame) -> set[str]:
    """The boundaries that a window and its targets cross: "ticker", "split" or "embargo"."""
    rows = index["start"].to_numpy()[:, None] + np.arange(WINDOW + HORIZON)
    sessions, found = np.sort(panel["session"].unique()), set()
    for column in ("ticker", "split"):
        if (panel[column].to_numpy()[rows] != index[column].to_numpy()[:, None]).any():
            found.add(column)
    positions = np.searchsorted(sessions, panel["session"].to_numpy())[rows]
    if (np.diff(positions, axis=1) <= 0).any():
        found.add("ticker")
    for before, after in ((TRAIN, VALIDATION), (VALIDATION, TEST)):
        last, first = (
            positions[index["split"] == before].max(),
            positions[index["split"] == after].min(),
        )
        if first - last <= EMBARGO:
            found.add("embargo")
    return found


def test_no_window_of_the_finished_panel_crosses_a_boundary(in_finished):
    index = pd.read_parquet(WINDOWS)
    assert set(index["split"]) == set(SPLITS)
    assert crossed(pd.read_parquet(FEATURES), index) == set()


@pytest.mark.parametrize(
    ("recipe", "found"),
    [
        (HONEST, set()),
        (Recipe(index=windows_over_the_concatenated_panel), {"ticker", "split", "embargo"}),
        (Recipe(embargo=0), {"embargo"}),
    ],
    ids=["honest", "windows over the concatenated panel", "no embargo"],
)
def test_windows_that_cross_a_boundary_are_caught(panel, calendar, recipe, found):
    made = recipe.panel(panel, calendar)
    assert crossed(made, recipe.index(made, WINDOW, HORIZON)) == found
