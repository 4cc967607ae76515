"""Writers and readers that use a store at the same time."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from model_contract.errors import BundleError
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import ROLLED_BACK
from model_contract.store.store_reader import HISTORY
from model_contract.store.trainer_status import TrainerStatus


def run_in_parallel(*works: Any) -> None:
    """Run functions in threads, and raise the first of their errors."""
    with ThreadPoolExecutor(len(works)) as pool:
        for running in [pool.submit(work) for work in works]:
            running.result()


def publish_all(directory: Path, publications: list[Any], keep: int | None = None) -> None:
    for publication in publications:
        ModelStore(directory).publish(publication.manifest, publication.files, keep=keep)


def require_unbroken(store: ModelStore) -> None:
    """Each event replaces what the one before it made current, and the last is current."""
    events = store.history()
    assert [event.replaced for event in events] == [None, *(event.version for event in events[:-1])]
    assert events[-1].version == store.current()
    assert len(events) == (store.directory / HISTORY).read_text().count("\n")


def test_two_publishers_at_once_lose_nothing(store, make_publication, temporary_files):
    made = {
        name: [make_publication(f"{name}{n}".encode(), f"20261122T{n:06}Z") for n in range(12)]
        for name in "ab"
    }
    run_in_parallel(
        *(partial(publish_all, store.directory, publications) for publications in made.values())
    )
    require_unbroken(store)
    assert len(store.versions()) == 24
    assert all(stored.damage is None for stored in store.versions())
    assert temporary_files(store) == []


def test_several_publishers_of_one_version_publish_it_once(store, make_publication):
    publication = make_publication(b"same")
    run_in_parallel(*[partial(publish_all, store.directory, [publication])] * 4)
    assert [event.version for event in store.history()] == [publication.manifest.version]
    store.load(store.current())


def test_rollbacks_during_publications_keep_the_history_consistent(store, make_publication):
    made = [make_publication(f"a{n}".encode(), f"20261122T{n:06}Z") for n in range(12)]
    publish_all(store.directory, made[:2])

    def roll_back() -> None:
        for _ in range(12):
            store.make_current(made[0].manifest.version, ROLLED_BACK)

    run_in_parallel(partial(publish_all, store.directory, made[2:]), roll_back)
    require_unbroken(store)
    assert {event.version for event in store.history()} == {
        publication.manifest.version for publication in made
    }


def test_status_writes_and_publications_do_not_interfere(store, make_publication):
    made = [make_publication(f"a{n}".encode(), f"20261122T{n:06}Z") for n in range(12)]
    status = TrainerStatus("running", "train", "2026-11-22T12:00:00Z", epoch=3)

    def report() -> None:
        for _ in range(50):
            ModelStore(store.directory).write_status(status)

    run_in_parallel(partial(publish_all, store.directory, made), report)
    assert store.status() == status
    require_unbroken(store)


def test_readers_see_only_complete_versions_while_a_publisher_works(store, make_publication):
    made = [make_publication(f"a{n}".encode(), f"20261122T{n:06}Z") for n in range(30)]
    publish_all(store.directory, made[:1])
    seen = set()
    with ThreadPoolExecutor() as pool:
        publisher = pool.submit(publish_all, store.directory, made[1:], 2)
        while not publisher.done():
            version = store.current()
            try:
                seen.add(store.load(version).model)
            except BundleError:
                assert store.current() != version, "the current version must be whole"
    publisher.result()
    assert len(seen) > 1
    assert len(store.versions()) == 3  # those to keep, and the first one
