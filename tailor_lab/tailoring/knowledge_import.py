"""Taxonomies that a user has downloaded, turned into skill files of the knowledge base's format.

What they know of relations is too coarse to support a claim (O*NET files Kubernetes under
"application server software"), so only names are taken over: no parents, no neighbours. A name that
the shipped knowledge base has already is left to it when the file is loaded.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tailor_lab.errors import InputError
from tailor_lab.tailoring.knowledge import default_knowledge, fold
from tailor_lab.tailoring.skills import tokens

_ONET_NOTICE = "O*NET Technology Skills, U.S. Department of Labor (CC BY 4.0)"
_ESCO_NOTICE = "ESCO, European Commission (reuse with acknowledgement)"


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
    known = default_knowledge()
    seen: set[str] = set()
    terms: dict[str, Any] = {}
    for name in names:
        text = " ".join(name.split())
        if fold(text) in seen or known.canonical(text) is not None or not tokens(text):
            continue
        seen.add(fold(text))
        # A single short or common word needs its exact case and a context to count.
        single = re.fullmatch(r"[A-Za-z]{1,9}", text) is not None
        terms[text] = {"ambiguous": [text]} if single else None
    content = {"source": source, "groups": [{"kind": kind, "terms": terms}]}
    target.write_text(
        yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return len(terms)
