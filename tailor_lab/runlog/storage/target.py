"""Where the rows end up: a DuckDB file, or anything else that DuckDB can attach by URL."""

from pathlib import Path
from typing import TYPE_CHECKING

from tailor_lab.errors import InputError
from tailor_lab.files import is_url
from tailor_lab.runlog.errors import RunLogError

if TYPE_CHECKING:
    import duckdb

_SCHEMES = ("ducklake", "md", "motherduck", "mysql", "postgres", "postgresql", "quack", "sqlite")


class LogTarget:
    """An `ATTACH` target: `path` is its file where it is a DuckDB file of this machine."""

    def __init__(self, where: str | Path) -> None:
        scheme, separator, rest = str(where).partition(":")
        if separator and scheme == "duckdb":
            where = rest
        self.remote = bool(separator) and scheme in _SCHEMES
        if is_url(where) and not self.remote:
            raise InputError(
                f'"{scheme}" is nothing that DuckDB can attach. Give the path of a file, or one '
                f"of {', '.join(f'{name}:' for name in _SCHEMES)}."
            )
        self.path = None if self.remote else Path(where).expanduser()
        self.url = str(where) if self.remote else str(self.path)

    @property
    def exists(self) -> bool:
        """Whether there may be something in it; of a remote one only attaching tells."""
        return self.path is None or self.path.exists()

    def attach(self, connection: "duckdb.DuckDBPyConnection", *, read_only: bool) -> None:
        """Attaches it as `store`, or says in a sentence why that is not possible."""
        attach(connection, self.url, read_only=read_only)

    def __str__(self) -> str:
        # The URL of a server may carry a password.
        return self.url.partition(":")[0] + ": the log's database" if self.remote else self.url


def attach(connection: "duckdb.DuckDBPyConnection", url: str, *, read_only: bool) -> None:
    """Attaches a file or URL as `store`."""
    import duckdb

    quoted = url.replace("'", "''")
    try:
        connection.execute(f"attach '{quoted}' as store{' (read_only)' if read_only else ''}")
    except duckdb.Error as error:
        raise refusal(url, error) from error


def refusal(url: str, error: Exception) -> RunLogError:
    """What DuckDB says when it cannot open something, as a sentence that helps."""
    text = str(error)
    scheme = url.partition(":")[0]
    if "extension" in text.lower():
        return RunLogError(
            f'A log at "{scheme}:" needs a DuckDB extension that is not installed here. '
            f"Where there is a network, run in DuckDB: INSTALL {_EXTENSIONS.get(scheme, scheme)}; "
            "what is recorded meanwhile waits in the journal."
        )
    if "lock" in text.lower():
        return RunLogError(
            f"{url} is open in another program, which keeps everybody else out. "
            "Close it there; what is recorded meanwhile waits in the journal and is not lost."
        )
    return RunLogError(
        f"{url} cannot be opened as a DuckDB database ({text.splitlines()[0]}). "
        "Move it away to start a new one; rows that were not drained yet are kept in the journal."
    )


_EXTENSIONS = {"md": "motherduck", "postgresql": "postgres"}
