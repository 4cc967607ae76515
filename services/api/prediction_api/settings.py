"""The API's settings: environment variables, read and validated once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from model_contract.errors import BundleError
from model_contract.store.signing import read_key
from prediction_api.cpu_quota import available_cpus

# Always allowed: no other site can use these names, and the health check needs one of them.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
LOG_FORMATS = ("json", "text")
MEGABYTE = 1024 * 1024  # as nginx counts in client_max_body_size
# Not a setting: gunicorn.conf.py sets it, and prometheus_client reads it on import.
METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
MIN_WORKERS = 2  # one keeps responding while the other is replaced
# For health checks, metrics and rejections, while the other threads compute or wait.
SPARE_THREADS = 4
MAX_DIGITS = 9


class SettingsError(ValueError):
    """An environment variable has an invalid value."""


@dataclass(frozen=True)
class Settings:
    """The settings that an operator can choose."""

    model_store: Path
    ledger: Path  # folder
    poll_seconds: float  # between checks for a new model; 0: check only at startup
    max_upload_mb: int
    max_rows: int  # per file
    max_tickers: int  # per file
    request_seconds: float  # for a forecast, including the wait for a slot
    workers: int  # processes
    compute_slots: int  # per worker: small files computed at once, in addition to one large file
    queue_length: int  # per worker and lane: requests that may wait for a slot
    allowed_hosts: frozenset[str]  # lower case, without port
    log_format: str  # json, text
    signing_key: bytes | None = field(repr=False)  # None: signatures are not checked

    @classmethod
    def read(cls, environment: Mapping[str, object]) -> "Settings":
        """Read the environment variables. Raises `SettingsError`, which names the variable."""
        values = {name: str(value) for name, value in environment.items()}
        cpus = available_cpus()
        workers = positive_integer(values, "WEB_CONCURRENCY", default=max(MIN_WORKERS, cpus))
        return cls(
            model_store=Path(values.get("MODEL_STORE") or "models"),
            ledger=Path(values.get("LEDGER") or "ledger"),
            poll_seconds=_seconds(values, "MODEL_POLL_SECONDS", default=2.0),
            max_upload_mb=positive_integer(values, "MAX_UPLOAD_MB", default=64),
            max_rows=positive_integer(values, "MAX_ROWS", default=700_000),
            max_tickers=positive_integer(values, "MAX_TICKERS", default=2000),
            request_seconds=_seconds(values, "REQUEST_SECONDS", default=20.0, minimum=0.001),
            workers=workers,
            compute_slots=positive_integer(
                values, "COMPUTE_SLOTS", default=math.ceil(cpus / workers)
            ),
            queue_length=positive_integer(values, "QUEUE_LENGTH", default=8),
            allowed_hosts=LOOPBACK | set((values.get("ALLOWED_HOSTS") or "api").casefold().split()),
            log_format=log_format(values),
            signing_key=_key(values),
        )

    @property
    def threads(self) -> int:
        """Threads per worker."""
        return self.compute_slots + 1 + 2 * self.queue_length + SPARE_THREADS


def positive_integer(environment: Mapping[str, str], name: str, default: int) -> int:
    """Return the variable as an integer >= 1; `default` if it is unset or empty."""
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) >= 1):
        raise SettingsError(
            f"{name} must be a whole number >= 1 with at most {MAX_DIGITS} digits, found {text!r}"
        )
    return int(text)


def log_format(environment: Mapping[str, str]) -> str:
    """Return the format of log lines: `text` for people, `json` for machines."""
    text = environment.get("LOG_FORMAT") or "text"
    if text not in LOG_FORMATS:
        raise SettingsError(f"LOG_FORMAT must be one of {', '.join(LOG_FORMATS)}, found {text!r}")
    return text


def _key(environment: Mapping[str, str]) -> bytes | None:
    name = environment.get("MODEL_SIGNING_KEY_FILE")
    try:
        return read_key(Path(name) if name else None)
    except BundleError as error:
        raise SettingsError(str(error)) from error


def _seconds(
    environment: Mapping[str, str], name: str, default: float, minimum: float = 0.0
) -> float:
    text = environment.get(name) or str(default)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not minimum <= seconds <= 86_400:  # also rejects NaN
        raise SettingsError(
            f"{name} must be a number of seconds from {minimum:g} to 86400, found {text!r}"
        )
    return seconds
