import numpy as np
import pytest

from model_contract.model.har import MAX_ROWS, fitted_har, har_regressors

PRIOR = np.array([0.1, 0.4, 0.3, 0.3])
TRUE = np.array([-0.3, 0.6, 0.1, -0.2])
WINDOW = 44


def rows(count, seed=0):
    """Windows of volatile volume, and the next log volumes: the forecasts of `TRUE` plus noise."""
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


def test_without_rows_the_fit_is_the_prior():
    assert fitted_har(*rows(0), PRIOR)[:, 0].tolist() == PRIOR.tolist()


def test_many_rows_outweigh_the_prior():
    log_volume, following = rows(1000)
    plain = np.linalg.lstsq(har_regressors(log_volume), following - log_volume.mean(axis=1))[0]
    fitted = fitted_har(log_volume, following, PRIOR)[:, 0]
    assert np.linalg.norm(fitted - plain) < 0.1 * np.linalg.norm(PRIOR - plain)


def test_more_rows_move_the_fit_closer_to_the_true_coefficients():
    distances = [
        np.linalg.norm(fitted_har(*rows(count), PRIOR)[:, 0] - TRUE) for count in (0, 20, 100, 1000)
    ]
    assert distances == sorted(distances, reverse=True)


def test_few_rows_hardly_change_the_constant():
    log_volume, following = rows(2)
    assert (
        abs(
            fitted_har(log_volume, following + 1, PRIOR)[0, 0]
            - fitted_har(log_volume, following, PRIOR)[0, 0]
        )
        < 0.1
    )


def test_the_fit_minimises_squared_errors_plus_the_ridge_penalty():
    log_volume, following = rows(60)
    fitted = fitted_har(log_volume, following, PRIOR)[:, 0]
    regressors, relative = har_regressors(log_volume), following - log_volume.mean(axis=1)
    gradient = regressors.T @ (regressors @ fitted - relative) + 20 * (fitted - PRIOR)
    np.testing.assert_allclose(gradient, 0, atol=1e-9)


def test_rows_before_the_last_thousand_are_ignored():
    (old_volume, old_following), (log_volume, following) = rows(500, seed=1), rows(MAX_ROWS)
    longer = fitted_har(
        np.concatenate([old_volume, log_volume]), np.concatenate([old_following, following]), PRIOR
    )
    np.testing.assert_array_equal(longer, fitted_har(log_volume, following, PRIOR))


def test_a_constant_volume_shrinks_only_the_constant():
    constant = fitted_har(np.full((1000, WINDOW), 15.0), np.full(1000, 15.0), PRIOR)[:, 0]
    assert constant == pytest.approx([PRIOR[0] * 20 / 1020, *PRIOR[1:]])
