"""How much files take, so that growth shows before the disk is full."""

import os
from pathlib import Path
from stat import S_ISREG


def bytes_in(path: Path) -> int:
    """Return the size of a file, or of all files in a folder; 0 if it doesn't exist."""
    if not path.is_dir():
        return _size(path)
    return sum(_size(Path(folder, name)) for folder, _, names in os.walk(path) for name in names)


def _size(file: Path) -> int:
    try:
        status = file.lstat()
    except OSError:  # removed in the meantime, or not readable
        return 0
    return status.st_size if S_ISREG(status.st_mode) else 0
