"""Lists the store's models, switches between them, pins and signs them."""

import logging
import os
import sys
from collections.abc import Collection
from typing import NoReturn

from model_contract.errors import BundleError
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.store.bundle import Manifest
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED, ROLLED_BACK, Event, content_of
from model_contract.store.store_reader import StoredVersion
from training.errors import TrainingError
from training.store.api_probe import PATIENCE_SECONDS, Outcome, await_version
from training.store.open import current_version, served_version

log = logging.getLogger(__name__)

LAYOUT = "{:<25}  {:<16}  {:<10}  {:>7}"
INDENT = "    "
LEGEND = "skill: 1 - MAE / MAE of the naive forecast, on the model's own test sessions"


def print_versions(store: ModelStore) -> None:
    """Write the table to stdout."""
    sys.stdout.write("\n".join(table(store)) + "\n")


def table(store: ModelStore) -> list[str]:
    """Return the lines of `make versions`, newest version first."""
    versions = store.versions()
    if not versions:
        return ["no model has been published yet; run 'make train'"]
    current, problem = _current(store, versions)
    before = store.before() if current else None
    quarantined, pinned, challenger = store.quarantined(), store.pinned(), store.challenger()
    lines = [LAYOUT.format("version", "trained, UTC", "data to", "skill").rstrip()]
    for stored in versions:
        states = {
            "current": stored.version == current,
            "pinned": pinned is not None and stored.version == pinned.version,
            "challenger": challenger is not None and stored.version == challenger.version,
            "rollback target": stored.version == before,
            "quarantined": stored.version in quarantined,
            "unusable": stored.damage is not None,
        }
        facts = LAYOUT.format(stored.version, *_facts(stored.manifest))
        state = ", ".join(name for name, applies in states.items() if applies)
        lines.append(f"{facts}  {state}".rstrip())
        if states["pinned"] and pinned:
            lines.append(_remark("pinned", pinned))
        lines += _remarks(store, stored, quarantined)
    if not store.history():
        lines.append(
            "\nhistory.jsonl is missing, so past rollbacks are unknown; "
            "'make restore' restores it from a backup"
        )
    return [*lines, *([f"\n{problem}"] if problem else []), f"\n{LEGEND}"]


def _remarks(store: ModelStore, stored: StoredVersion, quarantined: Collection[str]) -> list[str]:
    """Return the lines below a version: why it was rolled back and why it is unusable."""
    lines = []
    event = store.set_aside(content_of(stored.version)) if stored.version in quarantined else None
    if event:
        lines.append(_remark("rolled back", event))
    if stored.damage:
        lines.append(f"{INDENT}{stored.damage}")
    return lines


def _remark(done: str, event: Event) -> str:
    return f"{INDENT}{done} {_minute(event.at)}: {' '.join(event.reason.split())}"


def _current(store: ModelStore, versions: list[StoredVersion]) -> tuple[str | None, str | None]:
    """Return the current version, and the problem with CURRENT if there is one."""
    try:
        current = store.current()
    except BundleError as error:
        return None, f"{error}; run 'make promote VERSION=…' to rewrite it"
    if current in [stored.version for stored in versions]:
        return current, None
    return (
        current,
        f"CURRENT names {current or 'no version'}, which is not in the store; "
        "to fix this, run 'make promote VERSION=…' with one of these versions",
    )


def _facts(manifest: Manifest | None) -> tuple[str, str, str]:
    """Return the training time, the data's last session, and the skill."""
    if manifest is None:
        return "-", "-", "-"
    try:
        skill = f"{manifest.metrics['skill']['naive']['value']:.1%}"
    except (KeyError, TypeError, ValueError):  # loading a bundle doesn't check its metrics
        skill = "-"
    return _minute(manifest.created_at), str(manifest.data.get("last_session", "-")), skill


def _minute(time: str) -> str:
    """Format a time from the store, without seconds."""
    return time[:16].replace("T", " ")


def drop(store: ModelStore, reason: str = "") -> None:
    """End the trial of the challenger. Raises `TrainingError` if there is none."""
    found = store.challenger()
    if found is None:
        raise TrainingError("there is no challenger to drop; 'make versions' lists the models")
    store.drop(found.version, reason)
    log.info("%s is no longer the challenger; it stays in the store", found.version)


def roll_back(store: ModelStore, reason: str = "") -> None:
    """Serve the previous version again. Raises `TrainingError` if there is none."""
    current = store.current()
    if current is None:
        raise TrainingError(
            "no model is current, so there is nothing to roll back; "
            "'make versions' lists the models"
        )
    target = store.before()
    if target is None:
        raise TrainingError(
            f"no undamaged version was served before {current}; "
            "list the models with 'make versions' and serve one with 'make promote VERSION=…'"
        )
    switch(store, target, ROLLED_BACK, reason or "make rollback", current)


def promote(store: ModelStore, version: str, reason: str = "") -> None:
    """Serve a version from the store. Raises `TrainingError` if the store doesn't contain it."""
    known = [stored.version for stored in store.versions()]
    if version not in known:
        problem = (
            f"the store has no version {version!r}"
            if version
            else "specify a version: make promote VERSION=20261122T101500Z-1a2b3c4d"
        )
        raise TrainingError(f"{problem}; available: {', '.join(known) or 'none'}")
    switch(store, version, PROMOTED, reason or "make promote", current_version(store))


def pin(store: ModelStore, version: str = "", reason: str = "") -> None:
    """Keep serving a version, by default the current one, until another is promoted.

    Raises `TrainingError` if no model is current, and as `promote` does.
    """
    current = current_version(store)
    version = version or current or ""
    if not version:
        raise TrainingError("no model is current, so there is nothing to pin")
    if version != current:
        promote(store, version, reason or "make pin")
    store.pin(version, reason or "make pin")
    log.info(
        "%s is pinned: training still stores new models, but doesn't serve them; "
        "'make unpin', 'make promote' and 'make rollback' end this",
        version,
    )


def unpin(store: ModelStore, reason: str = "") -> None:
    """Let training serve new models again. Raises `TrainingError` if no version is pinned."""
    pinned = store.pinned()
    if pinned is None:
        raise TrainingError("no version is pinned; 'make versions' lists the models")
    store.unpin(pinned.version, reason or "make unpin")
    log.info("%s is no longer pinned; the next new model will be served", pinned.version)


def sign_all(store: ModelStore) -> None:
    """Sign every undamaged version with the store's key. Raises `BundleError` without a key."""
    if store.key is None:
        raise BundleError("no signing key is configured; set MODEL_SIGNING_KEY_FILE to its path")
    unsigned = ModelStore(store.directory)
    for stored in reversed(unsigned.versions()):
        if stored.damage:
            log.warning("did not sign %s: %s", stored.version, stored.damage)
        else:
            store.sign(stored.version)
            log.info("signed %s", stored.version)


def print_served(store: ModelStore) -> None:
    """Write the current version to stdout. Raises `BundleError` if it cannot be served."""
    sys.stdout.write(f"{served_version(store)}\n")


def switch(store: ModelStore, version: str, event: str, reason: str, previous: str | None) -> None:
    """Verify a version, make it current, and wait until the API serves or refuses it.

    previous   the version that should be current now

    Raises `BundleError` if the version is damaged or another process has replaced `previous`, and
    `TrainingError` if the API doesn't serve the version.
    """
    bundle = store.load(version)
    bundle.golden.verify(bundle.scalers, OnnxNetwork(bundle.model), version)
    if previous == version:
        log.info("%s is already current", version)
    else:
        store.make_current(version, event, reason, instead_of=previous)
        log.info("%s is verified and now current; it replaces %s", version, previous or "no model")
        if event == ROLLED_BACK:
            log.info(
                "%s is quarantined: training won't publish it again; "
                "to serve it again, run 'make promote VERSION=%s'",
                previous,
                previous,
            )
    confirm(store, version, previous)


def confirm(store: ModelStore, version: str, previous: str | None) -> None:
    """Wait until the API serves the version. If it refuses, make `previous` current again.

    Raises `TrainingError` if the API doesn't serve the version.
    """
    poll_seconds = float(os.environ.get("MODEL_POLL_SECONDS") or 2)
    if not poll_seconds:
        log.warning(
            "the API doesn't check for new models (MODEL_POLL_SECONDS=0); "
            "run: docker compose restart api"
        )
        return
    address = os.environ.get("API_ADDRESS") or "http://api:8000"
    outcome, why = await_version(address, version, PATIENCE_SECONDS + 2 * poll_seconds)
    current = current_version(store)
    if current != version:
        raise TrainingError(
            f"another process has made {current} current, so {version} is not served"
        )
    if outcome is Outcome.SERVED:
        log.info("the API serves %s", version)
    elif outcome is Outcome.SILENT:
        log.warning("%s; it will load %s when it starts", why, version)
    elif outcome is Outcome.LATE:
        raise TrainingError(f"{version} is current, but {why}; see 'make logs'")
    else:
        _undo(store, version, previous, why)


def _undo(store: ModelStore, version: str, previous: str | None, why: str) -> NoReturn:
    """Make `previous` current again, because the API refuses `version`. Raises `TrainingError`."""
    if previous is None or previous == version:
        outcome = "it is still current, because there is no previous version"
    else:
        reason = f"the API refused {version}: {why}"
        store.make_current(previous, ROLLED_BACK, reason, instead_of=version)
        outcome = f"{previous} is current again"
    raise TrainingError(f"the API refuses {version}: {why}; {outcome}")
