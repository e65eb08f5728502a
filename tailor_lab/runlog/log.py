"""The run log: record from anywhere, ask in SQL, lose nothing.

Long because the public face of the log is one class with a method per question; each is documented
here and answered in `runlog.answers` and `runlog.storage`.
"""

import atexit
import re
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError, TailorLabError
from tailor_lab.files import has_advisory_locks, local_path
from tailor_lab.markup import heading, page, paragraph
from tailor_lab.runlog.answers.answer import Period
from tailor_lab.runlog.answers.costs import Costs, costs
from tailor_lab.runlog.answers.effectiveness import Effectiveness, effectiveness
from tailor_lab.runlog.answers.engagement import Engagement, engagement
from tailor_lab.runlog.answers.overview import Overview, overview
from tailor_lab.runlog.answers.system import System, system
from tailor_lab.runlog.answers.trend import Trend, trend
from tailor_lab.runlog.errors import QueryError, RunLogError
from tailor_lab.runlog.export import Format, export
from tailor_lab.runlog.follow import RunProgress, follow, progress
from tailor_lab.runlog.storage import upkeep
from tailor_lab.runlog.storage.check import LogCheck, check
from tailor_lab.runlog.storage.content import content_row, redact, text_of
from tailor_lab.runlog.storage.database import Database
from tailor_lab.runlog.storage.journal import ROLL_AFTER_S, Fsync, Journal
from tailor_lab.runlog.storage.reading import Connection
from tailor_lab.runlog.storage.segments import seal_dead
from tailor_lab.runlog.storage.target import LogTarget
from tailor_lab.runlog.tables import TABLES

if TYPE_CHECKING:
    import polars as pl

WAKE_EVERY_S = 1.0
DRAIN_EVERY_S = 2.0
_BACKGROUND_PATIENCE_S = 1.0


class RunLog:
    """A log in one DuckDB file, written and read by any number of processes at once.

    `record` returns when the row is in this process's journal; rows reach the database in the
    background, and a query sees them whether they have or not.

    `path` is a file, or the URL of anything that DuckDB can attach (`ducklake:…`, `postgres:…`);
    then `journal` names the folder of this machine where rows wait. `fsync` says when rows are safe
    from a power cut too: never, once a second, or before `record` returns. With `drains=False` rows
    stay in the journal, for another log to `ingest`.
    `store_content=False` keeps no prompts and replies, `redact=False` keeps them with names,
    addresses and telephones.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        journal: str | Path | None = None,
        fsync: Fsync = "interval",
        drains: bool = True,
        store_content: bool = True,
        redact: bool = True,
    ) -> None:
        if fsync not in ("never", "interval", "always"):
            raise InputError(f'fsync is "{fsync}"; it must be never, interval or always.')
        if not has_advisory_locks():
            raise TailorLabError(
                "The run log needs the file locks of Linux or macOS, which this Python does not "
                "have. On Windows, run tailor_lab inside WSL."
            )
        target = LogTarget(path)
        if journal is None and target.path is None:
            raise InputError(f"A log at {target.url.partition(':')[0]}: needs journal=, a folder.")
        self.path = target.path or Path(target.url)
        folder = self.path.with_suffix(".journal")
        if journal:
            folder = local_path(journal, "the journal").expanduser()
        self.fsync = fsync
        self._wake = threading.Event()
        self._journal = Journal(folder, fsync=fsync, rolled=self._wake.set)
        self._database = Database(target, folder)
        self.store_content = store_content
        self.redact = redact
        self._stored: set[str] = set()
        self._drains = drains
        self._stop = threading.Event()
        self._draining = False
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        # The exit handler must not keep every log alive that was ever opened.
        atexit.register(_release, weakref.ref(self))

    @property
    def journal_folder(self) -> Path:
        """Where rows wait on their way to the database, and where locks lie."""
        return self._journal.folder

    def record(self, table: str, row: Mapping[str, Any]) -> None:
        """Appends a row. Raises `RowError` where it does not fit; nothing is written then.

        `table` is one of `runs`, `stages`, `scores`, `llm_requests`, `cache_requests`, `events`,
        `experiments`; `row` maps columns to values, others to None.
        """
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

        Scores run from 0 to 100. `attributes` that are columns of `runs`, such as `cost_usd`,
        `experiment` and `variant`, go there; any others are kept beside them as JSON. Raises
        `RowError` for a value of another type.
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
        `query` may hold `?`, for which `parameters` stand in order.
        """
        import duckdb

        self._only_reads(query)
        named = {word.lower() for word in re.findall(r"\w+", query)}
        tables = [name for name in TABLES if name in named] or list(TABLES)
        with self._database.reading(tables) as connection:
            try:
                frame: pl.DataFrame = connection.sql(query, params=list(parameters)).pl()
            except duckdb.Error as error:
                raise QueryError(f"The query cannot be answered: {str(error).strip()}") from None
            return frame

    def connect(self) -> Connection:
        """A read-only DuckDB connection over everything recorded until now.

        While it is open nothing is drained; so close it, best by `with log.connect() as c`.
        """
        connection, held = self._database.open(tuple(TABLES))
        return Connection(connection, held)

    def overview(self) -> Overview:
        """What the log holds: rows by table, and its experiments, the latest first."""
        return overview(self.sql)

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
        return effectiveness(self.sql, Period(since, until, days, filters), by)

    def engagement(
        self,
        *,
        since: Any = None,
        until: Any = None,
        days: int | None = None,
        by: str | None = None,
        **filters: Any,
    ) -> Engagement:
        """What users do with what was tailored for them; filters are columns of runs."""
        return engagement(self.sql, Period(since, until, days, filters), by)

    def system(
        self,
        *,
        since: Any = None,
        until: Any = None,
        days: int | None = None,
        by: str | None = None,
        **filters: Any,
    ) -> System:
        """Throughput, latency, errors and hit rates; filters are columns of runs."""
        return system(self.sql, Period(since, until, days, filters), by)

    def costs(
        self,
        *,
        since: Any = None,
        until: Any = None,
        days: int | None = None,
        by: str | None = None,
        value_per_success: float | None = None,
        level: float = 0.95,
        **filters: Any,
    ) -> Costs:
        """What was spent and saved, and what a point and a success cost.

        With `value_per_success`, in USD, also the return, with an interval at `level`.
        """
        return costs(self.sql, Period(since, until, days, filters), by, value_per_success, level)

    def trend(
        self,
        metric: str,
        *,
        every: str = "1d",
        by: str | None = None,
        window: int = 7,
        since: Any = None,
        until: Any = None,
        days: int | None = None,
        **filters: Any,
    ) -> Trend:
        """How a metric moves: a column of `runs`, or the name of a metric in `scores`.

        `every` is a period such as 15m, 6h, 1d, 1w or 1mo; `window` counts the periods of the
        moving mean.
        """
        period = Period(since, until, days, filters)
        return trend(self.sql, metric, period, every=every, by=by, window=window)

    def drain(self) -> int:
        """Moves what dead processes and this one have recorded into the database; returns rows."""
        self._journal.release()
        return self._database.drain()

    def follow(
        self,
        table: str = "runs",
        *,
        last: int = 10,
        poll_s: float = 0.5,
        stop: Callable[[], bool] = lambda: False,
    ) -> "Iterator[pl.DataFrame]":
        """Yields the last rows, then new ones as any process records them, until `stop()`.

        `table` is looked at every `poll_s` seconds.
        """
        return follow(self.sql, table, last=last, poll_s=poll_s, stop=stop)

    def progress(
        self, metric: str = "improvement", *, since: Any = None, **filters: Any
    ) -> RunProgress:
        """Where things stand: counters, and the mean so far of a column of runs by variant."""
        return progress(self.sql, Period(since, filters=filters), metric)

    def export(
        self, path: str | Path, *, tables: Sequence[str] = (), form: Format | None = None
    ) -> list[Path | str]:
        """Writes tables as Parquet or CSV and returns the files.

        A path ending in .parquet or .csv takes one table (runs where none is named); any other is
        a folder with a file a table, all of them where none is named.
        `form` is "parquet" or "csv", where the path does not say it. A URL such as `s3://…` is
        written through fsspec, if that is installed with the driver for it, and returned as a text.
        """
        with self._database.reading() as connection:
            return export(connection, path, tables, form)

    def compact(self) -> int:
        """Rewrites the database without the room that erased rows left; returns bytes won."""
        return upkeep.compact(self._database)

    def retain(self, *, days: int, archive: bool = True) -> int:
        """Moves what is older into monthly Parquet files that queries still see; returns rows.

        With `archive=False` it is erased instead. Plans of experiments stay.
        """
        self.drain()
        return upkeep.retain(self._database, days=days, archive=archive)

    def forget(self, *, user_id: str | None = None, resume_id: str | None = None) -> dict[str, int]:
        """Erases a person's or a résumé's rows everywhere; returns how many, by table.

        That is the database, its archives, stored contents that nothing else names, torn lines,
        copies kept by migrations, and rows that other processes hold when this is called.
        Raises `InputError` unless exactly one of `user_id` and `resume_id` is given.
        """
        if (user_id is None) == (resume_id is None):
            raise InputError("Give one of user_id and resume_id.")
        column, value = ("user_id", user_id) if user_id is not None else ("resume_id", resume_id)
        self.drain()
        return upkeep.forget(self._database, column, str(value))

    def check(self) -> LogCheck:
        """Verifies counts, keys, orphans and checksums, without changing anything."""
        return check(self._database)

    def store(self, text: str, *, names: Sequence[str] = ()) -> str | None:
        """Stores `text`, a prompt or reply, and returns the reference to put into `content_ref`.

        E-mail addresses, phone numbers and the given names are left out unless the log was opened
        with `redact=False`; returns None, and stores nothing, where `store_content=False`.
        """
        if not self.store_content:
            return None
        kept = redact(text, names) if self.redact else text
        row = content_row(kept)
        if row["ref"] not in self._stored:
            self.record("contents", row)
            self._stored.add(row["ref"])
        return str(row["ref"])

    def content(self, ref: str) -> str:
        """The text that was stored under `ref`. Raises `InputError` where there is none."""
        found = self.sql("select data from contents where ref = ?", [ref])
        if found.is_empty():
            raise InputError(f"No content is stored as {ref}.")
        return text_of(found.item(), ref)

    def ingest(self, *journals: str | Path) -> int:
        """Drains other homes' journals, such as those that workers on other hosts left in a folder.

        Returns how many rows came. Segments that a living process of this machine still writes to
        wait; a worker's own log is opened with `drains=False`.
        Raises `InputError` for what is no folder.
        """
        folders = [Path(journal).expanduser() for journal in journals]
        for folder in folders:
            if not folder.is_dir():
                raise InputError(f"{folder} is no folder; give the journal folder of a home.")
        return self._database.drain(*folders) if folders else 0

    def close(self) -> None:
        """Drains what can be drained; the log can be used again afterwards."""
        with self._starting:
            self._stop.set()
            self._wake.set()
            self._draining = False
            thread, self._thread = self._thread, None
        if thread is not None:
            # Python ends daemon threads where they are; one inside DuckDB would take it all down.
            thread.join()
        with suppress(RunLogError, OSError):
            # A database that is open elsewhere keeps nobody from closing: the journal waits.
            self._journal.release()
            if self._drains and not self._journal.forked:
                self._database.drain(patience_s=_BACKGROUND_PATIENCE_S)

    def _in_background(self) -> None:
        """One turn of the drain thread; what cannot be done now is tried again.

        A program that ends interrupts what DuckDB does; the rows wait in the journal.
        """
        import duckdb

        if self.fsync == "interval":
            self._journal.sync()
        self._journal.release(older_than_s=ROLL_AFTER_S)
        with suppress(RunLogError, OSError, duckdb.InterruptException):
            seal_dead(self.journal_folder)
            if self._drains:
                self._database.drain(
                    patience_s=_BACKGROUND_PATIENCE_S,
                    pause_s=DRAIN_EVERY_S,
                    stopped=self._stop.is_set,
                )

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

    def _repr_html_(self) -> str:
        try:
            pieces = [*self.overview()._page()]
        except TailorLabError as error:
            pieces = [paragraph(str(error))]
        return page(heading(repr(self)), *pieces)

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
        # polars must not be used in a forked child: its threads are the parent's. Others adopt
        # what the child leaves.
        if self._journal.forked:
            self._draining = True
            return
        with self._starting:
            if self._draining:
                return
            self._draining = True
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=_drain_regularly,
                args=(weakref.ref(self), self._wake, self._stop),
                name="runlog-drain",
                daemon=True,
            )
            self._thread.start()


def _drain_regularly(
    log: "weakref.ref[RunLog]", wake: threading.Event, stop: threading.Event
) -> None:
    while not stop.is_set():
        wake.wait(WAKE_EVERY_S)
        wake.clear()
        alive = log()
        if alive is None or stop.is_set():
            return
        with _unless_ending():
            alive._in_background()
        del alive


def _release(log: "weakref.ref[RunLog]") -> None:
    alive = log()
    if alive is not None:
        with _unless_ending():
            alive.close()


@contextmanager
def _unless_ending() -> Iterator[None]:
    """Lets rows wait in the journal where Python, about to end, can import nothing any more."""
    try:
        yield
    except RuntimeError:
        if threading.main_thread().is_alive():
            raise
