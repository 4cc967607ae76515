"""Published models in a store."""

from collections.abc import Sequence

import pytest


@pytest.fixture
def publication(make_publication):
    return make_publication()


@pytest.fixture
def directory(store, publication):
    """The directory of a published bundle."""
    store.publish(publication.manifest, publication.files)
    return store.path(publication.manifest.version)


@pytest.fixture
def first(store, make_publication):
    """A published model, the current one."""
    publication = make_publication(b"first")
    store.publish(publication.manifest, publication.files)
    return publication


@pytest.fixture
def second(make_publication):
    """A later model, not yet published."""
    return make_publication(b"second", time="20261122T130000Z")


@pytest.fixture
def publish_many(store, make_publication):
    """Publishes `count` models, an hour apart or at `times`, and returns their versions."""

    def publish(count: int, keep: int | None = None, times: Sequence[str] = ()) -> list[str]:
        made = [
            make_publication(f"model {n}".encode(), times[n] if times else f"20261122T{n:02}0000Z")
            for n in range(count)
        ]
        for publication in made:
            store.publish(publication.manifest, publication.files, keep=keep)
        return [publication.manifest.version for publication in made]

    return publish
