"""Signatures of manifests: HMAC-SHA256 (RFC 2104) with a key that writers and readers share."""

import hashlib
import hmac
from pathlib import Path

from model_contract.errors import BundleError

SIGNATURE = "signature"
FEWEST_KEY_BYTES = 16
REMEDY = (
    "give the trainer and the API the same MODEL_SIGNING_KEY_FILE ("
    "'docker compose restart api' makes the API read it), then run 'make sign'"
)


def read_key(path: Path | None) -> bytes | None:
    """Read the key from a file and strip it. Returns None for no file or /dev/null.

    Raises `BundleError` if the file is missing, unreadable or too short: a lost key must not turn
    off the check.
    """
    if path is None or path.is_char_device():
        return None
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise BundleError(
            f"the signing key cannot be read: {error}; "
            "correct MODEL_SIGNING_KEY_FILE, or unset it to work without signatures"
        ) from error
    if len(key) < FEWEST_KEY_BYTES:
        raise BundleError(
            f"the signing key in {path} has {len(key)} bytes but needs {FEWEST_KEY_BYTES} or more; "
            "create one with `openssl rand -hex 32`"
        )
    return key


def sign(manifest: bytes, key: bytes) -> str:
    """Return the signature of a manifest's bytes in hexadecimal."""
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def require_signature(directory: Path, manifest: bytes, key: bytes) -> None:
    """Raise `BundleError` unless the manifest of the bundle is signed with this key."""
    try:
        found = (directory / SIGNATURE).read_bytes().strip()
    except FileNotFoundError as error:
        raise BundleError(
            f"{directory.name}: it is not signed, but a signing key is set; {REMEDY}"
        ) from error
    if not hmac.compare_digest(found, sign(manifest, key).encode()):
        raise BundleError(
            f"{directory.name}: it was signed with another key, or its manifest was changed; "
            f"{REMEDY}"
        )
