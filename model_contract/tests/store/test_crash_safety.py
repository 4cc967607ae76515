"""Publishers that are killed or run out of disk space at any call, and concurrent writers."""

import json
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from model_contract.errors import BundleError
from model_contract.store.model_store import TEMPORARY, ModelStore
from model_contract.store.served_versions import PROMOTED, PUBLISHED, ROLLED_BACK, read_events
from model_contract.store.store_reader import HISTORY
from model_contract.store.trainer_status import TrainerStatus

PUBLISHER = Path(__file__).with_name("dying_publisher.py")
KILLED = 137
STATUS_NOW = TrainerStatus("running", "train", "2026-11-22T12:00:00Z", epoch=3)


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


@pytest.fixture
def works(history_of_three, new):
    """By name: the work to interrupt, as dying_publisher takes it, and what it makes current."""
    versions = history_of_three[1]
    publication = {"manifest": new.manifest, "files": new.files, "reason": "a test"}
    return {
        "publishing and removing old versions": (
            partial(dict, work="publish", keep=2, **publication),
            new.manifest.version,
        ),
        "rolling back": (
            partial(
                dict, work="make_current", version=versions[1], event=ROLLED_BACK, reason="a test"
            ),
            versions[1],
        ),
        "promoting": (
            partial(
                dict, work="make_current", version=versions[0], event=PROMOTED, reason="a test"
            ),
            versions[0],
        ),
    }


WORKS = ("publishing and removing old versions", "rolling back", "promoting")


def attempts(
    in_a_dying_process, mode, template: ModelStore, folder: Path, arguments
) -> Iterator[tuple[int, ModelStore, Outcome]]:
    """Interrupt the work at every call, each time on a fresh copy of the store."""

    def fresh(number: int) -> ModelStore:
        return ModelStore(Path(shutil.copytree(template.directory, folder / str(number))))

    total = in_a_dying_process("count", 0, fresh(0), **arguments()).calls
    assert total >= 5
    for number in range(1, total + 1):
        store = fresh(number)
        yield number, store, in_a_dying_process(mode, number, store, **arguments())
        shutil.rmtree(store.directory)


def temporary_files(store: ModelStore) -> list[str]:
    return [path.name for path in store.directory.rglob(f"{TEMPORARY}*")]


def lines(store: ModelStore) -> list[str]:
    return (store.directory / HISTORY).read_text().splitlines()


def require_sound(store: ModelStore, allowed: set[str]) -> str:
    """Return the current version. It must be allowed, whole, and the last in the history."""
    current = store.current()
    assert current in allowed
    store.load(current)
    assert store.history()[-1].version == current
    assert current not in store.quarantined()
    assert [stored.damage for stored in store.versions() if stored.damage] == []
    assert store.before() is not None or current == min(allowed)
    return current


@pytest.mark.parametrize("name", WORKS)
def test_a_kill_at_any_call_leaves_a_whole_current_version_and_its_history(
    in_a_dying_process, tmp_path, history_of_three, works, next_night, name
):
    template, versions = history_of_three
    arguments, target = works[name]
    seen = []
    for number, store, outcome in attempts(
        in_a_dying_process, "kill", template, tmp_path, arguments
    ):
        assert outcome.status == KILLED, f"call {number} was not reached"
        seen.append(require_sound(store, {versions[2], target}))
    switched = seen.index(target)
    assert seen == [versions[2]] * switched + [target] * (len(seen) - switched), (
        "a later crash must not bring the old version back"
    )


@pytest.mark.parametrize("name", WORKS)
def test_repeating_the_work_after_any_crash_gives_the_same_result(
    in_a_dying_process, tmp_path, history_of_three, works, name
):
    template, _ = history_of_three
    arguments, target = works[name]
    undisturbed = ModelStore(Path(shutil.copytree(template.directory, tmp_path / "undisturbed")))
    in_a_dying_process("count", 0, undisturbed, **arguments())
    wanted = [(event.event, event.version, event.replaced) for event in undisturbed.history()]
    for number, store, _ in attempts(in_a_dying_process, "kill", template, tmp_path, arguments):
        again = in_a_dying_process("count", 0, store, **arguments())
        assert (again.status, again.error) == (0, None)
        assert store.current() == target
        assert [
            (event.event, event.version, event.replaced) for event in store.history()
        ] == wanted, f"after a crash at call {number}"
        assert {stored.version: stored.damage for stored in store.versions()} == dict.fromkeys(
            (stored.version for stored in undisturbed.versions()), None
        )


@pytest.mark.parametrize("name", WORKS)
def test_the_next_publication_after_any_crash_succeeds_and_cleans_up(
    in_a_dying_process, tmp_path, history_of_three, works, next_night, name
):
    template, _ = history_of_three
    arguments, _ = works[name]
    for number, store, _ in attempts(in_a_dying_process, "kill", template, tmp_path, arguments):
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
        assert len(store.versions()) == 3
        torn = [line for line in lines(store) if not read_events(line)]
        assert len(torn) <= 1, "a torn line is ended, not continued"


def test_a_killed_first_publication_leaves_no_model_or_a_whole_one(
    in_a_dying_process, tmp_path, new
):
    template = ModelStore(tmp_path / "empty")
    template.directory.mkdir()
    arguments = partial(dict, work="publish", manifest=new.manifest, files=new.files)
    seen = []
    for _, store, _ in attempts(in_a_dying_process, "kill", template, tmp_path, arguments):
        seen.append(store.current())
        if seen[-1]:
            store.load(seen[-1])
        store.publish(new.manifest, new.files)
        assert store.load(store.current()).model == b"new"
        assert temporary_files(store) == []
    assert set(seen) == {None, new.manifest.version}


@pytest.mark.parametrize("name", WORKS)
def test_a_full_disk_at_any_call_is_reported_with_the_current_version(
    in_a_dying_process, tmp_path, history_of_three, works, name
):
    template, versions = history_of_three
    arguments, target = works[name]
    seen = []
    for number, store, outcome in attempts(
        in_a_dying_process, "full", template, tmp_path, arguments
    ):
        current = require_sound(store, {versions[2], target})
        if outcome.error is None:
            assert current == target, f"call {number} only removes something"
        else:
            assert "failed: No space left on device" in outcome.error
            assert f"{current} is current" in outcome.error
        assert temporary_files(store) == []
        seen.append(current)
    switched = seen.index(target)
    assert seen == [versions[2]] * switched + [target] * (len(seen) - switched)


@pytest.mark.parametrize("name", WORKS)
def test_the_same_work_succeeds_once_the_disk_has_room_again(
    in_a_dying_process, tmp_path, history_of_three, works, name
):
    template, _ = history_of_three
    arguments, target = works[name]
    for _, store, _ in attempts(in_a_dying_process, "full", template, tmp_path, arguments):
        again = in_a_dying_process("count", 0, store, **arguments())
        assert (again.status, again.error) == (0, None)
        require_sound(store, {target})
        assert temporary_files(store) == []


def test_a_full_disk_leaves_the_old_status_and_the_model(
    in_a_dying_process, tmp_path, history_of_three, store
):
    template, versions = history_of_three
    arguments = partial(dict, work="write_status", status=STATUS_NOW)
    for _, attempted, outcome in attempts(
        in_a_dying_process, "full", template, tmp_path, arguments
    ):
        assert outcome.error is None or "No space left on device" in outcome.error
        assert attempted.status() in (None, STATUS_NOW)
        assert attempted.current() == versions[2]
        assert temporary_files(attempted) == []


@contextmanager
def in_parallel(*works: Any) -> Iterator[None]:
    """Run functions in threads, and raise the first of their errors."""
    errors: list[BaseException] = []

    def guarded(work: Any) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def publish_all(directory: Path, publications: list[Any], keep: int | None = None) -> None:
    for publication in publications:
        ModelStore(directory).publish(publication.manifest, publication.files, keep=keep)


def require_unbroken(store: ModelStore) -> None:
    """Each event replaces what the one before it made current, and the last is current."""
    events = store.history()
    assert [event.replaced for event in events] == [None, *(event.version for event in events[:-1])]
    assert events[-1].version == store.current()
    assert len(events) == len(lines(store))


def test_two_publishers_at_once_lose_nothing(store, make_publication):
    made = {
        name: [make_publication(f"{name}{n}".encode(), f"20261122T{n:06}Z") for n in range(12)]
        for name in "ab"
    }
    with in_parallel(
        *(partial(publish_all, store.directory, publications) for publications in made.values())
    ):
        pass
    require_unbroken(store)
    assert len(store.versions()) == 24
    assert all(stored.damage is None for stored in store.versions())
    assert temporary_files(store) == []


def test_several_publishers_of_one_version_publish_it_once(store, make_publication):
    publication = make_publication(b"same")
    with in_parallel(*[partial(publish_all, store.directory, [publication])] * 4):
        pass
    assert [event.version for event in store.history()] == [publication.manifest.version]
    store.load(store.current())


def test_rollbacks_during_publications_keep_the_history_consistent(store, make_publication):
    made = [make_publication(f"a{n}".encode(), f"20261122T{n:06}Z") for n in range(12)]
    publish_all(store.directory, made[:2])

    def roll_back() -> None:
        for _ in range(12):
            store.make_current(made[0].manifest.version, ROLLED_BACK)

    with in_parallel(partial(publish_all, store.directory, made[2:]), roll_back):
        pass
    require_unbroken(store)
    assert {event.version for event in store.history()} == {
        publication.manifest.version for publication in made
    }


def test_status_writes_and_publications_do_not_interfere(store, make_publication):
    made = [make_publication(f"a{n}".encode(), f"20261122T{n:06}Z") for n in range(12)]

    def report() -> None:
        for _ in range(50):
            ModelStore(store.directory).write_status(STATUS_NOW)

    with in_parallel(partial(publish_all, store.directory, made), report):
        pass
    assert store.status() == STATUS_NOW
    require_unbroken(store)


def test_readers_see_only_whole_versions_while_a_publisher_replaces_them(store, make_publication):
    made = [make_publication(f"a{n}".encode(), f"20261122T{n:06}Z") for n in range(30)]
    publish_all(store.directory, made[:1])
    seen = set()
    publisher = threading.Thread(target=publish_all, args=(store.directory, made[1:], 2))
    publisher.start()
    while publisher.is_alive():
        version = store.current()
        try:
            seen.add(store.load(version).model)
        except BundleError:
            assert store.current() != version, "the current version must be whole"
    publisher.join()
    assert len(seen) > 1
    assert len(store.versions()) == 2
