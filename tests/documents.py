"""The code and commands of a page, run as a reader would run them, in a copy of the project.

In a page, ```` ```sh ```` is typed into a shell, ```` ```python ```` into one Python session, and a
block with a title, such as ```` ```yaml title="mine.yaml" ````, is a file to write. A shell block
that opens with `# in another terminal` runs until the end of the page.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tailor_lab import Cache, Lab, RunLog
from tests.servers import free_port

ROOT = Path(__file__).parents[1]
FENCE = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```', re.M | re.S
)
ELSEWHERE = ("git clone", "cd ", "make ", ". .venv", "pip install", "export OPENAI_API_KEY")
"""Lines that set up what the tests already have, or that other tests run."""
ASIDE = "# in another terminal"
PORT = "18765"
"""The port that pages name; while they are tested it is one that is free."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    title: str | None
    text: str

    @property
    def script(self) -> str:
        """A shell block without the lines that are run elsewhere."""
        lines = self.text.splitlines()
        return "\n".join(line for line in lines if not line.startswith(ELSEWHERE))


def blocks(page: Path, language: str | None = None) -> list[Block]:
    """The fenced blocks of a page in their order."""
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    every = [Block(m["language"], m["title"], m["text"]) for m in found]
    return [block for block in every if language in (None, block.language)]


def commands(page: Path) -> list[str]:
    """The shell lines of a page, without their comments."""
    scripts = [block.script for block in blocks(page, "sh")]
    lines = [line.split("  #")[0].strip() for text in scripts for line in text.splitlines()]
    return [line for line in lines if line]


def reference_names() -> list[str]:
    """Every class, function and value that the pages of the reference show, by its full name."""
    pages = sorted((ROOT / "docs" / "reference").glob("*.md"))
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    return re.findall(r"^::: (\S+)$", text, re.MULTILINE)


def copy_project(folder: Path, *, items: int | None = None) -> Path:
    """What a reader's folder holds that commands and code of a page rely on.

    With `items` the shipped pairs and sessions are so many at most, spread over all of them.
    """
    for name in ("data", "experiments"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("pairs", "sessions") if items else ():
        file = folder / "data" / f"{name}.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[:: -(-len(lines) // items)]), encoding="utf-8")
    return folder


def run_page(page: Path, project: Path) -> None:
    """Runs every block of a page in order."""
    session: dict[str, object] = {"__name__": "__main__"}
    port = str(free_port())
    with _servers() as started, _closing(session), chdir(project):
        for shown in blocks(page):
            block = replace(shown, text=shown.text.replace(PORT, port))
            if block.title:
                target = project / block.title
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
            elif block.language == "sh" and block.text.startswith(ASIDE):
                started.append(_start(block.script, project))
            elif block.language == "sh" and block.script.strip():
                done = shell(block.script, project)
                assert done.returncode == 0, f"{block.text}\n{done.stdout}{done.stderr}"
            elif block.language == "python":
                exec(compile(block.text, page.name, "exec"), session)


def shell(script: str, project: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A script as bash runs it, with `tailor-lab` on the path and the project as its folder."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=project,
        env=_environment(project) | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(project: Path) -> dict[str, str]:
    """That of this process, with commands on the path that start this very code."""
    tools = project / ".tools"
    if not tools.exists():
        tools.mkdir()
        for name, module in (("tailor-lab", "tailor_lab"), ("pytest", "pytest")):
            tool = tools / name
            tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n')
            tool.chmod(0o755)
    own = {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return {k: v for k, v in os.environ.items() if k != "TAILOR_LAB_HOME"} | own


def _start(script: str, project: Path) -> "subprocess.Popen[str]":
    """Starts a server and returns when it says that it is there."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {script.removeprefix(ASIDE).strip()}"],
        cwd=project,
        env=_environment(project),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline(), "the server ended before it began"
    return process


@contextmanager
def _closing(session: dict[str, object]) -> Iterator[None]:
    """Closes the labs, logs and caches that a session has left open."""
    try:
        yield
    finally:
        for thing in session.values():
            if isinstance(thing, Lab | RunLog | Cache):
                thing.close()


@contextmanager
def _servers() -> Iterator["list[subprocess.Popen[str]]"]:
    started: list[subprocess.Popen[str]] = []
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
            process.communicate(timeout=10)
