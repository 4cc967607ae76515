"""The track record is what a loop over the file by hand gives."""

import numpy as np
import pytest


def ask(client, make, days, points=0):
    response = client.post(f"/predict?points={points}", data=make.comma(days), content_type="text/csv")
    assert response.status_code == 200, response.text
    return response.json["track_record"]


def by_hand(make, days):
    """Each past session's actual, predicted, naive and HAR volume: one row a session that a whole window precedes."""
    log_volume = np.log([day.volume for day in days])
    log_close = np.log([day.close for day in days])
    log_range = np.log([day.high / day.low for day in days])
    rows = []
    for target in range(make.window + 1, len(days)):
        sessions = range(target - make.window, target)
        level = np.mean([log_volume[i] for i in sessions])
        inputs = [[(log_volume[i] - level) / 0.4, (log_close[i] - log_close[i - 1]) / 0.02, (log_range[i] - 0.03) / 0.02] for i in sessions]
        predicted = np.exp(make.network()(np.array([inputs]))[0, 0] * 0.5 + 0.05 + level)
        past = log_volume[:target]
        har = make.har[0][0] + sum(c[0] * past[-n:].mean() for c, n in zip(make.har[1:], (1, 5, 22), strict=True))
        rows.append((days[target].volume, predicted, days[target - 1].volume, np.exp(har)))
    return np.array(rows)


def test_its_scores_are_those_of_a_computation_by_hand(client, make):
    days = make.days(80)
    actual, predicted, naive, har = by_hand(make, days).T
    (record,) = ask(client, make, days)
    error = np.abs(predicted - actual)
    assert record["sessions"] == 80 - make.window - 1
    assert record["mae"] == pytest.approx(error.mean(), rel=1e-5)
    assert record["mape"] == pytest.approx((error / actual).mean(), rel=1e-5)
    assert record["skill_vs_naive"] == pytest.approx(1 - error.mean() / np.abs(naive - actual).mean(), rel=1e-4)
    assert record["skill_vs_har"] == pytest.approx(1 - error.mean() / np.abs(har - actual).mean(), rel=1e-4)
    ratio = np.log(actual / predicted)
    assert record["coverage_80"] == pytest.approx(np.mean((ratio >= -0.3) & (ratio <= 0.35)))
    assert record["coverage_95"] == pytest.approx(np.mean((ratio >= -0.6) & (ratio <= 0.7)))
    assert record["points"] == []


def test_its_points_are_the_last_sessions_of_the_file(client, make):
    days = make.days(80)
    expected = by_hand(make, days)[-5:]
    (record,) = ask(client, make, days, points=5)
    assert [point["session"] for point in record["points"]] == [str(day.session) for day in days[-5:]]
    assert [point["actual"] for point in record["points"]] == [day.volume for day in days[-5:]]
    assert [point["predicted"] for point in record["points"]] == pytest.approx(expected[:, 1], rel=1e-5)
    for point in record["points"]:
        assert point["lower_80"] == pytest.approx(point["predicted"] * np.exp(-0.3))
        assert point["upper_80"] == pytest.approx(point["predicted"] * np.exp(0.35))


def test_it_covers_at_most_the_last_250_sessions(client, make):
    days = make.days(400)
    (record,) = ask(client, make, days, points=250)
    assert record["sessions"] == 250
    assert record["points"][0]["session"] == str(days[-250].session)
    assert record["mae"] == pytest.approx(np.abs(np.subtract(*by_hand(make, days)[-250:, :2].T)).mean(), rel=1e-5)


def test_a_short_history_gives_the_points_that_there_are(client, make):
    (record,) = ask(client, make, make.days(30), points=250)
    assert len(record["points"]) == record["sessions"] == 30 - make.window - 1


def test_each_ticker_has_its_own(client, make):
    records = ask(client, make, make.days(30) + make.days(23, "NEW") + make.days(40, "IBM", seed=9))
    assert [(record["ticker"], record["sessions"]) for record in records] == [("AAPL", 7), ("IBM", 17)]
    assert records[1]["mae"] == pytest.approx(ask(client, make, make.days(40, "IBM", seed=9))[0]["mae"], rel=1e-6)
