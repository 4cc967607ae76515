"""`make versions`, `make rollback`, `make promote`, `make sign`: what is in the model store, and which of it is served."""

import logging
import os
import sys

from model_contract.errors import BundleError
from model_contract.model.onnx_network import load_network
from model_contract.store.bundle import MODEL, Manifest
from model_contract.store.model_store import ModelStore, StoredVersion
from model_contract.store.served_versions import PROMOTED, ROLLED_BACK, content_of
from training.errors import TrainingError
from training.running.stage import run_apart
from training.store.api_probe import PATIENCE_SECONDS, Outcome, await_version
from training.store.open import current_version, signing_store

log = logging.getLogger(__name__)

LAYOUT = "{:<25}  {:<16}  {:<10}  {:>7}"
INDENT = "    "
LEGEND = "skill: by how much the MAE is smaller than that of the naive forecast, on the model's own test sessions"
USAGE = "usage: python -m training.versions [rollback [REASON] | promote VERSION [REASON] | sign | served]"


def main() -> None:
    """Do what the command line asks for."""
    command, *arguments = sys.argv[1:] or ["list"]
    if command == "list" and not arguments:
        run_apart("versions", lambda: print_versions(signing_store()))
    elif command == "served" and not arguments:
        run_apart("served", lambda: print_served(signing_store()), sys.stderr)
    elif command == "sign" and not arguments:
        run_apart("sign", lambda: sign_all(signing_store()))
    elif command == "rollback" and len(arguments) <= 1:
        run_apart("rollback", lambda: roll_back(signing_store(), *arguments))
    elif command == "promote" and 1 <= len(arguments) <= 2:
        run_apart("promote", lambda: promote(signing_store(), *arguments))
    else:
        sys.exit(USAGE)


def print_versions(store: ModelStore) -> None:
    """Write the table to stdout."""
    sys.stdout.write("\n".join(table(store)) + "\n")


def table(store: ModelStore) -> list[str]:
    """The lines of `make versions`, the newest version first."""
    versions = store.versions()
    if not versions:
        return ["no model is published yet; 'make train' publishes one"]
    current, complaint = _current(store, versions)
    before = store.before() if current else None
    quarantined = store.quarantined()
    lines = [LAYOUT.format("version", "trained, UTC", "data to", "skill").rstrip()]
    for stored in versions:
        version = stored.version
        states = {
            "current": version == current,
            "'make rollback' goes here": version == before,
            "quarantined": version in quarantined,
            "unusable": stored.damage is not None,
        }
        lines.append(
            "  ".join(
                [
                    LAYOUT.format(version, *_facts(stored.manifest)),
                    ", ".join(name for name, holds in states.items() if holds),
                ]
            ).rstrip()
        )
        if version in quarantined and (event := store.set_aside(content_of(version))):
            lines.append(
                f"{INDENT}rolled back {_minute(event.at)}: {' '.join(event.reason.split())}"
            )
        if stored.damage:
            lines.append(f"{INDENT}{stored.damage}")
    if not store.history():
        lines.append(
            "\nhistory.jsonl is gone: what was rolled back is forgotten; 'make restore' brings it back from a backup"
        )
    return [*lines, *([f"\n{complaint}"] if complaint else []), f"\n{LEGEND}"]


def _current(store: ModelStore, versions: list[StoredVersion]) -> tuple[str | None, str | None]:
    """The current version, and what is wrong with CURRENT."""
    try:
        current = store.current()
    except BundleError as error:
        return None, f"{error}; 'make promote VERSION=…' writes it again"
    if current in [stored.version for stored in versions]:
        return current, None
    return (
        current,
        f"CURRENT names {current or 'no version'}, which is not in the store; 'make promote VERSION=…' with one of these mends it",
    )


def _facts(manifest: Manifest | None) -> tuple[str, str, str]:
    """When it was trained, the last session of its data, its skill."""
    if manifest is None:
        return "-", "-", "-"
    try:
        skill = f"{manifest.metrics['skill']['naive']['value']:.1%}"
    except (KeyError, TypeError, ValueError):  # no fact that readers check
        skill = "-"
    return _minute(manifest.created_at), str(manifest.data.get("last_session", "-")), skill


def _minute(time: str) -> str:
    """A time of the store without its seconds, as a person reads it."""
    return time[:16].replace("T", " ")


def roll_back(store: ModelStore, reason: str = "") -> None:
    """Serve the version again that was served before the current one. Raises `TrainingError` where there is none."""
    current = store.current()
    if current is None:
        raise TrainingError(
            "no model is current, so there is none to roll back from; 'make versions' lists what there is"
        )
    target = store.before()
    if target is None:
        raise TrainingError(
            f"no whole version was served before {current}; 'make versions' lists what there is, 'make promote' serves it"
        )
    switch(store, target, ROLLED_BACK, reason or "make rollback", current)


def promote(store: ModelStore, version: str, reason: str = "") -> None:
    """Serve a version of the store. Raises `TrainingError` where it is not there."""
    known = [stored.version for stored in store.versions()]
    if version not in known:
        named = (
            f"the store holds no {version!r}"
            if version
            else "name a version, as in: make promote VERSION=20261122T101500Z-1a2b3c4d"
        )
        raise TrainingError(f"{named}; it holds {', '.join(known) or 'none at all'}")
    switch(store, version, PROMOTED, reason or "make promote", current_version(store))


def sign_all(store: ModelStore) -> None:
    """Sign every whole version with the store's key, after it was given or changed. Raises `BundleError` without a key."""
    if store.key is None:
        raise BundleError("there is no key to sign with: name its file in MODEL_SIGNING_KEY_FILE")
    unsigned = ModelStore(store.directory)
    for stored in reversed(unsigned.versions()):
        if stored.damage:
            log.warning("%s is not signed: %s", stored.version, stored.damage)
        else:
            store.sign(stored.version)
            log.info("%s is signed", stored.version)


def print_served(store: ModelStore) -> None:
    """Write the current version to stdout. Raises `BundleError` where there is none, or it is not whole."""
    current = store.current()
    if current is None:
        raise BundleError("no model is published yet")
    store.load(current)
    sys.stdout.write(f"{current}\n")


def switch(store: ModelStore, version: str, event: str, reason: str, former: str | None) -> None:
    """Verify a version, make it current, and wait until the API serves it; put the former one back if the API refuses it.

    former   what is current; `BundleError` if another process changes that meanwhile

    Raises `BundleError` for a version that is not whole, `TrainingError` where the API does not serve it.
    """
    store.load(version).verify(load_network((store.path(version) / MODEL).read_bytes()))
    if former == version:
        log.info("%s is current already", version)
    else:
        store.make_current(version, event, reason, instead_of=former)
        log.info(
            "%s is whole and answers as recorded; it is current now instead of %s",
            version,
            former or "none",
        )
        if event == ROLLED_BACK:
            log.info(
                "%s is quarantined: no training publishes it again; 'make promote VERSION=%s' would",
                former,
                former,
            )
    confirm(store, version, former)


def confirm(store: ModelStore, version: str, former: str | None) -> None:
    """Wait until the API serves the version. Raises `TrainingError` where it does not, having put the former one back if it refused."""
    poll_seconds = float(os.environ.get("MODEL_POLL_SECONDS") or 2)
    if not poll_seconds:
        log.warning(
            "the API takes up nothing by itself (MODEL_POLL_SECONDS=0): docker compose restart api"
        )
        return
    outcome, why = await_version(
        os.environ.get("API_ADDRESS") or "http://api:8000",
        version,
        PATIENCE_SECONDS + 2 * poll_seconds,
    )
    current = current_version(store)
    if current != version:
        raise TrainingError(
            f"another process made {current} current meanwhile, so that {version} is not served"
        )
    if outcome is Outcome.SERVED:
        log.info("the API answers with %s", version)
    elif outcome is Outcome.SILENT:
        log.warning("%s; it will take up %s when it starts", why, version)
    elif outcome is Outcome.LATE:
        raise TrainingError(f"{version} is current, but {why}; 'make logs' may tell more")
    elif former is None or former == version:
        raise TrainingError(
            f"the API refuses {version}: {why}; it is current nevertheless, since there is none to put back"
        )
    else:
        store.make_current(
            former, ROLLED_BACK, f"the API refused {version}: {why}", instead_of=version
        )
        raise TrainingError(f"the API refuses {version}: {why}; {former} is current again")


if __name__ == "__main__":
    main()
