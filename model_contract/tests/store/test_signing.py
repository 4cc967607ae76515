import hashlib
import hmac
from pathlib import Path

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import MANIFEST, load_bundle
from model_contract.store.model_store import ModelStore
from model_contract.store.signing import SIGNATURE, read_key

KEY = b"0123456789abcdef"
OTHER_KEY = b"fedcba9876543210"


@pytest.fixture
def signed(store, publication):
    """The directory of a bundle that was published with the key."""
    ModelStore(store.directory, KEY).publish(publication.manifest, publication.files)
    return store.path(publication.manifest.version)


@pytest.fixture
def unsigned(store, publication):
    """The directory of a bundle that was published without a key."""
    store.publish(publication.manifest, publication.files)
    return store.path(publication.manifest.version)


def test_a_signed_bundle_loads_with_its_key(signed, publication):
    assert load_bundle(signed, KEY).manifest == publication.manifest


def test_the_signature_is_the_hmac_sha256_of_the_manifest_bytes(signed):
    expected = hmac.new(KEY, (signed / MANIFEST).read_bytes(), hashlib.sha256).hexdigest()
    assert (signed / SIGNATURE).read_text() == f"{expected}\n"


def test_a_bundle_signed_with_another_key_is_refused(signed):
    with pytest.raises(
        BundleError,
        match=f"^{signed.name}: it was signed with another key, or its manifest was changed; give",
    ):
        load_bundle(signed, OTHER_KEY)


def test_an_unsigned_bundle_is_refused_with_a_remedy_if_a_key_is_set(unsigned):
    refusal = rf"^{unsigned.name}: it is not signed, but a signing key is set; "
    remedy = "give .* the same MODEL_SIGNING_KEY_FILE .*'make sign'"
    with pytest.raises(BundleError, match=refusal + remedy):
        load_bundle(unsigned, KEY)


def test_without_a_key_signatures_are_ignored(signed, unsigned):
    (signed / SIGNATURE).write_text("nonsense")
    load_bundle(signed)
    load_bundle(unsigned)


def test_an_empty_key_is_not_the_same_as_no_key(unsigned):
    with pytest.raises(BundleError, match="it is not signed"):
        load_bundle(unsigned, b"")


@pytest.mark.parametrize(
    "fact",
    [{"metrics": {"mae": 0.0}}, {"created_at": "2030-01-01T00:00:00Z"}, {"gate": {"passed": True}}],
)
def test_changing_any_fact_invalidates_the_signature(signed, fact, rewrite):
    rewrite(signed, **fact)
    load_bundle(signed)
    with pytest.raises(BundleError, match="its manifest was changed"):
        load_bundle(signed, KEY)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"\xff" * 64, b"0" * 64, "é".encode() * 64],
    ids=["empty", "a line", "not text", "zeros", "accents"],
)
def test_a_damaged_signature_is_refused(signed, data):
    (signed / SIGNATURE).write_bytes(data)
    with pytest.raises(BundleError, match="it was signed with another key"):
        load_bundle(signed, KEY)


def test_the_signature_of_another_manifest_is_refused(signed, store, make_publication):
    other = make_publication(b"other")
    ModelStore(store.directory, KEY).publish(other.manifest, other.files)
    (signed / SIGNATURE).write_bytes((store.path(other.manifest.version) / SIGNATURE).read_bytes())
    with pytest.raises(BundleError, match="it was signed with another key"):
        load_bundle(signed, KEY)


def test_a_signature_that_is_a_link_is_refused(signed, tmp_path):
    (signed / SIGNATURE).rename(tmp_path / "elsewhere")
    (signed / SIGNATURE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="it is or contains a link"):
        load_bundle(signed, KEY)


def test_a_store_with_a_key_does_not_find_unsigned_content(unsigned, store, publication):
    assert store.find(publication.manifest.content_hash) == unsigned.name
    assert ModelStore(store.directory, KEY).find(publication.manifest.content_hash) is None


def test_publishing_an_unsigned_version_again_with_a_key_signs_it(unsigned, store, publication):
    ModelStore(store.directory, KEY).publish(publication.manifest, publication.files)
    assert load_bundle(unsigned, KEY).manifest == publication.manifest


def test_the_line_end_after_a_key_is_ignored(tmp_path):
    (tmp_path / "key").write_bytes(KEY + b"\r\n")
    assert read_key(tmp_path / "key") == KEY


def test_without_a_file_there_is_no_key():
    assert read_key(None) is None


def test_dev_null_means_no_key():
    assert read_key(Path("/dev/null")) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"   \n", b"0123456789abcde", b" 0123456789abcde\n"],
    ids=["empty", "line", "blanks", "15", "15 trimmed"],
)
def test_a_key_that_is_too_short_is_an_error(tmp_path, data):
    (tmp_path / "key").write_bytes(data)
    with pytest.raises(
        BundleError,
        match=rf"key has {len(data.strip())} bytes but needs 16 or more; create one with `openssl",
    ):
        read_key(tmp_path / "key")


def test_a_missing_key_file_is_an_error_that_names_the_variable(tmp_path):
    with pytest.raises(
        BundleError,
        match=r"the signing key cannot be read: .*missing'; correct MODEL_SIGNING_KEY_FILE",
    ):
        read_key(tmp_path / "missing")


def test_a_key_file_that_is_a_folder_is_an_error(tmp_path):
    """Docker creates a folder if the file to mount is missing."""
    with pytest.raises(BundleError, match="the signing key cannot be read"):
        read_key(tmp_path)


def test_a_version_can_be_signed_again_with_another_key(store, unsigned, temporary_files):
    for key in (KEY, OTHER_KEY):
        ModelStore(store.directory, key).sign(unsigned.name)
        assert load_bundle(unsigned, key).manifest.version == unsigned.name
    assert temporary_files(store) == []


def test_a_damaged_version_is_not_signed(store, unsigned):
    (unsigned / MANIFEST).write_text("{}")
    with pytest.raises(BundleError):
        ModelStore(store.directory, KEY).sign(unsigned.name)
    assert not (unsigned / SIGNATURE).exists()


def test_a_store_without_a_key_signs_nothing(store, unsigned):
    with pytest.raises(BundleError, match="there is no key to sign with"):
        store.sign(unsigned.name)


def test_a_signature_is_kept_if_the_store_has_no_key(store, publication):
    store.add(publication.manifest, publication.files, b"as it was")
    assert (store.path(publication.manifest.version) / SIGNATURE).read_bytes() == b"as it was"
