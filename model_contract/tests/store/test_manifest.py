import json
from dataclasses import replace

import pytest

from model_contract.errors import BundleError
from model_contract.model.dispersion import REGRESSORS
from model_contract.store.bundle import (
    ANSWER_FACTS,
    FILES,
    MANIFEST,
    MODEL,
    Manifest,
    content_hash,
    load_bundle,
    sha256,
)


def test_the_manifest_survives_a_json_round_trip_exactly(publication):
    assert Manifest.from_json(publication.manifest.to_json()) == publication.manifest


def test_a_manifest_with_nan_is_not_written(publication):
    with pytest.raises(ValueError, match="not JSON compliant"):
        replace(publication.manifest, metrics={"mae": float("nan")}).to_json()


@pytest.mark.parametrize("version", [2, 4, None, "3"])
def test_an_unknown_contract_version_is_refused(directory, version, rewrite):
    rewrite(directory, contract_version=version)
    with pytest.raises(
        BundleError,
        match=f"contract version {version!r}, but this reader needs 3; retrain the model",
    ):
        load_bundle(directory)


def test_an_unknown_fact_is_refused_by_name(directory, rewrite):
    rewrite(directory, surprise=1)
    with pytest.raises(BundleError, match=r"missing fields \[\] and unknown fields \['surprise'\]"):
        load_bundle(directory)


@pytest.mark.parametrize("fact", ["horizon", "calendar_effects", "input_effects", "gate"])
def test_a_missing_fact_is_refused_by_name(directory, fact):
    facts = json.loads((directory / MANIFEST).read_text())
    del facts[fact]
    (directory / MANIFEST).write_text(json.dumps(facts))
    with pytest.raises(BundleError, match=rf"missing fields \['{fact}'\] and unknown fields \[\]"):
        load_bundle(directory)


def test_a_manifest_without_markets_is_of_a_model_of_its_own_market(directory):
    facts = json.loads((directory / MANIFEST).read_text())
    del facts["markets"]
    (directory / MANIFEST).write_text(json.dumps(facts))
    assert load_bundle(directory).manifest.trained_markets == ("XNYS",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"manifest\.json is not JSON"),
        (b"{", r"manifest\.json is not JSON"),
        (b"\x00", r"manifest\.json is not JSON"),
        (b"[" * 100_000, r"manifest\.json is not JSON"),
        (b"[1]", "contract version None"),
        (b"null", "contract version None"),
        (b"\xff\xfe{}", "cannot be read"),
    ],
    ids=["empty", "cut off", "a NUL byte", "deeply nested", "a list", "null", "not text"],
)
def test_a_manifest_that_is_not_a_json_object_is_refused(directory, data, reason):
    (directory / MANIFEST).write_bytes(data)
    with pytest.raises(BundleError, match=reason):
        load_bundle(directory)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_manifest_with_nan_or_infinity_is_refused(directory, number):
    path = directory / MANIFEST
    path.write_text(path.read_text().replace('"rows": 7', f'"rows": {number}'))
    with pytest.raises(BundleError, match=f"{number} is not a JSON number"):
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
def test_a_damaged_fact_is_refused_as_a_bundle_error(directory, fact, rewrite):
    rewrite(directory, **fact)
    with pytest.raises(
        BundleError,
        match=r"manifest\.json has a malformed window, horizon, features, intervals, files or",
    ):
        load_bundle(directory)


CHANGED_FACTS = {
    "window": 4,
    "horizon": 3,
    "features": ["log_volume", "abs_return", "range"],
    "market": "XLON",
    "intervals": {"80": {"lower": [-0.1, -0.2], "upper": [0.1, 0.4]}},
    "dispersion": [[1e-9] * len(REGRESSORS)] * 2,
    "baselines": {"har": [[0.0, 1e-9]] * 4},
    "calendar_effects": {"half_day": -0.5},
    "input_effects": {"half_day": -0.3},
}


@pytest.mark.parametrize("fact", ANSWER_FACTS)
def test_changing_a_fact_that_forecasts_depend_on_counts_as_damage(directory, fact, rewrite):
    rewrite(directory, **{fact: CHANGED_FACTS[fact]})
    with pytest.raises(
        BundleError,
        match=rf"^{directory.name}: manifest\.json is damaged: .* facts \(.*{fact}.*\) is",
    ):
        load_bundle(directory)


def test_a_changed_content_hash_counts_as_damage(directory, rewrite):
    rewrite(directory, content_hash=directory.name[-8:] + "0" * 56)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        load_bundle(directory)


def test_a_version_named_after_other_content_is_refused(directory, rewrite):
    other = directory.rename(directory.with_name("20261122T120000Z-00000000"))
    rewrite(other, version=other.name)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        load_bundle(other)


def test_a_file_and_checksum_changed_together_count_as_damage(directory, rewrite):
    """Even with its checksum recomputed, a file of another run does not match the version."""
    (directory / MODEL).write_bytes(b"other weights")
    rewrite(directory, files={name: sha256((directory / name).read_bytes()) for name in FILES})
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        load_bundle(directory)


def test_a_fact_too_large_for_a_number_is_refused(directory):
    path = directory / MANIFEST
    path.write_text(path.read_text().replace('"half_day": -0.5', '"half_day": 1e999'))
    with pytest.raises(BundleError, match=r"manifest\.json cannot be hashed"):
        load_bundle(directory)


def test_a_sealed_manifest_keeps_the_time_in_its_version(publication):
    sealed = replace(publication.manifest, version="20270101T000000Z").sealed(publication.files)
    assert sealed.version == f"20270101T000000Z-{sealed.content_hash[:8]}"
    assert sealed.content_hash == publication.manifest.content_hash


def test_the_content_hash_ignores_facts_that_do_not_change_forecasts(publication):
    manifest = replace(
        publication.manifest,
        metrics={},
        params={},
        gate={},
        git_revision="abc",
        created_at="2027-01-01T00:00:00Z",
    )
    assert manifest.sealed(publication.files) == manifest


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
