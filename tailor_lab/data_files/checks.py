"""What a data file must hold beyond its schema: its parts agree with each other.

`CHECKS` has a check for each kind of file that needs one; `read_data_file` runs it on data that
fits the schema.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from tailor_lab.data_files.fault import Check, Fault, Keys

_SECTIONS = frozenset(
    {
        *("basics", "work", "volunteer", "education", "awards", "certificates", "publications"),
        *("skills", "languages", "interests", "references", "projects"),
    }
)
"""The sections of JSON Resume."""
Spelling = tuple[Keys, str, str]
"""The keys of a spelling, the spelling and what it means."""


def listed(value: Any) -> list[str]:
    """A list of words, which a file may also write as one text with commas.

    >>> listed("work, projects,")
    ['work', 'projects']
    """
    if value is None:
        return []
    items = value.split(",") if isinstance(value, str) else value
    return [text for item in items if (text := str(item).strip())]


def two_meanings(spellings: Iterable[Spelling]) -> Fault | None:
    """The first spelling that stands for two things, whatever its case."""
    seen: dict[str, str] = {}
    for path, spelling, meaning in spellings:
        other = seen.setdefault(" ".join(spelling.casefold().split()), meaning)
        if other != meaning:
            return Fault(path, f"has {spelling!r}, which means both {other!r} and {meaning!r}")
    return None


def _of_each(data: Mapping[str, Any], key: str, *, names: bool) -> Iterator[Spelling]:
    for name, entry in data.items():
        if names:
            yield (name,), name, name
        for word in listed(entry.get(key)):
            yield (name, key), word, name


def _levels(data: Mapping[str, Any]) -> Fault | None:
    for name, entry in data.items():
        low, high = entry["years"]
        if low > high:
            return Fault((name, "years"), f"goes from {low} down to {high}; the lower comes first")
    return two_meanings(_of_each(data, "words", names=False))


def _credentials(data: Mapping[str, Any]) -> Fault | None:
    return two_meanings(_of_each(data, "aliases", names=True))


def _titles(data: Mapping[str, Any]) -> Fault | None:
    for name, entry in data.items():
        for other in listed(entry.get("near")):
            if other not in data:
                return Fault((name, "near"), f"names {other!r}, which is no title of this file")
    return two_meanings(_of_each(data, "titles", names=True))


def _score(data: Mapping[str, Any]) -> Fault | None:
    total = sum(data["weights"].values())
    if abs(total - 100) > 1e-9:
        return Fault(("weights",), f"must sum to 100, not to {total:g}", of_key=True)
    points = data["lexical_reference"]
    for index, (before, after) in enumerate(pairwise(points), start=1):
        if after[0] <= before[0] or after[1] < before[1]:
            return Fault(("lexical_reference", index), f"must rise from {before}, not be {after}")
    return None


def _packs(data: Mapping[str, Any]) -> Fault | None:
    for name, entry in data["levels"].items():
        for section in listed(entry.get("sections")):
            if section not in _SECTIONS:
                text = f"names {section!r}, which is no section; there are "
                return Fault(("levels", name, "sections"), text + ", ".join(sorted(_SECTIONS)))
    return None


def _practices(data: Mapping[str, Any]) -> Fault | None:
    seen: set[str] = set()
    for index, entry in enumerate(data["practices"]):
        if entry["id"] in seen:
            return Fault(("practices", index, "id"), f"is {entry['id']!r}, which is used twice")
        seen.add(entry["id"])
    return None


def _lint(data: Mapping[str, Any]) -> Fault | None:
    seen: set[str] = set()
    for index, rule in enumerate(data["rules"]):
        if rule["name"] in seen:
            return Fault(("rules", index, "name"), f"is {rule['name']!r}, which is used twice")
        seen.add(rule["name"])
    return None


def _dates(data: Mapping[str, Any]) -> Fault | None:
    return two_meanings(
        (("languages", language, "months", index, place), name, f"month {index + 1}")
        for language, entry in data["languages"].items()
        for index, names in enumerate(entry["months"])
        for place, name in enumerate(names)
    )


def _headings(data: Mapping[str, Any]) -> Fault | None:
    return two_meanings(
        (("languages", language, section, place), name, section)
        for language, sections in data["languages"].items()
        for section, names in sections.items()
        for place, name in enumerate(names)
    )


def _lists(table: Mapping[str, Any], *around: str, keys: Iterable[str] = ()) -> Iterator[Spelling]:
    for key in keys or table:
        for place, word in enumerate(table[key]):
            yield (*around, key, place), word, key


def _numbers(data: Mapping[str, Any]) -> Fault | None:
    # Not "vague": those stand alone ("millions of users"), multiples behind a figure.
    tables = ("ones", "tens", "phrases", "multiples")
    values = (((key, word), word, f"{n:g}") for key in tables for word, n in data[key].items())
    return two_meanings(_lists(data["currencies"], "currencies")) or two_meanings(values)


def _verbs(data: Mapping[str, Any]) -> Fault | None:
    return two_meanings(_lists(data, keys=("assisted", "contributed", "built", "led")))


def _terms(data: Mapping[str, Any]) -> Fault | None:
    return two_meanings(_lists(data["terms"], "terms"))


CHECKS: Mapping[str, Check] = {
    "levels": _levels,
    "certifications": _credentials,
    "degrees": _credentials,
    "industries": _credentials,
    "titles": _titles,
    "score": _score,
    "packs": _packs,
    "practices": _practices,
    "lexicon/dates": _dates,
    "lexicon/headings": _headings,
    "lexicon/numbers": _numbers,
    "lexicon/verbs": _verbs,
    "lexicon/offline_model": _terms,
    "lexicon/prompt_lint": _lint,
}
"""The check of each kind of file, by the name of its schema."""
