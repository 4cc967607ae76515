"""Sessions older than a forecast needs don't change it, and the network doesn't run on them."""

import numpy as np
import pytest

from model_contract.model.har import MAX_ROWS
from model_contract.model.scaling import MAX_LOG_VOLUME
from prediction_api.forecast import predictor as predictor_module
from prediction_api.forecast.predictor import BATCH, Predictor
from prediction_api.forecast.track_record import MAX_SESSIONS

EVERYTHING = 10**9


@pytest.fixture
def predictor(published):
    return Predictor(published.load(published.current()))


def lively(make, count, seed, ticker="AAPL"):
    """Days whose volumes cover the whole possible range."""
    log_volumes = np.random.default_rng(seed).uniform(0, MAX_LOG_VOLUME - 1, count)
    return [
        make.replace(day, volume=max(1, int(np.exp(value))))
        for day, value in zip(make.days(count, ticker, seed), log_volumes, strict=True)
    ]


@pytest.mark.parametrize("beyond", [-1, 0, 1, 2, 3, 500])
def test_older_sessions_change_no_digit_of_the_response(predictor, make, monkeypatch, beyond):
    used = MAX_SESSIONS + 1 + MAX_ROWS + make.window
    for seed in range(3):
        data = make.comma(lively(make, used + beyond, seed))
        answer = predictor.predict(data, points=MAX_SESSIONS)
        with monkeypatch.context() as patch:
            patch.setattr(predictor_module, "USED", EVERYTHING)
            assert predictor.predict(data, points=MAX_SESSIONS) == answer


def test_many_tickers_get_the_same_forecasts_as_one_file_each(predictor, make):
    tickers = {
        "A": lively(make, 60, 1, "A"),
        "B": lively(make, 1400, 2, "B"),
        "C": make.days(24, "C", 3),
    }
    together = predictor.predict(
        make.comma([day for days in tickers.values() for day in days]), points=5
    )
    alone = [predictor.predict(make.comma(days), points=5) for days in tickers.values()]
    for part in ("predictions", "track_record"):
        assert together[part] == [row for answer in alone for row in answer[part]]


def test_the_network_runs_on_no_more_windows_than_needed(published, make, monkeypatch):
    seen = []
    load_network = predictor_module.load_network

    def counting(model):
        network = load_network(model)
        return lambda window, calendar: seen.append(len(window)) or network(window, calendar)

    monkeypatch.setattr(predictor_module, "load_network", counting)
    predictor = Predictor(published.load(published.current()))
    seen.clear()
    predictor.predict(make.comma(make.days(2000)))
    assert sum(seen) == MAX_SESSIONS + 1
    assert max(seen) <= BATCH
