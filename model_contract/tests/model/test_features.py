from dataclasses import replace

import numpy as np
import pytest

from model_contract.model.features import (
    FEATURE_NAMES,
    SESSIONS_BEFORE_FIRST_FEATURES,
    daily_features,
)
from model_contract.model.har import har_means


def test_features_equal_hand_computed_values(read):
    prices = read(
        "Date,Open,High,Low,Close,Volume\n"
        "2024-01-08,10,11,9,10,1000\n2024-01-09,10.5,12,10,11,2000\n2024-01-10,11,11,8,8,500\n"
    )
    expected = [
        [7.600902459542082, 0.09531017980432493, 0.1823215567939546],  # ln 2000, ln 11/10, ln 12/10
        [6.214608098422191, -0.3184537311185346, 0.3184537311185346],  # ln 500, ln 8/11, ln 11/8
    ]
    np.testing.assert_allclose(daily_features(prices.prices), expected, rtol=1e-14)


def test_every_session_but_the_first_has_one_row_of_named_features(bars):
    assert daily_features(bars).shape == (
        len(bars) - SESSIONS_BEFORE_FIRST_FEATURES,
        len(FEATURE_NAMES),
    )


@pytest.fixture
def leaks(bars, changed_after):
    """Finds the rows up to which a feature changes with later prices and volumes."""

    def find(features) -> list[int]:
        rows = range(1, len(bars) - 1)  # the features of row t are at t - 1
        return [
            row
            for row in rows
            if not np.array_equal(features(changed_after(bars, row))[:row], features(bars)[:row])
        ]

    return find


def test_no_feature_changes_with_later_prices_and_volumes(leaks):
    assert leaks(daily_features) == []


def test_every_later_feature_changes_with_later_prices_and_volumes(bars, changed_after):
    assert not np.any(daily_features(changed_after(bars, 5))[5:] == daily_features(bars)[5:])


def test_features_that_look_ahead_are_detected_at_every_session(leaks, bars, leaky_features):
    assert leaks(leaky_features) == list(range(1, len(bars) - 1))


def test_cutting_off_later_bars_changes_no_feature(bars):
    np.testing.assert_array_equal(daily_features(bars.take(slice(6))), daily_features(bars)[:5])


def test_returns_and_ranges_do_not_depend_on_the_currency(bars):
    scaled = replace(
        bars, open=bars.open * 5, high=bars.high * 5, low=bars.low * 5, close=bars.close * 5
    )
    np.testing.assert_allclose(daily_features(scaled), daily_features(bars), rtol=0, atol=1e-12)


def test_volumes_in_lots_of_100_change_only_the_log_volume(bars):
    difference = daily_features(replace(bars, volume=bars.volume * 100)) - daily_features(bars)
    np.testing.assert_allclose(
        difference, np.tile([np.log(100), 0, 0], (11, 1)), rtol=0, atol=1e-12
    )


def test_har_means_are_those_of_the_last_1_5_and_22_sessions():
    log_volume = np.arange(30.0)[None, :]
    np.testing.assert_array_equal(har_means(log_volume), [[29.0, 27.0, 18.5]])


def test_har_means_ignore_sessions_before_the_last_22():
    log_volume = np.arange(30.0)[None, :]
    np.testing.assert_array_equal(har_means(log_volume), har_means(log_volume[:, 8:]))
