"""With load_data.market: auto, one panel has tickers of several markets."""

import json
import logging
from collections.abc import Iterator
from datetime import date
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS, effects_in_logs
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import Scalers
from model_contract.store.bundle import Bundle, load_bundle
from model_contract.store.model_store import ModelStore
from price_rows import HEADER, KING_DAY, MONDAY, TUESDAY
from training import paths
from training.calendar_flags import exchange_sessions
from training.errors import ParamsError
from training.scoring.served_comparison import Contender
from training.split import TEST
from training.stages import load_data, preprocess, publish
from training.window_data import WindowData

STAGES = ("load_data", "preprocess", "engineer_features", "train", "evaluate", "publish")
FIRST, LAST = date(2020, 1, 1), date(2021, 12, 31)
# PETR4 has no suffix, so its dates show its market.
MARKETS = {"7203.T": "XTKS", "AAA": "XNYS", "BBB": "XNYS", "PETR4": "BVMF"}
EXPIRIES = [CALENDAR_FLAGS.index(name) for name in ("options_expiry", "futures_expiry")]
AUTO = {
    "load_data": {"market": "auto"},
    "train": {"epochs": 1},
    "publish": {"markets": "XNYS BVMF XTKS XLON"},
}


def bars(market: str, seed: int) -> pd.DataFrame:
    """Make daily bars on the first 420 sessions of a market."""
    sessions = exchange_sessions(market, FIRST, LAST).sessions[:420]
    random = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.01, len(sessions))))
    prices = {"Open": close, "High": 1.01 * close, "Low": 0.99 * close, "Close": close}
    volume = np.round(np.exp(13 + random.normal(0, 0.3, len(sessions))))
    return pd.DataFrame({"Date": sessions.astype(str), **prices, "Volume": volume})


@pytest.fixture(scope="module")
def mixed(finished, tmp_path_factory) -> Iterator[Bundle]:
    """A workspace of four tickers in which every stage has run, and its bundle."""
    workspace = type(finished)(tmp_path_factory.mktemp("mixed"))
    workspace.write_params(**AUTO)
    for seed, (ticker, market) in enumerate(MARKETS.items()):
        workspace.write_raw(f"{ticker.lower()}.csv", bars(market, seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace.root)
        patch.setenv("MODEL_STORE", str(workspace.store))
        for stage in STAGES:
            import_module(f"training.stages.{stage}").main()
        store = ModelStore(workspace.store)
        yield load_bundle(store.path(store.current()))


def flags_by_ticker() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The sessions and flags in the features, by ticker."""
    return {
        str(ticker): (
            rows["session"].to_numpy().astype("datetime64[D]"),
            rows[list(CALENDAR_FLAGS)].to_numpy(),
        )
        for ticker, rows in pd.read_parquet(paths.FEATURES).groupby("ticker")
    }


@pytest.mark.usefixtures("mixed")
def test_each_ticker_s_market_is_found_and_recorded():
    prices = pd.read_parquet(paths.PRICES)
    assert prices.groupby("ticker")["market"].unique().map(list).to_dict() == {
        ticker: [market] for ticker, market in MARKETS.items()
    }
    quality = json.loads(paths.DATA_QUALITY.read_text())
    assert (quality["market"], quality["not_sessions"]) == ("auto", 0)
    assert quality["markets"] == {
        "BVMF": {"tickers_count": 1, "tickers": ["PETR4"], "not_sessions": 0},
        "XNYS": {"tickers_count": 2, "tickers": ["AAA", "BBB"], "not_sessions": 0},
        "XTKS": {"tickers_count": 1, "tickers": ["7203.T"], "not_sessions": 0},
    }


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize("ticker", MARKETS)
def test_each_row_has_the_flags_of_its_ticker_s_market(ticker):
    sessions, found = flags_by_ticker()[ticker]
    expected = exchange_sessions(MARKETS[ticker], FIRST, LAST).flags_of(sessions)
    assert expected[:, EXPIRIES].any()
    if MARKETS[ticker] == "XTKS":  # its expiries would be guesses
        expected[:, EXPIRIES] = 0
    np.testing.assert_array_equal(found, expected)


def test_the_bundle_has_the_same_flags_as_the_training_rows(mixed):
    for ticker, (sessions, flags) in flags_by_ticker().items():
        served = mixed.all_calendars[MARKETS[ticker]]
        np.testing.assert_array_equal(served.flags_of(sessions), flags)


def test_the_market_with_the_most_training_rows_is_the_model_s_own(mixed):
    assert mixed.manifest.market == "XNYS"
    assert mixed.manifest.markets[0] == "XNYS"
    assert set(mixed.manifest.markets) == {"XNYS", "BVMF", "XTKS"}
    assert mixed.calendars.keys() == {"BVMF", "XTKS", "XLON"}


@pytest.mark.usefixtures("mixed")
def test_all_markets_are_split_at_the_same_dates():
    features = pd.read_parquet(paths.FEATURES)
    splits = features.groupby("split")
    starts, ends = splits["session"].min(), splits["session"].max()
    assert (starts[["validation", "test"]].to_numpy() > ends[["train", "validation"]]).all()
    assert splits["ticker"].unique().map(set).tolist() == [set(MARKETS)] * 4


@pytest.mark.usefixtures("mixed")
def test_the_example_of_windows_is_from_the_model_s_own_market():
    assert set(pd.read_csv(paths.SAMPLE_WINDOWS)["Ticker"]) == {"AAA", "BBB"}


def test_the_comparison_with_the_served_model_forecasts_as_evaluate(mixed):
    test, markets = WindowData.read((TEST,), 22, 3), publish.panel_markets()
    scalers = Scalers.from_json(paths.SCALERS.read_text())
    effects = effects_in_logs(mixed.manifest.input_effects)
    contender = Contender(OnnxNetwork(mixed.scored), scalers, mixed.all_calendars, effects)
    scored = pd.read_parquet(paths.TEST_PREDICTIONS).query("step == 1")
    assert set(test.tickers) == set(MARKETS)
    found = contender.next_session(test, markets.by_ticker, pd.read_parquet(paths.PRICES))
    np.testing.assert_allclose(found, scored["predicted"], rtol=1e-5)


def test_a_panel_of_one_market_is_the_same_if_the_market_is_found(workspace):
    for ticker in ("AAA", "BBB"):
        workspace.write_raw(f"{ticker}.csv", bars("XTKS", 1))
    results = []
    for market in ("XTKS", "auto"):
        workspace.write_params(**AUTO | {"load_data": {"market": market}})
        load_data.main()
        preprocess.main()
        files = (paths.PRICES, paths.PANEL_CALENDARS, paths.FEATURES, paths.SCALERS)
        results.append([file.read_bytes() for file in files])
    assert results[0] == results[1]


def test_a_last_session_is_judged_by_the_hours_of_its_market(raw, workspace, monkeypatch):
    workspace.write_params(**AUTO)
    today = np.datetime64("today")
    rows = "".join(f"{day},10,11,9,10.5,1000\n" for day in (today - 30, today - 1, today))
    for name in ("aapl.csv", "7203.t.csv"):
        (raw / name).write_text(HEADER + rows)
    closed = {"XNYS": today - 1, "XTKS": today}
    monkeypatch.setattr(load_data, "last_closed_day", lambda market, now: closed[market])
    load_data.main()
    last = pd.read_parquet(paths.PRICES).groupby("ticker")["session"].max()
    assert last.astype(str).to_dict() == {"AAPL": str(today - 1), "7203.T": str(today)}


def test_dates_without_a_session_are_counted_for_each_market(raw, workspace, caplog):
    """8 January 2024 is a holiday in Tokyo, 15 January in New York."""
    workspace.write_params(**AUTO)
    for name in ("aapl.csv", "7203.t.csv", "6758.t.csv"):
        (raw / name).write_text(HEADER + MONDAY + TUESDAY + KING_DAY)
    with caplog.at_level(logging.INFO):
        load_data.main()
    quality = json.loads(paths.DATA_QUALITY.read_text())
    counts = {code: found["not_sessions"] for code, found in quality["markets"].items()}
    assert (counts, quality["not_sessions"]) == ({"XNYS": 1, "XTKS": 1}, 2)
    assert "market XTKS, tickers: 2 (6758.T, 7203.T)" in caplog.text
    assert "1 dates of its tickers are not XTKS sessions" in caplog.text


def test_few_tickers_of_a_market_are_listed(raw, workspace):
    workspace.write_params(**AUTO)
    for number in range(21):
        (raw / f"a{number:02}.csv").write_text(HEADER + MONDAY)
    load_data.main()
    (found,) = json.loads(paths.DATA_QUALITY.read_text())["markets"].values()
    assert (found["tickers_count"], len(found["tickers"])) == (21, 20)


@pytest.mark.parametrize(
    ("markets", "reason"),
    [
        ("XNYS NOWHERE", r"publish\.markets: no calendar exists for 'NOWHERE'"),
        ("auto", r"publish\.markets: no calendar exists for 'auto'"),
        (" ", r"publish\.markets: expected text, found ' '"),
    ],
)
def test_auto_needs_known_markets_to_choose_from(raw, workspace, markets, reason):
    workspace.write_params(**AUTO | {"publish": {"markets": markets}})
    (raw / "a.csv").write_text(HEADER + MONDAY)
    with pytest.raises(ParamsError, match=reason):
        load_data.main()
    assert not paths.PRICES.exists()
