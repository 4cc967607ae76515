from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import Arguments
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, MARKET_POSITIONS
from model_contract.model.onnx_network import CONTRIBUTIONS, OnnxNetwork
from training.errors import TrainingError
from training.network import onnx_export
from training.network.lstm import CALENDAR_EFFECT, as_network, build_network
from training.network.onnx_export import export_onnx, with_canonical_names

WINDOW, HORIZON = 22, 2


@pytest.fixture(scope="module")
def network(train_params) -> keras.Model:
    """A network with random weights in every layer."""
    keras.utils.set_random_seed(1)
    made = build_network(WINDOW, HORIZON, train_params)
    random = np.random.default_rng(1)
    made.set_weights([random.normal(0, 0.3, weights.shape) for weights in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def inputs() -> Arguments:
    """Seven scaled windows with their calendar and inputs; three don't know the market."""
    random = np.random.default_rng(2)
    windows = random.normal(size=(7, WINDOW, len(FEATURE_NAMES)))
    calendar = random.integers(0, 2, (7, WINDOW + HORIZON, len(CALENDAR_FLAGS)))
    history = random.normal(size=(7, HORIZON, len(INPUT_NAMES)))
    history[:3, :, MARKET_POSITIONS] = 0
    return windows.astype(np.float32), calendar.astype(np.float32), history.astype(np.float32)


@dataclass(frozen=True)
class Export:
    """An exported network, and its difference from the network in Keras."""

    path: Path
    difference: float


@pytest.fixture(scope="module")
def export(network, inputs, tmp_path_factory) -> Export:
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    return Export(path, export_onnx(network, path, inputs))


@pytest.fixture
def exported(export) -> Path:
    return export.path


def test_the_exported_file_forecasts_like_the_network(network, inputs, exported):
    np.testing.assert_allclose(
        OnnxNetwork(exported.read_bytes())(*inputs), as_network(network)(*inputs), atol=1e-5
    )


def test_the_exported_file_gives_the_contributions_of_the_network(network, inputs, exported):
    """The rest of the forecast, the level and the calendar effects, has no contribution."""
    file, found = OnnxNetwork(exported.read_bytes()), network(list(inputs))
    contributions = file.contributions(*inputs)
    np.testing.assert_allclose(contributions, found[CONTRIBUTIONS], atol=1e-5)
    (effects,) = network.get_layer(CALENDAR_EFFECT).get_weights()
    effect = (inputs[1] @ effects)[:, :, 0]
    level = (inputs[0][:, :, 0] - effect[:, :WINDOW]).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(
        level + effect[:, WINDOW:] + contributions.sum(axis=2), file(*inputs), atol=2e-6
    )


def test_the_largest_difference_is_returned(network, inputs, export):
    found = OnnxNetwork(export.path.read_bytes())(*inputs)
    assert export.difference == np.abs(found - as_network(network)(*inputs)).max()


def test_the_exported_file_has_no_output_for_training(exported):
    graph = onnx.load(exported).graph
    assert {value.name for value in graph.input} == {"window", "calendar", "inputs"}
    assert {value.name for value in graph.output} == {"volume", "contributions"}


def test_the_exported_file_takes_any_number_of_windows(inputs, exported):
    one = (part[:1] for part in inputs)
    assert OnnxNetwork(exported.read_bytes())(*one).shape == (1, HORIZON)


@pytest.mark.parametrize("shift", [0.01, np.nan], ids=["a different forecast", "not a number"])
def test_a_file_with_different_forecasts_is_rejected(
    monkeypatch, train_params, inputs, tmp_path, shift
):
    small = build_network(WINDOW, HORIZON, replace(train_params, members=1, units=1))
    monkeypatch.setattr(
        onnx_export,
        "OnnxNetwork",
        lambda data: lambda *values: OnnxNetwork(data)(*values) + np.float32(shift),
    )
    with pytest.raises(
        TrainingError,
        match=r"model\.onnx and the Keras model differ by .*; rounding explains at most 0\.0001",
    ):
        export_onnx(small, tmp_path / "model.onnx", inputs)


def test_exporting_a_network_twice_gives_the_same_nodes_and_weights(
    network, inputs, exported, tmp_path
):
    export_onnx(network, tmp_path / "again.onnx", inputs)
    once, again = (onnx.load(path).graph for path in (exported, tmp_path / "again.onnx"))
    assert list(once.node) == list(again.node)
    assert list(once.initializer) == list(again.initializer)


def test_nodes_and_names_depend_on_the_graph_and_not_on_the_exporter_s_order(exported):
    other = onnx.load(exported)
    nodes = [
        other.graph.node[row] for row in np.random.default_rng(1).permutation(len(other.graph.node))
    ]
    del other.graph.node[:]
    other.graph.node.extend(nodes)
    for node in other.graph.node:
        node.input[:] = [
            f"{value}_renamed" if value.startswith("value_") else value for value in node.input
        ]
        node.output[:] = [
            f"{value}_renamed" if value.startswith("value_") else value for value in node.output
        ]
    for constant in other.graph.initializer:
        constant.name += "_renamed"
    assert with_canonical_names(other).graph == onnx.load(exported).graph


def test_a_file_that_is_not_a_network_is_rejected(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"a page of text")
    with pytest.raises(BundleError, match="the model cannot be loaded: "):
        OnnxNetwork((tmp_path / "model.onnx").read_bytes())


def test_a_network_with_other_inputs_is_rejected_when_it_runs(exported, inputs):
    window, *others = inputs
    with pytest.raises(BundleError, match="the model cannot be run: "):
        OnnxNetwork(exported.read_bytes())(window[..., 1:], *others)
