"""Results made elsewhere: the same runs from every kind of table, or a sentence with the place."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import duckdb
import pandas as pd
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


TWO = "id,variant,score\nk1,old,7\nk2,old,8.5\n"


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(given: object, **named: object) -> str:
    """The sentence with which results are refused, which is one line."""
    with pytest.raises(InputError) as refused:
        read_results(given, **named)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def archive(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, text in members.items():
            # Without the hour, which two collecting processes would disagree on.
            file.writestr(zipfile.ZipInfo(name.replace("_", ".")), text)
    return packed.getvalue()


def cut_short() -> bytes:
    return gzip.compress(TWO.encode(), mtime=0)[:-5]


def in_parquet() -> bytes:
    packed = io.BytesIO()
    pl.DataFrame({"id": ["k1", "k2"], "variant": "old", "score": [7.0, 8.5]}).write_parquet(packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", TWO.encode("utf-16")),
        ("r.csv", b"\xfe\xff" + TWO.encode("utf-16-be")),
        ("r.csv", TWO.encode("utf-32")),
        ("r.csv.gz", gzip.compress(TWO.encode(), mtime=0)),
        ("R.CSV.GZ", gzip.compress(TWO.encode("utf-16"), mtime=0)),
        ("r.csv.bz2", bz2.compress(TWO.encode())),
        ("r.tsv.xz", lzma.compress(TWO.replace(",", "\t").encode())),
        ("r.parquet.gz", gzip.compress(in_parquet(), mtime=0)),
        ("r.zip", archive(r_csv=TWO)),
        ("r.csv", TWO.replace("\n", "\r\n")),
        ("r.csv", TWO.replace("\n", "\r")),
        ("r.csv", "\n\n" + TWO.replace("\n", "\n\n")),
        ("r.csv", TWO + ",,\n"),
        ("r.csv", TWO.replace("\n", ",\n")),
        ("r.csv", TWO.replace("7\n", "7,\n").replace("8.5\n", "8.5,\n")),
        ("r.csv", ",id,variant,score\n0,k1,old,7\n1,k2,old,8.5\n"),
        ("r.csv", "id,Unnamed: 0,variant,score\nk1,1,old,7\nk2,2,old,8.5\n"),
    ],
)
def test_how_a_table_is_written_down_does_not_change_its_runs(
    tmp_path: Path, name: str, content: str | bytes
) -> None:
    found = read_results(written(tmp_path, name, content))
    assert found.drop("replicate", "status").to_dict(as_series=False) == {
        "item_id": ["k1", "k2"],
        "variant": ["old", "old"],
        "score": [7.0, 8.5],
    }


def test_a_packed_file_without_variants_is_named_like_its_table(tmp_path: Path) -> None:
    path = written(tmp_path, "gpt-9.csv.gz", gzip.compress(b"id,score\na,1\n", mtime=0))
    assert read_results(path)["variant"].to_list() == ["gpt-9"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("r.csv", TWO.encode("utf-16-le"), "r.csv: not text in UTF-8 (it has zero bytes); save"),
        ("r.csv", TWO.encode("utf-16")[:-1], "r.csv: not text in UTF-16"),
        ("r.csv", TWO.replace("k2", "kä").encode("latin-1"), "r.csv, line 3: not text in UTF-8"),
        ("r.jsonl", '{"id": "日本"}\n'.encode("shift-jis"), "r.jsonl, line 1: not text in UTF-8"),
        ("r.csv.gz", TWO, "r.csv.gz: not a readable .gz file"),
        (
            "r.csv.gz",
            gzip.compress(TWO.encode(), mtime=0)[:-5],
            "r.csv.gz: not a readable .gz file",
        ),
        ("r.csv.xz", TWO, "r.csv.xz: not a readable .xz file"),
        ("r.zip", TWO, "r.zip: not a readable .zip file"),
        ("r.zip", archive(a_csv=TWO, b_csv=TWO), "r.zip: the archive has 2 files"),
        ("r.zip", archive(a_docx=TWO), "r.zip: the file in it is a.docx; give a table (.csv"),
        ("r.csv.zst", TWO, "r.csv.zst holds no results that can be read; give a table"),
        ("r.csv", archive(sheet_xml=TWO), "r.csv: a zip archive or a spreadsheet"),
        (
            "r.csv",
            TWO + "k3,old\n",
            "r.csv, row 4: not a table of values with commas: the row has 2",
        ),
        (
            "r.csv",
            TWO + "\nk3,old,1,2\n",
            "row 5: not a table of values with commas: the row has 4",
        ),
        ("r.csv", 'id,variant,score\n"k\n1",old,7\nk2,old\n', "r.csv, row 3: not a table"),
        ("r.csv", TWO + '"k3,old,1\n', "r.csv, row 4: a quotation mark is out of place"),
        ("r.csv", "# by hand\n" + TWO, "r.csv, row 1: '# by hand' is a comment"),
        ("r.csv", TWO + "# end\n", "r.csv, row 4: '# end' is a comment"),
        ("r.csv", "id,f1,variant,f1\na,1,v,2\n", 'two columns are named "f1", fields 2 and 4'),
        ("r.csv", "id,,variant,\na,1,v,2\n", "two columns have no name, fields 2 and 4"),
        ("r.csv", ",id,variant,score\n0,a,v,1\n0,b,v,1\n", "row 3: the column without a name is"),
        ("r.csv", "Unnamed: 0,id,variant,f1\n4,a,v,1\n", "row 2: \"Unnamed: 0\" is '4'"),
        (
            "r.csv",
            ",variant,f1\nq1,v,1\n",
            'it has (no name), variant, f1. Name the column with item=""',
        ),
        ("r.csv", "id,Variant,f1\na,v,1\n", 'Name the column with variant="Variant"'),
        ("r.csv", TWO + "k3,old,timeout\n", "row 4: \"score\" is 'timeout', not a number. Numbers"),
        ("r.csv", "id,variant,ms,f1\na,v,1,2\nb,v,1,?\nc,v,1,3\n", "row 3: \"f1\" is '?', not a"),
        (
            "r.csv",
            "id,variant,f1\na,v,no\n",
            "'no', not a number; write true and false, or 1 and 0",
        ),
        ("r.csv", 'id,variant,f1\na,v,"1,250"\n', "'1,250', not a number; write numbers without"),
        (
            "r.csv",
            "id,variant,f1\na,v,12%\n",
            "'12%', not a number; write a number without the sign",
        ),
        ("r.csv", "id,variant,f1\na,v,20_24\n", "row 2: \"f1\" is '20_24', not a number"),
        ("r.csv", "id;variant;f1\na;v;2,5\nb;v;1.250\n", "row 3: \"f1\" is '1.250', with a point"),
        (
            "r.jsonl",
            '{"id": 1, "variant": 2, "f1": 3, "f1": 4}',
            "line 1: not a JSON object that can",
        ),
        ("r.jsonl", '{"id": 1, "s.f": 3, "s": {"f": 4}}', 'line 1: the key "s.f" occurs twice'),
        ("r.jsonl", "[" * 100_000, "r.jsonl, line 1: not a JSON object that can be read"),
        ("r.jsonl", f'{{"id": 1, "f1": 1{"0" * 400}}}', 'line 1: "f1" is \'1000'),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_named_with_the_place(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    message = refusal(written(tmp_path, name, content))
    assert message.startswith(str(tmp_path / name))
    assert says in message


@pytest.mark.parametrize("variant", ["model", ["base", "new"]])
def test_a_column_per_variant_is_answered_with_the_way_to_rows(
    tmp_path: Path, variant: object
) -> None:
    path = written(tmp_path, "wide.csv", "id,base,new\na,1,2\nb,3,4\n")
    assert "frame.unpivot(" in refusal(path, variant=variant)
    rows = pl.read_csv(path).unpivot(index="id", variable_name="variant", value_name="score")
    assert read_results(rows)["score"].to_list() == [1.0, 3.0, 2.0, 4.0]


def test_an_unnamed_column_can_be_the_items(tmp_path: Path) -> None:
    path = written(tmp_path, "r.csv", ",variant,score\nq7,v,1\nq9,v,2\n")
    assert read_results(path, item="")["item_id"].to_list() == ["q7", "q9"]


def test_what_pandas_writes_by_default_has_no_metric_more(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "variant": "v", "score": [1.0, 2.0, 3.0]})
    frame.to_csv(tmp_path / "r.csv")
    pd.read_csv(tmp_path / "r.csv").to_csv(tmp_path / "again.csv")
    frame[frame.score > 1].to_parquet(tmp_path / "r.parquet")
    assert read_results(tmp_path / "r.csv").columns[4:] == ["score"]
    assert read_results(pd.read_csv(tmp_path / "r.csv")).columns[4:] == ["score"]
    assert read_results(tmp_path / "r.parquet").columns[4:] == ["score"]
    assert read_results(tmp_path / "again.csv").columns[4:] == ["score"]


def test_a_long_answer_with_line_breaks_is_one_cell(tmp_path: Path) -> None:
    answer = 'He said ""no"",\n' * 20_000
    path = written(tmp_path, "r.csv", f'id,variant,answer,f1\n1,v,"{answer}",1\n2,v,x,bad\n')
    assert "r.csv, row 3: \"f1\" is 'bad'" in refusal(path)


def test_items_that_a_float_would_confuse_stay_apart(tmp_path: Path) -> None:
    lines = [json.dumps({"id": 2**53 + i, "variant": "v", "f1": i}) for i in range(2)]
    path = written(tmp_path, "r.jsonl", "\n".join(lines))
    assert read_results(path)["item_id"].to_list() == ["9007199254740992", "9007199254740993"]


def test_a_separator_of_lines_within_a_text_ends_no_line(tmp_path: Path) -> None:
    text = json.dumps({"id": "a\u2028b", "variant": "v", "f1": 1}, ensure_ascii=False)
    assert read_results(written(tmp_path, "r.jsonl", text))["item_id"].to_list() == ["a\u2028b"]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pd.DataFrame([["a", 1, 2]], columns=["id", "f1", "f1"]), "'f1' 2 times"),
        (pd.DataFrame({"id": ["a", 1], "variant": "v", "f1": 1}), "values of one type"),
        (pl.DataFrame({"id": [b"a"], "variant": "v", "f1": 1}), "row 1: \"id\" is b'a', bytes"),
        (pl.DataFrame({"id": [1.0, float("nan")], "variant": "v"}), 'row 2: "id" is empty'),
        (pl.DataFrame({"id": ["a"], "variant": "v", "f1": [[1]]}), 'row 1: "f1" is [1], not'),
    ],
)
def test_a_frame_that_cannot_be_runs_is_refused_in_a_sentence(frame: object, says: str) -> None:
    assert says in refusal(frame)
