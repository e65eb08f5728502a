"""The sets written by hand: people of many fields, changed one by one, no change like another.

A change names what the tailored résumé says at which path: null drops, a path that ends in "-"
adds. The sets are the case files that have people.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.facts.draft import Case, Place, Posting
from benchmarks.facts.templates import files
from tailor_lab.tailoring.edits import resolve


def changed(resume: dict[str, Any], change: dict[str, Any]) -> tuple[dict[str, Any], list[Place]]:
    """The résumé with a value set at each path, dropped for None, added where it ends in "-"."""
    tailored, places = copy.deepcopy(resume), []
    dropped: list[tuple[list[Any], Any]] = []
    for path, value in change.items():
        parent, _, key = path.rpartition("/")
        if key == "-" and parent.count("/") == 1:
            tailored.setdefault(parent[1:], [])
        holder, place = resolve(tailored, parent), path
        if key == "-":
            holder.append(value)
            place = f"{parent}/{len(holder) - 1}"
        elif isinstance(holder, list):
            if value is None:
                dropped.append((holder, holder[int(key)]))
            else:
                holder[int(key)] = value
        else:
            holder[key] = value
        places.append(Place(place, 0, len(value) if isinstance(value, str) else None))
    for holder, value in dropped:
        holder.remove(value)
    return tailored, places


def parted(change: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is invented and what is honest of a change that may name its kinds."""
    invented = {path: value for path, value in change.items() if path.startswith("/")}
    honest: dict[str, Any] = {}
    for kind, paths in change.items():
        if not kind.startswith("/"):
            (invented if kind.startswith("F") else honest).update(paths)
    return invented, honest


@dataclass(frozen=True)
class Written:
    """A set written by hand: its name, what is known of how it came about, and its people."""

    name: str
    first_asked: Mapping[str, Any] | None
    people: Mapping[str, Any]


def sets() -> list[Written]:
    """All sets, by the names of their files."""
    found = (content for _, content in files("people"))
    return [Written(c["set"]["name"], c["set"].get("first_asked"), c["people"]) for c in found]


def cases(written: Written) -> Iterator[Case]:
    """All cases of a set: the single changes, then those of the `several`, as kind A."""
    for name, person in written.people.items():
        posting = Posting(name, name, "", person["posting"], ())
        single = [(kind, change) for case in person["cases"] for kind, change in case.items()]
        several = [("A", change) for change in person["several"]]
        for number, (kind, change) in enumerate([*single, *several]):
            invented, honest = parted(change)
            tailored, places = changed(person["resume"], invented)
            tailored, _ = changed(tailored, honest)
            label = f"{name} {number}"
            yield Case(
                *(kind, label, name, "test", person["resume"], tailored, posting, tuple(places))
            )
