"""Layouts of real résumés: several roles at one employer, tables, columns, bullets of all kinds."""

from pathlib import Path
from typing import Any

import docx
import pytest

from tailor_lab.tailoring import load_resume
from tests.tailoring.pdf_layouts import MIDDLE, RIGHT, columns, tables

HEAD = "Ada Example\nada@example.com\n\n"
TAIL = "\n\nSKILLS\nPython, SQL\n"


def work(text: str) -> list[dict[str, Any]]:
    resume = load_resume(f"{HEAD}EXPERIENCE\n\n{text}{TAIL}")
    assert resume.warnings == ()
    return resume.data["work"]


def roles(text: str) -> list[tuple[str | None, ...]]:
    keys = ("position", "name", "startDate", "endDate")
    return [tuple(entry.get(key) for key in keys) for entry in work(text)]


TWO_ROLES = [
    ("Senior Engineer", "Acme Ltd", "2020-01", None),
    ("Engineer", "Acme Ltd", "2017-03", "2019-12"),
    ("Developer", "Beta Corp", "2015-01", "2017-02"),
]


LAYOUTS = {
    "lines": """
Acme Ltd
Senior Engineer
Jan 2020 - Present
• Built the API
Engineer
Mar 2017 - Dec 2019
• Wrote tests

Beta Corp
Developer, Jan 2015 - Feb 2017
• Mended
""",
    "overall dates": """
Acme Ltd   Mar 2017 - Present
  Senior Engineer   Jan 2020 - Present
  • Built the API
  Engineer   Mar 2017 - Dec 2019
  • Wrote tests

Beta Corp
Developer, Jan 2015 - Feb 2017
• Mended
""",
    "bold roles": """
### Acme Ltd
**Senior Engineer** | Jan 2020 – Present
- Built the API

**Engineer** | Mar 2017 – Dec 2019
- Wrote tests

### Beta Corp
**Developer** | Jan 2015 – Feb 2017
- Mended
""",
    "headings": """
### Acme Ltd (Mar 2017 – Present)
#### Senior Engineer, Jan 2020 – Present
- Built the API

#### Engineer, Mar 2017 – Dec 2019
- Wrote tests

### Beta Corp
#### Developer, Jan 2015 – Feb 2017
- Mended
""",
    "headings apart": """
### Acme Ltd

#### Senior Engineer
Jan 2020 – Present
- Built the API

#### Engineer
Mar 2017 – Dec 2019
- Wrote tests

### Beta Corp

#### Developer
Jan 2015 – Feb 2017
- Mended
""",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_an_employer_told_once_belongs_to_all_roles_below_it(text: str) -> None:
    assert roles(text) == TWO_ROLES
    assert [entry["highlights"] for entry in work(text)] == [
        ["Built the API"],
        ["Wrote tests"],
        ["Mended"],
    ]


def test_a_role_gets_no_employer_that_the_document_does_not_give_it() -> None:
    text = "Senior Nurse, Acme Clinic, Jan 2020 - Present\n• Led\n\nNurse, 2015 - 2017\n• Cared"
    assert [entry.get("name") for entry in work(text)] == ["Acme Clinic", None]


def test_an_employers_own_dates_stay_where_they_say_more_than_its_roles() -> None:
    text = "Acme Ltd   2010 - Present\nSenior Engineer   2020 - Present\n• Built the API"
    assert roles(text) == [
        (None, "Acme Ltd", "2010", None),
        ("Senior Engineer", "Acme Ltd", "2020", None),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Acme Ltd\nEngineer, promoted to Senior Engineer (2020), Jan 2017 - Present\n• Built",
            [
                ("Senior Engineer", "Acme Ltd", "2020", None),
                ("Engineer", "Acme Ltd", "2017-01", "2020"),
            ],
        ),
        (
            "Acme Ltd — Cashier, 2010 - 2012; promoted to Shift Lead, 2012 - 2014\n• Ran the till",
            [
                ("Shift Lead", "Acme Ltd", "2012", "2014"),
                ("Cashier", "Acme Ltd", "2010", "2012"),
            ],
        ),
        (
            "Acme Ltd\nEngineer, Jan 2017 - Dec 2019\nPromoted to Lead Engineer, May 2018\n• Built",
            [
                ("Lead Engineer", "Acme Ltd", "2018-05", "2019-12"),
                ("Engineer", "Acme Ltd", "2017-01", "2018-05"),
            ],
        ),
        # Without a date, or with one outside the entry's own, it is told and not computed.
        (
            "Acme Ltd\nEngineer, promoted to Senior Engineer, Jan 2017 - Dec 2019\n• Built",
            [("Engineer", "Acme Ltd", "2017-01", "2019-12")],
        ),
        (
            "Acme Ltd\nEngineer, Jan 2017 - Dec 2019\nPromoted to Senior Engineer, 2021\n• Built",
            [("Engineer", "Acme Ltd", "2017-01", "2019-12")],
        ),
    ],
)
def test_a_promotion_is_two_roles_where_its_date_is_told(
    text: str, expected: list[tuple[str | None, ...]]
) -> None:
    assert roles(text) == expected
    assert "romoted to " in work(text)[0]["summary"]


def test_tables_of_markdown_are_read_by_row() -> None:
    resume = load_resume(
        "# Ada Example\nada@example.com\n\n## Experience\n\n"
        "| Role | Company | From | To | Achievements |\n|:---|---|---|---|---|\n"
        "| Senior Engineer | Acme Ltd | Jan 2020 | Present | Built the API<br>Led four people |\n"
        "| Engineer | Beta Corp | 2017 | 2019 | |\n\n"
        "## Skills\n\n| Area | Skills |\n|---|---|\n| Languages | Python, SQL |\n\n"
        "## Education\n\n| Degree | School | Year |\n|---|---|---|\n"
        "| BSc Physics | University of York | 2014 |\n\n"
        "## Languages\n\n| Language | Level |\n|---|---|\n| French | B2 |\n"
    )
    assert resume.warnings == ()
    first, second = resume.data["work"]
    assert (first["position"], first["name"], first["startDate"]) == (
        "Senior Engineer",
        "Acme Ltd",
        "2020-01",
    )
    assert "endDate" not in first
    assert first["highlights"] == ["Built the API", "Led four people"]
    assert (second["name"], second["startDate"], second["endDate"]) == ("Beta Corp", "2017", "2019")
    assert resume.data["skills"] == [{"name": "Languages", "keywords": ["Python", "SQL"]}]
    assert resume.data["education"] == [
        {
            "institution": "University of York",
            "studyType": "BSc",
            "area": "Physics",
            "endDate": "2014",
        }
    ]
    assert resume.data["languages"] == [{"language": "French", "fluency": "B2"}]


BULLETS = "• · ▪ ◦ ‣ ● ○ ■ □ ➢ ➤ ✓ ✔ » ❖ ➔ → ✦ ♦ ◆ ▶ ► ▸ ★ ☆ ☑ ✅ ⇒ ➜ ⬥ 🔹 👉 ∙ ⁃ ・"
BULLETS += " * – + - 1. 2) (3) b) (c) iv. -·[x]"


def test_bullets_of_all_kinds_are_bullets() -> None:
    marks = [mark.replace("-·", "- ") for mark in BULLETS.split()]
    lines = [f"{mark} Built thing {i}" for i, mark in enumerate(marks)]
    (entry,) = work("Acme Ltd\nEngineer, 2017 - 2019\n" + "\n".join(lines))
    assert entry["highlights"] == [f"Built thing {i}" for i in range(len(marks))]


def test_a_bullet_on_a_line_of_its_own_belongs_to_the_line_below() -> None:
    (entry,) = work("Acme Ltd\nEngineer, 2017 - 2019\n•\nBuilt it\n\n•\nMended it")
    assert entry["highlights"] == ["Built it", "Mended it"]


def test_bullets_that_are_roles_with_dates_are_roles() -> None:
    text = (
        "Acme Ltd, Leeds (2015 - Present)\n- Senior Nurse (2019 - Present): led the ward\n"
        "- Nurse (2015 - 2019): cared\n- Acted as ward manager, 2018 - 2019"
    )
    assert [role[0] for role in roles(text)] == ["Senior Nurse", "Nurse"]
    assert work(text)[1]["highlights"] == ["cared", "Acted as ward manager, 2018 - 2019"]


def test_numbered_entries_are_entries() -> None:
    text = "1. Acme Ltd, Engineer, 2019 - 2021\n  a) Built\n2. Beta Ltd, Developer, 2017 - 2019"
    assert [role[:2] for role in roles(text)] == [
        ("Engineer", "Acme Ltd"),
        ("Developer", "Beta Ltd"),
    ]


def test_the_lengths_of_time_of_an_export_are_no_names() -> None:
    text = (
        "Acme Ltd\n5 years 2 months\nSenior Engineer\nJanuary 2020 - Present (4 years 2 months)\n"
        "Built the API and led four people.\nEngineer\nMarch 2019 - December 2019 (10 months)\n"
        "Wrote the tests."
    )
    assert roles(text) == [
        ("Senior Engineer", "Acme Ltd", "2020-01", None),
        ("Engineer", "Acme Ltd", "2019-03", "2019-12"),
    ]


def test_a_date_may_lead_like_a_label() -> None:
    text = (
        "03/2019 – present: Senior Nurse, St Example Hospital\n- Ran the ward\n"
        "Q2 2016 – Q1 2019: Nurse, St Example Hospital\n- Cared\n"
        "Summer 2015: Care assistant, Home Ltd"
    )
    assert roles(text) == [
        ("Senior Nurse", "St Example Hospital", "2019-03", None),
        ("Nurse", "St Example Hospital", "2016-04", "2019-03"),
        ("Care assistant", "Home Ltd", "2015-06", "2015-08"),
    ]


SIDE = ["CONTACT", "grace@example.com", "+44 20 7946 0000", "SKILLS", "Python", "SQL", "Tableau"]
SIDE += ["EDUCATION", "BSc Physics, University of York, 2012 - 2015", "LANGUAGES", "English"]
MAIN = ["EXPERIENCE", "Data Analyst, Harbour Bank", "Jan 2018 - Mar 2021"]
MAIN += [f"- Wrote report number {index} about the money" for index in range(9)]
MAIN += ["Junior Analyst, Acme Ltd", "Feb 2016 - Dec 2017", "- Counted beans for the board"]
NAME = ("Grace Example", "Data Analyst who likes long tables and short answers, and says so often")


@pytest.mark.parametrize("head", [(), NAME])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_sidebar_is_read_apart_on_either_side(
    tmp_path: Path, side: str, head: tuple[str, ...]
) -> None:
    if side == "left":
        path = columns(tmp_path / "r.pdf", [line[:34] for line in SIDE], MAIN, at=MIDDLE, head=head)
    else:
        path = columns(tmp_path / "r.pdf", MAIN, [line[:34] for line in SIDE], at=RIGHT, head=head)
    resume = load_resume(path)
    assert resume.warnings == ()
    first, second = resume.data["work"]
    assert (first["position"], first["name"]) == ("Data Analyst", "Harbour Bank")
    assert len(first["highlights"]) == 9
    assert (second["startDate"], second["endDate"]) == ("2016-02", "2017-12")
    assert second["highlights"] == ["Counted beans for the board"]
    assert resume.data["skills"][0]["keywords"] == ["Python", "SQL", "Tableau"]
    assert resume.data["basics"]["email"] == "grace@example.com"
    assert resume.data["languages"] == [{"language": "English"}]


@pytest.mark.parametrize("borders", [True, False])
def test_the_tables_of_a_pdf_are_read_by_row(tmp_path: Path, borders: bool) -> None:
    sections = {
        "Experience": [
            ("Dates", "Role", "Employer"),
            ("Jan 2018 - Mar 2021", "Data Analyst", "Harbour Bank"),
            ("Feb 2016 - Dec 2017", "Junior Analyst", "Acme Ltd"),
        ],
        "Skills": [("Languages", "Python, SQL, R"), ("Cloud", "AWS, Docker, Kubernetes")],
        "Education": [
            ("Degree", "School", "Year"),
            ("BSc Physics", "University of York", "2012 - 2015"),
        ],
    }
    resume = load_resume(tables(tmp_path / "r.pdf", sections, borders=borders))
    assert resume.warnings == ()
    assert [(e["position"], e["name"], e["startDate"]) for e in resume.data["work"]] == [
        ("Data Analyst", "Harbour Bank", "2018-01"),
        ("Junior Analyst", "Acme Ltd", "2016-02"),
    ]
    assert resume.data["skills"] == [
        {"name": "Languages", "keywords": ["Python", "SQL", "R"]},
        {"name": "Cloud", "keywords": ["AWS", "Docker", "Kubernetes"]},
    ]
    assert resume.data["education"] == [
        {
            "studyType": "BSc",
            "area": "Physics",
            "institution": "University of York",
            "startDate": "2012",
            "endDate": "2015",
        }
    ]


def word(path: Path, tables: dict[str, list[tuple[str, ...]]]) -> Path:
    """A DOCX with a table a section, the paragraphs of a cell parted by line ends."""
    document = docx.Document()
    document.add_heading("Grace Example", 0)
    document.add_paragraph("grace@example.com")
    for heading, rows in tables.items():
        document.add_heading(heading, 1)
        table = document.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                first, *others = text.split("\n")
                cell.text = first
                for other in others:
                    cell.add_paragraph(other)
    document.save(str(path))
    return path


def test_the_tables_of_a_docx_are_read_by_row(tmp_path: Path) -> None:
    sections = {
        "Experience": [
            ("Dates", "Role", "Employer", "Achievements"),
            ("Jan 2020 – Present", "Engineer", "Acme Ltd", "Built the API\nLed four people"),
            ("2017 – 2019", "Junior Engineer", "Beta | Sons", ""),
        ],
        "Skills": [("Languages", "Python, SQL"), ("Cloud", "AWS, Docker")],
        "Education": [("Degree", "School", "Year"), ("BSc Physics", "University of York", "2014")],
    }
    resume = load_resume(word(tmp_path / "r.docx", sections))
    assert resume.warnings == ()
    first, second = resume.data["work"]
    assert (first["position"], first["name"], first["startDate"]) == (
        "Engineer",
        "Acme Ltd",
        "2020-01",
    )
    assert first["highlights"] == ["Built the API", "Led four people"]
    assert (second["position"], second["endDate"]) == ("Junior Engineer", "2019")
    assert resume.data["skills"][0] == {"name": "Languages", "keywords": ["Python", "SQL"]}
    assert resume.data["education"][0]["institution"] == "University of York"


def test_a_docx_with_dates_beside_the_entries_is_read_by_row(tmp_path: Path) -> None:
    rows = [
        ("2017 – 2019", "Engineer, Acme Ltd\n• Built it\n• Mended it"),
        ("2015 – 2016", "Intern, Beta Corp\n• Watched"),
    ]
    resume = load_resume(word(tmp_path / "r.docx", {"Experience": rows}))
    first, second = resume.data["work"]
    assert (first["position"], first["name"], first["startDate"]) == (
        "Engineer",
        "Acme Ltd",
        "2017",
    )
    assert first["highlights"] == ["Built it", "Mended it"]
    assert second["highlights"] == ["Watched"]


def test_the_cells_of_a_docx_may_be_columns_of_the_page(tmp_path: Path) -> None:
    side = "SKILLS\nPython\nSQL\nLANGUAGES\nFrench"
    body = "EXPERIENCE\nAcme Ltd\nSenior Engineer\nJan 2020 - Present\n• Built it"
    resume = load_resume(word(tmp_path / "r.docx", {"Profile": [(side, body)]}))
    assert resume.data["skills"] == [{"name": "Skills", "keywords": ["Python", "SQL"]}]
    assert resume.data["work"][0]["name"] == "Acme Ltd"
    assert resume.data["work"][0]["highlights"] == ["Built it"]
