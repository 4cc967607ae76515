"""Export of the trained network to ONNX, and the proof that the exported file answers like the network."""

import logging
import warnings
from pathlib import Path

import keras
import numpy as np
import onnx

from model_contract.arrays import Float32Array
from model_contract.model.onnx_network import load_network
from training.errors import TrainingError

# Scaled log volumes are of order 1; float32 sums in another order differ by about 1e-6.
PARITY_TOLERANCE = 1e-4


def export_onnx(
    network: keras.Model, path: Path, window: Float32Array, calendar: Float32Array
) -> float:
    """Write `network` to `path`; return the largest difference of answers to scaled windows and their calendar.

    Raises `TrainingError` where the exported file answers differently.
    """
    expected = np.asarray(network([window, calendar]))
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(
        action="ignore", category=FutureWarning
    ):  # Keras probes for an old name in numpy
        network.export(path, format="onnx", verbose=False)
    onnx.save(with_canonical_names(onnx.load(path)), path)
    difference = float(np.max(np.abs(load_network(path.read_bytes())(window, calendar) - expected)))
    if not difference <= PARITY_TOLERANCE:  # also true of NaN
        raise TrainingError(
            f"{path} answers differently than the Keras model: {difference:.2g} apart, at most {PARITY_TOLERANCE:g} is rounding"
        )
    return difference


def with_canonical_names(model: onnx.ModelProto) -> onnx.ModelProto:
    """Sort and number the nodes and values of `model`; its inputs and outputs keep their names. Changes it in place.

    The exporter's names depend on the addresses of objects in memory, and where two nodes need not wait for each other, so
    does their order. With names and an order that depend on the graph alone, the same training gives the same bytes, and a
    bundle's content hash says whether anything has changed.
    """
    graph = model.graph
    nodes = _in_order_of_need(graph)
    del graph.node[:]
    graph.node.extend(nodes)
    names = {value.name: value.name for value in (*graph.input, *graph.output)} | {
        "": ""
    }  # "": an optional input left out
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


def _in_order_of_need(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The nodes that the outputs need, each after those whose values it takes, in the order in which it takes them."""
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
