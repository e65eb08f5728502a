"""Tables as the lines that they stand for: a row is a line, a row of column names is a form.

Of a Markdown table the rule goes, a row of two short cells becomes "name: value", a longer one
"cell | cell"; what a cell tells at length becomes bullets below its row. A row that names the
columns ("Role | Employer | Dates") says of the cells what labels such as "Company:" say, and like
them it is read and not kept.
"""

import re
from collections.abc import Iterator

from tailor_lab.tailoring.text.dates import find_dates

COLUMNS = frozenset(
    {
        *("role", "roles", "position", "positions", "title", "job title", "job", "employer"),
        *("company", "organisation", "organization", "institution", "school", "university"),
        *("college", "degree", "qualification", "course", "field", "subject", "year", "years"),
        *("date", "dates", "period", "from", "to", "start", "end", "start date", "end date"),
        *("duration", "location", "place", "city", "level", "proficiency", "language"),
        *("languages", "fluency", "skill", "skills", "area", "category", "tools", "technologies"),
        *("description", "details", "responsibilities", "duties", "achievements", "project"),
        *("name", "certificate", "certification", "issuer", "issued by", "award", "grade", "gpa"),
        *("result", "results", "provider", "training", "awarding body", "body", "status", "expiry"),
        *("expires", "valid until", "issued", "licence", "license", "number", "hours", "client"),
        *(
            "programme",
            "program",
            "major",
            "classification",
            "honours",
            "honors",
            "notes",
            "tenure",
        ),
        *("designation", "company name", "employer name", "job role", "industry", "when", "where"),
        *("year of passing", "percentage", "marks", "board", "cgpa", "key achievements", "tasks"),
        *("summary", "highlights", "name of employer", "time", "country", "credential", "topic"),
    }
)
_TELLING = frozenset(
    {
        *("description", "details", "responsibilities", "duties", "achievements", "result"),
        *("key achievements", "tasks", "summary", "highlights"),
    }
)
_AWARDED = frozenset({"course", "certificate", "certification", "training", "award", "credential"})
_AWARDERS = frozenset({"provider", "issuer", "issued by", "awarding body", "body", "organisation"})
_FROM = frozenset({"from", "start", "start date"})
_TO = frozenset({"to", "end", "end date"})
_ROW = re.compile(r"^\s*\|(.*\S.*)\|\s*$")
_RULE = re.compile(
    r"^\s*[|+]?\s*:?[-=]{2,}:?\s*(?:[|+]\s*:?[-=]{2,}:?\s*)+[|+]?\s*$|^\s*\|\s*:?-+:?\s*\|\s*$"
)
_CELLS = re.compile(r"(?<!\\)\|")
_GAPS = re.compile(r"\t+|\s{3,}|\s+\|\s+")
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
# A cell with more words tells something and names nothing.
_TELLS = 8


def without_tables(lines: list[str]) -> list[str]:
    """The lines of a text with its tables written out.

    >>> without_tables(["| Role | Employer |", "|---|---|", "| Nurse, 2019 | Acme |"])
    ['Nurse, 2019 | Acme']
    """
    made: list[str] = []
    columns: list[str] = []
    for index, line in enumerate(lines):
        if _RULE.match(line):
            continue
        row = _ROW.match(line)
        cells = _cells(row.group(1)) if row else []
        ruled = any(_RULE.match(following) for following in lines[index + 1 : index + 2])
        if row and names_columns(cells) and (ruled or not columns):
            columns = [cell.casefold() for cell in cells]
        elif row:
            made += _written(cells, columns)
        elif _heads_a_table(line, lines[index + 1 :]):
            columns = [cell.strip("*_: ").casefold() for cell in _split(line)]
        elif len(columns) > 1 and "|" in line and len(cells := _split(line)) == len(columns):
            made += _written(cells, columns)
        else:
            if line.strip():
                columns = []
            made.append(line)
    return made


def _cells(text: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELLS.split(text)]


def _split(line: str) -> list[str]:
    return [cell.strip() for cell in _GAPS.split(line.strip("# *\t"))]


def names_columns(cells: list[str]) -> bool:
    """Whether the cells of a row are names of columns."""
    names = [cell.strip("*_: ").casefold() for cell in cells if cell.strip()]
    return 1 < len(names) == len(set(names)) and all(name in COLUMNS for name in names)


def _heads_a_table(line: str, following: list[str]) -> bool:
    """Whether a line of names in columns stands above a line that has columns, too."""
    cells = _split(line)
    if len(cells) < 2 or not names_columns(cells):
        return False
    under = [text.strip() for text in following if text.strip()][:3]
    return any(len(_GAPS.split(text)) > 1 for text in under)


def _written(cells: list[str], columns: list[str]) -> Iterator[str]:
    """One row: what it names on a line, and what it tells below."""
    named = columns if len(columns) == len(cells) else [""] * len(cells)
    told: list[str] = []
    names: list[str] = []
    for column, cell in _with_span(list(zip(named, cells, strict=True))):
        first, *others = _BREAK.split(cell)
        tells = column in _TELLING or (len(cells) > 2 and len(first.split()) > _TELLS)
        (told if tells else names).append(first)
        told += others
    names = [name for name in _named_first(names, named) if name]
    if len(names) == 2 and _is_name(names[0]) and not any(map(find_dates, names)):
        yield f"{names[0]}: {names[1]}"
    elif names:
        yield " | ".join(names)
    for part in told:
        if part:
            yield f"- {part.lstrip('•·-* ')}"


def _named_first(names: list[str], columns: list[str]) -> list[str]:
    """The cells of a row, what was awarded before who awarded it."""
    what = next((i for i, column in enumerate(columns) if column in _AWARDED), None)
    who = next((i for i, column in enumerate(columns) if column in _AWARDERS), None)
    if what is None or who is None or not who < what < len(names) == len(columns):
        return names
    return [names[what], *names[:what], *names[what + 1 :]]


def _with_span(row: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The row with its cells of "from" and "to" as one span of time."""
    first = next((i for i, (column, cell) in enumerate(row) if column in _FROM and cell), None)
    last = next((i for i, (column, cell) in enumerate(row) if column in _TO and cell), None)
    if first is None or last is None:
        return row
    span = ("period", f"{row[first][1]} – {row[last][1]}")
    return [span if index == first else pair for index, pair in enumerate(row) if index != last]


def _is_name(cell: str) -> bool:
    return len(cell.split()) <= 4 and ":" not in cell
