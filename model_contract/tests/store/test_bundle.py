import os
from pathlib import Path

import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import (
    FILES,
    MANIFEST,
    SCALERS,
    SESSIONS,
    load_bundle,
)
from model_contract.store.golden import GOLDEN


def test_a_published_bundle_is_loaded_unchanged(directory, publication, scalers, windows, calendar):
    bundle = load_bundle(directory)
    assert bundle.manifest == publication.manifest
    assert bundle.model == b"weights"
    assert bundle.scalers == scalers
    np.testing.assert_array_equal(bundle.calendar.sessions, calendar.sessions)
    np.testing.assert_array_equal(bundle.calendar.flags, calendar.flags)
    np.testing.assert_array_equal(bundle.golden.windows.features, windows.features)
    np.testing.assert_array_equal(bundle.golden.windows.calendar, windows.calendar)
    np.testing.assert_array_equal(bundle.golden.windows.inputs, windows.inputs)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: bytes([data[0] ^ 1]) + data[1:]],
    ids=["truncated", "altered"],
)
def test_a_damaged_file_is_refused_by_name(directory, name, damage):
    (directory / name).write_bytes(damage((directory / name).read_bytes()))
    with pytest.raises(
        BundleError,
        match=f"{directory.name}: {name} is damaged: its SHA-256 is not the one in manifest.json",
    ):
        load_bundle(directory)


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_a_missing_file_is_refused(directory, name):
    (directory / name).unlink()
    with pytest.raises(BundleError, match=f"{directory.name}: cannot be read: .*{name}"):
        load_bundle(directory)


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_a_file_that_is_a_link_is_refused(directory, tmp_path, name):
    (directory / name).rename(tmp_path / name)
    (directory / name).symlink_to(tmp_path / name)
    with pytest.raises(
        BundleError, match="it is or contains a link, which could point outside the store"
    ):
        load_bundle(directory)


def test_a_directory_that_is_a_link_is_refused(directory, tmp_path):
    directory.rename(tmp_path / "elsewhere")
    directory.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="it is or contains a link"):
        load_bundle(directory)


def test_a_renamed_bundle_is_refused(directory):
    other = directory.rename(directory.with_name("20270101T000000Z-00000000"))
    with pytest.raises(
        BundleError, match=f"20270101T000000Z-00000000: its manifest says {directory.name}"
    ):
        load_bundle(other)


@pytest.mark.parametrize("data", [b"", b"null", b"\xff\xfe"], ids=["empty", "null", "not text"])
@pytest.mark.parametrize("name", [SCALERS, SESSIONS, GOLDEN])
def test_a_malformed_file_is_refused_even_if_its_checksum_is_right(put, name, data):
    directory = put(name, data)
    with pytest.raises(BundleError, match=f"^{directory.name}: "):
        load_bundle(directory)


def test_a_calendar_without_flags_is_refused_even_if_its_checksum_is_right(put):
    directory = put(SESSIONS, b"session\n2024-01-02\n2024-01-03\n")  # as in contract 1
    with pytest.raises(
        BundleError, match=rf"^{directory.name}: the calendar starts with b'session'"
    ):
        load_bundle(directory)


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_a_pipe_instead_of_a_file_is_refused_without_waiting(directory, name):
    (directory / name).unlink()
    os.mkfifo(directory / name)
    with pytest.raises(BundleError, match=f"{directory.name}: {name} is not a regular file"):
        load_bundle(directory)


def test_only_the_known_files_are_opened(directory, monkeypatch):
    planted = ("model.pkl", "model.joblib", "model.keras", "model.h5", "__init__.py")
    for name in planted:
        (directory / name).write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    opened: list[str] = []
    original = Path.open

    def recorded(path, *arguments, **named):
        opened.append(path.name)
        return original(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", recorded)
    load_bundle(directory)
    assert sorted(opened) == sorted([MANIFEST, *FILES])
