"""Archives of the same model have identical bytes and still load."""

import time

import keras
import numpy as np

from training.network.keras_archive import make_reproducible
from training.network.lstm import build_network


def test_archives_of_one_model_are_the_same_bytes_whenever_they_are_written(
    tmp_path, train_params, monkeypatch
):
    network = build_network(22, 2, train_params)
    archives = []
    for moment in (1_700_000_000, 1_800_000_000):
        monkeypatch.setattr(time, "time", lambda moment=moment: float(moment))
        path = tmp_path / f"{moment}.keras"
        network.save(path)
        make_reproducible(path)
        archives.append(path.read_bytes())
    assert archives[0] == archives[1]


def test_a_rewritten_archive_forecasts_like_the_model(tmp_path, train_params):
    network = build_network(22, 2, train_params)
    network.set_weights([np.full_like(weights, 0.1) for weights in network.get_weights()])
    network.save(tmp_path / "model.keras")
    make_reproducible(tmp_path / "model.keras")
    inputs = [
        np.random.default_rng(1).normal(size=(4, *part.shape[1:])).astype(np.float32)
        for part in network.inputs
    ]
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)(inputs)
    for name, expected in network(inputs).items():
        np.testing.assert_array_equal(loaded[name], expected)


def test_the_date_of_saving_is_left_out(tmp_path, train_params):
    network = build_network(22, 2, train_params)
    network.save(tmp_path / "model.keras")
    assert b"date_saved" in (tmp_path / "model.keras").read_bytes()
    make_reproducible(tmp_path / "model.keras")
    assert b"date_saved" not in (tmp_path / "model.keras").read_bytes()
