"""A working tree with a served model, shared by all acceptance tests."""

from pathlib import Path

import pytest

from pipeline_runs import untouched_tree


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in which no stage has run. Its served model was trained with different parameters."""
    return untouched_tree(tmp_path_factory.mktemp("acceptance"))
