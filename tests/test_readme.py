"""The README's commands and code, run word for word in a copy of the project."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("make ", ". .venv", "export ", "TAILOR_LAB_MODEL=")
"""Shell lines that other tests run (make), or that need a model of the reader's own."""


def blocks(language: str) -> list[str]:
    return [text for name, text in FENCE.findall(README) if name == language]


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for text in blocks("sh") for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(ELSEWHERE)]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("data", "experiments"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.timeout(600)
def test_the_commands_work_in_the_order_of_the_readme(project: Path, monkeypatch) -> None:
    monkeypatch.delenv("TAILOR_LAB_HOME")
    found = commands()
    assert len(found) >= 6
    for line in found:
        name, *arguments = shlex.split(line)
        assert name == "tailor-lab"
        done = subprocess.run(
            [sys.executable, "-m", "tailor_lab", *arguments],
            cwd=project,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert done.stdout.strip(), line


@pytest.mark.parametrize("code", blocks("python"), ids=lambda code: code.splitlines()[0])
def test_the_code_works(project: Path, code: str, monkeypatch) -> None:
    monkeypatch.delenv("TAILOR_LAB_HOME")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_definition_shown_is_part_of_the_shipped_one() -> None:
    import yaml

    shown = yaml.safe_load(blocks("yaml")[0])
    whole = yaml.safe_load((ROOT / "experiments" / "prompts.yaml").read_text(encoding="utf-8"))
    for key, value in shown.items():
        if isinstance(value, list):
            assert all(entry in whole[key] for entry in value)
        else:
            assert whole[key] == value


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert missing == []
