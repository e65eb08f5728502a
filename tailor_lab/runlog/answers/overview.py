"""What a log holds: rows by table, and the experiments that were run, the latest first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tailor_lab.markup import heading, table
from tailor_lab.runlog.answers.answer import Answer, Ask, Asked
from tailor_lab.runlog.tables import TABLES

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)
class Overview(Answer):
    """Rows by table; `experiments` has a row per experiment with the times of its runs in UTC."""

    rows: dict[str, int]
    experiments: "pl.DataFrame" = field(repr=False)
    """`experiment` (null for live operations), `runs`, `failed`, `variants`, `last`."""
    sql: str = field(repr=False)

    def __str__(self) -> str:
        if not any(self.rows.values()):
            return "Nothing is recorded yet. Run something: tailor-lab demo."
        # A row of experiments is a start of one; how many there are, the list below says.
        counts = {**self.rows, "experiments": self.experiments["experiment"].drop_nulls().len()}
        lines = [", ".join(f"{count:,} {name}" for name, count in counts.items() if count)]
        for name, runs, failed, variants, last in self.experiments.iter_rows():
            wrong = f", {failed:,} failed" if failed else ""
            lines.append(
                f"{name or 'live operations'}: {runs:,} runs{wrong} of {variants} variants, "
                f"last {last:%Y-%m-%d %H:%M}"
            )
        return "\n".join(lines)

    def _page(self) -> Iterator[str]:
        first = str(self).partition("\n")[0]
        yield heading(first)
        if self.experiments.height:
            rows = [
                (name or "live operations", runs, failed, variants, f"{last:%Y-%m-%d %H:%M}")
                for name, runs, failed, variants, last in self.experiments.iter_rows()
            ]
            columns = ("experiment", "runs", "failed", "variants", "last run (UTC)")
            yield table(columns, rows, numbers=(1, 2, 3))


def overview(ask: Ask) -> Overview:
    """Counts every table, and the runs of each experiment."""
    asked = Asked(ask)
    counts = " union all ".join(
        f"select '{name}' as name, count(*) as n from {name}" for name in TABLES
    )
    rows = dict(asked.frame("rows by table", counts).iter_rows())
    experiments = asked.frame(
        "experiments",
        """
        select experiment, count(*) as runs, count(*) filter (status = 'failed') as failed,
            count(distinct variant) as variants, max(recorded_at) as last
        from runs group by experiment order by last desc
        """,
    )
    return Overview({name: rows[name] for name in TABLES}, experiments, asked.sql)
