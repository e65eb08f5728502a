"""What does the verifier make of fabrications and edits that no template made?

    python -m benchmarks.facts_handwritten [--markdown]

The sets in `handwritten` hold people of many fields with changes written one by one, before the
verifier had seen any of them. All are asked about as in `benchmarks.facts`, and every wrong answer
is listed.
"""

import argparse
import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.facts import WHAT, Outcome, check, differences, of_several, order, share
from benchmarks.facts_cases import Case, Place, Posting
from benchmarks.page import table, write
from tailor_lab.tailoring.edits import resolve

SETS = {
    "the first set": Path(__file__).parent / "handwritten" / "facts.yaml",
    "the second set": Path(__file__).parent / "handwritten" / "second_facts.yaml",
    "the third set": Path(__file__).parent / "handwritten" / "third_facts.yaml",
}
PAGE = Path(__file__).parents[1] / "docs" / "facts.md"


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


def cases(file: Path) -> Iterator[Case]:
    """All cases of a set: the single changes, then those of the `several`, as kind A."""
    people = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, person in people.items():
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


def by_person(outcomes: Sequence[Outcome]) -> str:
    """The table by field of work."""
    rows = []
    for name in dict.fromkeys(o.case.resume_id for o in outcomes):
        some = [o for o in outcomes if o.case.resume_id == name]
        made = [o for o in some if o.case.kind[0] == "F"]
        fine = [o for o in some if o.case.kind[0] == "L"]
        rows.append(
            [
                name.replace("_", " "),
                share(o.found() for o in made),
                share(o.found(["block"]) for o in fine),
                share(o.found() for o in fine),
            ]
        )
    made = [o for o in outcomes if o.case.kind[0] == "F"]
    fine = [o for o in outcomes if o.case.kind[0] == "L"]
    rows.append(
        [
            f"**all** ({len(made)} and {len(fine)})",
            share(o.found() for o in made),
            share(o.found(["block"]) for o in fine),
            share(o.found() for o in fine),
        ]
    )
    head = [
        "person",
        "fabrications flagged",
        "legitimate edits blocked",
        "legitimate edits flagged",
    ]
    return table(head, rows)


def wrong(outcomes: Sequence[Outcome]) -> str:
    """Every fabrication that passed and every legitimate edit that was flagged, as a list."""
    lines = []
    for outcome in sorted(outcomes, key=lambda o: order(o.case.kind)):
        if outcome.found() == outcome.case.fabricated:
            continue
        case = outcome.case
        said = "; ".join(f"{claim.severity}: {claim}" for claim in outcome.flagged()) or "passed"
        lines.append(f"- {case.kind} ({WHAT.get(case.kind, 'several')}), {case.resume_id}: {said}")
        for _, before, after in differences(case):
            lines.append(f"    - “{before}” became “{after}”")
    return "\n".join(lines) or "None."


def told(name: str, file: Path) -> Iterator[str]:
    """What was found in a set: by person, of several changes at once, and every wrong answer."""
    outcomes = [check(case) for case in cases(file)]
    single = [o for o in outcomes if o.case.kind != "A"]
    yield f"**{name.capitalize()}**"
    yield by_person(single)
    yield of_several([o for o in outcomes if o.case.kind == "A"])
    yield f"Wrong answers:\n\n{wrong(outcomes)}"


def main() -> None:
    """Asks about every case and prints or writes what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--markdown", action="store_true", help="write the tables to docs/facts.md")
    arguments = parser.parse_args()
    text = "\n\n".join(part for name, file in SETS.items() for part in told(name, file))
    if arguments.markdown:
        write("facts-handwritten", text, page=PAGE)
    else:
        print(text)


if __name__ == "__main__":
    main()
