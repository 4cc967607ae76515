import numpy as np
import pandas as pd
import pytest

from input_columns import columns_of
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.store.bundle import load_bundle
from model_contract.store.model_store import ModelStore
from training.split import TEST
from training.stages import publish
from training.window_data import WindowData


def test_golden_windows_come_from_every_ticker(in_finished):
    store = ModelStore(in_finished.store)
    golden = load_bundle(store.path(store.current())).golden
    test = WindowData.read((TEST,), 22, 3)
    of_window = {
        window.tobytes(): ticker
        for window, ticker in zip(test.windows().features, test.tickers, strict=True)
    }
    assert {of_window[window.tobytes()] for window in golden.windows.features} == {
        "AAA",
        "BBB",
        "CCC",
    }
    assert len(golden.windows) == 6


def two_tickers(volumes: dict[str, np.ndarray], window: int = 3) -> WindowData:
    """Make all windows of tickers with these log volumes by session."""
    starts = {ticker: np.arange(len(values) - window) for ticker, values in volumes.items()}
    first = dict(zip(volumes, np.cumsum([0, *map(len, volumes.values())]), strict=False))
    index = pd.concat(
        [
            pd.DataFrame({"ticker": ticker, "start": starts[ticker] + first[ticker]})
            for ticker in volumes
        ],
        ignore_index=True,
    )
    log_volumes = np.concatenate(list(volumes.values()))
    features = np.column_stack([log_volumes, np.zeros((len(log_volumes), 2))])
    return WindowData(
        index,
        features,
        np.zeros((len(features), len(CALENDAR_FLAGS))),
        np.zeros(len(features), "datetime64[D]"),
        columns_of(len(features), 1),
        window,
        1,
    )


def test_golden_windows_include_the_lowest_and_highest_volume():
    level = np.full(50, 10.0)
    level[20:23], level[30:33] = 3.0, 18.0
    test = two_tickers({"AAA": np.full(50, 10.0), "BBB": level, "CCC": np.full(50, 10.0)})
    chosen = publish.golden_windows(test, 5)
    assert {47 + 20, 47 + 30} <= set(chosen)
    assert set(test.tickers[chosen]) == {"AAA", "BBB", "CCC"}


def test_published_golden_windows_include_both_extremes(in_finished):
    recorded = load_bundle(
        in_finished.store / ModelStore(in_finished.store).current()
    ).golden.windows.features
    levels = WindowData.read((TEST,), 22, 3).windows().features[:, :, 0].mean(axis=1)
    found = recorded[:, :, 0].mean(axis=1)
    assert (found.min(), found.max()) == pytest.approx((levels.min(), levels.max()))


def test_every_ticker_contributes_equally_many_golden_windows():
    test = two_tickers({"AAA": np.arange(500.0), "BBB": np.full(20, 250.0)})
    # Both extremes are AAA's.
    assert list(
        np.unique(test.tickers[publish.golden_windows(test, 10)], return_counts=True)[1]
    ) == [6, 4]


def test_golden_windows_are_spread_over_a_ticker_s_history():
    test = two_tickers({"AAA": np.r_[0.0, np.full(98, 5.0), 10.0]})
    gaps = np.diff(publish.golden_windows(test, 10))
    assert gaps.max() <= 15


@pytest.mark.parametrize(
    ("tickers", "samples", "expected"),
    [(40, 10, 10), (3, 1, 1), (3, 2, 2), (1, 200, 17), (3, 10, 10)],
)
def test_the_number_of_golden_windows_is_limited_by_the_test_windows(tickers, samples, expected):
    test = two_tickers(
        {f"T{number:02}": np.sin(number + np.arange(20.0)) for number in range(tickers)}
    )
    chosen = publish.golden_windows(test, samples)
    assert len(chosen) == len(set(chosen)) == expected
    assert list(chosen) == sorted(chosen)


def test_golden_windows_work_if_all_volumes_are_equal():
    test = two_tickers({"AAA": np.full(20, 10.0), "BBB": np.full(20, 10.0)})
    assert len(publish.golden_windows(test, 6)) == 6
