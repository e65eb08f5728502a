"""Results made elsewhere as the frame that experiments are analysed from: a row per run.

Whatever the source, the frame has `item_id`, `variant`, `replicate`, `status`, `cluster` where one
was named, and a column of numbers per metric. Nothing is guessed silently: a column that is not
there, a text where a number is needed and a run that occurs twice are errors with file, row and
field.
"""

import math
import re
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
_ANSWERS = frozenset({"yes", "no", "y", "n"})
_THOUSANDS = re.compile(r"[-+]?\d{1,3}([,. '\u00a0\u202f]\d{3})*([.,]\d+)?")
_WITH_SIGN = re.compile(r"[$€£]\s?[-+\d.,]+|[-+\d.,]+\s?[%$€£]")
_UNNAMED = re.compile(r"(Unnamed: \d+)?")
"""What pandas calls its index in a CSV: nothing, and "Unnamed: 0" when it reads and writes that."""
_INDEX = re.compile(r"__index_level_\d+__")
"""What pandas calls its index in Parquet; nothing else is called so."""
_PIVOT = (
    "Where each variant has a column of its own, turn the columns into rows first: "
    'frame.unpivot(index="…", variable_name="variant", value_name="score").'
)


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
    # A name may be empty: the column without a name.
    item_column = _column(rows, "item", rows.item if item is None else item, _ITEMS)
    assert item_column is not None
    variant_column = _column(
        rows, "variant", rows.variant if variant is None else variant, _VARIANTS
    )
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
    if named is not None and not isinstance(named, str):
        raise InputError(
            f'{rows.name}: {role}="…" names one column, not {named!r:.60}.'
            + (f" {_PIVOT}" if role == "variant" else "")
        )
    found = next((name for name in usual if name in present), None) if named is None else named
    if found in present:
        return found
    alike = next((name for name in present if name.strip().casefold() in usual), None)
    if found is None and role == "variant" and rows.label and alike is None:
        return None
    lacks = f'no column "{found}"' if found else f"no column {' or '.join(usual)}"
    if found == "":
        lacks = "no column without a name"
    example = alike or ("" if named is None and _unnamed(rows) == [""] else "…")
    raise InputError(
        f"{rows.name}: there is {lacks}; it has {_listed(present)}. Name the column with "
        f'{role}="{example}".' + (f" {_PIVOT}" if role == "variant" and alike is None else "")
    )


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(column or "(no name)" for column in columns)


def _words(rows: ResultRows, column: str) -> list[str]:
    """A column of names; a whole number is named without its fraction."""
    words: list[str] = []
    for index, value in enumerate(rows.frame[column].to_list()):
        if isinstance(value, bytes):
            raise InputError(
                f'{rows.where(index)}: "{column}" is {value!r:.60}, bytes; make the column text.'
            )
        whole = isinstance(value, float) and value.is_integer()
        gap = value is None or (isinstance(value, float) and math.isnan(value))
        word = "" if gap else str(int(value) if whole else value).strip()
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
    return tuple(named or rows.metrics) or _found_metrics(rows, used)


def _found_metrics(rows: ResultRows, used: set[str | None]) -> tuple[str, ...]:
    """The columns of numbers alone, without an index.

    Raises `InputError` where a column has numbers and a few other cells: left out, it would be
    missed late.
    """
    index = [name for name in _unnamed(rows) if name not in used]
    for name in index:
        _refuse_unless_index(rows, name)
    names = []
    refused: list[tuple[int, str]] = []
    for name in rows.frame.columns:
        if name in used or name in _OWN or name in index or _INDEX.fullmatch(name):
            continue
        numbers, others, sentence = _tried(rows, name)
        if numbers and not others:
            names.append(name)
        elif numbers > others or numbers == others == 1:
            raise InputError(
                f"{sentence} Numbers elsewhere in the column: {numbers}. Correct the value, or "
                'name the metrics with metrics=["…"].'
            )
        elif others:
            refused.append((numbers, sentence))
    if names:
        return tuple(names)
    nearest = max(refused, key=lambda each: each[0])[1] if refused else ""
    raise InputError(
        f'{rows.name}: no column holds numbers alone; name the metrics with metrics=["…"]. It '
        f"has {_listed(rows.frame.columns)}." + (f" {nearest}" if nearest else "")
    )


def _tried(rows: ResultRows, column: str) -> tuple[int, int, str]:
    """How many values are numbers, how many are something else, and what the first of those is."""
    numbers = others = 0
    sentence = ""
    values = rows.frame[column].to_list()
    for index, value in enumerate(values):
        try:
            numbers += _number(rows, column, index, value) is not None
        except InputError as error:
            others += 1
            sentence = sentence or str(error)
    return numbers, others, sentence


def _unnamed(rows: ResultRows) -> list[str]:
    """The columns that have no name of their own."""
    return [name for name in rows.frame.columns if _UNNAMED.fullmatch(name)]


def _refuse_unless_index(rows: ResultRows, column: str) -> None:
    """Raises where a column without a name does not count the rows from 0 or 1."""
    words = [str(value).strip() for value in rows.frame[column].to_list()]
    start = 1 if words[0] == "1" else 0
    for index, word in enumerate(words):
        if word != str(index + start):
            called = f'"{column}"' if column else "the column without a name"
            raise InputError(
                f"{rows.where(index)}: {called} is {word!r:.60}; it is no count of the rows, so "
                'give the column a name, or name the metrics with metrics=["…"].'
            )


def _numbers(rows: ResultRows, column: str) -> list[float | None]:
    values = rows.frame[column].to_list()
    numbers = [_number(rows, column, index, value) for index, value in enumerate(values)]
    if rows.decimal_comma and any("," in str(value) for value in values):
        for index, value in enumerate(values):
            if "." in str(value):
                raise InputError(
                    f'{rows.where(index)}: "{column}" is {value!r:.60}, with a point where other '
                    "rows have a decimal comma; write all numbers of a column one way."
                )
    return numbers


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
        # Python reads "20_24" as 2024; a table means a name by it.
        number = math.inf if "_" in text else float(text)
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise InputError(
            f'{rows.where(index)}: "{column}" is {value!r:.60}, not a number{_advice(folded)}.'
        )
    return number


def _advice(text: str) -> str:
    """What to write instead of a text that means a number."""
    if text in _ANSWERS:
        return "; write true and false, or 1 and 0"
    if _THOUSANDS.fullmatch(text):
        return "; write numbers without separators of thousands, and with a decimal point"
    return "; write a number without the sign" if _WITH_SIGN.fullmatch(text) else ""


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
