"""Trials of a challenger over many nights of the loop."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from forecast_loop.evidence import ENOUGH
from forecast_loop.trial import decide, standing
from linear_model import bundle
from rehearsal import Rehearsal, at

START, NIGHTS = "2013-01-07", 36
BIAS = 1.5  # in scaled logs: such a model forecasts far too much


@pytest.fixture
def begin(
    tmp_path: Path, recent: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Rehearsal]:
    """Returns a function that starts a loop with a champion and a challenger of these biases."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))

    def make(champion: float, challenger: float, sessions: int) -> Rehearsal:
        loop = Rehearsal(tmp_path, recent, START)
        loop.models.publish(*bundle(champion, published="20261123T101500Z"))
        loop.models.challenge(*bundle(challenger, published="20261124T101500Z"), "better?")
        params = tmp_path / "params.yaml"
        limited = f"challenger_sessions: {sessions}"
        params.write_text(params.read_text().replace("challenger_sessions: 0", limited))
        loop.round(at(START))
        return loop

    return make


def test_a_better_challenger_is_promoted_on_evidence(begin: Callable[..., Rehearsal]):
    loop = begin(BIAS, 0.0, 60)
    event = loop.models.challenger()
    assert event is not None
    for night, day in enumerate(loop.days[:NIGHTS], start=1):
        loop.nights([day])
        if loop.models.challenger() is None:
            break
        found = standing(loop.models, loop.reader)
        assert found is not None
        # The model's calendar takes Martin Luther King's day for a session: one is skipped.
        assert found.challenger == event.version
        assert found.sessions == night - (day > "2013-01-21")
        assert found.wealth < ENOUGH
    assert loop.models.current() == event.version
    last = loop.models.history()[-1]
    assert (last.event, last.version) == ("promoted", event.version)
    assert f"after {found.sessions + 1} sessions" in last.reason
    # Both forecast every session of the trial; afterwards, the new champion alone.
    loop.nights(loop.days[night : night + 1])
    roles = [one["role"] for one in loop.forecasts("AAPL", version=event.version)]
    assert roles == ["challenger"] * (len(roles) - 2) + ["champion"] * 2
    assert len(roles) == found.sessions + 3


def test_a_worse_challenger_is_dropped_at_the_limit(begin: Callable[..., Rehearsal]):
    loop = begin(0.0, BIAS, 6)
    current = loop.models.current()
    loop.nights(loop.days[:5])
    assert loop.models.challenger() is not None
    loop.nights(loop.days[5:6])
    assert (loop.models.challenger(), loop.models.current()) == (None, current)
    assert loop.models.history()[-1].event == "dropped"
    loop.nights(loop.days[6:7])
    versions = current, loop.models.history()[-1].version
    counts = [len(loop.forecasts("AAPL", version=version)) for version in versions]
    assert counts == [8, 6]


def test_a_pinned_model_is_not_replaced(
    begin: Callable[..., Rehearsal], caplog: pytest.LogCaptureFixture
):
    loop = begin(BIAS, 0.0, 60)
    current = loop.models.current()
    loop.models.pin(current, "audit")
    loop.nights(loop.days[:NIGHTS])
    assert loop.models.current() == current
    assert loop.models.challenger() is not None
    assert f"but {current} is pinned" in caplog.text
    loop.models.unpin(current)
    decide(loop.models, loop.reader, 60)
    assert loop.models.challenger() is None
    assert loop.models.current() != current
