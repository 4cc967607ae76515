"""Daily features that look ahead."""

import numpy as np
import pytest

from model_contract.model.features import daily_features


def centred_by_the_whole_history(prices):
    features = daily_features(prices)
    return features - features.mean(axis=0)


def scaled_by_the_whole_history(prices):
    features = daily_features(prices)
    return features / features.std(axis=0)


def centred_by_a_mean_that_looks_ahead(prices):
    features = daily_features(prices)
    around = np.concatenate([features[:1], features, features[-1:]])
    return features - (around[:-2] + around[1:-1] + around[2:]) / 3


def one_session_ahead(prices):
    return np.roll(daily_features(prices), -1, axis=0)


@pytest.fixture(
    params=[
        centred_by_the_whole_history,
        scaled_by_the_whole_history,
        centred_by_a_mean_that_looks_ahead,
        one_session_ahead,
    ],
    ids=lambda leaky: leaky.__name__,
)
def leaky_features(request):
    """A copy of `daily_features` that looks ahead, in each of four ways."""
    return request.param
