"""The model bundle: a directory with a model and everything that its forecasts depend on.

    MODEL_STORE/
        20261122T101500Z-1a2b3c4d/    publishing time and 8 digits of the content hash
            manifest.json             facts of the model, and the sha256 of every other file
            model.onnx                the network that forecasts
            scored.onnx               the scored network: it hasn't seen the newest sessions
            scalers.json              scaling of the network's inputs and outputs
            sessions.csv              the exchange's sessions and their calendar flags
            golden.json               recorded inputs and forecasts
            calendars.npz             the calendars of other markets, if there are any
            signature                 of manifest.json, if the publisher has a key
        CURRENT                       the served version
        history.jsonl                 which version was served when, and why
        status.json                   the trainer's status

The served network is the scored one, refitted on all sessions. Both take the same inputs and have
the same scalers. The scored network makes the track record, because the served one has learned from
these sessions.

A reader checks the checksum of every file, so files from different runs can't be mixed. The version
ends in a hash of the files and of the facts that change forecasts, so neither can change without a
new version. A reader replays the golden inputs before it serves the model. Checksums detect damage;
only the signature protects against someone who can write the files, and thus the checksums.
"""

import hashlib
import json
import operator
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.intervals import Interval
from model_contract.model.market_calendars import from_npz
from model_contract.model.scaling import Scalers
from model_contract.store.golden import GOLDEN, Golden
from model_contract.store.signing import SIGNATURE, require_signature

CONTRACT_VERSION = 3
MANIFEST = "manifest.json"
MODEL, SCORED, SCALERS, SESSIONS = "model.onnx", "scored.onnx", "scalers.json", "sessions.csv"
FILES = (MODEL, SCORED, SCALERS, SESSIONS, GOLDEN)
CALENDARS = "calendars.npz"  # optional
VERSION = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
# The facts that change forecasts. The name of a version identifies these facts and its files.
ANSWER_FACTS = (
    "window",
    "horizon",
    "features",
    "market",
    "intervals",
    "dispersion",
    "baselines",
    "calendar_effects",
    "input_effects",
)
OPTIONAL_FACTS = ("markets",)


@dataclass(frozen=True)
class Manifest:
    """The facts of a model."""

    contract_version: int
    version: str
    content_hash: str  # of the files and of `answer_facts`
    created_at: str  # UTC, ISO 8601
    git_revision: str | None
    dvc_lock_sha256: str | None
    data: dict[str, Any]  # sha256, rows, tickers, first_session, last_session, test_from
    params: dict[str, Any]
    libraries: dict[str, str]
    window: int  # sessions
    horizon: int  # sessions
    features: tuple[str, ...]
    market: str  # ISO 10383 market identifier code of the calendar in sessions.csv
    intervals: dict[str, Interval]  # "80", "95": nominal coverage in percent
    dispersion: list[list[float]]  # coefficients, (horizon, regressors)
    baselines: dict[str, Any]  # har: coefficients, (1 + 3, horizon)
    calendar_effects: dict[str, float]  # by flag: relative change in volume, in model.onnx
    input_effects: dict[str, float]  # the same, in the inputs and in scored.onnx
    metrics: dict[str, Any]  # as in metrics/evaluation.json
    gate: dict[str, Any]  # as in metrics/gate.json: the rules, and which were relaxed
    files: dict[str, str]  # name: sha256
    # Those that the model was trained on, including `market`; older bundles have one and no list.
    markets: tuple[str, ...] = ()

    @property
    def trained_markets(self) -> tuple[str, ...]:
        """The markets that the model was trained on, the one with the most rows first."""
        return self.markets or (self.market,)

    def to_json(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, allow_nan=False) + "\n"

    def sealed(self, files: Mapping[str, bytes]) -> "Manifest":
        """Add the content hash, the end of the version and the checksums of these files."""
        content = content_hash(files, answer_facts(self))
        version = f"{self.version.split('-')[0]}-{content[:8]}"
        return replace(
            self,
            version=version,
            content_hash=content,
            files={name: sha256(data) for name, data in files.items()},
        )

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read a manifest. Raises `BundleError` if it's damaged or has another contract version."""
        facts = _parse_facts(text)
        try:
            parsed = {
                "window": operator.index(facts["window"]),
                "horizon": operator.index(facts["horizon"]),
                "features": tuple(facts["features"]),
                "intervals": {
                    level: Interval(tuple(part["lower"]), tuple(part["upper"]))
                    for level, part in facts["intervals"].items()
                },
                "files": dict(facts["files"]),
                "markets": tuple(facts.get("markets", ())),
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"{MANIFEST} has a malformed window, horizon, features, intervals, files "
                f"or markets: {error!r}"
            ) from error
        return cls(**facts | parsed)


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in memory. Its files aren't read again."""

    manifest: Manifest
    model: bytes  # ONNX
    scored: bytes  # ONNX
    scalers: Scalers
    calendar: Calendar
    golden: Golden
    calendars: dict[str, Calendar] = field(default_factory=dict)  # of other markets

    @property
    def all_calendars(self) -> dict[str, Calendar]:
        """The calendars by market, the model's own first."""
        return {self.manifest.market: self.calendar, **self.calendars}


def refuse_constant(name: str) -> None:
    """Make `json.loads` refuse NaN and infinity, which are not JSON. Raises `ValueError`."""
    raise ValueError(f"{name} is not a JSON number")


def sha256(data: bytes) -> str:
    """Compute the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def content_hash(files: Mapping[str, bytes], facts: Mapping[str, Any]) -> str:
    """Hash everything that forecasts depend on: the files and facts of the manifest."""
    summary = {"files": {name: sha256(data) for name, data in files.items()}, "facts": facts}
    return sha256(json.dumps(summary, sort_keys=True, allow_nan=False).encode())


def answer_facts(manifest: Manifest) -> dict[str, Any]:
    """Return the facts that change forecasts, for `content_hash`."""
    return {name: value for name, value in asdict(manifest).items() if name in ANSWER_FACTS}


def load_bundle(directory: Path, key: bytes | None = None) -> Bundle:
    """Read a bundle and check its contract version, checksums, content hash and sizes.

    With a key, check the signature too. Opens only a bundle's own files. Raises `BundleError`.
    """
    name = directory.name
    try:
        odd = [MANIFEST, *FILES, CALENDARS, *([] if key is None else [SIGNATURE])]
        _refuse_odd_files(directory, odd)
        text = (directory / MANIFEST).read_bytes()
        if key is not None:
            require_signature(directory, text, key)
        manifest = Manifest.from_json(text.decode())
        data = {file: (directory / file).read_bytes() for file in files_of(manifest)}
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{name}: cannot be read: {error}") from error
    if manifest.version != name:
        raise BundleError(f"{name}: its manifest says {manifest.version}")
    _require_content(manifest, data)
    try:
        scalers = Scalers.from_json(data[SCALERS].decode())
        golden = Golden.from_json(data[GOLDEN].decode())
        calendar = Calendar.from_csv(data[SESSIONS])
        calendars = from_npz(data[CALENDARS]) if CALENDARS in data else {}
        _require_shapes(manifest, golden)
    except (UnicodeDecodeError, BundleError) as error:
        raise BundleError(f"{name}: {error}") from error
    return Bundle(manifest, data[MODEL], data[SCORED], scalers, calendar, golden, calendars)


def files_of(manifest: Manifest) -> tuple[str, ...]:
    """Return the files of a bundle other than its manifest."""
    return (*FILES, CALENDARS) if CALENDARS in manifest.files else FILES


def _parse_facts(text: str) -> dict[str, Any]:
    """Parse a manifest's JSON. Raises `BundleError` if a field is missing or unknown."""
    try:
        facts: dict[str, Any] = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{MANIFEST} is not JSON: {error}") from error
    found = facts.get("contract_version") if isinstance(facts, dict) else None
    if found != CONTRACT_VERSION:
        raise BundleError(
            f"the bundle has contract version {found!r}, "
            f"but this reader needs {CONTRACT_VERSION}; retrain the model"
        )
    wanted = {item.name for item in fields(Manifest)}
    if {*facts, *OPTIONAL_FACTS} != wanted:
        raise BundleError(
            f"{MANIFEST} has missing fields {sorted(wanted - {*facts, *OPTIONAL_FACTS})} "
            f"and unknown fields {sorted(set(facts) - wanted)}"
        )
    return facts


def _require_shapes(manifest: Manifest, golden: Golden) -> None:
    windows, volumes = golden.windows, golden.volumes
    parts = (windows.features, windows.calendar, windows.inputs, volumes)
    shapes = tuple(part.shape for part in parts)
    samples = volumes.shape[:1]  # () if a damaged file has a single number
    expected = (
        (*samples, manifest.window, len(manifest.features)),
        (*samples, manifest.window + manifest.horizon, len(CALENDAR_FLAGS)),
        (*samples, manifest.horizon, len(INPUT_NAMES)),
        (*samples, manifest.horizon),
    )
    if shapes != expected:  # also if there are no windows: an empty list has the shape (0,)
        raise BundleError(
            f"{GOLDEN} has arrays of the shapes {shapes}; {MANIFEST} needs {expected} "
            "and at least one window"
        )


def _refuse_odd_files(directory: Path, names: list[str]) -> None:
    paths = [directory / name for name in names]
    if any(path.is_symlink() for path in (directory, *paths)):
        raise BundleError(
            f"{directory.name}: it is or contains a link, which could point outside the store"
        )
    for path in paths:
        if path.exists() and not path.is_file():  # a pipe would block its reader forever
            raise BundleError(f"{directory.name}: {path.name} is not a regular file")


def _require_content(manifest: Manifest, data: Mapping[str, bytes]) -> None:
    """Raise `BundleError` if the files or the facts have changed since they were published."""
    for name in files_of(manifest):
        if sha256(data[name]) != manifest.files.get(name):
            raise BundleError(
                f"{manifest.version}: {name} is damaged: its SHA-256 is not the one in {MANIFEST}"
            )
    try:
        content = content_hash(data, answer_facts(manifest))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{manifest.version}: {MANIFEST} cannot be hashed: {error}") from error
    if (manifest.content_hash, manifest.version[-8:]) != (content, content[:8]):
        raise BundleError(
            f"{manifest.version}: {MANIFEST} is damaged: the content hash of its files and facts "
            f"({', '.join(ANSWER_FACTS)}) is {content[:8]}…, "
            "not the published hash"
        )
