"""The list of document formats is what everything else says and does."""

from pathlib import Path

import pytest

from tailor_lab import InputError
from tailor_lab.tailoring import load_job, load_resume
from tailor_lab.tailoring.documents import formats as registry
from tailor_lab.tailoring.documents.format import Content, Format
from tailor_lab.tailoring.documents.formats import BUILT_IN, endings, format_of
from tailor_lab.tailoring.documents.read import is_path
from tailor_lab.tailoring.documents.write import write_resume
from tests.documents import ROOT

RESUME = {"basics": {"name": "Ada Hale"}, "work": [{"name": "Hale", "position": "Planner"}]}


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch):
    """Offers formats as an installed package would."""

    def offered(*formats: Format) -> None:
        monkeypatch.setattr(registry, "installed", lambda group, kind: formats)
        registry.formats.cache_clear()

    yield offered
    monkeypatch.undo()
    registry.formats.cache_clear()


def test_every_ending_belongs_to_one_format_and_reads_as_a_path() -> None:
    every = [ending for form in BUILT_IN for ending in form.endings]
    assert len(every) == len(set(every))
    assert all(is_path(f"a curriculum vitae{ending}") for ending in endings())


@pytest.mark.parametrize("form", [f for f in BUILT_IN if f.write], ids=lambda f: f.name)
def test_a_format_that_writes_is_read_again_by_its_signature(form: Format, tmp_path: Path) -> None:
    path = write_resume(RESUME, tmp_path / f"r{form.ending.upper()}")
    assert path.read_bytes().startswith(form.signature)
    again = load_resume(path)
    assert (again.name, again.format) == ("Ada Hale", form.name.lower())


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_pages_name_every_format_that_is_read(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert all(f"`{form.ending}`" in text for form in BUILT_IN if form.read)


def test_a_missing_library_says_what_to_install_and_what_works_without(more, tmp_path) -> None:
    def read(content: bytes, name: str) -> Content:
        raise ModuleNotFoundError(name="odfpy")

    more(Format(".odt", "ODT", read=read, extra="my-odt[all]", signature=b"PK"))
    (tmp_path / "cv.odt").write_bytes(b"PK and more")
    with pytest.raises(InputError) as refused:
        load_resume(tmp_path / "cv.odt")
    assert str(refused.value) == (
        'Reading and writing ODT needs more libraries: pip install "my-odt[all]". JSON, Markdown '
        "and text work without."
    )


def test_a_format_may_only_write_and_one_may_take_the_place_of_another(more, tmp_path) -> None:
    more(
        Format(".tex", "LaTeX", write=lambda data: b"\\documentclass{cv}"),
        Format(".txt", "shouted text", read=lambda content, name: Content("We need SQL!")),
    )
    assert write_resume(RESUME, tmp_path / "cv.tex").read_bytes() == b"\\documentclass{cv}"
    with pytest.raises(InputError, match="LaTeX is written and not read; give JSON"):
        load_resume(tmp_path / "cv.tex")
    (tmp_path / "job.txt").write_text("nothing")
    assert load_job(tmp_path / "job.txt").text == "We need SQL!"
    found = format_of(".TXT")
    assert found is not None
    assert found.name == "shouted text"


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    from tailor_lab import Lab

    with Lab(tmp_path / ".lab") as lab:
        with pytest.raises(InputError, match=r"cv\.odt: a résumé is written as \.json"):
            lab.tailor(RESUME, "a job", out=tmp_path / "cv.odt")
        with pytest.raises(InputError, match="there is no folder"):
            lab.tailor(RESUME, "a job", out=tmp_path / "no" / "cv.pdf")
