"""The types of the public API, as two checkers see them in small programs, which also run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT

pytestmark = pytest.mark.slow
FOLDER = ROOT / "tests" / "typing"
PROGRAMS = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)
def test_mypy_agrees_with_the_programs() -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    # The cache is that of `make lint`: without one mypy reads the whole package first.
    done = run(sys.executable, "-m", "mypy", "--strict", str(FOLDER))
    files = len(PROGRAMS) + 1
    assert f"Success: no issues found in {files} source files" in done.stdout, done.stdout


def test_pyright_agrees_with_the_programs() -> None:
    pytest.importorskip("basedpyright", reason="basedpyright is not installed")
    found = json.loads(
        run(
            *(sys.executable, "-m", "basedpyright", "--outputjson"),
            *("--pythonpath", sys.executable, "--project", str(ROOT / "pyproject.toml")),
        ).stdout
    )
    told = [f"{d['file']}:{d['range']['start']['line'] + 1}" for d in found["generalDiagnostics"]]
    assert told == [], found["generalDiagnostics"]
    assert found["summary"]["filesAnalyzed"] == len(PROGRAMS) + 1


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_that_the_checkers_read_also_runs(program: Path) -> None:
    done = run(sys.executable, "-m", f"tests.typing.{program.stem}")
    assert done.returncode == 0, done.stderr
