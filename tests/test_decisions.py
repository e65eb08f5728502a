"""The decision pages: numbered without gaps, dated, and listed on one page."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.documents import ROOT
from tools import decisions as tool
from tools.decisions import MIND, STATUS, DecisionError, decisions, index

FOLDER = ROOT / "docs" / "decisions"
PAGE = f"# One\n\nStatus: accepted · Date: 2026-01-02\n\n**{MIND}.** A fact.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001-one.md").write_text(PAGE)
    return tmp_path


def test_every_page_is_numbered_dated_and_says_what_would_change_our_mind() -> None:
    assert len(decisions()) >= 25


def test_the_index_lists_every_decision() -> None:
    assert (FOLDER / "index.md").read_text(encoding="utf-8") == index(), (
        "run python -m tools.decisions"
    )


def test_a_decision_is_superseded_by_a_page_that_exists() -> None:
    for decision in decisions():
        for name in re.findall(r"\(([^)]+)\)", decision.status):
            assert (FOLDER / name).is_file(), decision.path.name


def test_the_template_becomes_a_valid_page_with_a_number_and_a_date(folder: Path) -> None:
    text = (FOLDER / "template.md").read_text(encoding="utf-8")
    assert not STATUS.search(text), "the date of the template is a placeholder"
    (folder / "0002-two.md").write_text(text.replace("YYYY-MM-DD", "2026-02-03"))
    assert [d.title for d in decisions(folder)] == ["One", "The decision as one sentence"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("files.md", PAGE, "has no number: run python -m tools.decisions"),
        ("0003-three.md", PAGE, "not 1 to 2"),
        ("0001-again.md", PAGE, "not 1 to 2"),
        ("0002-two.md", PAGE.replace("Status", "State"), "needs a title and below it a line"),
        ("0002-two.md", PAGE.replace("2026-01-02", "today"), "needs a title and below it a line"),
        ("0002-two.md", PAGE.replace(MIND, "Mind"), f'does not state "{MIND}"'),
    ],
)
def test_a_page_that_breaks_the_order_is_refused_by_name(folder, name, text, why) -> None:
    (folder / name).write_text(text)
    with pytest.raises(DecisionError, match=re.escape(why)):
        decisions(folder)


@pytest.mark.slow
def test_a_page_that_gets_its_number_takes_its_links_along(folder, monkeypatch) -> None:
    pages = folder / "docs" / "decisions"
    pages.mkdir(parents=True)
    (folder / "0001-one.md").rename(pages / "0001-one.md")
    (pages / "two.md").write_text(f"# Two\n\n**{MIND}.** A fact.\n")
    (pages / "0001-one.md").write_text(PAGE + "See [two](two.md).\n")
    (folder / "code.py").write_text("# docs/decisions/two.md; not two.md of elsewhere\n")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    monkeypatch.setattr(tool, "ROOT", folder)
    monkeypatch.setattr(tool, "FOLDER", pages)
    assert tool.give_number(pages / "two.md") == pages / "0002-two.md"
    assert [d.title for d in decisions(pages)] == ["One", "Two"]
    assert "[two](0002-two.md)" in (pages / "0001-one.md").read_text()
    code = (folder / "code.py").read_text()
    assert code == "# docs/decisions/0002-two.md; not two.md of elsewhere\n"


def test_no_file_names_a_decision_page_that_does_not_exist() -> None:
    named = re.compile(r"decisions/([a-z0-9-]+\.md)")
    folders = ("tailor_lab", "docs", "benchmarks", "experiments", "notebooks", "tools")
    files = [ROOT / "mkdocs.yml", *ROOT.glob("*.md")]
    for name in folders:
        files += [p for p in (ROOT / name).rglob("*") if p.suffix in {".py", ".md", ".ipynb"}]
    missing = {
        f"{file.relative_to(ROOT)}: {page}"
        for file in files
        for page in named.findall(file.read_text(encoding="utf-8"))
        if not (FOLDER / page).is_file()
    }
    # The tool that numbers pages has an example of a name without a number.
    assert missing - {"tools/decisions.py: files.md"} == set()
