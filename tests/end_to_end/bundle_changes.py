"""Changes that make a published model faulty or give it a new version."""

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnx
from onnx import numpy_helper

from model_contract.model.scaling import Scalers
from model_contract.store.bundle import MANIFEST, MODEL, SCALERS
from model_contract.store.golden import GOLDEN, Golden
from model_contract.store.store_reader import CURRENT
from volume_store import VolumeStore


def change_file(name: str, change: Callable[[bytes], bytes]) -> Callable[[VolumeStore], str]:
    """Prepare an undamaged version, then change one of its files."""

    def prepare(store: VolumeStore) -> str:
        version = store.prepare()
        path = store.copy.path(version) / name
        path.write_bytes(change(path.read_bytes()))
        return version

    return prepare


def publish_with(name: str, change: Callable[[bytes], bytes]) -> Callable[[VolumeStore], str]:
    """Prepare a version whose checksums match its changed file."""
    return lambda store: store.prepare(lambda files: files.update({name: change(files[name])}))


def with_fact(**facts: object) -> Callable[[bytes], bytes]:
    return lambda data: json.dumps(json.loads(data) | facts).encode()


def flip_a_bit(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def other_scalers(data: bytes) -> bytes:
    scalers = Scalers.from_json(data.decode())
    target = replace(scalers.target, mean=(scalers.target.mean[0] + 0.05,))
    return replace(scalers, target=target).to_json().encode()


def other_answers(data: bytes) -> bytes:
    golden = Golden.from_json(data.decode())
    return replace(golden, volumes=golden.volumes * 1.01).to_json().encode()


def nan_weights(data: bytes) -> bytes:
    model = onnx.load_model_from_string(data)
    for weights in model.graph.initializer:  # some forecasts don't need the others
        if weights.data_type == onnx.TensorProto.FLOAT:
            values = np.full_like(numpy_helper.to_array(weights), np.nan)
            weights.CopyFrom(numpy_helper.from_array(values, weights.name))
    return model.SerializeToString()


class Planted:
    """Unpickling it creates a file."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch /tmp/planted",)


# Functions that make a faulty version, each with a part of the reason for its refusal.
FAULTS = {
    "a truncated network": (
        change_file(MODEL, lambda data: data[:-100]),
        "model.onnx is damaged",
    ),
    "a changed scaler": (change_file(SCALERS, flip_a_bit), "scalers.json is damaged"),
    "a changed manifest": (change_file(MANIFEST, with_fact(window=30)), "manifest.json is damaged"),
    "a truncated manifest": (
        change_file(MANIFEST, lambda data: data[:200]),
        "manifest.json is not JSON",
    ),
    "another contract": (
        change_file(MANIFEST, with_fact(contract_version=1)),
        "this reader needs",
    ),
    "golden answers of another model": (
        publish_with(GOLDEN, other_answers),
        "off the recorded one",
    ),
    "a network that returns NaN": (publish_with(MODEL, nan_weights), "nan% off the recorded one"),
    "the scalers of another run": (publish_with(SCALERS, other_scalers), "off the recorded one"),
    "a pickle instead of the network": (
        publish_with(MODEL, lambda _: pickle.dumps(Planted())),
        "cannot be loaded",
    ),
}


def version_that_is_a_link(store: VolumeStore) -> None:
    store.shell("ln -s /etc /models/20991231T000000Z-0000aaaa")
    store.make_current("20991231T000000Z-0000aaaa")


def file_that_is_a_link(store: VolumeStore) -> None:
    version = store.prepare()
    file = store.copy.path(version) / MODEL
    file.unlink()
    file.symlink_to(f"/models/{store.served}/{MODEL}")
    store.put(version)


def current_that_is_a_link(store: VolumeStore) -> None:
    store.shell(
        f"ln -s /etc/hostname /models/.tmp-CURRENT;mv -T /models/.tmp-CURRENT /models/{CURRENT}"
    )


def current_that_is_a_pipe(store: VolumeStore) -> None:
    store.shell(f"mkfifo /models/.tmp-CURRENT; mv -T /models/.tmp-CURRENT /models/{CURRENT}")


# Functions that make the store point outside itself, each with a part of the reason for refusal.
WAYS_OUT = {
    "a relative path": (lambda store: store.make_current("../../etc"), "contains no version"),
    "an absolute path": (lambda store: store.make_current("/etc"), "contains no version"),
    "a CURRENT that is a link": (current_that_is_a_link, "link"),
    "a CURRENT that is a pipe": (current_that_is_a_pipe, "not a regular file"),
    "a version that is a link": (version_that_is_a_link, "link"),
    "a file that is a link": (file_that_is_a_link, "link"),
}


def one_answer_less(files: dict[str, bytes]) -> None:
    """Drop a golden forecast, which makes a new version of the same model."""
    golden = Golden.from_json(files[GOLDEN].decode())
    fewer = Golden(golden.windows.take(slice(1, None)), golden.volumes[1:])
    files[GOLDEN] = fewer.to_json().encode()
