import logging
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.forecasting import network_arguments
from model_contract.model.onnx_network import VOLUME
from model_contract.model.scaling import targets
from training.network import fitting
from training.network.checkpoints import Arrays, Checkpoints
from training.network.fitting import Batches, fit
from training.network.linear_path import build_linear_network
from training.network.lstm import CALENDAR_EFFECT, MEMBERS, WITH_MARKET, WITHOUT_MARKET
from training.network.residual_data import ResidualData
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
    return float(np.abs(volume(network, data) - wanted(data)).mean())


def volume(network: keras.Model, data: WindowData) -> np.ndarray:
    """The scaled forecasts of all windows."""
    arguments, _ = network_arguments(data.windows(), UNSCALED)
    return np.asarray(network(list(arguments))[VOLUME])


def wanted(data: WindowData) -> np.ndarray:
    """What the network should forecast."""
    _, level = network_arguments(data.windows(), UNSCALED)
    return targets(data.future_log_volumes(), level, UNSCALED)


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


def test_training_leaves_the_linear_path_alone(learned):
    alone = linear_path(learned)
    for name in (CALENDAR_EFFECT, WITH_MARKET, WITHOUT_MARKET):
        weights, expected = (net.get_layer(name).get_weights() for net in (learned.network, alone))
        np.testing.assert_array_equal(weights, expected)


def test_training_ends_after_the_given_number_of_epochs(learned):
    assert len(learned.losses) - 1 == learned.params.epochs


def test_the_same_seed_gives_the_same_training(diverged):
    """With large steps and dropout, any difference would show in the losses."""
    pd.testing.assert_frame_equal(diverged.again().losses, diverged.losses, check_exact=True)


def test_if_no_epoch_improves_the_linear_path_is_kept(diverged):
    assert diverged.losses["validation_loss"].idxmin() == 0
    networks = diverged.network, linear_path(diverged)
    kept, alone = (volume(network, diverged.validation) for network in networks)
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
    """Collect everything in model.keras: weights and random state."""
    return [np.asarray(variable) for variable in network.variables]


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


@pytest.fixture(scope="module")
def known(learned) -> ResidualData:
    return ResidualData.of(linear_path(learned), learned.train, UNSCALED)


def rows_of(batches: Batches, data: ResidualData) -> list[int]:
    """The windows of an epoch in order, found by their context."""
    rows = {context.tobytes(): row for row, context in enumerate(data.context)}
    assert len(rows) == len(data)
    given = [given for given, _ in batches.dataset]
    return [rows[context.tobytes()] for _, contexts in given for context in contexts.numpy()]


def test_an_epoch_visits_every_window_once_in_its_own_order(known):
    batches, orders = Batches(known, 32), []
    for epoch in (0, 1):
        batches.shuffle(1, epoch)
        orders.append(rows_of(batches, known))
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(len(known)))
    assert orders[0] != orders[1]


def test_an_epoch_s_order_depends_only_on_its_number_and_the_seed(known):
    straight, later = Batches(known, 32), Batches(known, 32)
    for epoch in range(4):
        straight.shuffle(1, epoch)
    later.shuffle(1, 3)
    assert rows_of(later, known) == rows_of(straight, known)
    later.shuffle(2, 3)
    assert rows_of(later, known) != rows_of(straight, known)


def test_training_takes_the_batches_of_each_epoch_in_that_order(data, train_params, monkeypatch):
    """A batch that is cut too early would still have the order of the epoch before."""
    taken: list[float] = []

    class Recording(Batches):
        def __init__(self, data: ResidualData, batch_size: int) -> None:
            super().__init__(data, batch_size)
            if batch_size == params.batch_size:
                self.dataset = self.dataset.map(self.recorded)

        def recorded(self, given, wanted):
            def record(context):
                taken.extend(context[:, 0])
                return context

            series, context = given
            noted = tf.numpy_function(record, [context], tf.float32, stateful=True)
            return (series, tf.ensure_shape(noted, context.shape)), wanted

    params = replace(train_params, members=1, units=1, batch_size=9, epochs=3)
    monkeypatch.setattr(fitting, "Batches", Recording)
    course = fitted(*data, params, np.zeros(len(CALENDAR_FLAGS)))
    known = ResidualData.of(linear_path(course), data[0], UNSCALED)
    orders = [
        np.random.default_rng((params.seed, epoch)).permutation(len(known)) for epoch in range(3)
    ]
    np.testing.assert_array_equal(taken, known.context[np.concatenate(orders), 0])


def test_windows_are_in_order_until_they_are_shuffled(known):
    assert rows_of(Batches(known, 32), known) == list(range(len(known)))


def test_the_last_batch_has_the_remaining_windows(known):
    assert [len(wanted[VOLUME]) for _, wanted in Batches(known, 50).dataset] == [50, 50, 26]


def test_series_context_and_targets_of_a_batch_belong_together(known):
    batches = Batches(known, 8)
    batches.shuffle(3, 0)
    order = rows_of(batches, known)[8:16]
    (series, context), targets = list(batches.dataset)[1]
    np.testing.assert_array_equal(series, known.series[order])
    np.testing.assert_array_equal(context, known.context[order])
    np.testing.assert_array_equal(targets[VOLUME], known.wanted[order])
    np.testing.assert_array_equal(targets[MEMBERS], known.wanted[order][:, None])


def test_the_residuals_learn_what_the_other_paths_leave(learned, known):
    """While the residuals are 0, what they leave is the error of the forecast."""
    expected = wanted(learned.train) - volume(linear_path(learned), learned.train)
    np.testing.assert_allclose(known.wanted, expected, atol=1e-5)
    assert known.linear_loss() == pytest.approx(np.abs(expected).mean(), rel=1e-6)
