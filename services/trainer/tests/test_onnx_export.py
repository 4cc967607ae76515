import keras
import numpy as np
import onnx
import pytest

from model_contract.features import FEATURE_NAMES
from model_contract.market_calendar import CALENDAR_FLAGS
from training import onnx_export
from training.errors import TrainingError
from training.network import CALENDAR, build_network
from training.network import WINDOW as WINDOW_INPUT
from training.onnx_export import export_onnx
from training.onnx_network import onnx_network

WINDOW, HORIZON = 22, 2


@pytest.fixture
def network(train_params) -> keras.Model:
    """A network with random weights in every layer."""
    keras.utils.set_random_seed(1)
    made = build_network(WINDOW, HORIZON, train_params)
    random = np.random.default_rng(1)
    made.set_weights([random.normal(0, 0.3, weights.shape) for weights in made.get_weights()])
    return made


@pytest.fixture
def inputs() -> tuple[np.ndarray, np.ndarray]:
    """Seven scaled windows and their calendar."""
    random = np.random.default_rng(2)
    windows = random.normal(size=(7, WINDOW, len(FEATURE_NAMES)))
    calendar = random.integers(0, 2, (7, WINDOW + HORIZON, len(CALENDAR_FLAGS)))
    return windows.astype(np.float32), calendar.astype(np.float32)


def test_the_exported_file_answers_like_the_network(network, inputs, tmp_path):
    difference = export_onnx(network, tmp_path / "model.onnx", *inputs)
    answers = onnx_network(tmp_path / "model.onnx")(*inputs)
    np.testing.assert_allclose(answers, network(inputs), atol=1e-5)
    assert difference == np.abs(answers - np.asarray(network(inputs))).max()


def test_the_exported_file_takes_window_and_calendar_and_answers_once(network, inputs, tmp_path):
    export_onnx(network, tmp_path / "model.onnx", *inputs)
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert {value.name for value in graph.input} == {WINDOW_INPUT, CALENDAR}
    assert len(graph.output) == 1


def test_the_exported_file_takes_any_number_of_windows(network, inputs, tmp_path):
    export_onnx(network, tmp_path / "model.onnx", *inputs)
    windows, calendar = inputs
    assert onnx_network(tmp_path / "model.onnx")(windows[:1], calendar[:1]).shape == (1, HORIZON)


@pytest.mark.parametrize("shift", [0.01, np.nan], ids=["another answer", "not a number"])
def test_a_file_that_answers_otherwise_is_refused(monkeypatch, network, inputs, tmp_path, shift):
    monkeypatch.setattr(onnx_export, "onnx_network", lambda path: lambda *values: onnx_network(path)(*values) + np.float32(shift))
    with pytest.raises(TrainingError, match=r"model\.onnx answers differently than the Keras model: .* apart, at most 0\.0001 is rounding"):
        export_onnx(network, tmp_path / "model.onnx", *inputs)


def test_exporting_a_network_twice_gives_the_same_nodes_and_weights(network, inputs, tmp_path):
    graphs = []
    for name in ("once.onnx", "again.onnx"):
        export_onnx(network, tmp_path / name, *inputs)
        graphs.append(onnx.load(tmp_path / name).graph)
    assert list(graphs[0].node) == list(graphs[1].node)
    assert list(graphs[0].initializer) == list(graphs[1].initializer)
