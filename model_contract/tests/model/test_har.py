"""The reference of the track record is fitted on the posted file, and leans on the model's coefficients where that is short."""

import numpy as np
import pytest

from model_contract.model.har import MAX_ROWS, fitted_har, har_regressors

PRIOR = np.array([0.1, 0.4, 0.3, 0.3])
TRUE = np.array([-0.3, 0.6, 0.1, -0.2])
WINDOW = 44


def rows(count, seed=0):
    """Windows of a lively ticker, and the log volumes that follow them by `TRUE` and some noise."""
    random = np.random.default_rng(seed)
    log_volume = (
        15
        + random.normal(0, 1, (count, WINDOW))
        + random.normal(0, 2, (count, 4)).repeat(WINDOW // 4, axis=1)
    )
    following = (
        har_regressors(log_volume) @ TRUE + log_volume.mean(axis=1) + random.normal(0, 0.1, count)
    )
    return log_volume, following


def test_without_rows_it_is_the_prior():
    assert fitted_har(*rows(0), PRIOR)[:, 0].tolist() == PRIOR.tolist()


def test_many_rows_outweigh_the_prior():
    log_volume, following = rows(1000)
    plain = np.linalg.lstsq(har_regressors(log_volume), following - log_volume.mean(axis=1))[0]
    fitted = fitted_har(log_volume, following, PRIOR)[:, 0]
    assert np.linalg.norm(fitted - plain) < 0.1 * np.linalg.norm(PRIOR - plain)


def test_the_more_rows_the_nearer_it_is_to_their_own():
    distances = [
        np.linalg.norm(fitted_har(*rows(count), PRIOR)[:, 0] - TRUE) for count in (0, 20, 100, 1000)
    ]
    assert distances == sorted(distances, reverse=True)


def test_few_rows_hardly_move_its_constant():
    log_volume, following = rows(2)
    assert (
        abs(
            fitted_har(log_volume, following + 1, PRIOR)[0, 0]
            - fitted_har(log_volume, following, PRIOR)[0, 0]
        )
        < 0.1
    )


def test_it_is_the_minimum_of_squared_errors_and_squared_distance_from_the_prior():
    log_volume, following = rows(60)
    fitted = fitted_har(log_volume, following, PRIOR)[:, 0]
    regressors, relative = har_regressors(log_volume), following - log_volume.mean(axis=1)
    gradient = regressors.T @ (regressors @ fitted - relative) + 20 * (fitted - PRIOR)
    np.testing.assert_allclose(gradient, 0, atol=1e-9)


def test_rows_older_than_the_last_thousand_change_nothing():
    (old_volume, old_following), (log_volume, following) = rows(500, seed=1), rows(MAX_ROWS)
    longer = fitted_har(
        np.concatenate([old_volume, log_volume]), np.concatenate([old_following, following]), PRIOR
    )
    np.testing.assert_array_equal(longer, fitted_har(log_volume, following, PRIOR))


def test_a_volume_that_never_changes_is_forecast_as_it_is():
    constant = fitted_har(np.full((1000, WINDOW), 15.0), np.full(1000, 15.0), PRIOR)[:, 0]
    assert constant == pytest.approx([PRIOR[0] * 20 / 1020, *PRIOR[1:]])
