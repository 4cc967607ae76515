"""The model bundle: one directory that holds a model and all that its answers depend on.

    MODEL_STORE/
        20261122T101500Z-1a2b3c4d/    version = time of publishing + first 8 digits of the content hash
            manifest.json             facts of the model, and the sha256 of every other file
            model.onnx                the network
            scalers.json              between shares and what the network sees
            sessions.csv              the exchange's sessions and what is special about each
            golden.json               inputs with their answers
        CURRENT                       the version served
        status.json                   what the trainer is doing (see `store`)

The manifest binds model and scalers: a reader checks every checksum, so files of two runs cannot be mixed. The golden
file holds inputs with the answers recorded at publishing: a reader replays them before it serves.
"""

import hashlib
import json
import operator
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from model_contract.csv_values import FloatArray
from model_contract.errors import BundleError
from model_contract.forecasting import Network, forecast_volumes
from model_contract.intervals import Interval
from model_contract.market_calendar import CALENDAR_FLAGS, Calendar
from model_contract.scaling import Scalers
from model_contract.windows import Windows

CONTRACT_VERSION = 2
MANIFEST = "manifest.json"
MODEL, SCALERS, SESSIONS, GOLDEN = "model.onnx", "scalers.json", "sessions.csv", "golden.json"
FILES = (MODEL, SCALERS, SESSIONS, GOLDEN)
# Another CPU may add the same float32 numbers in another order; a wrong scaler or model is off by far more.
GOLDEN_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Manifest:
    """The facts of a model."""

    contract_version: int
    version: str
    content_hash: str  # of the files and of the facts below it that change answers
    created_at: str  # UTC, ISO 8601
    git_revision: str | None
    dvc_lock_sha256: str | None
    data: dict[str, Any]  # sha256, rows, tickers, first_session, last_session, test_from
    params: dict[str, Any]
    libraries: dict[str, str]
    window: int  # sessions
    horizon: int  # sessions
    features: tuple[str, ...]
    market: str  # ISO 10383 market identifier code, names the calendar in sessions.csv
    intervals: dict[str, Interval]  # "80", "95": nominal coverage in percent
    baselines: dict[str, Any]  # har: coefficients, (1 + 3, horizon)
    calendar_effects: dict[str, float]  # by flag: relative change of volume against an average session
    metrics: dict[str, Any]  # as in metrics/evaluation.json
    gate: dict[str, Any]  # as in metrics/gate.json: what was demanded of the model, and which demands had been lowered
    files: dict[str, str]  # name: sha256

    def to_json(self) -> str:
        """Write the manifest as JSON."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read a manifest. Raises `BundleError` where it is damaged or of another contract version."""
        try:
            facts = json.loads(text)
        except ValueError as error:
            raise BundleError(f"{MANIFEST} is not JSON: {error}") from error
        found = facts.get("contract_version") if isinstance(facts, dict) else None
        if found != CONTRACT_VERSION:
            raise BundleError(f"the bundle has contract version {found!r}; this reader takes {CONTRACT_VERSION}: retrain")
        wanted = {field.name for field in fields(cls)}
        if set(facts) != wanted:
            raise BundleError(f"{MANIFEST} lacks {sorted(wanted - set(facts))} and has unknown {sorted(set(facts) - wanted)}")
        try:
            facts["window"], facts["horizon"] = map(operator.index, (facts["window"], facts["horizon"]))
            facts["features"] = tuple(facts["features"])
            facts["intervals"] = {level: Interval(tuple(part["lower"]), tuple(part["upper"])) for level, part in facts["intervals"].items()}
            facts["files"] = dict(facts["files"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{MANIFEST} holds window, horizon, features, intervals or files of another form: {error!r}") from error
        return cls(**facts)


@dataclass(frozen=True)
class Golden:
    """Recorded inputs and answers."""

    windows: Windows  # not scaled
    volumes: FloatArray  # (samples, horizon), shares

    def to_json(self) -> str:
        """Write both as nested lists."""
        parts = {"features": self.windows.features, "calendar": self.windows.calendar, "volumes": self.volumes}
        return json.dumps({name: values.tolist() for name, values in parts.items()}, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Golden":
        """Read what `to_json` wrote. Raises `BundleError` if it is something else."""
        try:
            recorded = json.loads(text)
            features, calendar, volumes = (np.array(recorded[name], dtype=np.float64) for name in ("features", "calendar", "volumes"))
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"{GOLDEN} is not what this version writes: {error!r}") from error
        return cls(Windows(features, calendar), volumes)

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the windows' features, of their calendar, and of the volumes."""
        return self.windows.features.shape, self.windows.calendar.shape, self.volumes.shape


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in memory; nothing is read from disk after this."""

    manifest: Manifest
    model: bytes  # ONNX
    scalers: Scalers
    calendar: Calendar
    golden: Golden

    def verify(self, network: Network) -> None:
        """Replay the golden inputs through `network`. Raises `BundleError` where an answer differs from the recorded one."""
        answers = forecast_volumes(self.golden.windows, self.scalers, network)
        if answers.shape != self.golden.volumes.shape:
            raise BundleError(f"{self.manifest.version}: the model answers {answers.shape}, recorded {self.golden.volumes.shape}")
        worst = float(np.max(np.abs(answers / self.golden.volumes - 1)))
        if not worst <= GOLDEN_TOLERANCE:  # also true of NaN
            raise BundleError(
                f"{self.manifest.version}: an answer is {worst:.2%} off the recorded one; rounding is below {GOLDEN_TOLERANCE:.2%}"
            )


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def content_hash(files: Mapping[str, bytes], facts: Mapping[str, Any]) -> str:
    """Hash all that answers depend on: the files, and the facts that are stored in the manifest alone."""
    summary = {"files": {name: sha256(data) for name, data in files.items()}, "facts": facts}
    return sha256(json.dumps(summary, sort_keys=True, allow_nan=False).encode())


def load_bundle(directory: Path) -> Bundle:
    """Read the bundle in `directory` and check it: contract version, checksums, sizes. Raises `BundleError`."""
    if any(path.is_symlink() for path in (directory, *(directory / name for name in (MANIFEST, *FILES)))):
        raise BundleError(f"{directory.name}: it is or holds a link, which could lead out of the store")
    try:
        manifest = Manifest.from_json((directory / MANIFEST).read_text(encoding="utf-8"))
        data = {name: (directory / name).read_bytes() for name in FILES}
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{directory.name}: cannot be read: {error}") from error
    if manifest.version != directory.name:
        raise BundleError(f"{directory.name}: its manifest says {manifest.version}")
    for name in FILES:
        if sha256(data[name]) != manifest.files.get(name):
            raise BundleError(f"{directory.name}: {name} is damaged: its SHA-256 is not the one in {MANIFEST}")
    try:
        texts = {name: data[name].decode() for name in (SCALERS, GOLDEN)}
        scalers, golden, calendar = Scalers.from_json(texts[SCALERS]), Golden.from_json(texts[GOLDEN]), Calendar.from_csv(data[SESSIONS])
    except (UnicodeDecodeError, BundleError) as error:
        raise BundleError(f"{directory.name}: {error}") from error
    samples = golden.volumes.shape[:1]  # () where a damaged file holds a single number
    expected = (
        (*samples, manifest.window, len(manifest.features)),
        (*samples, manifest.window + manifest.horizon, len(CALENDAR_FLAGS)),
        (*samples, manifest.horizon),
    )
    if golden.shapes() != expected:  # always so without windows: an empty list gives the shape (0,)
        raise BundleError(f"{directory.name}: {GOLDEN} holds arrays of {golden.shapes()}; {MANIFEST} asks for {expected}, of one or more")
    return Bundle(manifest, data[MODEL], scalers, calendar, golden)
