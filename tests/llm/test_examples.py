"""The examples in this room's docstrings run, and importing it is cheap."""

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import tailor_lab.llm

ROOM = Path(tailor_lab.llm.__file__).parent
MODULES = sorted(
    ".".join(("tailor_lab.llm", *path.relative_to(ROOM).with_suffix("").parts))
    for path in ROOM.rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_naming_the_client_does_not_load_what_only_a_request_needs() -> None:
    code = (
        "import sys; from tailor_lab.llm import LLM, Prompt;"
        "print([m for m in ('openai', 'httpx2', 'genai_prices', 'jinja2', 'redis') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
