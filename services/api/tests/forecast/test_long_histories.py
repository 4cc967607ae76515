"""A forecast uses the whole history, but the network runs on no more windows than needed."""

import numpy as np
import pytest

from model_contract.model.forecasting import forecast_volumes
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import MAX_LOG_VOLUME
from model_contract.model.windows import history_windows
from predict_requests import volumes
from prediction_api.forecast import predictor as predictor_module
from prediction_api.forecast.forecaster import BATCH
from prediction_api.forecast.predictor import Predictor
from prediction_api.forecast.track_record import MAX_SESSIONS


@pytest.fixture
def predictor(published):
    return Predictor(published.load(published.current()))


def lively(make, count, seed, ticker="AAPL", last="2013-03-01"):
    """Days whose volumes cover the whole possible range."""
    log_volumes = np.random.default_rng(seed).uniform(0, MAX_LOG_VOLUME - 1, count)
    return [
        make.replace(day, volume=max(1, int(np.exp(value))))
        for day, value in zip(make.days(count, ticker, seed, last), log_volumes, strict=True)
    ]


def volume_of_day(make, days, position, factor):
    """The same days, with one volume multiplied by `factor`."""
    changed = list(days)
    changed[position] = make.replace(days[position], volume=int(days[position].volume * factor))
    return changed


@pytest.mark.parametrize("before", [300, 503, 1999])
def test_a_forecast_uses_sessions_long_before_its_window(predictor, make, before):
    """The first session only gives the previous close, so the oldest volume is the second one."""
    days = make.days(2001)
    changed = volume_of_day(make, days, -1 - before, 3)
    usual, other = (volumes(predictor.predict(make.comma(each))) for each in (days, changed))
    assert all(found != expected for found, expected in zip(other, usual, strict=True))


def test_a_forecast_is_the_network_on_the_inputs_of_the_whole_history(predictor, make):
    days = make.days(1500)
    prices = make.prices(days)
    coming = make.calendar.after(prices.session[-1], make.horizon)
    windows = history_windows(prices, make.calendar, coming, make.window, make.effects)
    expected = forecast_volumes(windows.take(slice(-1, None)), make.scalers, make.network())
    answer = predictor.predict(make.comma(days))
    np.testing.assert_allclose(volumes(answer), expected[0], rtol=1e-5)


def test_many_tickers_get_the_same_forecasts_as_one_file_each(predictor, make):
    """They trade in different years, so none says anything about the market of another."""
    tickers = {
        "A": lively(make, 60, 1, "A", last="2004-03-01"),
        "B": lively(make, 1400, 2, "B", last="2010-03-01"),
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

    class Counting(OnnxNetwork):
        def __call__(self, window, *others):
            seen.append(len(window))
            return super().__call__(window, *others)

    monkeypatch.setattr(predictor_module, "OnnxNetwork", Counting)
    predictor = Predictor(published.load(published.current()))
    seen.clear()
    predictor.predict(make.comma(make.days(2000)))
    assert sum(seen) == MAX_SESSIONS + 1
    assert max(seen) <= BATCH
