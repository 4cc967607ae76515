"""Signatures of manifests with a key that publisher and readers share: HMAC-SHA256 (RFC 2104)."""

import hashlib
import hmac
from pathlib import Path

from model_contract.errors import BundleError

SIGNATURE = "signature"
FEWEST_KEY_BYTES = 16
REMEDY = (
    "give trainer and API the same MODEL_SIGNING_KEY_FILE ('docker compose restart api' reads it), "
    "then run 'make sign'"
)


def read_key(path: Path | None) -> bytes | None:
    """Read the key in this file, stripped; None without a file, or if it is /dev/null.

    Raises `BundleError` if the file is missing, unreadable or too short: losing the key must not
    turn the check off.
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
            f"the signing key in {path} has {len(key)} bytes; it needs {FEWEST_KEY_BYTES} or more, "
            "such as from `openssl rand -hex 32`"
        )
    return key


def sign(manifest: bytes, key: bytes) -> str:
    """The signature of a manifest's bytes, hexadecimal."""
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def require_signature(directory: Path, manifest: bytes, key: bytes) -> None:
    """Raise `BundleError` unless the bundle has a signature of its manifest by this key."""
    try:
        found = (directory / SIGNATURE).read_bytes().strip()
    except FileNotFoundError as error:
        raise BundleError(
            f"{directory.name}: it is not signed, and a signing key is set; {REMEDY}"
        ) from error
    if not hmac.compare_digest(found, sign(manifest, key).encode()):
        raise BundleError(
            f"{directory.name}: its signature is by another key, or its manifest was changed; "
            f"{REMEDY}"
        )
