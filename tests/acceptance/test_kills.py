"""Kills a full `dvc repro` at random moments. The next run must end as if never interrupted.

KILLS sets the number of kills: 5 by default, 30 before a release (half an hour).
"""

import logging
import os
import random
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline_runs import StoreWatch, copy_tree, files_of, last_step, run, run_and_kill

pytestmark = pytest.mark.long
logger = logging.getLogger(__name__)
KILLS = int(os.environ.get("KILLS", "5"))
# A run is divided into equal slices; each kill comes at a random moment in a different slice.
CHANCE = random.Random(4)
MOMENTS = [(kill + CHANCE.random()) / KILLS for kill in range(KILLS)]
RECOVERY = re.compile(r"resumed after epoch \d+ of \d+|removed [^ ,]+|DVC cannot read [^ ,]+")


@dataclass
class Undisturbed:
    """A run without a kill, and the extra time that each kill costs."""

    tree: Path
    seconds: float
    files: dict[str, bytes | None]
    costs: list[float] = field(default_factory=list)


@pytest.fixture(scope="module")
def undisturbed(origin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    # Every run has the same path, because DVC's files contain it.
    tree = copy_tree(origin, tmp_path_factory.mktemp("kills") / "tree")
    seconds, _ = run(tree)
    made = Undisturbed(tree, seconds, files_of(tree))
    logger.info("an undisturbed run takes %.0f s", seconds)
    yield made
    if made.costs:
        median, worst = statistics.median(made.costs), max(made.costs)
        logger.info("a kill costs %.0f s (median), %.0f s (worst)", median, worst)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"after {moment:.0%}")
def test_the_run_after_a_kill_writes_the_same_files(
    origin: Path, undisturbed: Undisturbed, moment: float
) -> None:
    tree, killed_after = undisturbed.tree, moment * undisturbed.seconds
    copy_tree(origin, tree)
    with StoreWatch(tree / "models") as watch:
        killed = run_and_kill(tree, killed_after)
        seconds, output = run(tree)
    cost = killed_after + seconds - undisturbed.seconds
    undisturbed.costs.append(cost)
    recovered = ", ".join(RECOVERY.findall(output)) or "nothing to recover"
    logger.info("killed at %r: %s; costs %.0f s", last_step(killed), recovered, cost)
    found, expected = files_of(tree), undisturbed.files
    assert watch.errors == [], "the served model could not always be loaded"
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
