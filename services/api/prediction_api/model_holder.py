"""Which model serves: takes up what is published, keeps what serves where that is refused."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from model_contract.bundle import load_bundle
from model_contract.errors import BundleError
from model_contract.store import ModelStore
from prediction_api.predictor import Predictor

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0


@dataclass(frozen=True)
class Refusal:
    """A version that could not be taken up, and when it is tried again."""

    version: str | None  # None: CURRENT itself is at fault
    reason: str
    delay: float  # seconds
    retry_at: float  # on the monotonic clock, which no change of the time of day moves


class ModelHolder:
    """Holds the current predictor. Readers take it once per request and finish on it; a swap is one assignment."""

    def __init__(self, store: Path) -> None:
        self.store = ModelStore(store)
        self._predictor: Predictor | None = None
        self._refusal: Refusal | None = None
        self._stopped = threading.Event()

    def current(self) -> Predictor | None:
        """The predictor that serves, or None before the first model is published."""
        return self._predictor

    def poll_once(self) -> None:
        """Look at the store once, and take up the current version if it is another one and passes its checks."""
        version = None
        try:
            version = self.store.current()
            if version is None or self._serves(version) or self._waits(version):
                return
            # Loaded and verified beside the old one, which answers until the assignment.
            predictor = Predictor(load_bundle(self.store.path(version)))
        except BundleError as error:
            self._refuse(version, str(error))
            return
        log.info("serving model %s instead of %s", version, self._name())
        self._predictor, self._refusal = predictor, None

    def watch(self, poll_seconds: float) -> None:
        """Poll in a thread of this process until `stop`."""
        threading.Thread(target=self._watch, args=(poll_seconds,), name="model-watcher", daemon=True).start()

    def stop(self) -> None:
        """End the watching thread."""
        self._stopped.set()

    def _watch(self, poll_seconds: float) -> None:
        while not self._stopped.wait(poll_seconds):
            try:
                self.poll_once()
            except Exception:  # one that nobody foresaw must not end the watch for good
                log.exception("looking for a new model failed; trying again")

    def _serves(self, version: str) -> bool:
        serves = self._predictor is not None and self._predictor.manifest.version == version
        if serves:
            self._refusal = None  # a refused version was rolled back; should it return, it is tried at once
        return serves

    def _waits(self, version: str) -> bool:
        refusal = self._refusal
        return refusal is not None and refusal.version == version and time.monotonic() < refusal.retry_at

    def _refuse(self, version: str | None, reason: str) -> None:
        former = self._refusal
        again = former is not None and former.version == version
        delay = min(former.delay * 2, LONGEST_RETRY_SECONDS) if former and again else FIRST_RETRY_SECONDS
        self._refusal = Refusal(version, reason, delay, time.monotonic() + delay)
        if not (former and again and former.reason == reason):
            log.error("refused model %s: %s; still serving %s; trying again", version, reason, self._name())

    def _name(self) -> str:
        return self._predictor.manifest.version if self._predictor else "no model"
