import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from training import calendar_flags
from training.calendar_flags import exchange_sessions
from training.raw_prices import market_finding


@pytest.fixture
def own(finished, tmp_path, monkeypatch):
    """A copy of the finished workspace as the current folder. A test may change it."""
    copy = type(finished)(tmp_path / "copy")
    shutil.copytree(finished.root, copy.root)
    monkeypatch.chdir(copy.root)
    monkeypatch.setenv("MODEL_STORE", str(copy.store))
    return copy


@pytest.fixture(scope="module")
def calendars_once() -> Iterator[None]:
    """Cache calendars, because computing one takes a third of a second."""
    with pytest.MonkeyPatch.context() as patch:
        cached = cache(exchange_sessions)
        for module in (calendar_flags, market_finding):
            patch.setattr(module, "exchange_sessions", cached)
        yield


@pytest.fixture
def raw(workspace) -> Path:
    """The folder for raw data, which is empty."""
    (workspace.root / "data/raw").mkdir(parents=True)
    return workspace.root / "data/raw"
