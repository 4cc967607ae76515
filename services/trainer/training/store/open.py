"""Opens the model store that the environment names."""

import logging
import os
from pathlib import Path

from model_contract.errors import BundleError
from model_contract.store.model_store import ModelStore
from model_contract.store.signing import read_key

log = logging.getLogger(__name__)


def model_store() -> ModelStore:
    """The store that the environment names: MODEL_STORE, or `models` in the working tree."""
    return ModelStore(Path(os.environ.get("MODEL_STORE", "models")))


def signing_store() -> ModelStore:
    """The same store, with the key that MODEL_SIGNING_KEY_FILE names. Raises `BundleError` where that file is of no use."""
    name = os.environ.get("MODEL_SIGNING_KEY_FILE")
    return ModelStore(model_store().directory, read_key(Path(name) if name else None))


def current_version(store: ModelStore) -> str | None:
    """The version served; None also where CURRENT is damaged, which whoever publishes or promotes mends."""
    try:
        return store.current()
    except BundleError as error:
        log.warning("%s; it is written again", error)
        return None
