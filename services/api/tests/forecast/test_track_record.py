"""The track record equals the result of a simple loop over the file."""

import numpy as np
import pytest

from model_contract.model.inputs.ticker_inputs import ticker_inputs
from predict_requests import forecast
from prediction_api.forecast.track_record import har_before


def track_record(client, make, days, points=0):
    return forecast(client, make.comma(days), points)["track_record"]


def by_hand(make, days, last=None):
    """Actual, predicted, naive and HAR volume of the last sessions, (sessions, 4)."""
    log_volume = np.log([day.volume for day in days])
    log_close = np.log([day.close for day in days])
    log_range = np.log([day.high / day.low for day in days])
    coming = ["2013-03-04", "2013-03-05"]
    dates = np.array([*(str(day.session) for day in days), *coming], dtype="datetime64[D]")
    flags = make.calendar.flags_of(dates)
    network, rows, prices = make.network(), [], make.prices(days)
    first = make.window + 1 if last is None else len(days) - last
    for target in range(first, len(days)):
        sessions = range(target - make.window, target)
        level = np.mean([log_volume[i] for i in sessions])
        inputs = [
            [
                (log_volume[i] - level - 0.05) / 0.4,
                (log_close[i] - log_close[i - 1]) / 0.02,
                (log_range[i] - 0.03) / 0.02,
            ]
            for i in sessions
        ]
        calendar = flags[target - make.window : target + make.horizon]
        before, targets = prices.take(slice(0, target)), dates[None, target : target + make.horizon]
        of_history = ticker_inputs(before, make.calendar, make.effects, targets, make.window)
        scaled = of_history / np.array(make.scalers.inputs.scale)
        found = network(np.array([inputs]), calendar[None], scaled)[0, 0]
        predicted = np.exp(found * 0.4 + 0.05 + level)
        past = log_volume[:target]
        har = make.har[0][0] + sum(
            c[0] * past[-n:].mean() for c, n in zip(make.har[1:], (1, 5, 22), strict=True)
        )
        rows.append((days[target].volume, predicted, days[target - 1].volume, np.exp(har)))
    return np.array(rows)


def bands_by_hand(log_errors, lower, upper, percent):
    """The band before each session, (sessions, 2), in logs: a miss widens it, a hit narrows it."""
    scale, bands = 0.0, []
    for error in log_errors:
        bands.append((lower * np.exp(scale), upper * np.exp(scale)))
        missed = not bands[-1][0] <= error <= bands[-1][1]
        scale += 0.05 * (percent / 100 if missed else percent / 100 - 1)
    return np.array(bands)


def test_scores_equal_a_computation_by_hand(client, make):
    days = make.days(80)
    actual, predicted, naive, har = by_hand(make, days).T
    (record,) = track_record(client, make, days)
    error = np.abs(predicted - actual)
    assert record["sessions"] == 80 - make.window - 1
    assert record["mae"] == pytest.approx(error.mean(), rel=1e-5)
    assert record["mape"] == pytest.approx((error / actual).mean(), rel=1e-5)
    assert record["skill_vs_naive"] == pytest.approx(
        1 - error.mean() / np.abs(naive - actual).mean(), rel=1e-4
    )
    # No session precedes the record's first window, so the reference is the model's own HAR.
    assert record["skill_vs_har"] == pytest.approx(
        1 - error.mean() / np.abs(har - actual).mean(), rel=1e-4
    )
    log_error = np.log(actual / predicted)
    for percent, lower, upper in ((80, -0.3, 0.35), (95, -0.6, 0.7)):
        band = bands_by_hand(log_error, lower, upper, percent)
        held = (log_error >= band[:, 0]) & (log_error <= band[:, 1])
        assert record[f"coverage_{percent}"] == pytest.approx(held.mean())
    assert record["points"] == []


def test_with_many_earlier_sessions_the_reference_fits_the_file(client, make):
    lively = np.random.default_rng(2).normal(15, 1, 1300)
    days = [
        make.replace(day, volume=int(np.exp(value)))
        for day, value in zip(make.days(1300), lively, strict=True)
    ]
    log_volume = np.log([day.volume for day in days])

    def regressors(target):
        past = log_volume[target - make.window : target]
        return [1, past[-1] - past.mean(), past[-5:].mean() - past.mean()], past.mean()

    rows = [(*regressors(target), log_volume[target]) for target in range(make.window, len(days))]
    matrix, level, after = (np.array(column) for column in zip(*rows, strict=True))
    coefficients = np.linalg.lstsq(matrix[-1250:-250], (after - level)[-1250:-250])[0]
    plain = np.abs(np.exp(matrix @ coefficients + level) - np.exp(after))[-250:].mean()
    model_s_own = np.abs(np.subtract(*by_hand(make, days, 250)[:, [0, 3]].T)).mean()

    (record,) = track_record(client, make, days)
    reference = record["mae"] / (1 - record["skill_vs_har"])
    assert reference == pytest.approx(plain, rel=0.01)
    assert reference != pytest.approx(model_s_own, rel=0.05)


def test_the_reference_is_fitted_to_sessions_before_the_record(make):
    log_volume = np.random.default_rng(4).normal(15, 0.5, 200)

    def reference(changed):
        series = log_volume + np.where(np.arange(200) == changed, 1.0, 0.0)
        return har_before(
            np.lib.stride_tricks.sliding_window_view(series, make.window), 50, np.zeros(4)
        ).tolist()

    assert reference(150) == reference(199) == reference(None)
    assert reference(149) != reference(None)


def test_points_are_the_last_sessions_of_the_file(client, make):
    days = make.days(80)
    expected = by_hand(make, days)[-5:]
    (record,) = track_record(client, make, days, points=5)
    assert [point["session"] for point in record["points"]] == [
        str(day.session) for day in days[-5:]
    ]
    assert [point["actual"] for point in record["points"]] == [day.volume for day in days[-5:]]
    assert [point["predicted"] for point in record["points"]] == pytest.approx(
        expected[:, 1], rel=1e-5
    )
    actual, predicted = by_hand(make, days)[:, :2].T
    band = bands_by_hand(np.log(actual / predicted), -0.3, 0.35, 80)[-5:]
    for point, (lower, upper) in zip(record["points"], band, strict=True):
        assert point["lower_80"] == pytest.approx(point["predicted"] * np.exp(lower), rel=1e-5)
        assert point["upper_80"] == pytest.approx(point["predicted"] * np.exp(upper), rel=1e-5)


def test_a_record_covers_at_most_the_last_250_sessions(client, make):
    days = make.days(400)
    (record,) = track_record(client, make, days, points=250)
    assert record["sessions"] == 250
    assert record["points"][0]["session"] == str(days[-250].session)
    assert record["mae"] == pytest.approx(
        np.abs(np.subtract(*by_hand(make, days, 250)[:, :2].T)).mean(), rel=1e-5
    )


def test_a_short_history_has_as_many_points_as_sessions(client, make):
    (record,) = track_record(client, make, make.days(30), points=250)
    assert len(record["points"]) == record["sessions"] == 30 - make.window - 1


def test_each_ticker_has_its_own_record(client, make):
    ibm = make.days(40, "IBM", seed=9)
    earlier = make.days(30, last="2010-03-01")  # says nothing about IBM's market
    records = track_record(client, make, earlier + make.days(23, "NEW", last="2011-03-01") + ibm)
    found = [(record["ticker"], record["sessions"]) for record in records]
    assert found == [("AAPL", 7), ("IBM", 17)]
    (alone,) = track_record(client, make, ibm)
    assert records[1]["mae"] == pytest.approx(alone["mae"], rel=1e-6)


def test_skill_against_a_reference_without_error_is_null(client, make):
    (record,) = track_record(
        client, make, [make.replace(day, volume=1_000_000) for day in make.days(80)]
    )
    assert record["skill_vs_naive"] is None
    assert record["mae"] > 0


def test_the_scored_network_makes_the_record_and_the_served_one_the_forecast(
    empty_client, store, make
):
    data, found = make.comma(make.days(60)), []
    for hour, biases in enumerate(((0.0, 0.0), (0.5, 0.5), (0.5, 0.0))):
        store.publish(*make.bundle(biases[0], f"20261122T1{hour}1500Z", scored_bias=biases[1]))
        empty_client.application.extensions["models"].poll_once()
        found.append(forecast(empty_client, data))
    scored, served, refitted = found
    assert refitted["track_record"] == scored["track_record"] != served["track_record"]
    assert [row["volume"] for row in refitted["predictions"]] == [
        row["volume"] for row in served["predictions"]
    ]
    # The errors of the scored network decide how wide the intervals are.
    ratio = refitted["predictions"][0]["upper_80"] / refitted["predictions"][0]["volume"]
    expected = scored["predictions"][0]["upper_80"] / scored["predictions"][0]["volume"]
    assert ratio == pytest.approx(expected)
