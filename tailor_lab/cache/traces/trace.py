"""Traces: the sequence of requests a cache saw, to be replayed under other policies."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError

if TYPE_CHECKING:
    import polars as pl

_LOGGED = """
select key, namespace, epoch("at") as time, max(bytes) over (partition by key) as size,
       max(saved_usd) over (partition by key) as cost,
       coalesce(nullif(max(saved_ms) over (partition by key), 0),
                max(duration_ms) over (partition by key)) / 1000 as seconds
from cache_requests where key is not null order by "at"
"""


@dataclass(frozen=True)
class Trace:
    """Requests in the order they came.

    `frame` has the columns key, time (seconds), size (bytes), cost (USD that a miss costs), seconds
    (that a miss takes) and namespace.
    """

    frame: "pl.DataFrame"

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", _completed(self.frame))

    def __len__(self) -> int:
        return self.frame.height

    @classmethod
    def of(cls, keys: Iterable[Any]) -> "Trace":
        """A trace of bare keys: a second apart, every one of size 1.

        >>> len(Trace.of("abcab"))
        5
        """
        import polars as pl

        return cls(pl.DataFrame({"key": list(keys)}))

    @classmethod
    def read(cls, path: str | Path) -> "Trace":
        """A trace from a CSV, Parquet or JSONL file; only the column `key` is required.

        Raises `InputError` for a file of another kind or without keys.
        """
        import polars as pl

        readers: dict[str, Callable[[Path], pl.DataFrame]] = {
            ".csv": pl.read_csv,
            ".parquet": pl.read_parquet,
            ".jsonl": pl.read_ndjson,
            ".ndjson": pl.read_ndjson,
        }
        reader = readers.get(Path(path).suffix.lower())
        if reader is None:
            raise InputError(f"{path}: a trace is a .csv, .parquet or .jsonl file.")
        if not Path(path).is_file():
            raise InputError(f"{path}: there is no such file.")
        return cls(reader(Path(path)))

    @classmethod
    def from_log(cls, log: Any) -> "Trace":
        """The requests that a run log recorded; `log` is anything whose `sql` gives a frame."""
        return cls(log.sql(_LOGGED))

    @property
    def footprint(self) -> int:
        """Bytes of all different keys together: a cache of this size never evicts."""
        return int(self.frame.unique("key", keep="first")["size"].sum())


def _completed(frame: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    if "key" not in frame.columns:
        raise InputError(f'A trace needs a column "key"; this one has {", ".join(frame.columns)}.')
    defaults = {
        "time": pl.int_range(pl.len()),
        "size": pl.lit(1),
        "cost": pl.lit(0.0),
        "seconds": pl.lit(0.0),
        "namespace": pl.lit(""),
    }
    frame = frame.with_columns(
        **{name: value for name, value in defaults.items() if name not in frame.columns}
    )
    return frame.select(
        "key",
        pl.col("time").cast(pl.Float64),
        # A size of 0 would be free to keep; such a request still takes a place.
        pl.col("size").fill_null(1).cast(pl.Int64).clip(lower_bound=1),
        pl.col("cost").fill_null(0.0).cast(pl.Float64),
        pl.col("seconds").fill_null(0.0).cast(pl.Float64),
        pl.col("namespace").fill_null("").cast(pl.String),
    )
