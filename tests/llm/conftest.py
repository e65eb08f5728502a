from collections.abc import Iterator
from pathlib import Path

import pytest

from tailor_lab.settings import Settings
from tests.llm.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a lab without keys or servers: the offline model."""
    return Settings(home=tmp_path / ".lab")
