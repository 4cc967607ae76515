import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.model.windows import Windows
from model_contract.store.bundle import (
    ANSWER_FACTS,
    FILES,
    MANIFEST,
    MODEL,
    SCALERS,
    SESSIONS,
    Manifest,
    content_hash,
    load_bundle,
    sha256,
)
from model_contract.store.golden import GOLDEN, Golden


def rewrite(directory, **facts) -> None:
    path = directory / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


def reseal(directory, **facts) -> Path:
    """Change facts and recompute hashes, as a faulty publisher would. Returns the new directory."""
    files = {name: (directory / name).read_bytes() for name in FILES}
    manifest = replace(Manifest.from_json((directory / MANIFEST).read_text()), **facts).sealed(
        files
    )
    (directory / MANIFEST).write_text(manifest.to_json())
    return directory.rename(directory.with_name(manifest.version))


def put(directory, name: str, data: bytes) -> Path:
    """Replace a file and recompute hashes. Returns the new directory."""
    (directory / name).write_bytes(data)
    return reseal(directory)


def test_a_published_bundle_is_loaded_unchanged(directory, publication, scalers, windows, calendar):
    bundle = load_bundle(directory)
    assert bundle.manifest == publication.manifest
    assert bundle.model == b"weights"
    assert bundle.scalers == scalers
    np.testing.assert_array_equal(bundle.calendar.sessions, calendar.sessions)
    np.testing.assert_array_equal(bundle.calendar.flags, calendar.flags)
    np.testing.assert_array_equal(bundle.golden.windows.features, windows.features)
    np.testing.assert_array_equal(bundle.golden.windows.calendar, windows.calendar)


def test_the_manifest_survives_a_json_round_trip_exactly(publication):
    assert Manifest.from_json(publication.manifest.to_json()) == publication.manifest


def test_a_manifest_with_nan_is_not_written(publication):
    with pytest.raises(ValueError, match="not JSON compliant"):
        replace(publication.manifest, metrics={"mae": float("nan")}).to_json()


@pytest.mark.parametrize("name", FILES)
def test_an_altered_byte_is_refused_with_the_name_of_its_file(directory, name):
    data = bytearray((directory / name).read_bytes())
    data[len(data) // 2] ^= 1
    (directory / name).write_bytes(data)
    with pytest.raises(
        BundleError,
        match=f"{directory.name}: {name} is damaged: its SHA-256 is not the one in manifest.json",
    ):
        load_bundle(directory)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(directory, name):
    (directory / name).write_bytes((directory / name).read_bytes()[:-1])
    with pytest.raises(BundleError, match=f"{name} is damaged"):
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
        BundleError, match="it is or contains a link, which could lead out of the store"
    ):
        load_bundle(directory)


def test_a_directory_that_is_a_link_is_refused(directory, tmp_path):
    directory.rename(tmp_path / "elsewhere")
    directory.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="it is or contains a link"):
        load_bundle(directory)


def test_scalers_of_another_run_are_refused(directory, store, make_publication):
    other = make_publication(b"other weights")
    (directory / SCALERS).write_bytes(other.files[SCALERS] + b" ")
    with pytest.raises(BundleError, match=r"scalers\.json is damaged"):
        load_bundle(directory)


def test_a_renamed_bundle_is_refused(directory):
    other = directory.rename(directory.with_name("20270101T000000Z-00000000"))
    with pytest.raises(
        BundleError, match=f"20270101T000000Z-00000000: its manifest says {directory.name}"
    ):
        load_bundle(other)


@pytest.mark.parametrize("version", [1, 3, None, "2"])
def test_an_unknown_contract_version_is_refused(directory, version):
    rewrite(directory, contract_version=version)
    with pytest.raises(
        BundleError,
        match=f"contract version {version!r}; this reader needs 2; retrain the model",
    ):
        load_bundle(directory)


def test_an_unknown_fact_is_refused_by_name(directory):
    rewrite(directory, surprise=1)
    with pytest.raises(BundleError, match=r"missing fields \[\] and unknown fields \['surprise'\]"):
        load_bundle(directory)


@pytest.mark.parametrize("fact", ["horizon", "calendar_effects", "gate"])
def test_a_missing_fact_is_refused_by_name(directory, fact):
    facts = json.loads((directory / MANIFEST).read_text())
    del facts[fact]
    (directory / MANIFEST).write_text(json.dumps(facts))
    with pytest.raises(BundleError, match=rf"missing fields \['{fact}'\] and unknown fields \[\]"):
        load_bundle(directory)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", "null", "\x00"],
    ids=["empty", "cut off", "a list", "null", "a NUL byte"],
)
def test_a_manifest_that_is_not_a_json_object_is_refused(directory, text):
    (directory / MANIFEST).write_text(text)
    with pytest.raises(BundleError):
        load_bundle(directory)


def test_a_manifest_that_is_not_text_is_refused(directory):
    (directory / MANIFEST).write_bytes(b"\xff\xfe{}")
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(directory)


@pytest.mark.parametrize(
    "fact",
    [
        {"features": 5},
        {"intervals": None},
        {"intervals": {"80": {"lower": [0.0]}}},
        {"files": None},
        {"files": "abc"},
    ],
    ids=["features", "intervals", "interval without upper", "no files", "files as text"],
)
def test_a_damaged_fact_is_refused_as_a_bundle_error(directory, fact):
    rewrite(directory, **fact)
    with pytest.raises(
        BundleError,
        match=r"manifest\.json has a malformed window, horizon, features, intervals or files",
    ):
        load_bundle(directory)


@pytest.mark.parametrize(
    "fact",
    [{"window": 4}, {"horizon": 3}, {"features": ["log_volume"]}],
    ids=["window", "horizon", "features"],
)
def test_a_manifest_that_does_not_match_the_golden_answers_is_refused(directory, fact):
    with pytest.raises(BundleError, match=r"golden\.json has arrays of .*; manifest\.json needs"):
        load_bundle(reseal(directory, **fact))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"windows": [[[1.0]]], "volumes": [[1.0]]}',
        '{"features": [[1], [1, 2]], "calendar": [], "volumes": []}',
        '{"features": "a", "calendar": [], "volumes": []}',
    ],
    ids=["empty", "null", "a list", "no parts", "the form of contract 1", "ragged", "text"],
)
def test_a_malformed_golden_file_is_refused(directory, text):
    directory = put(directory, GOLDEN, text.encode())
    with pytest.raises(
        BundleError, match=rf"^{directory.name}: golden\.json is not what this version writes"
    ):
        load_bundle(directory)


@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 3, 3), (5, 5, 12), (5, 2)),
        ((5, 2, 3), (5, 5, 12), (5, 2)),
        ((5, 3, 4), (5, 5, 12), (5, 2)),
        ((5, 3, 3), (4, 5, 12), (5, 2)),
        ((5, 3, 3), (5, 3, 12), (5, 2)),
        ((5, 3, 3), (5, 5, 11), (5, 2)),
        ((5, 3, 3), (5, 5, 12), (4, 2)),
        ((5, 3, 3), (5, 5, 12), (5, 1)),
        ((5, 3, 3), (5, 5, 12), (5,)),
        ((3, 3), (5, 12), (2,)),
        ((), (), ()),
        ((0, 3, 3), (0, 5, 12), (0, 2)),
    ],
    ids=[
        "fewer windows", "shorter windows", "extra feature", "fewer calendars",
        "calendar without future sessions", "missing flag", "fewer volumes", "missing step",
        "volumes without steps", "one window unstacked", "numbers", "no windows",
    ],
)  # fmt: skip
def test_golden_arrays_of_wrong_shapes_are_refused(directory, shapes):
    features, calendar, volumes = map(np.ones, shapes)
    directory = put(
        directory, GOLDEN, Golden(Windows(features, calendar), volumes).to_json().encode()
    )
    with pytest.raises(
        BundleError,
        match=rf"^{directory.name}: golden\.json has arrays of .*; manifest\.json needs",
    ):
        load_bundle(directory)


def test_golden_arrays_of_the_right_shapes_are_loaded(directory):
    directory = put(
        directory,
        GOLDEN,
        Golden(Windows(np.ones((1, 3, 3)), np.ones((1, 5, 12))), np.ones((1, 2)))
        .to_json()
        .encode(),
    )
    assert len(load_bundle(directory).golden.windows) == 1


@pytest.mark.parametrize("data", [b"", b"null", b"\xff\xfe"], ids=["empty", "null", "not text"])
@pytest.mark.parametrize("name", [SCALERS, SESSIONS, GOLDEN])
def test_a_malformed_file_is_refused_even_if_its_checksum_is_right(directory, name, data):
    directory = put(directory, name, data)
    with pytest.raises(BundleError, match=f"^{directory.name}: "):
        load_bundle(directory)


def test_a_calendar_without_flags_is_refused_even_if_its_checksum_is_right(directory):
    contract_1 = b"session\n2024-01-02\n2024-01-03\n"
    directory = put(directory, SESSIONS, contract_1)
    with pytest.raises(
        BundleError, match=rf"^{directory.name}: the calendar starts with b'session'"
    ):
        load_bundle(directory)


CHANGED_FACTS = {
    "window": 4,
    "horizon": 3,
    "features": ["log_volume", "abs_return", "range"],
    "market": "XLON",
    "intervals": {"80": {"lower": [-0.1, -0.2], "upper": [0.1, 0.4]}},
    "baselines": {"har": [[0.0, 1e-9]] * 4},
    "calendar_effects": {"half_day": -0.5},
}


@pytest.mark.parametrize("fact", ANSWER_FACTS)
def test_changing_a_fact_that_answers_depend_on_counts_as_damage(directory, fact):
    rewrite(directory, **{fact: CHANGED_FACTS[fact]})
    with pytest.raises(
        BundleError,
        match=rf"^{directory.name}: manifest\.json is damaged: files and facts \(.*{fact}.*\) give",
    ):
        load_bundle(directory)


def test_a_changed_content_hash_counts_as_damage(directory):
    rewrite(directory, content_hash=directory.name[-8:] + "0" * 56)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        load_bundle(directory)


def test_a_version_named_after_other_content_is_refused(directory):
    other = directory.rename(directory.with_name("20261122T120000Z-00000000"))
    rewrite(other, version=other.name)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        load_bundle(other)


def test_a_file_and_checksum_changed_together_count_as_damage(directory):
    """Even with its checksum recomputed, a file of another run does not match the version."""
    (directory / MODEL).write_bytes(b"other weights")
    rewrite(directory, files={name: sha256((directory / name).read_bytes()) for name in FILES})
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        load_bundle(directory)


def test_the_content_hash_ignores_facts_that_do_not_change_answers(publication):
    manifest = replace(
        publication.manifest,
        metrics={},
        params={},
        gate={},
        git_revision="abc",
        created_at="2027-01-01T00:00:00Z",
    )
    assert manifest.sealed(publication.files) == manifest


def test_a_sealed_manifest_keeps_the_time_in_its_version(publication):
    sealed = replace(publication.manifest, version="20270101T000000Z").sealed(publication.files)
    assert sealed.version == f"20270101T000000Z-{sealed.content_hash[:8]}"
    assert sealed.content_hash == publication.manifest.content_hash


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_manifest_with_nan_or_infinity_is_refused(directory, number):
    path = directory / MANIFEST
    path.write_text(path.read_text().replace('"rows": 7', f'"rows": {number}'))
    with pytest.raises(BundleError, match=f"{number} is not a JSON number"):
        load_bundle(directory)


def test_a_fact_too_large_for_a_number_is_refused(directory):
    path = directory / MANIFEST
    path.write_text(path.read_text().replace('"half_day": -0.5', '"half_day": 1e999'))
    with pytest.raises(BundleError, match=r"manifest\.json cannot be hashed"):
        load_bundle(directory)


@pytest.mark.parametrize("name", [MANIFEST, GOLDEN])
def test_deeply_nested_json_is_refused(directory, name):
    text = "[" * 100_000
    (directory / name).write_text(text)
    if name == GOLDEN:
        rewrite(directory, files={name: sha256((directory / name).read_bytes()) for name in FILES})
    with pytest.raises(BundleError):
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


def test_the_content_hash_does_not_depend_on_the_order_of_files():
    assert content_hash({"a": b"1", "b": b"2"}, {"x": 1, "y": 2}) == content_hash(
        {"b": b"2", "a": b"1"}, {"y": 2, "x": 1}
    )


@pytest.mark.parametrize(
    ("files", "facts"),
    [({"a": b"2"}, {"x": 1}), ({"b": b"1"}, {"x": 1}), ({"a": b"1"}, {"x": 2})],
    ids=["bytes", "name", "fact"],
)
def test_the_content_hash_changes_with_bytes_names_and_facts(files, facts):
    assert content_hash(files, facts) != content_hash({"a": b"1"}, {"x": 1})
