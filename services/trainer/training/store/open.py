"""Opens the model store that the environment names."""

import logging
import os
from pathlib import Path

from model_contract.errors import BundleError
from model_contract.store.model_store import ModelStore
from model_contract.store.signing import read_key

log = logging.getLogger(__name__)


def model_store() -> ModelStore:
    """The store at MODEL_STORE, or `models` in the working tree."""
    return ModelStore(Path(os.environ.get("MODEL_STORE", "models")))


def signing_store() -> ModelStore:
    """The same store, with the key from the file MODEL_SIGNING_KEY_FILE, if that is set.

    Raises `BundleError` if the file has no usable key.
    """
    name = os.environ.get("MODEL_SIGNING_KEY_FILE")
    return ModelStore(model_store().directory, read_key(Path(name) if name else None))


def current_version(store: ModelStore) -> str | None:
    """The current version; None also if CURRENT is damaged, which a publish or promote fixes."""
    try:
        return store.current()
    except BundleError as error:
        log.warning("%s; it will be rewritten", error)
        return None


def served_version(store: ModelStore) -> str:
    """The current version, after a check that it can be served.

    Raises `BundleError` if there is none or it is damaged.
    """
    current = store.current()
    if current is None:
        raise BundleError("no model is published yet")
    store.load(current)
    return current
