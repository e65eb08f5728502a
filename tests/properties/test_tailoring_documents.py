"""No word of a document is lost, whatever it looks like, and nothing makes the reader fall over."""

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab.errors import InputError
from tailor_lab.tailoring import load_job, load_resume
from tailor_lab.tailoring.dates import find_dates, find_ranges
from tailor_lab.tailoring.documents.read import clean
from tailor_lab.tailoring.documents.sections import HEADINGS
from tailor_lab.tailoring.documents.write import to_markdown

WORDS = st.sampled_from(
    """
    Nurse Engineer Acme Leeds patients built Python SQL 12 30% led the of and team C++ sales school
    University BSc Teacher (remote) https://example.com/x ada@example.com Manager Bank, Ltd.
    """.split()  # noqa: SIM905 -- a table of words
)
DATES = st.sampled_from(
    [
        *("Jan 2019 – Present", "2015-17", "03/2018 - 04/2019", "Summer 2018", "2020", "Q2 2020"),
        *("03/19 – 05/21", "since March 2016", "H1 2021 - H2 2022", "2018/19", "May-2014"),
    ]
)
HEADING = st.sampled_from(
    ["EXPERIENCE", "## Education", "Skills:", "Projects", "# Awards", "Hobbies"]
)
MARKS = st.sampled_from(["", "• ", "- ", "* ", "1. ", "### ", "   ", "**"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(HEADING)
    if kind == 1:
        return ""
    text = " ".join(draw(st.lists(WORDS, min_size=1, max_size=14)))
    if kind == 2:
        text = f"{text} {draw(DATES)}"
    if kind == 3:
        text = f"{draw(st.sampled_from(['Company', 'Skills', 'Location', 'Keywords']))}: {text}"
    return draw(MARKS) + text


@st.composite
def odd_lines(draw: st.DrawFn) -> str:
    """Tables, columns pasted side by side, bullets of all kinds, several roles at one employer."""
    cells = [" ".join(draw(st.lists(WORDS, min_size=1, max_size=4))) for _ in range(3)]
    return draw(
        st.sampled_from(
            [
                f"| {' | '.join(cells)} |",
                "|---|---|---|",
                f"{cells[0]}\t{cells[1]}\t{cells[2]}",
                f"{cells[0]}          {cells[1]}",
                f"➢ {cells[0]}; {cells[1]}",
                f"❖{cells[0]}",
                f"(a) {cells[0]}",
                f"{cells[0]} – {draw(DATES)}",
                f"{draw(DATES)}: {cells[1]}, {cells[2]}",
                f"Manager, {draw(DATES)}",
                f"**{cells[0]}** | {cells[1]} | {draw(DATES)}",
                f"{cells[0]}:{cells[1]}",
                f"â\x80¢ {cells[0]} â\x80\x93 {cells[1]}",
                f"--- {cells[2]} ---",
            ]
        )
    )


def words_without_dates(text: str) -> Counter[str]:
    for found in reversed(find_ranges(text)):
        text = f"{text[: found.span[0]]} {text[found.span[1] :]}"
    for _, (low, high) in reversed(find_dates(text)):
        text = f"{text[:low]} {text[high:]}"
    return Counter(re.findall(r"\w+", text))


FORM = {word for name in HEADINGS for word in name.split()}
FORM |= {"company", "location", "keywords", "skills", "http", "https", "in", "at", "1", "a"}


def values(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for item in data.values() for text in values(item)]
    if isinstance(data, list):
        return [text for item in data for text in values(item)]
    return [str(data)]


@settings(max_examples=400, deadline=None)
@given(st.lists(lines(), min_size=3, max_size=30))
def test_every_word_is_in_the_resume_or_in_a_warning(text: list[str]) -> None:
    keeps_every_word(text)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(st.lists(lines() | odd_lines(), min_size=3, max_size=30))
def test_every_word_of_two_thousand_odd_documents_is_kept(text: list[str]) -> None:
    keeps_every_word(text)


def keeps_every_word(text: list[str]) -> None:
    document = "Ada Example\nada@example.com | +44 20 7946 0000\n\n" + "\n".join(text)
    resume = load_resume(document)
    kept = Counter[str]()
    for part in (*values(resume.to_dict()), *resume.warnings):
        kept += words_without_dates(part)
    for line in text:
        # A bullet that was decoded wrongly is a bullet again, not a word.
        for word in words_without_dates(clean(line)):
            assert word in kept or word.casefold() in FORM, (word, line)


@settings(max_examples=1000, deadline=None)
@given(st.text(max_size=600))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    for load in (load_resume, load_job):
        try:
            loaded = load(f"{text}\n")
        except InputError:
            continue
        else:
            assert isinstance(loaded.text, str)
            if hasattr(loaded, "requirements"):
                assert loaded.requirements is not None


TEXT = st.lists(
    st.sampled_from(
        [
            "careful",
            "nurse",
            "built",
            "reports",
            "for",
            "ten",
            "clients",
            "with",
            "Python",
            "and",
            "tact",
        ]
    ),
    min_size=2,
    max_size=9,
).map(" ".join)
MONTH = st.builds(lambda y, m: f"{y}-{m:02d}", st.integers(2000, 2012), st.integers(1, 12))


@st.composite
def resumes(draw: st.DrawFn) -> dict[str, Any]:
    work = [
        {
            "position": draw(st.sampled_from(["Nurse", "Data Engineer", "Store Manager"])),
            "name": draw(st.sampled_from(["Acme Ltd", "Harbour Bank", "St Example"])),
            "startDate": draw(MONTH),
            "endDate": f"{draw(st.integers(2013, 2024))}-01",
            "summary": draw(TEXT).capitalize() + ".",
            "highlights": draw(st.lists(TEXT.map(str.capitalize), min_size=1, max_size=4)),
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    return {
        "basics": {"name": "Ada Example", "email": "ada@example.com", "summary": draw(TEXT)},
        "work": work,
        "skills": [{"name": "Skills", "keywords": ["Python", "SQL"]}],
    }


@settings(max_examples=100, deadline=None)
@given(resumes())
def test_a_resume_written_as_markdown_reads_as_itself(data: dict[str, Any]) -> None:
    assert load_resume(to_markdown(data).decode()).to_dict() == data
