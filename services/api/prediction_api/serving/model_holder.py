"""Serves the published model, or the previous one if the published model is refused."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from model_contract.errors import BundleError
from model_contract.store.model_store import ModelStore, utc_now
from model_contract.store.store_reader import CURRENT
from prediction_api.capacity import memory
from prediction_api.forecast.predictor import Predictor
from prediction_api.http.errors import NoModel
from prediction_api.observability.metrics import Metrics
from prediction_api.responses import RefusedModel

log = logging.getLogger(__name__)

MODELS = "models"  # key in `app.extensions`
FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
LONGEST_REASON = 500  # characters; a reason may quote a damaged manifest


def served_models() -> "ModelHolder":
    """Return the model holder of the current application."""
    models: ModelHolder = current_app.extensions[MODELS]
    return models


def current_predictor() -> Predictor:
    """Return the predictor of the served model. Raises `NoModel`."""
    models = served_models()
    predictor = models.current()
    if predictor is None:
        raise NoModel(refused=models.refusal() is not None)
    return predictor


@dataclass(frozen=True)
class Refusal:
    """A version that could not be loaded, and when to try it again."""

    version: str | None  # None: CURRENT itself is unusable
    reason: str
    since: str  # UTC, ISO 8601: when it was first refused
    delay: float  # seconds
    retry_at: float  # on the monotonic clock, which never jumps

    @property
    def report(self) -> RefusedModel:
        """The part that GET /model shows."""
        return {"version": self.version, "reason": self.reason, "since": self.since}


class ModelHolder:
    """Holds the current predictor.

    A request gets the predictor once and uses it until the end; a swap is one assignment.
    """

    def __init__(self, store: Path, metrics: Metrics, signing_key: bytes | None = None) -> None:
        """If `signing_key` is set, load only models signed with it."""
        self.store = ModelStore(store, signing_key)
        self._metrics = metrics
        self._predictor: Predictor | None = None
        self._refusal: Refusal | None = None
        self._stopped = threading.Event()

    def current(self) -> Predictor | None:
        """Return the current predictor, or None if no model has been loaded yet."""
        return self._predictor

    def refusal(self) -> Refusal | None:
        """Return the refusal of the store's current version, or None if it wasn't refused."""
        return self._refusal

    def poll_once(self) -> None:
        """Check the store once, and load its current version if it is new and valid."""
        version = None
        try:
            version = self.store.current()
            if version is None and not (self._predictor is None and self.store.is_empty()):
                raise BundleError(f"{CURRENT} is missing; 'make promote VERSION=…' restores it")
            if version is None or self._serves(version):
                self._refusal = None  # retry a refused version at once if it is promoted again
                return
            if self._must_wait(version):
                return
            self._load(version)
        except BundleError as error:
            self._refuse(version, str(error))
        except Exception as error:  # noqa: BLE001 - must not stop the watcher or, at startup, the worker
            self._refuse(version, f"unexpected error: {error!r}", error)
        else:
            self._refusal = None
        memory.return_freed_memory()

    def watch(self, poll_seconds: float) -> None:
        """Poll in a background thread until `stop`."""
        threading.Thread(
            target=self._watch, args=(poll_seconds,), name="model-watcher", daemon=True
        ).start()

    def stop(self) -> None:
        """Stop the watcher thread."""
        self._stopped.set()

    def _watch(self, poll_seconds: float) -> None:
        while not self._stopped.wait(poll_seconds):  # on the monotonic clock
            self.poll_once()

    def _load(self, version: str) -> None:
        began = time.monotonic()
        # The old predictor keeps serving while the new one is verified.
        predictor, previous = Predictor(self.store.load(version)), self._predictor
        self._predictor = predictor
        seconds = time.monotonic() - began
        log.info(
            "serving model %s instead of %s, verified in %.3f s", version, _name(previous), seconds
        )
        self._metrics.serve(
            version, predictor.manifest.created_at, previous.manifest.version if previous else None
        )

    def _serves(self, version: str) -> bool:
        return self._predictor is not None and self._predictor.manifest.version == version

    def _must_wait(self, version: str) -> bool:
        refusal = self._refusal
        return (
            refusal is not None
            and refusal.version == version
            and time.monotonic() < refusal.retry_at
        )

    def _refuse(
        self, version: str | None, reason: str, unexpected: Exception | None = None
    ) -> None:
        reason = self._public_reason(version, reason)
        previous = self._refusal if self._refusal and self._refusal.version == version else None
        delay = min(previous.delay * 2, LONGEST_RETRY_SECONDS) if previous else FIRST_RETRY_SECONDS
        since = previous.since if previous else utc_now()
        self._refusal = Refusal(version, reason, since, delay, time.monotonic() + delay)
        self._metrics.model_refusals.inc()
        if previous is None or previous.reason != reason:
            log.error(
                "refused model %s: %s; still serving %s; will retry",
                version,
                reason,
                _name(self._predictor),
                exc_info=unexpected,
            )
            if self._predictor is None:
                self._fall_back()

    def _public_reason(self, version: str | None, reason: str) -> str:
        """Format the reason for GET /model: on one line and without this machine's paths."""
        reason = reason.removeprefix(f"{version}: ").replace(f"{self.store.directory}/", "")
        return " ".join(reason.split())[:LONGEST_REASON]

    def _fall_back(self) -> None:
        """Serve the version before the refused one: a new process has no model in memory."""
        try:
            before = self.store.fallback()
            if before is not None:
                self._load(before)
        except Exception as error:  # noqa: BLE001 - as in `poll_once`, which calls this
            log.error("cannot serve the previous version either: %s", error)


def _name(predictor: Predictor | None) -> str:
    return predictor.manifest.version if predictor else "no model"
