"""Published models in a store, and ways to change their files."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from model_contract.store.bundle import FILES, MANIFEST, Manifest
from model_contract.store.model_store import TEMPORARY, ModelStore


@pytest.fixture
def publication(make_publication):
    return make_publication()


@pytest.fixture
def directory(store, publication):
    """The directory of a published bundle."""
    store.publish(publication.manifest, publication.files)
    return store.path(publication.manifest.version)


@pytest.fixture
def rewrite() -> Callable[..., None]:
    """Changes facts in the manifest of a bundle's directory."""

    def change(directory: Path, **facts) -> None:
        path = directory / MANIFEST
        path.write_text(json.dumps(json.loads(path.read_text()) | facts))

    return change


@pytest.fixture
def reseal(directory) -> Callable[..., Path]:
    """Changes facts and recomputes hashes, as a faulty publisher would; returns the new path."""

    def change(**facts) -> Path:
        files = {name: (directory / name).read_bytes() for name in FILES}
        former = Manifest.from_json((directory / MANIFEST).read_text())
        manifest = replace(former, **facts).sealed(files)
        (directory / MANIFEST).write_text(manifest.to_json())
        return directory.rename(directory.with_name(manifest.version))

    return change


@pytest.fixture
def put(directory, reseal) -> Callable[[str, bytes], Path]:
    """Replaces a file and recomputes hashes; returns the new directory."""

    def change(name: str, data: bytes) -> Path:
        (directory / name).write_bytes(data)
        return reseal()

    return change


@pytest.fixture
def temporary_files() -> Callable[[ModelStore], list[str]]:
    """Lists the temporary files in a store."""
    return lambda store: [path.name for path in store.directory.rglob(f"{TEMPORARY}*")]


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
