"""Makes Keras archives reproducible: the same training run gives the same bytes."""

import json
import re
import zipfile
from pathlib import Path

SHARED_OBJECT = re.compile(r'"shared_object_id": ([0-9]+)')


def make_reproducible(path: Path) -> None:
    """Rewrite the .keras archive at `path` without timestamps or memory addresses."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(members["metadata.json"])
    metadata.pop("date_saved", None)
    members["metadata.json"] = json.dumps(metadata).encode()
    members["config.json"] = _number_shared_objects(members["config.json"].decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # dated 1980


def _number_shared_objects(config: str) -> str:
    numbers: dict[str, int] = {}
    return SHARED_OBJECT.sub(
        lambda found: f'"shared_object_id": {numbers.setdefault(found[1], len(numbers))}', config
    )
