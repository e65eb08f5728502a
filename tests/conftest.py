"""What every test may rely on: no network settings of the machine, no home folder but its own."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.quick import QuickTests, mark_notebooks

_OURS = ("TAILOR_LAB_", "OPENAI_", "REDIS_")

# On a busy machine an example may take long; tests/quick.py limits CPU time instead.
settings.register_profile("tests", settings.get_profile("default"), deadline=None)
if settings.get_current_profile_name() == "default":
    settings.load_profile("tests")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(_OURS) and name not in {"TAILOR_LAB_SHARED_DATA"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TAILOR_LAB_HOME", str(tmp_path / ".lab"))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(QuickTests(), "quick-tests")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_notebooks(items)
