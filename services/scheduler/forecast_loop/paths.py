"""Where the loop keeps its files."""

import os
from pathlib import Path


def price_store() -> Path:
    """Return the folder of the price store."""
    return Path(os.environ.get("PRICE_STORE", "prices"))


def ledger() -> Path:
    """Return the folder of the ledger, which the API reads."""
    return Path(os.environ.get("LEDGER", "ledger"))


def workspace() -> Path:
    """Return the folder in which the loop trains."""
    return Path(os.environ.get("WORKSPACE", "workspace")).resolve()


def dvc_cache() -> Path:
    """Return the folder in the working tree where DVC keeps all versions of its files."""
    return Path(".dvc/cache")
