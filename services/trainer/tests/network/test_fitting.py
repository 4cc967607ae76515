import logging
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.onnx_network import CALENDAR, INPUTS, VOLUME, WINDOW
from model_contract.model.scaling import scaled_inputs, window_level
from training.network.checkpoints import Arrays, Checkpoints
from training.network.fitting import Batches, fit
from training.network.linear_path import build_linear_network
from training.network.lstm import MEMBERS
from training.params import TrainParams
from training.window_data import WindowData
from unit_scalers import UNSCALED


@dataclass(frozen=True)
class Fitted:
    """A trained network, its data, and its losses."""

    train: WindowData
    validation: WindowData
    params: TrainParams
    effects: np.ndarray
    network: keras.Model
    losses: pd.DataFrame

    def again(self) -> "Fitted":
        return fitted(self.train, self.validation, self.params, self.effects)


def fitted(
    train: WindowData, validation: WindowData, params: TrainParams, effects: np.ndarray
) -> Fitted:
    return Fitted(
        train, validation, params, effects, *fit(effects, train, validation, UNSCALED, params)
    )


@pytest.fixture(scope="module")
def data(make_windows) -> tuple[WindowData, WindowData]:
    """A few windows in which a large return in either direction raises the next volume."""
    made = []
    for seed in (1, 2):
        random = np.random.default_rng(seed)
        returns = random.normal(0, 1, 150)
        log_volume = 14 + np.concatenate([[0], np.abs(returns[:-1])]) + random.normal(0, 0.3, 150)
        made.append(make_windows(np.column_stack([log_volume, returns, np.zeros(150)])))
    return made[0], made[1]


@pytest.fixture(scope="module")
def learned(data, train_params) -> Fitted:
    """A network trained until it beats the linear path and then overfits."""
    effects = np.zeros(len(CALENDAR_FLAGS))
    return fitted(
        *data,
        replace(train_params, residual_share=1.0, dropout=0.2, learning_rate=0.03, epochs=20),
        effects,
    )


@pytest.fixture(scope="module")
def diverged(data, train_params) -> Fitted:
    """A network whose steps are so large that every epoch is worse than the linear path."""
    effects = np.linspace(-0.5, 0.5, len(CALENDAR_FLAGS))
    return fitted(
        *data,
        replace(
            train_params, members=1, dropout=0.2, learning_rate=1.0, weight_decay=0.5, epochs=2
        ),
        effects,
    )


def linear_path(fitted: Fitted) -> keras.Model:
    return build_linear_network(fitted.effects, fitted.train, UNSCALED, fitted.params)


def loss(network: keras.Model, data: WindowData) -> float:
    inputs, wanted = Batches(data, UNSCALED, 4096)[0]
    return float(np.abs(np.asarray(network(inputs)[VOLUME]) - wanted[VOLUME]).mean())


def test_the_lstm_learns_what_the_linear_path_cannot_see(learned):
    assert learned.losses["validation_loss"].min() < 0.9 * learned.losses["validation_loss"][0]


def test_row_0_of_the_losses_is_that_of_the_linear_path(learned):
    alone = linear_path(learned)
    assert learned.losses["loss"][0] == pytest.approx(loss(alone, learned.train), rel=1e-5)
    assert learned.losses["validation_loss"][0] == pytest.approx(
        loss(alone, learned.validation), rel=1e-5
    )


def test_the_weights_of_the_best_epoch_are_kept_and_not_the_last(learned):
    losses = learned.losses["validation_loss"]
    assert 0 < losses.idxmin() < len(losses) - 1
    assert loss(learned.network, learned.validation) == pytest.approx(losses.min(), rel=1e-5)


def test_training_ends_after_the_given_number_of_epochs(learned):
    assert len(learned.losses) - 1 == learned.params.epochs


def test_the_same_seed_gives_the_same_training(diverged):
    """With large steps and dropout, any difference would show in the losses."""
    pd.testing.assert_frame_equal(diverged.again().losses, diverged.losses, check_exact=True)


def test_if_no_epoch_improves_the_linear_path_is_kept(diverged):
    assert diverged.losses["validation_loss"].idxmin() == 0
    inputs, _ = Batches(diverged.validation, UNSCALED, 4096)[0]
    kept, alone = (network(inputs)[VOLUME] for network in (diverged.network, linear_path(diverged)))
    np.testing.assert_allclose(kept, alone, atol=1e-6)


class Killed(BaseException):
    """Ends training like SIGKILL, without ending the tests."""


class KilledAfter(Checkpoints):
    """Checkpoints that kill training after the checkpoint of `epoch` is written."""

    def __init__(self, epoch: int, root: Path) -> None:
        super().__init__("key", root)
        self.epoch = epoch

    def save(self, epoch: int, state: Arrays) -> None:
        super().save(epoch, state)
        if epoch == self.epoch:
            raise Killed


def arguments(course: Fitted) -> tuple[object, ...]:
    """What `fit` takes, up to the checkpoints."""
    return course.effects, course.train, course.validation, UNSCALED, course.params, None


def repeat_until_killed(course: Fitted, root: Path, *epochs: int) -> None:
    """Repeat a training run, and kill it after each of these epochs."""
    for epoch in epochs:
        with pytest.raises(Killed):
            fit(*arguments(course), KilledAfter(epoch, root))


def completed(course: Fitted, root: Path) -> Fitted:
    """Complete a training run that was killed."""
    network, losses = fit(*arguments(course), Checkpoints("key", root))
    return replace(course, network=network, losses=losses)


@pytest.fixture(scope="module")
def killed_at_its_end(diverged, tmp_path_factory) -> Path:
    """The checkpoints of training that was killed after its last epoch."""
    root = tmp_path_factory.mktemp("killed")
    repeat_until_killed(diverged, root, 2)
    return root


@pytest.fixture
def checkpoints(killed_at_its_end, tmp_path) -> Path:
    """A copy of these checkpoints."""
    return shutil.copytree(killed_at_its_end, tmp_path, dirs_exist_ok=True)


def everything(network: keras.Model) -> list[np.ndarray]:
    """Collect everything in model.keras: weights, random state and optimizer state."""
    return [np.asarray(variable) for variable in (*network.variables, *network.optimizer.variables)]


def assert_same(again: Fitted, once: Fitted) -> None:
    pd.testing.assert_frame_equal(again.losses, once.losses, check_exact=True)
    for its, wanted in zip(everything(again.network), everything(once.network), strict=True):
        np.testing.assert_array_equal(its, wanted)


def test_training_killed_twice_ends_with_the_same_result(learned, tmp_path, caplog):
    """The kills come before and after the best epoch."""
    best = int(learned.losses["validation_loss"].idxmin())
    caplog.set_level(logging.INFO)
    repeat_until_killed(learned, tmp_path, 2, best + 2)
    assert_same(completed(learned, tmp_path), learned)
    assert [line for line in caplog.messages if "resumed" in line] == [
        f"resumed after epoch {epoch} of 20" for epoch in (2, best + 2)
    ]


def test_training_killed_after_its_last_epoch_keeps_the_best_weights(diverged, checkpoints):
    assert_same(completed(diverged, checkpoints), diverged)


def test_training_resumes_from_the_checkpoint_before_a_truncated_one(diverged, checkpoints, caplog):
    (checkpoints / "key/epoch-000002").write_bytes(b"")
    caplog.set_level(logging.INFO)
    assert_same(completed(diverged, checkpoints), diverged)
    assert "resumed after epoch 1 of 2" in caplog.messages


def test_an_epoch_visits_every_window_once_in_its_own_order(data):
    batches, orders = Batches(data[0], UNSCALED, 32), []
    for epoch in (0, 1):
        batches.shuffle(1, epoch)
        orders.append(batches.order.tolist())
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(len(data[0])))
    assert orders[0] != orders[1]


def test_an_epoch_s_order_depends_only_on_its_number_and_the_seed(data):
    straight, later = Batches(data[0], UNSCALED, 32), Batches(data[0], UNSCALED, 32)
    for epoch in range(4):
        straight.shuffle(1, epoch)
    later.shuffle(1, 3)
    np.testing.assert_array_equal(later.order, straight.order)
    later.shuffle(2, 3)
    assert later.order.tolist() != straight.order.tolist()


def test_training_takes_the_batches_of_each_epoch_in_that_order(data, train_params, monkeypatch):
    """Keras would shuffle the batches again, with a generator that isn't saved in checkpoints."""
    taken: list[int] = []
    cut, size = WindowData.windows, 9
    assert len(data[0]) % size == 0

    def record(self, samples):
        if self is data[0] and isinstance(samples, np.ndarray) and len(samples) == size:
            taken.extend(samples)
        return cut(self, samples)

    monkeypatch.setattr(WindowData, "windows", record)
    params = replace(train_params, members=1, units=1, batch_size=size, epochs=2)
    fitted(*data, params, np.zeros(len(CALENDAR_FLAGS)))
    wanted = []
    for epoch in (0, 1):
        batches = Batches(data[0], UNSCALED, size)
        batches.shuffle(train_params.seed, epoch)
        wanted += batches.order.tolist()
    assert taken[-len(wanted) :] == wanted  # Keras first reads a few batches to learn their shapes


def test_windows_are_in_order_until_they_are_shuffled(data):
    np.testing.assert_array_equal(Batches(data[0], UNSCALED, 32).order, np.arange(len(data[0])))


def test_the_last_batch_has_the_remaining_windows(data):
    batches = Batches(data[0], UNSCALED, 50)
    assert [len(batches[batch][1][VOLUME]) for batch in range(len(batches))] == [50, 50, 26]


def test_window_calendar_inputs_and_targets_of_a_batch_belong_together(data):
    batches = Batches(data[0], UNSCALED, 8)
    batches.shuffle(3, 0)
    (inputs, wanted), order = batches[1], batches.order[8:16]
    windows = data[0].windows(order)
    level = window_level(windows.features)[:, None]
    np.testing.assert_allclose(inputs[WINDOW][:, :, 0], windows.log_volume - level, atol=1e-6)
    np.testing.assert_array_equal(inputs[CALENDAR], windows.calendar)
    np.testing.assert_array_equal(inputs[INPUTS], scaled_inputs(windows.inputs, UNSCALED))
    assert np.any(inputs[INPUTS])
    future = data[0].future_log_volumes(order) - level
    np.testing.assert_allclose(wanted[VOLUME], future, atol=1e-6)
    np.testing.assert_allclose(wanted[MEMBERS], future[:, None], atol=1e-6)
