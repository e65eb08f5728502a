"""The documentation: it builds without a warning, its links lead somewhere, its examples run."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from tests.documents import ROOT, copy_project, reference_names, run_page

DOCS = ROOT / "docs"
GENERATED = Path("reference/command_line.md")


def pages_in_the_navigation() -> list[Path]:
    def listed(entry: object) -> list[Path]:
        if isinstance(entry, str):
            return [Path(entry)]
        parts = entry if isinstance(entry, list) else list(entry.values())
        return [page for part in parts for page in listed(part)]

    return listed(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])


def test_every_page_is_in_the_navigation_once() -> None:
    listed = pages_in_the_navigation()
    there = {path.relative_to(DOCS) for path in DOCS.rglob("*.md")} | {GENERATED}
    assert sorted(listed) == sorted(there), "add the page to nav in mkdocs.yml"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site as `make docs` builds it, of a copy so that nothing is written into the project."""
    pytest.importorskip("zensical", reason="the group docs is not installed")
    project = tmp_path_factory.mktemp("docs")
    for name in ("docs", "tools", "tailor_lab"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", project)
    recipe = re.search(r"^docs:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe, "make docs is there"
    done = subprocess.run(
        ["sh", "-ec", recipe[1].replace("$(BIN)", str(Path(sys.executable).parent))],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "site"


class Page(HTMLParser):
    """What a built page can be linked to by, and what it links to or loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.anchors |= {values[key] for key in ("id", "name") if key in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if "src" in values or (tag == "link" and values.get("rel") == "stylesheet"):
            self.loads.append(values.get("src") or values["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


@pytest.mark.slow
def test_every_page_of_the_navigation_is_built(site: Path) -> None:
    for page in pages_in_the_navigation():
        assert (site / page.with_suffix(".html")).is_file(), page


@pytest.mark.slow
def test_every_link_of_the_site_leads_to_a_place_that_exists(site, pages) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or not link:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            known = pages.get(target)
            if not target.is_file() or (anchor and known and anchor not in known.anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


@pytest.mark.slow
def test_a_page_loads_nothing_from_elsewhere(site, pages) -> None:
    foreign = {load for page in pages.values() for load in page.loads if urlsplit(load).netloc}
    assert foreign == set()


@pytest.mark.slow
def test_every_name_of_the_reference_can_be_linked_to(site, pages) -> None:
    anchors = {anchor for page in pages.values() for anchor in page.anchors}
    assert set(reference_names()) - anchors == set()


@pytest.mark.slow
def test_doctests_are_shown_as_code(site: Path) -> None:
    page = (site / "reference" / "stats.html").read_text(encoding="utf-8")
    assert '<span class="gp">&gt;&gt;&gt; </span>' in page
    assert "<blockquote>" not in page


@pytest.mark.slow
def test_every_command_stands_in_the_reference(site: Path) -> None:
    html = (site / "reference" / "command_line.html").read_text(encoding="utf-8")
    page = re.sub("<[^>]*>", "", html)
    for command in ("run", "log-forget", "summary"):
        assert f'id="tailor-lab-{command}"' in html
    assert "tailor-lab run experiments/prompts.yaml --budget 5" in page


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "page", [DOCS / "tutorial.md", *sorted((DOCS / "howto").glob("*.md"))], ids=lambda p: p.stem
)
def test_what_a_page_tells_a_reader_to_do_works(page: Path, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("TAILOR_LAB_HOME")
    # Fewer items than are shipped: what is said must work, not decide.
    run_page(page, copy_project(tmp_path, items=12))
