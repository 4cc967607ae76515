"""Makes sure that a stage ran on what DVC records.

DVC hashes a stage's data, code and parameters after the stage, so a change in between (a new file,
a `git pull`) would be recorded as what the model was trained on, and no later run would notice. A
stage therefore compares its dependencies before and after its work. What changes between the end of
a stage and DVC's own hashing, usually a moment, still goes unnoticed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from training.errors import TrainingError
from training.paths import PARAMS

DVC_YAML = Path("dvc.yaml")
MISSING = "missing"
NAMED = 5  # dependencies in a message

# By dependency: a file, a folder or a parameter such as "params.yaml: train": its SHA-256.
Fingerprint = dict[str, str]


def fingerprint(stage: str) -> Fingerprint:
    """Hash the data, code and parameters that dvc.yaml lists for a stage.

    Without dvc.yaml, there are none. Raises `TrainingError` if one of the two files is damaged.
    """
    if not DVC_YAML.exists():
        return {}
    params = _read(PARAMS)
    described = _stage(stage, params)
    found = {path: _hash(Path(path)) for path in described.get("deps", ())}
    for name in described.get("params", ()):
        value = json.dumps(_value(params, name), sort_keys=True, default=str)
        found[f"{PARAMS}: {name}"] = hashlib.sha256(value.encode()).hexdigest()
    return found


def require_unchanged(before: Fingerprint, after: Fingerprint) -> None:
    """Raise `TrainingError`, which names the dependencies that differ, if any does."""
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if changed:
        more = len(changed) - NAMED
        names = ", ".join(changed[:NAMED]) + (f" and {more} more" if more > 0 else "")
        raise TrainingError(
            f"{names} changed while this stage ran, so its results may be of either state; "
            "run 'make train' again when nothing changes them"
        )


def _stage(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stage of dvc.yaml, with the variables in its dependencies filled in."""
    text = DVC_YAML.read_text(encoding="utf-8")
    for variables in _read(DVC_YAML).get("vars", ()):
        for variable, value in variables.items():
            text = text.replace(f"${{{variable}}}", str(value))
    data = str(_value(params, "load_data.path"))
    text = text.replace("${load_data.path}", data)
    stage: dict[str, Any] = yaml.safe_load(text)["stages"].get(name, {})
    return stage


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(f"{path} can't be read: {error}") from error
    if not isinstance(content, dict):
        raise TrainingError(f"{path} is empty or isn't a list of settings")
    return content


def _value(params: Any, name: str) -> Any:
    for part in name.split("."):
        params = params.get(part) if isinstance(params, dict) else None
    return params


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    for file in _files(path):
        digest.update(f"{file}\0".encode())
        try:
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
        except FileNotFoundError:
            digest.update(MISSING.encode())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    else:
        yield path
