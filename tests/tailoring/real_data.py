"""Where the real texts lie that tests may use and the project does not hold."""

import os
from pathlib import Path

import pytest


def real_data(name: str) -> Path:
    """A folder or file of the shared data; the test is skipped where it is absent."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("TAILOR_LAB_SHARED_DATA", default)) / name
    if not path.exists():
        pytest.skip(f"real data not here: {path} (set TAILOR_LAB_SHARED_DATA)")
    return path
