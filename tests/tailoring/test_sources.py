"""Source tracking: each line knows where it comes from, whatever the texts hold."""

import copy
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring import TailoredResume, load_knowledge, tailor
from tailor_lab.tailoring.edits import Edit, apply_edits
from tailor_lab.tailoring.facts import verify
from tailor_lab.tailoring.page import page, write_sources
from tailor_lab.tailoring.resume import Resume
from tailor_lab.tailoring.sources import Sources, TracedLine, trace, visible, word_diff

SOURCE: dict[str, Any] = {
    "basics": {"name": "Ada", "summary": "Likes data."},
    "work": [
        {
            "name": "Acme",
            "highlights": ["Ran k8s for 12 teams", "Organised meetups", "Built ETL in Python"],
        }
    ],
    "skills": [{"name": "Tools", "keywords": ["Java", "Python"]}],
}
LEDGER = [
    {"id": "f1", "path": "/work/0/highlights/0", "text": "Ran k8s for 12 teams"},
    {"id": "f2", "path": "/work/0/highlights/1", "text": "Organised meetups"},
]
HOSTILE = [
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "</td></table><img src=x onerror=alert(1)>",
    "\u202egnp.exe\u202c \u2066abc",
    "\x1b[31mred\x1b[0m \x07",
    "מפתח תוכנה בכיר عربي",
    "a\nb\tc & d &amp; e",
]


def traced(*edits: dict[str, Any], mode: Any = "full", **given: Any) -> Sources:
    edited = apply_edits(SOURCE, [Edit(**edit) for edit in edits], mode=mode)
    return trace(
        Resume(SOURCE),
        edited.data,
        edited.changes,
        knowledge=load_knowledge(),
        ledger=LEDGER,
        requirements=["r1"],
        **given,
    )


def line_at(sources: Sources, path: str) -> TracedLine:
    return next(line for line in sources.lines if line.path == path)


def result_of(source: dict[str, Any], edits: list[Edit]) -> TailoredResume:
    """A real result whose résumé, changes and sources are those of `edits`."""
    from dataclasses import replace

    edited = apply_edits(source, edits, mode="full")
    claims = verify(source, edited.data).claims
    sources = trace(
        Resume(source), edited.data, edited.changes, knowledge=load_knowledge(), claims=claims
    )
    job = {"title": "Engineer", "text": "We need Python."}
    return replace(
        tailor(SOURCE, job), resume=edited.data, diff=edited.changes, claims=claims, sources=sources
    )


def test_a_reworded_line_has_its_origin_its_facts_and_its_words() -> None:
    sources = traced(
        {
            "path": "/work/0/highlights/0",
            "action": "replace",
            "value": "Ran Kubernetes for 12 teams",
            "facts": ["f1"],
            "requirements": ["r1"],
            "reason": "their word",
        }
    )
    line = line_at(sources, "/work/0/highlights/0")
    assert (line.change, line.reason, line.citations) == ("reworded", "their word", ())
    assert [(s.path, s.role) for s in line.sources] == [("/work/0/highlights/0", "origin")]
    start, end = line.sources[0].span
    assert line.sources[0].text[start:end] == "Ran k8s for 12 teams"
    assert [w.text for w in line.words if w.kind == "added"] == ["Kubernetes"]


def test_an_added_keyword_comes_from_the_facts_that_it_cites() -> None:
    add = {"path": "/skills/0/keywords/-", "action": "add", "value": "Kubernetes", "facts": ["f1"]}
    line = line_at(traced(add), "/skills/0/keywords/2")
    assert (line.change, line.citations) == ("added", ())
    assert [(s.fact, s.role) for s in line.sources] == [("f1", "cited")]


def test_moves_and_removals_keep_each_line_with_its_own_source() -> None:
    sources = traced(
        {"path": "/work/0/highlights/2", "action": "move", "to": 0},
        {"path": "/work/0/highlights/1", "action": "remove"},
        {"path": "/work/0/highlights/0", "action": "replace", "value": "Ran Kubernetes"},
    )
    first = line_at(sources, "/work/0/highlights/0")
    assert (first.text, first.change) == ("Built ETL in Python", "moved")
    assert first.sources[0].path == "/work/0/highlights/2"
    second = [line for line in sources.lines if line.path == "/work/0/highlights/1"]
    assert [(line.change, line.sources[0].path) for line in second] == [
        ("reworded", "/work/0/highlights/0"),
        ("removed", "/work/0/highlights/1"),
    ]


@pytest.mark.parametrize(
    ("facts", "problem", "says"),
    [
        (["f99"], "unknown", "cites f99, which does not exist"),
        (["r7"], "unknown", "does not exist"),
        (["f2"], "irrelevant", "cites f2, which says nothing of it"),
        ([], "uncited", "rests on no fact"),
    ],
)
def test_a_citation_that_does_not_exist_or_does_not_support_is_found(facts, problem, says) -> None:
    add = {"path": "/skills/0/keywords/-", "action": "add", "value": "Kafka", "facts": facts}
    found = traced(add).citations
    assert [citation.problem for citation in found] == [problem]
    assert says in str(found[0])


def test_a_line_that_no_change_explains_finds_the_nearest() -> None:
    tailored = copy.deepcopy(SOURCE)
    tailored["work"][0]["highlights"][0] = "Ran k8s for 12 large teams"
    line = line_at(
        trace(Resume(SOURCE), tailored, (), knowledge=load_knowledge()), "/work/0/highlights/0"
    )
    assert (line.change, line.sources[0].role) == ("reworded", "nearest")
    assert line.sources[0].path == "/work/0/highlights/0"


@given(st.text(), st.text())
def test_a_word_diff_holds_both_texts(before: str, after: str) -> None:
    words = list(word_diff(before, after))
    assert "".join(w.text for w in words if w.kind != "added") == before
    assert "".join(w.text for w in words if w.kind != "removed") == after


@pytest.mark.parametrize("mode", ["partial", "full"])
@pytest.mark.parametrize("prompt", ["grounded", "careless"])
def test_every_line_of_a_real_result_is_traced(mode, prompt) -> None:
    resume = shipped("data/resumes/software-senior-backend.json")
    job = shipped("data/jobs/job-software-platform-engineer.json")
    result = tailor(resume, job, mode=mode, prompt=prompt)
    kept = [line for line in result.sources.lines if line.change != "removed"]
    assert [(x.path, x.text) for x in kept] == [x[:2] for x in Resume(result.resume).lines()]
    texts = {line.path: line.text for line in Resume(json.loads(resume.read_text())).lines()}
    for line in kept:
        assert all(texts[source.path] == source.text for source in line.sources)
        assert line.sources or line.change == "added"
    problems = {citation.problem for citation in result.sources.citations}
    assert problems == (set() if prompt == "grounded" else {"uncited"})
    flagged = sum(len(line.claims) for line in result.sources.lines)
    assert flagged == result.unsupported_claims


PLACES = [line.path for line in Resume(SOURCE).lines()]
edits = st.builds(
    Edit,
    path=st.sampled_from([*PLACES, "/skills/0/keywords/-"]),
    action=st.sampled_from(["replace", "add", "remove", "move"]),
    value=st.sampled_from(["Java", "Ran k8s for 12 teams", "Something else", "Python and ETL"]),
    to=st.integers(0, 3),
    facts=st.lists(st.sampled_from(["f1", "f2", "f9"]), max_size=2),
)


@settings(max_examples=200)
@given(st.lists(edits, max_size=8))
def test_whatever_is_edited_every_source_line_is_an_origin_or_removed(proposed: list[Edit]) -> None:
    edited = apply_edits(SOURCE, proposed, mode="full")
    sources = trace(
        Resume(SOURCE), edited.data, edited.changes, knowledge=load_knowledge(), ledger=LEDGER
    )
    kept = [line for line in sources.lines if line.change != "removed"]
    assert [(x.path, x.text) for x in kept] == [x[:2] for x in Resume(edited.data).lines()]
    origins = [s.path for x in sources.lines for s in x.sources if s.role != "cited"]
    assert sorted(origins) == sorted(PLACES)
    for line in kept:
        assert (line.change == "added") == all(s.role == "cited" for s in line.sources)
        assert not line.words or line.text == "".join(
            word.text for word in line.words if word.kind != "removed"
        )


class Page(HTMLParser):
    """What a browser would make of a page: its tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_text_in_notebook_and_terminal(text: str) -> None:
    source = copy.deepcopy(SOURCE)
    source["work"][0]["highlights"][1] = f"Organised {text} meetups"
    value = f"Led {text} and 40% more"
    edit = Edit(path="/work/0/highlights/1", action="replace", value=value, reason=text)
    result = result_of(source, [edit])
    shown = Page(page(result))
    harmless = {
        *("div", "style", "p", "strong", "table", "caption", "thead", "tr", "th", "tbody", "td"),
        *("ins", "del", "mark", "code", "br", "details", "summary", "ul", "li", "bdi", "u"),
    }
    assert set(shown.tags) <= harmless
    assert shown.attributes <= {"class", "dir", "title", "scope"}
    for out in (page(result), str(result), result.with_sources()):
        assert visible(out.replace("\n", "")) == out.replace("\n", "")
        assert "\u202e" not in out
        assert "\x1b" not in out


def test_the_page_marks_what_is_not_supported_and_tells_the_source_on_hover() -> None:
    edit = Edit(path="/work/0/highlights/1", action="replace", value="Organised 40 meetups")
    text = page(result_of(SOURCE, [edit]))
    assert '<mark title="Not supported: number' in text
    assert 'title="from /work/0/highlights/1: Organised meetups"' in text
    assert "<details><summary>1 source line</summary>" in text
    assert "color:inherit" in text
    assert 'dir="auto"' in text


def test_sources_are_written_beside_the_resume_and_not_into_it(tmp_path: Path) -> None:
    result = result_of(SOURCE, [])
    written = json.loads(write_sources(result, tmp_path / "cv.sources.json").read_text())
    assert {line["path"] for line in written["lines"]} >= {"/work/0/highlights/0"}
    html = write_sources(result, tmp_path / "cv.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    with pytest.raises(InputError, match=r"as \.json or \.html"):
        write_sources(result, tmp_path / "cv.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cv.html", "cv.sources.json"]
