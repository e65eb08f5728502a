"""The README's commands and code, run word for word in a copy of the project."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, blocks, commands, copy_project

README = ROOT / "README.md"
WITH_A_KEY = ("export OPENAI_BASE_URL", "TAILOR_LAB_MODEL=")
"""Lines that need a model of the reader's own."""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_commands_work_in_the_order_of_the_readme(project: Path, monkeypatch) -> None:
    monkeypatch.delenv("TAILOR_LAB_HOME")
    found = [line for line in commands(README) if not line.startswith(WITH_A_KEY)]
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [block.text for block in blocks(README, "python")],
    ids=lambda code: code.splitlines()[0],
)
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

    shown = yaml.safe_load(blocks(README, "yaml")[0].text)
    whole = yaml.safe_load((ROOT / "experiments" / "prompts.yaml").read_text(encoding="utf-8"))
    for key, value in shown.items():
        if isinstance(value, list):
            assert all(entry in whole[key] for entry in value)
        else:
            assert whole[key] == value


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert targets
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert missing == []
