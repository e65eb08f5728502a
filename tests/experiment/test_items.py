"""Items: read from files, with an identity that follows their content."""

import json
from pathlib import Path

import polars as pl
import pytest

from tailor_lab import InputError
from tailor_lab.experiment.run.items import load_items

ROWS = [
    {"id": "a", "resume": "long text\nof a résumé", "job": "a job\n"},
    {"id": "b", "resume": "x\ny", "job": "z\n"},
]


def write_lines(path: Path, rows: list) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows))
    return path


def test_jsonl_csv_parquet_and_mappings_give_the_same_items(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS)
    frame.write_csv(tmp_path / "items.csv")
    frame.write_parquet(tmp_path / "items.parquet")
    sources = [
        write_lines(tmp_path / "items.jsonl", ROWS),
        tmp_path / "items.csv",
        tmp_path / "items.parquet",
        ROWS,
    ]
    first, *others = [load_items(source, needs=["resume", "job"]) for source in sources]
    assert all(other == first for other in others)


def test_an_item_changes_its_hash_when_a_file_it_names_changes(tmp_path: Path) -> None:
    resume = tmp_path / "resume.txt"
    resume.write_text("first")
    items = write_lines(tmp_path / "items.jsonl", [{"id": "a", "resume": "resume.txt"}])
    before = load_items(items)[0]
    resume.write_text("second")
    after = load_items(items)[0]
    assert before.values == after.values
    assert before.hash != after.hash


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([ROWS[0], {"id": "b", "job": "z"}], 'line 2: "resume" is missing'),
        ([ROWS[0], ROWS[0]], 'line 2: the id "a" is used twice, first in'),
        ([ROWS[0], "{nonsense"], "line 2, column 2: not valid JSON"),
        (["[1, 2]"], "line 1: each line must be a JSON object"),
        ([], "there are no items"),
        ([{"id": "a", "resume": "gone.pdf", "job": "x"}], "which does not exist"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, rows, says) -> None:
    with pytest.raises(InputError, match="items.jsonl") as caught:
        load_items(write_lines(tmp_path / "items.jsonl", rows), needs=["resume", "job"])
    assert says in str(caught.value)


def test_a_file_is_looked_for_in_the_folders_in_their_order(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_lines(tmp_path / name / "items.jsonl", [{"id": name}])
    folders = [tmp_path / "first", tmp_path / "second"]
    assert load_items("items.jsonl", folders=folders)[0].id == "first"
    with pytest.raises(InputError, match="no such file"):
        load_items("others.jsonl", folders=folders)


def test_a_folder_pairs_every_resume_with_every_posting(tmp_path: Path) -> None:
    for name in ("resumes/ada.md", "resumes/bob.txt", "jobs/analyst.txt", "jobs/.notes"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"the text of {name}")
    items = load_items("mine", folders=[tmp_path.rename(tmp_path.with_name("mine")).parent])
    assert [item.id for item in items] == ["ada--analyst", "bob--analyst"]
    assert items[0].values["resume_id"] == "ada"
    assert Path(items[0].values["job"]).read_text() == "the text of jobs/analyst.txt"


def test_a_folder_without_postings_says_where_they_belong(tmp_path: Path) -> None:
    (tmp_path / "resumes").mkdir()
    with pytest.raises(InputError, match="postings into .*jobs"):
        load_items(tmp_path)


def test_only_files_with_the_endings_of_documents_are_paired(tmp_path: Path) -> None:
    for name in ("resumes/ada.md", "resumes/ada.log", "jobs/analyst.odt", "jobs/notes"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a text")
    (item,) = load_items(tmp_path, endings=(".md", ".odt"))
    assert item.id == "ada--analyst"


@pytest.mark.parametrize(
    "text", ["We need Node.js", "https://example.com/job.html", "Lead a team. Ship it.", "a\nb.md"]
)
def test_a_short_text_is_no_path(tmp_path: Path, text: str) -> None:
    (item,) = load_items(write_lines(tmp_path / "items.jsonl", [{"id": "a", "job": text}]))
    assert item.values["job"] == text


def test_a_file_with_spaces_in_its_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "my own cv.md").write_text("first")
    rows = [{"id": "a", "resume": "my own cv.md"}]
    (item,) = load_items(write_lines(tmp_path / "items.jsonl", rows))
    assert item.values["resume"] == str(tmp_path / "my own cv.md")
