import shutil
from pathlib import Path

import pytest


@pytest.fixture
def own(finished, tmp_path, monkeypatch):
    """A copy of the finished workspace as the current folder. A test may change it."""
    copy = type(finished)(tmp_path / "copy")
    shutil.copytree(finished.root, copy.root)
    monkeypatch.chdir(copy.root)
    monkeypatch.setenv("MODEL_STORE", str(copy.store))
    return copy


@pytest.fixture
def raw(workspace) -> Path:
    """The folder for raw data, which is empty."""
    (workspace.root / "data/raw").mkdir(parents=True)
    return workspace.root / "data/raw"
