"""Results made elsewhere: the same runs from every kind of table, or a sentence with the place."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tailor_lab import InputError
from tailor_lab.experiment.sources.results import read_results

ROWS = [
    {"id": "007", "model": "base", "score": 1.5, "passed": True},
    {"id": "007", "model": "new", "score": 2.5, "passed": False},
    {"id": "008", "model": "base", "score": 3.0, "passed": True},
    {"id": "008", "model": "new", "score": None, "passed": None},
]
FRAME = pl.DataFrame(ROWS)


class OnlyCapsule:
    """A frame of a library that nobody has heard of, which speaks Arrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self._frame.__arrow_c_stream__(requested_schema)


def csv(folder: Path) -> Path:
    FRAME.write_csv(folder / "r.csv")
    return folder / "r.csv"


def semicolons(folder: Path) -> Path:
    text = (
        "id;model;score;passed\n007;base;1,5;true\n007;new;2,5;false\n008;base;3;true\n008;new;;\n"
    )
    (folder / "r.csv").write_text("\ufeff" + text, encoding="utf-8")
    return folder / "r.csv"


def tabs(folder: Path) -> Path:
    FRAME.write_csv(folder / "r.tsv", separator="\t")
    return folder / "r.tsv"


def parquet(folder: Path) -> Path:
    FRAME.write_parquet(folder / "r.parquet")
    return folder / "r.parquet"


def jsonl(folder: Path) -> Path:
    (folder / "r.jsonl").write_text("\n\n".join(map(json.dumps, ROWS)))
    return folder / "r.jsonl"


def relation(_: Path) -> object:
    return duckdb.connect().from_arrow(FRAME.to_arrow())


SOURCES = {
    "csv": csv,
    "semicolons and decimal commas": semicolons,
    "tsv": tabs,
    "parquet": parquet,
    "jsonl": jsonl,
    "mappings": lambda _: ROWS,
    "polars": lambda _: FRAME,
    "lazy polars": lambda _: FRAME.lazy(),
    "pandas": lambda _: FRAME.to_pandas(),
    "arrow": lambda _: FRAME.to_arrow(),
    "duckdb": relation,
    "capsule": lambda _: OnlyCapsule(FRAME),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_kind_of_table_gives_the_same_runs(make, tmp_path: Path) -> None:
    found = read_results(make(tmp_path), variant="model")
    assert found.to_dict(as_series=False) == {
        "item_id": ["007", "007", "008", "008"],
        "variant": ["base", "new", "base", "new"],
        "replicate": [0, 0, 0, 0],
        "status": ["ok", "ok", "ok", "failed"],
        "score": [1.5, 2.5, 3.0, None],
        "passed": [1.0, 0.0, 1.0, None],
    }


def test_a_file_without_variants_is_one_variant_named_like_the_file(tmp_path: Path) -> None:
    path = tmp_path / "gpt-9.csv"
    path.write_text("item,score\na,1\nb,2\n")
    assert read_results(path)["variant"].to_list() == ["gpt-9", "gpt-9"]


def test_repeated_runs_are_replicates_in_order() -> None:
    rows = [{"id": "a", "variant": "v", "score": i} for i in range(3)]
    assert read_results(rows)["replicate"].to_list() == [0, 1, 2]


def test_nested_fields_are_named_with_dots_and_clusters_are_kept() -> None:
    rows = [{"id": 1, "variant": "v", "scores": {"f1": 0.5, "why": "short"}, "author": "ada"}]
    found = read_results(rows, metrics="scores.f1", cluster="author")
    assert found.columns == ["item_id", "variant", "replicate", "status", "cluster", "scores.f1"]
    assert found.row(0) == ("1", "v", 0, "ok", "ada", 0.5)


def test_only_columns_of_numbers_are_metrics_by_themselves() -> None:
    rows = [{"id": "a", "variant": "v", "score": 1, "answer": "yes", "note": None}]
    assert read_results(rows).columns[4:] == ["score"]


@pytest.mark.parametrize(
    ("text", "named", "says"),
    [
        (
            "id,variant,score\na,v,1\nb,v,good\n",
            {"metrics": ["score"]},
            "row 3: \"score\" is 'good'",
        ),
        ("id,variant,score\na,v,inf\n", {"metrics": ["score"]}, "row 2: \"score\" is 'inf'"),
        ("id,variant,score\na,v,1\n,v,2\n", {}, 'row 3: "id" is empty'),
        ("id,variant,score\na,,1\n", {}, 'row 2: "variant" is empty'),
        (
            "name,variant,score\na,v,1\n",
            {},
            "no column item_id or item or id; it has name, variant",
        ),
        (
            "id,variant,score\na,v,1\n",
            {"variant": "model"},
            'no column "model"; it has id, variant',
        ),
        ("id,variant,score\na,v,1\n", {"metrics": ["f1"]}, 'no column "f1" for a metric'),
        ("id,variant,answer\na,v,yes\n", {}, "no column holds numbers alone"),
        ("id,variant,score\n", {}, "there are no rows"),
        (
            "id,variant,epoch,score\na,v,1,1\nb,v,1,1\na,v,1,2\n",
            {"replicate": "epoch"},
            'row 4: item "a", variant "v" and epoch "1" occur twice, first in row 2',
        ),
        ("id,variant,score\na,v,1,2,3\n", {}, "not a table"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_file_row_and_field(
    tmp_path: Path, text: str, named: dict, says: str
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        read_results(path, **named)
    message = str(refused.value)
    assert message.startswith(str(path))
    assert says in message
    assert "\n" not in message


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"id": "a", "variant": "v", "score": 1}\n\n{"id": \n')
    with pytest.raises(InputError, match=r"r\.jsonl, line 3, column \d+: not valid JSON"):
        read_results(path)
    path.write_text('{"id": "a", "variant": "v", "score": 1}\n\n{"id": "b", "score": 2}\n')
    with pytest.raises(InputError, match=r'r\.jsonl, line 3: "variant" is empty'):
        read_results(path)


@pytest.mark.parametrize("given", ["results.xlsx", 7, [], ["a", "b"]])
def test_what_no_source_takes_is_refused_and_says_what_is(given: object) -> None:
    with pytest.raises(InputError, match=r"give a table \(\.csv, .*\), a frame or a list"):
        read_results(given)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_results(tmp_path / "gone.csv")
