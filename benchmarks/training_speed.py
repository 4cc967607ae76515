"""Measures how many windows a second training learns from; `make bench-training` runs it.

    benchmarks/training_speed.py [WINDOWS]

Each line is a process of its own, on random data of the real shapes:

    fit      `training.network.fitting.fit` as a whole, with everything that it does before, between
             and after the epochs, with deterministic operations
    epochs   only its epochs after the first
    keras    Keras alone: `Model.fit` with the same network on arrays in memory, without
             deterministic operations
    torch    the same network, loss and optimiser in PyTorch, on tensors in memory, if the package
             `torch` is installed in an environment whose Python is named by TORCH_PYTHON
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

TREE = Path(__file__).resolve().parents[1]
SETTINGS = [(units, batch) for units in (32, 64) for batch in (256, 512)]
WINDOWS, VALIDATION, EPOCHS = 70_000, 10_000, 5
TORCH = "torch"  # runs in another environment


def main() -> None:
    """Print a table, or measure one line if this is a child."""
    if len(sys.argv) > 2:
        kind, *numbers = sys.argv[1:]
        write(json.dumps(MEASURES[kind](*map(int, numbers))))
        return
    windows = int(sys.argv[1]) if len(sys.argv) > 1 else WINDOWS
    kinds = [kind for kind in MEASURES if kind != TORCH or "TORCH_PYTHON" in os.environ]
    names = ["fit", "epochs", *(kind for kind in kinds if kind != "fit")]
    write(f"{'units':>5}{'batch':>7}" + "".join(f"{name:>10}" for name in names))
    for units, batch in SETTINGS:
        found: dict[str, float] = {}
        for kind in kinds:
            found |= child(kind, units, batch, windows)
        write(f"{units:>5}{batch:>7}" + "".join(f"{found[name]:>10,.0f}" for name in names))


def write(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def child(kind: str, *numbers: int) -> dict[str, float]:
    """Measure in another process: windows a second, by name."""
    python = os.environ["TORCH_PYTHON"] if kind == TORCH else sys.executable
    settings = {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
    command = [python, __file__, kind, *map(str, numbers)]
    done = subprocess.run(
        command, cwd=TREE, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def timed(epochs: int, windows: int, train: Callable[[int], object]) -> float:
    """Return windows a second, after an epoch that warms up."""
    train(1)
    started = time.perf_counter()
    train(epochs)
    return epochs * windows / (time.perf_counter() - started)


def measure_fit(units: int, batch: int, windows: int) -> dict[str, float]:
    """Measure `fit` as a whole, and its epochs after the first."""
    import keras

    from model_contract.model.calendar import CALENDAR_FLAGS
    from training.network import fitting

    ended: list[float] = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            ended.append(time.perf_counter())

    reports = fitting._reports
    fitting._reports = lambda *given: [*reports(*given), Clock()]
    data, validation = random_windows(windows, 1), random_windows(VALIDATION, 2)
    effects = np.linspace(-0.1, 0.1, len(CALENDAR_FLAGS))
    started = time.perf_counter()
    fitting.fit(effects, data, validation, scalers(), parameters(units, batch))
    whole = time.perf_counter() - started
    later = (EPOCHS - 1) * windows / (ended[-1] - ended[0])
    return {"fit": EPOCHS * windows / whole, "epochs": later}


def measure_keras(units: int, batch: int, windows: int) -> dict[str, float]:
    """Measure Keras alone on arrays."""
    from model_contract.model.onnx_network import VOLUME
    from training.network.lstm import MEMBERS, build_learner

    params = parameters(units, batch)
    learner = build_learner(HORIZON, params, EPOCHS * (windows // batch))
    random = np.random.default_rng(1)
    shapes = [part.shape[1:] for part in learner.inputs]
    given = [random.normal(size=(windows, *shape)).astype("float32") for shape in shapes]
    wanted = random.normal(size=(windows, HORIZON)).astype("float32")
    targets = {VOLUME: wanted, MEMBERS: wanted[:, None]}
    speed = timed(
        2, windows, lambda n: learner.fit(given, targets, batch_size=batch, epochs=n, verbose=0)
    )
    return {"keras": speed}


def measure_torch(units: int, batch: int, windows: int) -> dict[str, float]:
    """Measure PyTorch on tensors."""
    import torch
    from torch import nn

    class Member(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.known = nn.LSTM(4, units, batch_first=True), nn.Linear(CONTEXT, units)
            self.joined, self.last = nn.Linear(2 * units, units), nn.Linear(units, HORIZON)
            self.drop, self.silu = nn.Dropout(0.2), nn.SiLU()

        def forward(self, series: Any, context: Any) -> Any:
            state = self.drop(self.lstm(series)[0][:, -1])
            joined = self.drop(torch.cat([state, self.silu(self.known(context))], 1))
            return self.last(self.silu(self.joined(joined)))

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    members = nn.ModuleList([Member() for _ in range(3)])
    optimizer = torch.optim.AdamW(members.parameters(), lr=0.003, weight_decay=0.01)
    series, context = torch.randn(windows, SERIES, 4), torch.randn(windows, CONTEXT)
    wanted = torch.randn(windows, HORIZON)

    def train(epochs: int) -> None:
        for rows in (part for _ in range(epochs) for part in torch.randperm(windows).split(batch)):
            found = torch.stack([member(series[rows], context[rows]) for member in members], 1)
            optimizer.zero_grad()
            (found - wanted[rows][:, None]).abs().mean().backward()
            nn.utils.clip_grad_norm_(members.parameters(), 1.0)  # together, which is faster here
            optimizer.step()

    return {TORCH: timed(2, windows, train)}


MEASURES = {"fit": measure_fit, "keras": measure_keras, TORCH: measure_torch}
HORIZON, SERIES, CONTEXT = 5, 10, 5 * (13 + 1)  # of the network in training.network.lstm


def parameters(units: int, batch: int) -> Any:
    """The parameters of params.yaml with another size."""
    from training.params import TrainParams, load_params

    return replace(load_params(TrainParams), units=units, batch_size=batch, epochs=EPOCHS)


def scalers() -> Any:
    """The scalers of the last `make train`."""
    from model_contract.model.scaling import Scalers

    return Scalers.from_json((TREE / "data/processed/scalers.json").read_text(encoding="utf-8"))


def random_windows(count: int, seed: int) -> Any:
    """Windows of the default data, repeated at random."""
    from training.params import EngineerFeaturesParams, load_params
    from training.split import TRAIN
    from training.window_data import WindowData

    sizes = load_params(EngineerFeaturesParams)
    data = WindowData.read((TRAIN,), sizes.window, sizes.horizon)
    rows = np.sort(np.random.default_rng(seed).integers(0, len(data), count))
    return replace(data, index=data.index.iloc[rows].reset_index(drop=True))


if __name__ == "__main__":
    main()
