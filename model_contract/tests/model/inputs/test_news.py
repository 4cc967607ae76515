import numpy as np

from model_contract.model.inputs.news import news_inputs


def test_news_is_the_gap_times_the_surge(make_series):
    volume, level = np.array([3.0, 3.0, 0.0]), np.array([1.0, 1.0, 1.0])
    series = make_series(3, volume=volume, level=level, gap=np.array([0.5, 0.0, 2.0]))
    np.testing.assert_array_equal(news_inputs(series), [[1.0], [0.0], [0.0]])


def test_a_gap_of_more_than_4_usual_moves_counts_as_4(make_series):
    series = make_series(2, volume=np.array([2.0, 2.0]), gap=np.array([4.0, 9.0]))
    np.testing.assert_array_equal(news_inputs(series), [[8.0], [8.0]])


def test_news_is_0_while_the_gap_or_the_level_is_unknown(make_series):
    series = make_series(
        2, volume=np.full(2, 2.0), gap=np.array([np.nan, 1]), level=np.array([0, np.nan])
    )
    np.testing.assert_array_equal(news_inputs(series), [[0.0], [0.0]])
