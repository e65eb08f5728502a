"""The items of an experiment, read from a file or handed over, each with an identity of its own.

An item is a mapping with an `id`. Where it names a file (a résumé, a job), the path is relative to
the file of the items, and the *content* counts: an item's hash changes when a file it names does.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.plan import Item

DOCUMENTS = ("resume", "job", "pairs")
"""The fields of items that may name files, where no workload says which."""


def load_items(
    source: str | Path | Sequence[Mapping[str, Any]],
    *,
    folders: Sequence[Path] = (),
    needs: Iterable[str] = (),
    documents: Sequence[str] | None = None,
) -> list[Item]:
    """The items of a JSONL, CSV or Parquet file, of a folder, or of a sequence of mappings.

    A folder has `resumes` and `jobs` in it; every document of one with every document of the other
    is an item, with `resume_id` and `job_id` after the names of the files. A relative path is
    looked for in `folders`, in that order, then in the working folder. Every item must have an
    `id` of its own and the fields that `needs` names; `InputError` says where one does not.
    `documents` are the fields that may name files, by default `resume`, `job` and `pairs`.
    """
    if isinstance(source, str | Path):
        file = find_file(source, folders)
        rows, base = _read_rows(file), file if file.is_dir() else file.parent
    else:
        rows = [(f"item {i + 1}", dict(row)) for i, row in enumerate(source)]
        base = Path.cwd()
    needed = ("id", *needs)
    seen: dict[str, str] = {}
    items = []
    for where, row in rows:
        for name in needed:
            if row.get(name) in (None, ""):
                wanted = ", ".join(f'"{n}"' for n in needed)
                raise InputError(f'{where}: "{name}" is missing. Each item needs {wanted}.')
        values = {"id": str(row["id"]), **{k: v for k, v in row.items() if k != "id"}}
        item_id = values["id"]
        if item_id in seen:
            raise InputError(
                f'{where}: the id "{item_id}" is used twice, first in {seen[item_id]}.'
            )
        seen[item_id] = where
        items.append(_item(values, base, where, DOCUMENTS if documents is None else documents))
    if not items:
        raise InputError(f"{source}: there are no items in it.")
    return items


def find_file(path: str | Path, folders: Sequence[Path]) -> Path:
    """The file or folder in the first of `folders` (then the working folder) that has it."""
    name = Path(path).expanduser()
    for folder in (*folders, Path.cwd()):
        if (folder / name).exists():
            return folder / name
    raise InputError(f"{path}: there is no such file or folder. Looked in {_list(folders)}.")


def _item(values: dict[str, Any], base: Path, where: str, documents: Sequence[str]) -> Item:
    contents = dict(values)
    for name in documents:
        value = values.get(name)
        if isinstance(value, str) and _looks_like_a_path(value):
            file = base / value
            if not file.is_file():
                raise InputError(f'{where}: "{name}" names {file}, which does not exist.')
            values[name] = str(file)
            contents[name] = sha256(file.read_bytes()).hexdigest()
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False, default=str)
    return Item(id=values["id"], values=values, hash=sha256(text.encode()).hexdigest()[:16])


def _looks_like_a_path(text: str) -> bool:
    """A short single line that ends like a document; a pasted résumé does not look like that."""
    return len(text) < 500 and "\n" not in text and Path(text).suffix.lower() in _DOCUMENTS


_DOCUMENTS = (".json", ".jsonl", ".md", ".txt", ".pdf", ".docx")


def _read_rows(file: Path) -> list[tuple[str, dict[str, Any]]]:
    """Rows with the words that say where each stands."""
    if file.is_dir():
        return _every_pair(file)
    suffix = file.suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        return list(_json_lines(file))
    if suffix in {".csv", ".parquet"}:
        import polars as pl

        frame = (
            pl.read_csv(file, infer_schema_length=None)
            if suffix == ".csv"
            else pl.read_parquet(file)
        )
        first = 2 if suffix == ".csv" else 1
        return [
            (f"{file}, row {i}", row) for i, row in enumerate(frame.iter_rows(named=True), first)
        ]
    raise InputError(f"{file}: items are read from .jsonl, .csv or .parquet files, or a folder.")


def _every_pair(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    resumes, jobs = (_documents(folder / name) for name in ("resumes", "jobs"))
    if not resumes or not jobs:
        raise InputError(
            f"{folder}: there is nothing to pair in it. Put résumés into {folder / 'resumes'} and "
            f"postings into {folder / 'jobs'}, each a file ending in {', '.join(_DOCUMENTS)}."
        )
    return [
        (
            f"{resume.name} with {job.name}",
            {
                "id": f"{resume.stem}--{job.stem}",
                "resume": str(resume.relative_to(folder)),
                "job": str(job.relative_to(folder)),
                "resume_id": resume.stem,
                "job_id": job.stem,
            },
        )
        for resume in resumes
        for job in jobs
    ]


def _documents(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(file for file in found if file.suffix.lower() in _DOCUMENTS)


def _json_lines(file: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            where = f"{file}, line {number}"
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(
                    f"{where}, column {error.colno}: not valid JSON ({error.msg})."
                ) from None
            if not isinstance(row, dict):
                raise InputError(f"{where}: each line must be a JSON object.")
            yield where, row


def _list(folders: Sequence[Path]) -> str:
    return ", ".join(dict.fromkeys(str(folder) for folder in (*folders, Path.cwd())))
