"""The items of an experiment, read from a file or handed over, each with an identity of its own.

An item is a mapping with an `id`. Where it names a file (a résumé, a job), the path is relative to
the file of the items, and the *content* counts: an item's hash changes when a file it names does.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.experiment.plan import Item
from tailor_lab.files import local_path

DOCUMENTS = ("resume", "job", "pairs")
"""The fields of items that may name files, where no workload says which."""
_PATH = re.compile(r"(?!\w+://)(?:\S+|[^.;:!?,\n]*/[^;:!?,\n]*)\.\w{1,8}")
"""One word, or words with a slash in them, that end like the name of a file."""
_TABLES = (".jsonl",)
"""Files of items, which an item of a workload over whole files may name."""


def load_items(
    source: str | Path | Sequence[Mapping[str, Any]],
    *,
    folders: Sequence[Path] = (),
    endings: Sequence[str] | None = None,
    needs: Iterable[str] = (),
    documents: Sequence[str] | None = None,
) -> list[Item]:
    """The items of a JSONL, CSV or Parquet file, of a folder, or of a sequence of mappings.

    A folder has `resumes` and `jobs` in it; every document of one with every document of the other
    is an item, with `resume_id` and `job_id` after the names of the files. A relative path is
    looked for in `folders`, in that order, then in the working folder. Every item must have an
    `id` of its own and the fields that `needs` names; `InputError` says where one does not.
    `documents` are the fields that may name files, by default `resume`, `job` and `pairs`.
    `endings` are those of documents; without them, a value is a path where it reads as one, and
    every file of a folder that does not begin with a dot is a document.
    """
    if isinstance(source, str | Path):
        file = find_file(source, folders)
        rows = _every_pair(file, endings) if file.is_dir() else _read_rows(file)
        base = file if file.is_dir() else file.parent
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
        fields = DOCUMENTS if documents is None else documents
        items.append(_item(values, base, where, fields, endings))
    if not items:
        raise InputError(f"{source}: there are no items in it.")
    return items


def find_file(path: str | Path, folders: Sequence[Path]) -> Path:
    """The file or folder in the first of `folders` (then the working folder) that has it."""
    name = local_path(path, "a table of items").expanduser()
    for folder in (*folders, Path.cwd()):
        if (folder / name).exists():
            return folder / name
    raise InputError(f"{path}: there is no such file or folder. Looked in {_list(folders)}.")


def _item(
    values: dict[str, Any],
    base: Path,
    where: str,
    documents: Sequence[str],
    endings: Sequence[str] | None,
) -> Item:
    contents = dict(values)
    for name in documents:
        value = values.get(name)
        if isinstance(value, str) and _names_a_file(value, base, endings):
            file = base / value
            if not file.is_file():
                raise InputError(f'{where}: "{name}" names {file}, which does not exist.')
            values[name] = str(file)
            contents[name] = sha256(file.read_bytes()).hexdigest()
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False, default=str)
    return Item(id=values["id"], values=values, hash=sha256(text.encode()).hexdigest()[:16])


def _names_a_file(text: str, base: Path, endings: Sequence[str] | None) -> bool:
    """A short single line that ends like a document; a pasted résumé does not look like that."""
    if len(text) >= 500 or "\n" in text:
        return False
    if endings is not None:
        return Path(text).suffix.lower() in {*endings, *_TABLES}
    return _PATH.fullmatch(text) is not None or (base / text).is_file()


def _read_rows(file: Path) -> list[tuple[str, dict[str, Any]]]:
    """Rows with the words that say where each stands."""
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


def _every_pair(folder: Path, endings: Sequence[str] | None) -> list[tuple[str, dict[str, Any]]]:
    resumes, jobs = (_documents(folder / name, endings) for name in ("resumes", "jobs"))
    if not resumes or not jobs:
        ending = f" ending in {', '.join(endings)}" if endings else ""
        raise InputError(
            f"{folder}: there is nothing to pair in it. Put résumés into {folder / 'resumes'} and "
            f"postings into {folder / 'jobs'}, each a file{ending}."
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


def _documents(folder: Path, endings: Sequence[str] | None) -> list[Path]:
    found = (file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else ()
    return sorted(
        file
        for file in found
        if (file.suffix.lower() in endings if endings is not None else file.name[0] != ".")
    )


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
