import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import from_columns
from model_contract.model.windows import history_windows
from model_contract.prices import Prices
from training.errors import TrainingError
from training.panel import fit_scalers, panel_features, panel_inputs

VALUES, FLAGS = list(FEATURE_NAMES), list(CALENDAR_FLAGS)


@pytest.fixture
def calendars(calendar):
    return {"XNYS": calendar}


def test_features_of_a_ticker_do_not_depend_on_other_tickers(panel, calendars):
    alone = panel_features(panel[panel["ticker"] == "BBB"], calendars)
    together = panel_features(panel, calendars)
    pd.testing.assert_frame_equal(
        together[together["ticker"] == "BBB"].reset_index(drop=True), alone
    )


def test_every_ticker_loses_its_first_session(panel, calendars):
    sessions = panel_features(panel, calendars).groupby("ticker")["session"].agg(["min", "size"])
    assert sessions["min"].tolist() == [panel["session"].iloc[1]] * 3
    assert sessions["size"].tolist() == [399] * 3


def test_a_ticker_of_one_session_has_no_features(panel, calendars):
    assert panel_features(panel.iloc[[0, 400, 401]], calendars)["ticker"].tolist() == ["BBB"]


def test_every_row_has_the_flags_of_its_own_session(panel, calendars):
    rows = panel_features(panel, calendars).set_index(["ticker", "session"])[FLAGS]
    eve = rows.loc[("BBB", pd.Timestamp("2020-11-27"))]
    assert eve[eve == 1].index.tolist() == ["half_day", "after_holiday", "friday"]
    np.testing.assert_array_equal(
        rows.loc["AAA"],
        calendars["XNYS"].flags_of(rows.loc["AAA"].index.to_numpy().astype("datetime64[D]")),
    )
    np.testing.assert_array_equal(rows.loc["AAA"], rows.loc["CCC"])


def test_a_date_without_a_session_has_no_flag(panel, calendars):
    rows = panel_features(panel, calendars).set_index("session")[FLAGS]
    assert rows.loc["2020-12-25"].to_numpy().tolist() == [[0.0] * len(FLAGS)] * 3


def test_scalers_do_change_with_training_rows(panel, split_features):
    features = split_features(panel)
    changed = features.copy()
    changed.loc[30, VALUES] += 1
    assert fit_scalers(changed, 22, 3) != fit_scalers(features, 22, 3)


def test_scalers_equal_those_computed_window_by_window(panel, split_features):
    features = split_features(panel)
    inputs = []
    for _, rows in features[features["split"] == "train"].groupby("ticker"):
        values = rows[VALUES].to_numpy()
        for end in range(22, len(values) + 1):
            level = values[end - 22 : end, 0].mean()
            inputs.append(values[end - 1] - [level, 0, 0])
    scalers = fit_scalers(features, 22, 3)
    np.testing.assert_allclose(scalers.features.mean, np.mean(inputs, axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(scalers.features.scale, np.std(inputs, axis=0))


def test_inputs_and_targets_use_the_same_unit_of_log_volume(panel, split_features):
    scalers = fit_scalers(split_features(panel), 22, 3)
    assert (scalers.target.mean[0], scalers.target.scale[0]) == (
        scalers.features.mean[0],
        scalers.features.scale[0],
    )


def test_scalers_do_not_depend_on_the_size_of_a_ticker(panel, split_features):
    features = split_features(panel)
    larger = features.assign(
        log_volume=features["log_volume"] + np.where(features["ticker"] == "AAA", 5, 0)
    )
    before, after = fit_scalers(features, 22, 3), fit_scalers(larger, 22, 3)
    np.testing.assert_allclose(after.features.scale, before.features.scale)


def test_input_scalers_keep_0_and_use_the_first_session_ahead(panel, split_features):
    features = split_features(panel)
    training = features[features["split"] == "train"]
    rows = training[training.groupby("ticker").cumcount() >= 21]
    scaler = fit_scalers(features, 22, 3).inputs
    assert set(scaler.mean) == {0.0}
    for name, column in (("day", "day"), ("due", "due_1"), ("own_effect", "own_effect_1")):
        assert dict(zip(scaler.names, scaler.scale, strict=True))[name] == pytest.approx(
            rows[column].std(ddof=0)
        )


def test_inputs_belong_to_the_rows_of_the_features(panel, calendars):
    """Each ticker's inputs are those of its history alone; prices come in any order of markets."""
    mixed = panel.assign(market=panel["ticker"].map({"AAA": "B", "BBB": "A", "CCC": "B"}))
    both, effects = dict.fromkeys("AB", calendars["XNYS"]), np.linspace(-0.3, 0.3, len(FLAGS))
    features, inputs = panel_features(mixed, both), panel_inputs(mixed, both, effects, 22, 3)
    assert len(features) == len(inputs)
    for ticker, rows in panel.groupby("ticker"):
        alone = panel_inputs(rows, calendars, effects, 22, 3)
        found = inputs[(features["ticker"] == ticker).to_numpy()].reset_index(drop=True)
        names = [name for name in alone.columns if "market" not in name]
        pd.testing.assert_frame_equal(found[names], alone[names])
        # BBB is alone in its market.
        assert found["market_move"].any() == (ticker != "BBB")


def test_inputs_of_a_row_are_those_of_the_api_s_last_window(panel, calendars, calendar):
    """The API computes them from a history that ends at the row's session."""
    effects, row = np.linspace(-0.3, 0.3, len(FLAGS)), 300
    found = panel_inputs(panel[panel["ticker"] == "AAA"], calendars, effects, 22, 3)
    rows = panel[panel["ticker"] == "AAA"].reset_index(drop=True)
    sessions = rows["session"].to_numpy().astype("datetime64[D]")
    fields = {name: rows[name].to_numpy() for name in ("open", "high", "low", "close", "volume")}
    history = Prices(
        rows["ticker"].to_numpy(dtype=np.str_), sessions, **fields, line=np.arange(len(rows))
    ).take(slice(row + 1))
    windows = history_windows(history, calendar, sessions[row + 1 : row + 4], 22, effects, count=1)
    np.testing.assert_allclose(
        from_columns(found.to_numpy()[row - 1 : row], 3), windows.inputs, atol=1e-12
    )


def test_a_ticker_of_one_session_has_no_inputs(panel, calendars):
    effects = np.zeros(len(FLAGS))
    assert len(panel_inputs(panel.iloc[[0, 400, 401]], calendars, effects, 22, 3)) == 1


def test_fewer_training_rows_than_a_window_are_rejected(panel, split_features):
    with pytest.raises(
        TrainingError,
        match="no ticker has 300 training sessions; use longer histories or a shorter window",
    ):
        fit_scalers(split_features(panel), 300, 3)
