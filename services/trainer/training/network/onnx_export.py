"""Exports the trained network to ONNX and checks that the file gives the same forecasts."""

import logging
import warnings
from pathlib import Path

import keras
import numpy as np
import onnx

from model_contract.model.forecasting import Arguments
from model_contract.model.onnx_network import CONTRIBUTIONS, VOLUME, OnnxNetwork
from training.errors import TrainingError

# Scaled log volumes are about 1; summing float32 in a different order changes them by about 1e-6.
PARITY_TOLERANCE = 1e-4


def export_onnx(network: keras.Model, path: Path, examples: Arguments) -> float:
    """Write `network` to `path`; return the largest difference between Keras and ONNX forecasts.

    The file has the outputs that forecasts need, without the one for training.

    Raises `TrainingError` if rounding doesn't explain the difference.
    """
    wanted = {name: network.output[name] for name in (VOLUME, CONTRIBUTIONS)}
    served = keras.Model(network.inputs, wanted)
    expected = np.asarray(served(list(examples))[VOLUME])
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    # Keras uses an outdated NumPy name, which causes a FutureWarning.
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        served.export(path, format="onnx", verbose=False)
    onnx.save(with_canonical_names(onnx.load(path)), path)
    difference = float(np.max(np.abs(OnnxNetwork(path.read_bytes())(*examples) - expected)))
    if not difference <= PARITY_TOLERANCE:  # also true of NaN
        raise TrainingError(
            f"{path} and the Keras model differ by {difference:.2g}; "
            f"rounding explains at most {PARITY_TOLERANCE:g}"
        )
    return difference


def with_canonical_names(model: onnx.ModelProto) -> onnx.ModelProto:
    """Sort and rename the nodes and values of `model` in place, except inputs and outputs.

    The exporter's names depend on memory addresses, and so does the order of independent nodes.
    With names and an order that depend only on the graph, the same training run gives the same
    bytes, and a bundle's content hash shows whether anything has changed.
    """
    graph = model.graph
    nodes = _topological_order(graph)
    del graph.node[:]
    graph.node.extend(nodes)
    names = {value.name: value.name for value in (*graph.input, *graph.output)}
    names[""] = ""  # an omitted optional input
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{number}"
        for values in (node.input, node.output):
            values[:] = [names.setdefault(value, f"value_{len(names)}") for value in values]
    for constant in graph.initializer:
        constant.name = names.setdefault(constant.name, f"value_{len(names)}")
    constants = sorted(graph.initializer, key=lambda constant: constant.name)
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(constants)
    graph.doc_string = model.doc_string = ""
    return model


def _topological_order(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Return the nodes that the outputs need, depth-first, each after the nodes of its inputs."""
    makers = {value: node for node in graph.node for value in node.output}
    ordered: dict[str, onnx.NodeProto] = {}  # by first output

    def add(value: str) -> None:
        if value in makers and makers[value].output[0] not in ordered:
            for needed in makers[value].input:
                add(needed)
            ordered[makers[value].output[0]] = makers[value]

    for output in graph.output:
        add(output.name)
    return list(ordered.values())
