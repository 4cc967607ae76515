"""Opens the model store that the environment configures."""

import logging
import os
from pathlib import Path

from model_contract.errors import BundleError
from model_contract.store.model_store import ModelStore
from model_contract.store.signing import read_key

log = logging.getLogger(__name__)


def model_store() -> ModelStore:
    """Open the store at MODEL_STORE or, by default, at `models` in the working tree."""
    return ModelStore(Path(os.environ.get("MODEL_STORE", "models")))


def signing_store() -> ModelStore:
    """Open the store with the key in the file MODEL_SIGNING_KEY_FILE, if that is set.

    Raises `BundleError` if the file doesn't contain a usable key.
    """
    name = os.environ.get("MODEL_SIGNING_KEY_FILE")
    return ModelStore(model_store().directory, read_key(Path(name) if name else None))


def current_version(store: ModelStore) -> str | None:
    """Return the current version, or None. Publishing and promoting fix a damaged CURRENT."""
    try:
        return store.current()
    except BundleError as error:
        log.warning("%s; CURRENT will be rewritten", error)
        return None


def served_version(store: ModelStore) -> str:
    """Check that the current version can be served, and return it.

    Raises `BundleError` if no version is current or the current one is damaged.
    """
    current = store.current()
    if current is None:
        raise BundleError("no model has been published yet")
    store.load(current)
    return current
