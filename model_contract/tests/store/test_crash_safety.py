"""Publishers that are killed or run out of disk space at any call."""

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED, PUBLISHED, ROLLED_BACK, read_events
from model_contract.store.store_reader import HISTORY
from model_contract.store.trainer_status import TrainerStatus

PUBLISHER = Path(__file__).with_name("dying_publisher.py")
KILLED = 137


@dataclass(frozen=True)
class Outcome:
    """The result of a task of dying_publisher."""

    status: int
    calls: int | None
    error: str | None


@pytest.fixture(scope="module")
def in_a_dying_process() -> Iterator[Any]:
    """Runs work on a store in another process: (mode, number, store, work, **arguments)."""
    with subprocess.Popen(
        [sys.executable, PUBLISHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def perform(
            mode: str, number: int, store: ModelStore, work: str, **arguments: Any
        ) -> Outcome:
            pickle.dump((mode, number, store.directory, work, arguments), process.stdin)
            process.stdin.flush()
            return Outcome(*json.loads(process.stdout.readline()))

        yield perform
        process.stdin.close()


@pytest.fixture
def history_of_three(tmp_path, make_publication):
    """A store with three versions, which each attempt copies, and the versions' names."""
    store = ModelStore(tmp_path / "template")
    made = [make_publication(name.encode(), f"2026112{n}T120000Z") for n, name in enumerate("abc")]
    for publication in made:
        store.publish(publication.manifest, publication.files)
    return store, [publication.manifest.version for publication in made]


@pytest.fixture
def new(make_publication):
    """The model to publish."""
    return make_publication(b"new", "20261125T120000Z")


@pytest.fixture
def next_night(make_publication):
    """The model that the next run publishes."""
    return make_publication(b"next night", "20261126T120000Z")


def copy_of(store: ModelStore, target: Path) -> ModelStore:
    return ModelStore(Path(shutil.copytree(store.directory, target)))


@pytest.fixture(params=["publishing and removing old versions", "rolling back", "promoting"])
def work(request, history_of_three, new) -> tuple[dict[str, Any], str]:
    """The work to interrupt, as dying_publisher takes it, and the version it makes current."""
    first, second, _ = history_of_three[1]
    publish = {"work": "publish", "keep": 2, "manifest": new.manifest, "files": new.files}
    works = {
        "publishing and removing old versions": (publish, new.manifest.version),
        "rolling back": ({"work": "make_current", "event": ROLLED_BACK, "version": second}, second),
        "promoting": ({"work": "make_current", "event": PROMOTED, "version": first}, first),
    }
    arguments, target = works[request.param]
    return {**arguments, "reason": "a test"}, target


@pytest.fixture
def attempts(in_a_dying_process, tmp_path, history_of_three) -> Callable[..., Iterator[Any]]:
    """Interrupts the work at every call, each time on a fresh copy of the store."""

    def interrupt(
        mode: str, arguments: dict[str, Any], template: ModelStore = history_of_three[0]
    ) -> Iterator[tuple[int, ModelStore, Outcome]]:
        def fresh(number: int) -> ModelStore:
            return copy_of(template, tmp_path / str(number))

        total = in_a_dying_process("count", 0, fresh(0), **arguments).calls
        assert total >= 5
        for number in range(1, total + 1):
            store = fresh(number)
            yield number, store, in_a_dying_process(mode, number, store, **arguments)
            shutil.rmtree(store.directory)

    return interrupt


def require_sound(store: ModelStore, allowed: set[str]) -> str:
    """Return the current version. It must be allowed, undamaged, and the last in the history."""
    current = store.current()
    assert current in allowed
    store.load(current)
    assert store.history()[-1].version == current
    assert current not in store.quarantined()
    assert [stored.damage for stored in store.versions() if stored.damage] == []
    assert store.before() is not None or current == min(allowed)
    return current


def require_one_change(seen: list[str], former: str, target: str) -> None:
    """A crash at a later call must not bring the former version back."""
    changed = seen.index(target)
    assert seen == [former] * changed + [target] * (len(seen) - changed)


def test_a_kill_at_any_call_keeps_an_undamaged_version_and_its_history(
    attempts, history_of_three, work
):
    arguments, target = work
    former = history_of_three[1][-1]
    seen = []
    for number, store, outcome in attempts("kill", arguments):
        assert outcome.status == KILLED, f"call {number} was not reached"
        seen.append(require_sound(store, {former, target}))
    require_one_change(seen, former, target)


def test_repeating_the_work_after_any_crash_gives_the_same_result(
    attempts, in_a_dying_process, tmp_path, history_of_three, work
):
    arguments, target = work
    undisturbed = copy_of(history_of_three[0], tmp_path / "undisturbed")
    in_a_dying_process("count", 0, undisturbed, **arguments)
    wanted = [(event.event, event.version, event.replaced) for event in undisturbed.history()]
    for number, store, _ in attempts("kill", arguments):
        again = in_a_dying_process("count", 0, store, **arguments)
        assert (again.status, again.error) == (0, None)
        assert store.current() == target
        assert [
            (event.event, event.version, event.replaced) for event in store.history()
        ] == wanted, f"after a crash at call {number}"
        assert {stored.version: stored.damage for stored in store.versions()} == dict.fromkeys(
            (stored.version for stored in undisturbed.versions()), None
        )


def test_the_next_publication_after_any_crash_succeeds_and_cleans_up(
    attempts, work, next_night, temporary_files
):
    for number, store, _ in attempts("kill", work[0]):
        served = store.current()
        store.publish(next_night.manifest, next_night.files, keep=3)
        last = store.history()[-1]
        assert (last.event, last.version, last.replaced) == (
            PUBLISHED,
            next_night.manifest.version,
            served,
        ), f"after a crash at call {number}"
        assert store.load(store.current()).model == b"next night"
        assert temporary_files(store) == []
        assert store.before() == served
        newest = [one for one in store.versions() if one.version != store.anchor()]
        assert len(newest) <= 3 <= len(store.versions())
        lines = (store.directory / HISTORY).read_text().splitlines()
        torn = [line for line in lines if not read_events(line)]
        assert len(torn) <= 1, "a torn line is ended, not continued"


def test_a_killed_first_publication_leaves_no_model_or_an_undamaged_one(
    attempts, tmp_path, new, temporary_files
):
    template = ModelStore(tmp_path / "empty")
    template.directory.mkdir()
    arguments = {"work": "publish", "manifest": new.manifest, "files": new.files}
    seen = []
    for _, store, _ in attempts("kill", arguments, template):
        seen.append(store.current())
        if seen[-1]:
            store.load(seen[-1])
        store.publish(new.manifest, new.files)
        assert store.load(store.current()).model == b"new"
        assert temporary_files(store) == []
    assert set(seen) == {None, new.manifest.version}


def test_a_full_disk_at_any_call_is_reported_with_the_current_version(
    attempts, history_of_three, work, temporary_files
):
    arguments, target = work
    former = history_of_three[1][-1]
    seen = []
    for number, store, outcome in attempts("full", arguments):
        current = require_sound(store, {former, target})
        if outcome.error is None:
            assert current == target, f"call {number} only removes something"
        else:
            assert "failed: No space left on device" in outcome.error
            assert f"{current} is current" in outcome.error
        assert temporary_files(store) == []
        seen.append(current)
    require_one_change(seen, former, target)


def test_the_same_work_succeeds_once_the_disk_has_room_again(
    attempts, in_a_dying_process, work, temporary_files
):
    arguments, target = work
    for _, store, _ in attempts("full", arguments):
        again = in_a_dying_process("count", 0, store, **arguments)
        assert (again.status, again.error) == (0, None)
        require_sound(store, {target})
        assert temporary_files(store) == []


def test_a_full_disk_leaves_the_old_status_and_the_model(
    attempts, history_of_three, temporary_files
):
    status = TrainerStatus("running", "train", "2026-11-22T12:00:00Z", epoch=3)
    for _, store, outcome in attempts("full", {"work": "write_status", "status": status}):
        assert outcome.error is None or "No space left on device" in outcome.error
        assert store.status() in (None, status)
        assert store.current() == history_of_three[1][-1]
        assert temporary_files(store) == []
