"""What tells one state of the code or of a value from another: the version, and hashes."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent
VERSION = "0.1.0"


def version() -> str:
    """The version of the package; `tailor_lab.__version__` is the same."""
    return VERSION


def digest(value: Any) -> str:
    """A short hash of a JSON-like value, the same in every process."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@cache
def source_hash(*places: Path) -> str:
    """Eight hexadecimal digits that change when a file of these folders does.

    What is hashed are names and contents of source and data; by default of the whole package.
    """
    found = hashlib.sha256()
    for place in places or (PACKAGE,):
        for file in sorted(path for path in place.rglob("*") if _counts(path)):
            found.update(f"{file.relative_to(place).as_posix()}\0".encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:8]


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
