"""No word of a document is lost, whatever it looks like, and nothing makes the reader fall over."""

import re
import tempfile
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tailor_lab.errors import InputError
from tailor_lab.tailoring import Resume, load_job, load_resume
from tailor_lab.tailoring.documents.formats.markdown import to_markdown
from tailor_lab.tailoring.documents.read import clean
from tailor_lab.tailoring.documents.structure.headings import HEADINGS
from tailor_lab.tailoring.documents.structure.tables import COLUMNS
from tailor_lab.tailoring.text.dates import find_dates, find_ranges
from tests.tailoring.pdf_layouts import MIDDLE, RIGHT, columns, tables

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
        *("until 2017", "2015 onwards", "FY19–FY21", "mid-2018", "Winter 2019/20", "'17 – '19"),
        *("(Summer 2018)", "| Q2 2020", "2019 (6 months)", "2017 – 2015", ", 2016"),
    ]
)
HEADING = st.sampled_from(
    [
        *("EXPERIENCE", "## Education", "Skills:", "Projects", "# Awards", "Hobbies"),
        *("LEGAL EXPERIENCE", "## Licences & Certifications", "Training:", "KITCHENS", "SCHOOLING"),
        *(
            "Bar Admissions",
            "OTHER STUFF",
            "WHO I AM",
            "KEY ACHIEVEMENTS",
            "Provider | Course | Year",
        ),
    ]
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


SPANS = st.sampled_from(["Jan 2019 – Present", "2015 - 2017", "03/2018 - 04/2019", "2016 – 2020"])
CELLS = st.lists(WORDS.filter(lambda word: "@" not in word), min_size=1, max_size=4).map(" ".join)


@st.composite
def markdown_tables(draw: st.DrawFn) -> list[str]:
    """A table with the names of its columns, and cells that are short or long."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=4, unique=True))
    long = st.lists(WORDS, min_size=9, max_size=20).map(" ".join)
    rows = draw(
        st.lists(
            st.tuples(*(CELLS | SPANS | long | st.just("") for _ in names)), min_size=1, max_size=4
        )
    )
    table = [f"| {' | '.join(row)} |" for row in ([name.title() for name in names], *rows)]
    return [table[0], f"|{'---|' * len(names)}", *table[1:]]


@st.composite
def employers(draw: st.DrawFn) -> list[str]:
    """An employer with several roles, or with a promotion, in one of the usual layouts."""
    name = draw(st.sampled_from(["Acme Ltd", "Harbour Bank", "St Example Hospital"]))
    made = [draw(st.sampled_from([name, f"### {name}", f"{name}   2010 - Present"]))]
    for _ in range(draw(st.integers(1, 3))):
        role = draw(st.sampled_from(["Engineer", "Senior Nurse", "Store Manager", "Shift Lead"]))
        span = draw(SPANS)
        made += draw(
            st.sampled_from(
                [
                    [f"{role}, {span}"],
                    [f"**{role}** | {span}"],
                    [role, span],
                    [f"#### {role}", span],
                    [f"{role}, promoted to Area Manager (2016), {span}"],
                    [f"{role}, {span}", "Promoted to Head of Things in May 2016"],
                    [f"{role}, {span}; promoted to Team Lead, 2020 - 2022"],
                    [f"- {role} ({span}): {draw(CELLS)}"],
                    [f"1. {name}, {role}, {span}"],
                    [role, f"{span} (10 months)"],
                    ["5 years 2 months", role, f"{span} (part-time)"],
                ]
            )
        )
        made += [f"{draw(MARKS)}{draw(CELLS)}" for _ in range(draw(st.integers(0, 3)))]
        made += draw(st.sampled_from([[], [""]]))
    return ["EXPERIENCE", "", *made, "", "SKILLS", "Python, SQL"]


def words_without_dates(text: str) -> Counter[str]:
    for found in reversed(find_ranges(text)):
        text = f"{text[: found.span[0]]} {text[found.span[1] :]}"
    for _, (low, high) in reversed(find_dates(text)):
        text = f"{text[:low]} {text[high:]}"
    return Counter(re.findall(r"\w+", text))


FORM = {word for name in HEADINGS for word in name.split()}
# Names of columns, and words that dates are written with.
FORM |= {"provider", "course", "year", "until"}
FORM |= {
    "until",
    "company",
    "location",
    "keywords",
    "skills",
    "http",
    "https",
    "in",
    "at",
    "1",
    "a",
}


def values(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for item in data.values() for text in values(item)]
    if isinstance(data, list):
        return [text for item in data for text in values(item)]
    return [str(data)]


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.lists(lines(), min_size=3, max_size=30))
def test_every_word_is_in_the_resume_or_in_a_warning(text: list[str]) -> None:
    keeps_every_word(text)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(st.lists(lines() | odd_lines(), min_size=3, max_size=30))
def test_every_word_of_two_thousand_odd_documents_is_kept(text: list[str]) -> None:
    keeps_every_word(text)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["## Experience", "## Education", "## Skills", "## Awards"]), markdown_tables()
)
def test_every_word_of_a_table_is_kept(heading: str, table: list[str]) -> None:
    names = {word.casefold() for word in re.findall(r"\w+", table[0])}
    keeps_every_word([heading, "", *table], form=names)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(employers())
def test_every_word_of_several_roles_and_promotions_is_kept(text: list[str]) -> None:
    keeps_every_word(text)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    body=employers(),
    side=st.lists(CELLS, min_size=6, max_size=16),
    on_the_left=st.booleans(),
    head=st.sampled_from([(), ("Ada Example", "ada@example.com")]),
)
def test_every_word_of_a_pdf_in_two_columns_is_kept(
    body: list[str], side: list[str], on_the_left: bool, head: tuple[str, ...]
) -> None:
    body = [line.replace("–", "-").replace("•", "-") for line in body]
    side = ["EDUCATION", *side]
    pair = (side, body) if on_the_left else (body, side)
    with tempfile.TemporaryDirectory() as folder:
        at = MIDDLE if on_the_left else RIGHT
        path = columns(Path(folder) / "resume.pdf", *pair, at=at, head=head)
        keeps(load_resume(path), [*body, *side, *head])


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS, SPANS), min_size=1, max_size=5), borders=st.booleans())
def test_every_word_of_the_tables_of_a_pdf_is_kept(
    rows: list[tuple[str, ...]], borders: bool
) -> None:
    rows = [tuple(cell.replace("–", "-") for cell in row) for row in rows]
    sections = {"Experience": [("Role", "Employer", "Dates"), *rows], "Education": rows}
    with tempfile.TemporaryDirectory() as folder:
        path = tables(Path(folder) / "resume.pdf", sections, borders=borders)
        keeps(load_resume(path), [cell for row in rows for cell in row])


def keeps_every_word(text: list[str], form: Collection[str] = ()) -> None:
    document = "Ada Example\nada@example.com | +44 20 7946 0000\n\n" + "\n".join(text)
    keeps(load_resume(document), text, form)


def keeps(resume: Resume, text: list[str], form: Collection[str] = ()) -> None:
    kept = Counter[str]()
    for part in (*values(resume.to_dict()), *resume.warnings):
        kept += words_without_dates(part)
    for line in text:
        # A bullet that was decoded wrongly is a bullet again, not a word.
        for word in words_without_dates(clean(line)):
            known = word in kept or word.casefold() in FORM or word.casefold() in form
            assert known, (word, line)


@pytest.mark.slow
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


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(resumes())
def test_a_resume_written_as_markdown_reads_as_itself(data: dict[str, Any]) -> None:
    assert load_resume(to_markdown(data).decode()).to_dict() == data
