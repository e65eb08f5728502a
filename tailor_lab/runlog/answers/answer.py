"""What a question's answer has in common: a period, filters, and the SQL that found it.

Values are written into the SQL as literals, so that the SQL that an answer shows is the SQL that
ran, and can be pasted into `tailor-lab log sql`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.markup import Shown
from tailor_lab.runlog.tables import TABLES

if TYPE_CHECKING:
    import polars as pl

SUCCEEDED = "status = 'ok'"
Ask = Callable[[str], "pl.DataFrame"]


class Asked:
    """Asks queries one after the other and keeps their SQL."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._queries: dict[str, str] = {}

    def frame(self, name: str, query: str) -> "pl.DataFrame":
        """The answer to one query, which is known by a name."""
        self._queries[name] = "\n".join(
            line.strip() for line in query.strip().splitlines() if line.strip()
        )
        return self._ask(self._queries[name])

    def row(self, name: str, query: str) -> dict[str, Any]:
        """The answer to a query that has one row."""
        return self.frame(name, query).row(0, named=True)

    @property
    def sql(self) -> str:
        """Every query that was asked, each under its name."""
        return ";\n\n".join(f"-- {name}\n{query}" for name, query in self._queries.items())


class Answer(Shown):
    """A dataclass of numbers and frames that can be had as JSON-like values."""

    sql: str

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-like values."""
        return dict(_plain(vars(self)))


def _plain(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if name != "sql":
            yield name, value.to_dicts() if hasattr(value, "to_dicts") else value


@dataclass(frozen=True)
class Period:
    """From when to when (in UTC, the end excluded), and what else rows must be like."""

    since: Any = None
    until: Any = None
    days: int | None = None
    filters: Mapping[str, Any] | None = None

    def where(self, table: str, *conditions: str) -> str:
        """The `where` clause for a table: its time in the period, and every condition."""
        time = f'"{TABLES[table].time}"'
        found = list(conditions)
        for bound, sign in ((self.since, ">="), (self.until, "<")):
            if bound is not None:
                found.append(f"{time} {sign} {literal(moment(bound))}")
        if self.days is not None:
            found.append(f"{time} >= (now() at time zone 'UTC') - to_days({int(self.days)})")
        for name, value in (self.filters or {}).items():
            found.append(_is(column(table, name), value))
        return f"where {' and '.join(found)}" if found else ""

    def of_runs(self, table: str, *conditions: str) -> str:
        """The `where` clause for a table beside the runs; filters choose among the runs."""
        bare = Period(self.since, self.until, self.days)
        if self.filters:
            runs = Period(filters=self.filters).where("runs")
            conditions = (*conditions, f"run_id in (select run_id from runs {runs})")
        return bare.where(table, *conditions)


def _is(name: str, value: Any) -> str:
    """That a column has a value, or one of a list of values."""
    if not isinstance(value, list | tuple | set | frozenset):
        return f"{name} is null" if value is None else f"{name} = {literal(value)}"
    listed = ", ".join(sorted(literal(each) for each in value if each is not None))
    parts = [f"{name} in ({listed})"] if listed else []
    parts += [f"{name} is null"] if None in value else []
    return f"({' or '.join(parts) or 'false'})"


def moment(value: Any) -> datetime:
    """A bound of a period as a time in UTC. Raises `InputError` for what is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InputError(
                f'"{value}" is no time; write it as 2026-05-31 or 2026-05-31T12:00.'
            ) from None
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    raise InputError(f"{value!r} is no time.")


def column(table: str, name: str) -> str:
    """A column's name, quoted. Raises `InputError` where the table has none of that name."""
    columns = TABLES[table].columns
    if name not in columns:
        raise InputError(
            f'{table.capitalize()} have no column "{name}"; they have {", ".join(columns)}.'
        )
    return f'"{name}"'


def literal(value: Any) -> str:
    """A value as SQL text; quotes inside it stay inside it."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, datetime | date):
        return f"timestamp '{moment(value).isoformat(sep=' ')}'"
    if isinstance(value, int | float):
        return repr(value) if isfinite(value) else f"'{value}'::double"
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"


def number(value: float | None, style: str) -> str:
    """A number in words for people; a dash where there is none."""
    return "–" if value is None else format(value, style)
