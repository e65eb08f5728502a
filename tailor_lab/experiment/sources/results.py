"""Results made elsewhere as the frame that experiments are analysed from: a row per run.

Whatever the source, the frame has `item_id`, `variant`, `replicate`, `status`, `cluster` where one
was named, and a column of numbers per metric. Nothing is guessed silently: a column that is not
there, a text where a number is needed and a run that occurs twice are errors with file, row and
field.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.sources import ResultRows, source_of

if TYPE_CHECKING:
    import polars as pl

_ITEMS = ("item_id", "item", "id")
_VARIANTS = ("variant",)
_OWN = ("item_id", "variant", "replicate", "status", "cluster")
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
_TRUTHS = {"true": 1.0, "false": 0.0}


def read_results(
    given: Any,
    *,
    item: str | None = None,
    variant: str | None = None,
    metrics: str | Sequence[str] | None = None,
    replicate: str | None = None,
    cluster: str | None = None,
) -> "pl.DataFrame":
    """The runs of a file or a frame, one a row: item, variant, replicate, status, metrics.

    `given` is a path, a frame or a list of mappings. `item`, `variant` and `cluster` name columns:
    by default `item_id`, `item` or `id`, and `variant`, and none. A file without a column of
    variants is all one variant, named like the file. `metrics` are columns of numbers (true and
    false are 1 and 0); by default all that hold numbers alone. Several runs of an item under a
    variant are replicates, in order or by the column `replicate`. A run without any value has the
    status "failed". Raises `InputError` with file, row and field.

    >>> runs = [("a", "base", 1), ("a", "new", 2)]
    >>> rows = [{"id": item, "variant": variant, "score": score} for item, variant, score in runs]
    >>> read_results(rows)["score"].to_list()
    [1.0, 2.0]
    """
    import polars as pl

    rows = source_of(given).read(given)
    frame = rows.frame
    if frame.height == 0:
        raise InputError(f"{rows.name}: there are no rows in it.")
    item_column = _column(rows, "item", item or rows.item, _ITEMS)
    assert item_column is not None
    variant_column = _column(rows, "variant", variant or rows.variant, _VARIANTS)
    columns = {"item_id": _words(rows, item_column)}
    if variant_column is None:
        columns["variant"] = [rows.label] * frame.height
    else:
        columns["variant"] = _words(rows, variant_column)
    if cluster is not None:
        _column(rows, "cluster", cluster, ())
        columns["cluster"] = _words(rows, cluster)
    replicate = replicate or rows.replicate
    used = {item_column, variant_column, cluster, replicate}
    names = _metrics(rows, [metrics] if isinstance(metrics, str) else metrics, used)
    values = {name: _numbers(rows, name) for name in names}
    failed = [all(values[name][i] is None for name in names) for i in range(frame.height)]
    return pl.DataFrame(
        {
            "item_id": columns["item_id"],
            "variant": columns["variant"],
            "replicate": _replicates(rows, columns, replicate),
            "status": ["failed" if gone else "ok" for gone in failed],
            **({"cluster": columns["cluster"]} if cluster is not None else {}),
            **{name: pl.Series(values[name], dtype=pl.Float64) for name in names},
        }
    )


def _column(rows: ResultRows, role: str, named: str | None, usual: Sequence[str]) -> str | None:
    """The column that plays a role; None for the variant where the rows are of one variant."""
    present = rows.frame.columns
    found = named or next((name for name in usual if name in present), None)
    if found in present:
        return found
    if found is None and role == "variant" and rows.label:
        return None
    lacks = f'no column "{found}"' if found else f"no column {' or '.join(usual)}"
    raise InputError(
        f"{rows.name}: there is {lacks}; it has {', '.join(present)}. Name the column with "
        f'{role}="…".'
    )


def _words(rows: ResultRows, column: str) -> list[str]:
    """A column of names; a whole number is named without its fraction."""
    words: list[str] = []
    for index, value in enumerate(rows.frame[column].to_list()):
        whole = isinstance(value, float) and value.is_integer()
        word = "" if value is None else str(int(value) if whole else value).strip()
        if not word:
            raise InputError(f'{rows.where(index)}: "{column}" is empty; every run needs one.')
        words.append(word)
    return words


def _metrics(
    rows: ResultRows, named: Sequence[str] | None, used: set[str | None]
) -> tuple[str, ...]:
    """The columns of the metrics, named or found."""
    present = rows.frame.columns
    for name in named or ():
        if name not in present:
            raise InputError(
                f'{rows.name}: there is no column "{name}" for a metric; it has '
                f"{', '.join(present)}."
            )
        if name in _OWN:
            raise InputError(
                f'{rows.name}: "{name}" is what the frame of runs calls something else; give the '
                "metric's column another name."
            )
    names = tuple(named or rows.metrics) or tuple(
        name
        for name in present
        if name not in used and name not in _OWN and _all_numbers(rows, name)
    )
    if not names:
        raise InputError(
            f'{rows.name}: no column holds numbers alone; name the metrics with metrics=["…"]. It '
            f"has {', '.join(present)}."
        )
    return names


def _all_numbers(rows: ResultRows, column: str) -> bool:
    """Whether a column has numbers, and nothing else but gaps."""
    try:
        return any(number is not None for number in _numbers(rows, column))
    except InputError:
        return False


def _numbers(rows: ResultRows, column: str) -> list[float | None]:
    return [
        _number(rows, column, index, value)
        for index, value in enumerate(rows.frame[column].to_list())
    ]


def _number(rows: ResultRows, column: str, index: int, value: Any) -> float | None:
    """A value as a number; None where there is none."""
    if value is None:
        return None
    text = str(value).strip()
    folded = text.casefold()
    if folded in _MISSING:
        return None
    if folded in _TRUTHS:
        return _TRUTHS[folded]
    if rows.decimal_comma:
        text = text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise InputError(f'{rows.where(index)}: "{column}" is {value!r:.60}, not a number.')
    return number


def _replicates(rows: ResultRows, columns: dict[str, list[str]], column: str | None) -> list[int]:
    """The number of each run among those of its item and variant, from 0."""
    if column is not None:
        _column(rows, "replicate", column, ())
        labels = _words(rows, column)
    seen: dict[tuple[str, str], dict[str, int]] = {}
    numbers = []
    for index, run in enumerate(zip(columns["item_id"], columns["variant"], strict=True)):
        before = seen.setdefault(run, {})
        label = str(len(before)) if column is None else labels[index]
        if label in before:
            raise InputError(
                f'{rows.where(index)}: item "{run[0]}", variant "{run[1]}" and {column} "{label}" '
                f"occur twice, first in {rows.unit} {rows.where(before[label]).rsplit(' ', 1)[1]}."
            )
        numbers.append(len(before))
        before[label] = index
    return numbers
