"""Taxonomies that a user has downloaded, turned into skill files of the knowledge base's format.

What they know of relations is too coarse to support a claim (O*NET files Kubernetes under
"application server software"), so only names are taken over: no parents, no neighbours. A name that
the shipped knowledge base has already is left to it when the file is loaded.
"""

import csv
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tailor_lab.errors import InputError
from tailor_lab.tailoring.knowledge.loading import load_knowledge
from tailor_lab.tailoring.knowledge.values import fold
from tailor_lab.tailoring.text.frequencies import is_everywhere

_ONET_NOTICE = "O*NET Technology Skills, U.S. Department of Labor (CC BY 4.0)"
_ESCO_NOTICE = "ESCO, European Commission (reuse with acknowledgement)"
_LONGEST = 12
"""Words of the longest name; what is longer is a sentence."""


def import_onet(folder: str | Path, target: str | Path) -> int:
    """Writes O*NET's technology skills as a skill file and gives the number of new terms.

    `folder` holds `Technology Skills.txt` as O*NET publishes it. Raises `InputError` where it does
    not.
    """
    path = Path(folder) / "Technology Skills.txt"
    rows = _rows(path, tabs=True, column="Example")
    return _write((row["Example"] for row in rows), "tool", _ONET_NOTICE, Path(target))


def import_esco(folder: str | Path, target: str | Path) -> int:
    """Writes ESCO's skills as a skill file and gives the number of new terms.

    `folder` holds `skills_en.csv` as ESCO publishes it. Raises `InputError` where it does not.
    """
    path = Path(folder) / "skills_en.csv"
    rows = _rows(path, tabs=False, column="preferredLabel")
    return _write((row["preferredLabel"] for row in rows), "concept", _ESCO_NOTICE, Path(target))


def import_file(path: str | Path, target: str | Path) -> int:
    """Writes a file of terms as a skill file and gives the number of new terms.

    A YAML file is one of the knowledge base's own format and is copied as it is, relations and all,
    once it has been read without an error; a JSON file is a list of names; of any other text file
    each line is a name, or the first column of a table with commas or tabs. Raises `InputError`
    where there is nothing to read.
    """
    path, target = Path(path), Path(target)
    if not path.is_file():
        raise InputError(f"There is no file at {path}; give a .yaml, .csv or .txt file of terms.")
    if path.suffix in {".yaml", ".yml"}:
        return _copy(path, target)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not a text file in UTF-8.") from None
    if path.suffix == ".json" or text.lstrip().startswith(("{", "[")):
        return _write(_json_names(text, path.name), "concept", path.name, target)
    lines = text.splitlines()
    mark = "\t" if any("\t" in line for line in lines) else ","
    names = (row[0] for row in csv.reader(lines, delimiter=mark) if row)
    return _write(names, "concept", path.name, target)


def _copy(path: Path, target: Path) -> int:
    before, after = load_knowledge(), load_knowledge(more=[path])
    added = [skill for name, skill in after.skills.items() if name not in before.skills]
    if not added:
        raise InputError(f"{path.name} has no term that is not known already; see the README.")
    for skill in added:
        for spelling in (skill.name, *skill.aliases):
            if is_everywhere(spelling):
                raise InputError(
                    f"{path.name}: {spelling!r} is a word of every text and no skill; remove it."
                )
    target.write_bytes(path.read_bytes())
    return len(added)


def _json_names(text: str, name: str) -> list[str]:
    try:
        names = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        names = None
    if not (isinstance(names, list) and all(isinstance(each, str) for each in names)):
        raise InputError(f'{name} is no list of terms; write it as ["one term", "another"].')
    return names


def _rows(path: Path, *, tabs: bool, column: str) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"There is no {path.name} in {path.parent}; give the downloaded folder.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        plain = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        reader = plain if tabs else csv.DictReader(file)
        if column not in (reader.fieldnames or ()):
            raise InputError(f"{path.name} has no column {column!r}; is it the published file?")
        yield from reader


def _write(names: Iterable[str], kind: str, source: str, target: Path) -> int:
    # What is known without any import, so that a taxonomy can be imported again.
    known = load_knowledge()
    seen: set[str] = set()
    skipped: list[str] = []
    terms: dict[str, Any] = {}
    for name in names:
        text = " ".join(name.split())
        if fold(text) in seen or known.canonical(text) is not None or not text:
            continue
        seen.add(fold(text))
        if not re.search(r"[^\W\d_]", text) or len(text.split()) > _LONGEST or is_everywhere(text):
            skipped.append(text)
            continue
        # A single short or common word needs its exact case and a context to count.
        single = re.fullmatch(r"[A-Za-z]{1,9}", text) is not None
        terms[text] = {"ambiguous": [text]} if single else None
    if skipped:
        shown = ", ".join(repr(text[:40]) for text in skipped[:10])
        more = f" and {len(skipped) - 10:,} more" if len(skipped) > 10 else ""
        warnings.warn(
            f"Skipped, as words of every text, numbers or sentences and no skills: {shown}{more}.",
            stacklevel=3,
        )
    if not terms:
        raise InputError(f"{source} has no term that is not known already; nothing was written.")
    content = {"source": source, "groups": [{"kind": kind, "terms": terms}]}
    target.write_text(
        yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return len(terms)
