"""Which model serves: takes up what is published, keeps what serves where that is refused."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from model_contract.errors import BundleError
from model_contract.store.model_store import CURRENT, ModelStore, utc_now
from prediction_api.capacity import memory
from prediction_api.forecast.predictor import Predictor
from prediction_api.observability.metrics import Metrics

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
LONGEST_REASON = 500  # characters; a damaged manifest may be quoted in it


@dataclass(frozen=True)
class Refusal:
    """A version that could not be taken up, and when it is tried again."""

    version: str | None  # None: CURRENT itself is at fault
    reason: str
    since: str  # UTC, ISO 8601: when it was first refused
    delay: float  # seconds
    retry_at: float  # on the monotonic clock, which no change of the time of day moves


class ModelHolder:
    """Holds the current predictor. Readers take it once per request and finish on it; a swap is one assignment."""

    def __init__(self, store: Path, metrics: Metrics, signing_key: bytes | None = None) -> None:
        """Given a key, take up only what is signed with it."""
        self.store = ModelStore(store, signing_key)
        self._metrics = metrics
        self._predictor: Predictor | None = None
        self._refusal: Refusal | None = None
        self._stopped = threading.Event()

    def current(self) -> Predictor | None:
        """The predictor that serves, or None before the first model is published."""
        return self._predictor

    def refusal(self) -> Refusal | None:
        """The refusal of the version that is current in the store, or None where that one serves or none is published."""
        return self._refusal

    def poll_once(self) -> None:
        """Look at the store once, and take up the current version if it is another one and passes its checks."""
        version = None
        try:
            version = self.store.current()
            if version is None and not (self._predictor is None and self.store.is_empty()):
                raise BundleError(f"{CURRENT} is gone; 'make promote VERSION=…' writes it again")
            if version is None or self._serves(version):
                self._refusal = None  # what was refused is no longer asked for; should it return, it is tried at once
                return
            if self._waits(version):
                return
            self._take_up(version)
        except BundleError as error:
            self._refuse(version, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, it must end neither the watch nor, at start, the worker
            self._refuse(version, f"an unforeseen error: {error!r}", error)
        else:
            self._refusal = None
        memory.return_freed_memory()

    def watch(self, poll_seconds: float) -> None:
        """Poll in a thread of this process until `stop`."""
        threading.Thread(
            target=self._watch, args=(poll_seconds,), name="model-watcher", daemon=True
        ).start()

    def stop(self) -> None:
        """End the watching thread."""
        self._stopped.set()

    def _watch(self, poll_seconds: float) -> None:
        while not self._stopped.wait(poll_seconds):  # by the monotonic clock
            self.poll_once()

    def _take_up(self, version: str) -> None:
        began = time.monotonic()
        # Loaded, verified and warmed up beside the old one, which answers until the assignment.
        predictor, former = Predictor(self.store.load(version)), self._predictor
        self._predictor = predictor
        log.info(
            "serving model %s instead of %s, verified in %.3f s",
            version,
            _name(former),
            time.monotonic() - began,
        )
        self._metrics.take_up(
            version, predictor.manifest.created_at, former.manifest.version if former else None
        )

    def _serves(self, version: str) -> bool:
        return self._predictor is not None and self._predictor.manifest.version == version

    def _waits(self, version: str) -> bool:
        refusal = self._refusal
        return (
            refusal is not None
            and refusal.version == version
            and time.monotonic() < refusal.retry_at
        )

    def _refuse(
        self, version: str | None, reason: str, unforeseen: Exception | None = None
    ) -> None:
        # GET /model tells it: one line, and no path of this machine
        reason = " ".join(
            reason.removeprefix(f"{version}: ").replace(f"{self.store.directory}/", "").split()
        )[:LONGEST_REASON]
        former = self._refusal if self._refusal and self._refusal.version == version else None
        delay = min(former.delay * 2, LONGEST_RETRY_SECONDS) if former else FIRST_RETRY_SECONDS
        self._refusal = Refusal(
            version, reason, former.since if former else utc_now(), delay, time.monotonic() + delay
        )
        self._metrics.model_refusals.inc()
        if former is None or former.reason != reason:
            serving = _name(self._predictor)
            log.error(
                "refused model %s: %s; still serving %s; trying again",
                version,
                reason,
                serving,
                exc_info=unforeseen,
            )
            if self._predictor is None:
                self._fall_back()

    def _fall_back(self) -> None:
        """Serve the version before the refused one: a process that starts now has no model in memory, but the store has."""
        try:
            before = self.store.fallback()
            if before is not None:
                self._take_up(before)
        except Exception as error:  # noqa: BLE001 - as in `poll_once`, from which this is called
            log.error("the version before it cannot be served either: %s", error)


def _name(predictor: Predictor | None) -> str:
    return predictor.manifest.version if predictor else "no model"
