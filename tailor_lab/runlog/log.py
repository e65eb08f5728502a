"""The run log: record from anywhere, ask in SQL, lose nothing."""

import atexit
import threading
import uuid
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tailor_lab.runlog.database import Database
from tailor_lab.runlog.effectiveness import Effectiveness, effectiveness
from tailor_lab.runlog.errors import QueryError, RunLogError
from tailor_lab.runlog.journal import Journal
from tailor_lab.runlog.tables import TABLES

if TYPE_CHECKING:
    import polars as pl

DRAIN_EVERY_S = 30.0


class RunLog:
    """A log in one DuckDB file, written and read by any number of processes at once.

    `record` returns when the row is in this process's journal; rows reach the database in the
    background, and a query sees them whether they have or not.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()
        folder = self.path.with_suffix(".journal")
        self._journal = Journal(folder)
        self._database = Database(self.path, folder)
        self._drainer = threading.Event()
        self._draining = False
        # The exit handler must not keep every log alive that was ever opened.
        atexit.register(_release, weakref.ref(self))

    @property
    def journal_folder(self) -> Path:
        """Where rows wait on their way to the database, and where locks lie."""
        return self._journal.folder

    def record(self, table: str, row: Mapping[str, Any]) -> None:
        """Appends a row. Raises `RowError` where it does not fit; nothing is written then."""
        self._journal.append(table, row)
        if not self._draining:
            self._start_draining()

    def track(
        self,
        *,
        user_id: str | None = None,
        resume_id: str | None = None,
        mode: str | None = None,
        score_before: float | None = None,
        score_after: float | None = None,
        target_score: float | None = None,
        tokens_used: int | None = None,
        duration_ms: float | None = None,
        confidence: float | None = None,
        warnings: Sequence[str] = (),
        diff_count: int | None = None,
        keywords_added: Sequence[str] = (),
        **attributes: Any,
    ) -> str:
        """Records one tailoring operation of a live product and returns its run id.

        Scores run from 0 to 100. Attributes that are columns of `runs` go there; any others are
        kept beside them as JSON.
        """
        run_id = str(attributes.pop("run_id", None) or uuid.uuid4().hex)
        columns = {k: attributes.pop(k) for k in list(attributes) if k in TABLES["runs"].columns}
        both = score_before is not None and score_after is not None
        aimed = score_after is not None and target_score is not None
        row = {
            "run_id": run_id,
            "source": "live",
            "status": "ok",
            "user_id": user_id,
            "resume_id": resume_id,
            "mode": mode,
            "score_before": score_before,
            "score_after": score_after,
            "improvement": score_after - score_before if both else None,  # type: ignore[operator]
            "target_score": target_score,
            "target_met": score_after >= target_score if aimed else None,  # type: ignore[operator]
            "tokens_used": tokens_used,
            "duration_ms": duration_ms,
            "confidence": confidence,
            "warnings": list(warnings),
            "diff_count": diff_count,
            "keywords_added": list(keywords_added),
            **columns,
        }
        self.record("runs", {**row, "attributes": attributes} if attributes else row)
        return run_id

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> "pl.DataFrame":
        """Answers one `select` over everything that any process has recorded so far.

        Raises `QueryError` for SQL that is wrong or that does more than read the log.
        """
        import duckdb

        self._only_reads(query)
        try:
            return self._database.query(query, parameters)
        except duckdb.Error as error:
            raise QueryError(f"The query cannot be answered: {str(error).strip()}") from None

    def effectiveness(
        self,
        *,
        since: Any = None,
        until: Any = None,
        days: int | None = None,
        by: str | None = None,
        **filters: Any,
    ) -> Effectiveness:
        """How well tailoring does, over all operations or those that the filters leave."""
        return effectiveness(self.sql, since=since, until=until, days=days, by=by, filters=filters)

    def drain(self) -> int:
        """Moves what dead processes and this one have recorded into the database; returns rows."""
        self._journal.release()
        return self._database.drain()

    def close(self) -> None:
        """Drains what can be drained; the log can be used again afterwards."""
        self._drainer.set()
        self._draining = False
        with suppress(RunLogError):
            # A database that is open elsewhere keeps nobody from closing: the journal waits.
            self.drain()

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RunLog({str(self.path)!r})"

    def _only_reads(self, query: str) -> None:
        import duckdb

        try:
            statements = duckdb.extract_statements(query)
        except duckdb.Error as error:
            raise QueryError(f"The query is not valid SQL: {str(error).strip()}") from None
        kinds = {str(statement.type).rpartition(".")[2] for statement in statements}
        if len(statements) != 1 or not kinds <= {"SELECT", "EXPLAIN"}:
            raise QueryError("The log answers one select at a time; it is read-only.")

    def _start_draining(self) -> None:
        self._draining = True
        self._drainer = threading.Event()
        threading.Thread(
            target=_drain_regularly,
            args=(weakref.ref(self), self._drainer),
            name="runlog-drain",
            daemon=True,
        ).start()


def _drain_regularly(log: "weakref.ref[RunLog]", stop: threading.Event) -> None:
    while not stop.wait(DRAIN_EVERY_S):
        alive = log()
        if alive is None:
            return
        with suppress(RunLogError):
            alive.drain()
        del alive


def _release(log: "weakref.ref[RunLog]") -> None:
    alive = log()
    if alive is not None:
        alive.close()
