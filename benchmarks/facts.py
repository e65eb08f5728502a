"""Does the verifier find what was invented, and leave alone what was not?

    python -m benchmarks.facts [--split development|test] [--kind F4 …] [--show-misses N]

Labelled changes of 24 kinds of fabrication and 23 kinds of legitimate edit are made in the shipped
résumés and in real ones (`facts_cases` says how they are drawn and split), and `verify` is asked
about each. A fabrication counts as found when a claim of the entry that it was made in is flagged;
a flag elsewhere is a false alarm. Work on the verifier looks at the development part only; the
misses of the test part are not shown unless `--open-test` says so.
"""

import argparse
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmarks import (
    facts_fields,
    facts_more_fabrications,
    facts_more_rewordings,
    facts_more_spellings,
    facts_more_titles,
    facts_prose,
    facts_rewordings,
    facts_spellings,
)
from benchmarks.facts_cases import SPLITS, TEMPLATES, Case, Place, adversarial, draw, unchanged
from benchmarks.page import table, write
from tailor_lab.tailoring import Claim, verify

MODULES = (
    *(facts_prose, facts_fields, facts_spellings, facts_rewordings),
    *(facts_more_fabrications, facts_more_spellings, facts_more_titles, facts_more_rewordings),
)
SOFT = frozenset({"F16", "F17", "F19", "F21", "F22", "F23"})
WHAT = {
    "F1": "inflated percentage",
    "F2": "inflated count",
    "F3": "inflated money",
    "F4": "figure invented on a bare bullet",
    "F5": "title: seniority",
    "F6": "title: function changed or extended",
    "F7": "new employer",
    "F8": "swapped employer",
    "F9": "dates extended, gap closed",
    "F10": "years of experience",
    "F11": "degree: level or field",
    "F12": "institution swapped",
    "F13": "certificate not held",
    "F14": "listed skill, leaked from the job",
    "F15": "listed skill, not in the job",
    "F16": "skill in prose",
    "F17": "verb of larger scope",
    "F18": "team size or budget",
    "F19": "invented reach",
    "F20": "award, patent, publication",
    "F21": "figure moved to another employer",
    "F22": "comparator changed",
    "F23": "language, clearance, visa",
    "F24": "intern or contract to full-time",
    "L1": "alias",
    "L2": "tense",
    "L3": "money spelt otherwise",
    "L4": "30% to 30 percent",
    "L5": "twelve to 12",
    "L6": "clauses reordered",
    "L7": "bullets reordered",
    "L8": "bullets merged",
    "L9": "bullet split",
    "L10": "something dropped",
    "L11": "skill of a bullet listed",
    "L12": "date format",
    "L13": "degree spelt otherwise",
    "L14": "company spelt otherwise",
    "L15": "certificate spelt otherwise",
    "L16": "synonym of the verb",
    "L17": "weaker or vaguer figure",
    "L18": "title spelt otherwise",
    "L19": "acronym expanded",
    "L20": "summary of supported facts",
    "L21": "computed tenure",
    "L22": "broader skill",
    "L23": "separators, dashes, locale",
}


@dataclass(frozen=True)
class Outcome:
    """What the verifier said of a case."""

    case: Case
    claims: tuple[Claim, ...]
    milliseconds: float

    def flagged(self, severities: Sequence[str] = ("block", "review")) -> list[Claim]:
        """The claims of these severities."""
        return [claim for claim in self.claims if claim.severity in severities]

    def found(self, severities: Sequence[str] = ("block", "review")) -> bool:
        """Whether such a claim stands in an entry that was changed; in any, if none is invented."""
        claims = self.flagged(severities)
        if not self.case.fabricated:
            return bool(claims)
        return any(_same_entry(claim, place) for claim in claims for place in self.case.places)

    def right(self, claim: Claim) -> bool:
        """Whether a flagged claim stands where something was invented."""
        return self.case.fabricated and any(_same_entry(claim, p) for p in self.case.places)

    def pointed(self) -> bool:
        """Whether a flagged claim overlaps the very words that were changed."""
        return any(_overlaps(claim, p) for claim in self.flagged() for p in self.case.places)


def _same_entry(claim: Claim, place: Place) -> bool:
    entry = place.entry()
    return f"{claim.path}/".startswith(f"{entry}/") or entry.startswith(f"{claim.path}/")


def _overlaps(claim: Claim, place: Place) -> bool:
    if claim.path != place.path:
        dates = {claim.path.rpartition("/")[2], place.path.rpartition("/")[2]}
        if dates == {"startDate", "endDate"}:
            return claim.path.rpartition("/")[0] == place.path.rpartition("/")[0]
        return f"{claim.path}/".startswith(f"{place.path}/") or place.path.startswith(
            f"{claim.path}/"
        )
    if claim.span is None or place.end is None:
        return True
    return claim.span[0] < place.end and place.start < claim.span[1]


def check(case: Case) -> Outcome:
    """Asks the verifier about a case."""
    start = time.perf_counter()
    report = verify(case.source, case.tailored, job=case.posting.text)
    return Outcome(case, report.claims, (time.perf_counter() - start) * 1000)


def wilson(hits: int, n: int) -> str:
    """A share with its 95 % interval (Wilson, 1927)."""
    if n == 0:
        return "–"
    z, p = 1.959964, hits / n
    middle, width = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    low, high = (middle - width) / (1 + z * z / n), (middle + width) / (1 + z * z / n)
    return f"{p:.3f} [{max(low, 0.0):.3f}, {min(high, 1.0):.3f}]"


def share(values: Iterable[bool]) -> str:
    """The share of true values with its interval."""
    known = list(values)
    return wilson(sum(known), len(known))


def order(kind: str) -> tuple[str, int]:
    """Sorts F2 before F10."""
    return kind[0], int(kind[1:]) if kind[1:].isdigit() else 0


def by_kind(outcomes: Sequence[Outcome]) -> str:
    """The table by kind."""
    rows = []
    for kind, group in groupby(outcomes, key=lambda o: o.case.kind):
        some = list(group)
        pointed = share(o.pointed() for o in some if o.found()) if kind[0] == "F" else ""
        rows.append(
            [
                f"{kind} {WHAT.get(kind, '')}".strip(),
                str(len(some)),
                share(o.found() for o in some),
                share(o.found(["block"]) for o in some),
                pointed,
            ]
        )
    return table(["kind", "n", "flagged", "blocked", "at the very words"], rows)


def pooled(outcomes: Sequence[Outcome]) -> str:
    """The table of what the whole is held to."""
    made = [o for o in outcomes if o.case.kind[0] == "F"]
    hard = [o for o in made if o.case.kind not in SOFT]
    soft = [o for o in made if o.case.kind in SOFT]
    legitimate = [o for o in outcomes if o.case.kind[0] == "L"]
    same = [o for o in outcomes if o.case.kind == "unchanged"]
    plain = [*made, *legitimate, *same]
    blocks = [(o, claim) for o in plain for claim in o.flagged(["block"])]
    times = [o.milliseconds for o in plain]
    rows = [
        ["hard kinds flagged", "≥ 0.95", share(o.found() for o in hard)],
        ["soft kinds flagged", "≥ 0.85", share(o.found() for o in soft)],
        ["blocks that are right", "≥ 0.97", share(o.right(claim) for o, claim in blocks)],
        ["legitimate edits blocked", "≤ 0.02", share(o.found(["block"]) for o in legitimate)],
        ["legitimate edits flagged", "≤ 0.06", share(o.found() for o in legitimate)],
        ["unchanged résumés blocked", "0", share(o.found(["block"]) for o in same)],
        ["unchanged résumés flagged", "", share(o.found() for o in same)],
        ["flags at the very words", "≥ 0.95", share(o.pointed() for o in made if o.found())],
        ["calibration error of flags", "≤ 0.05", f"{calibration_error(plain):.3f}"],
        ["ms a résumé, mean", "≤ 50", f"{statistics.mean(times):.1f}"],
        ["ms a résumé, 95th percentile", "", f"{sorted(times)[int(len(times) * 0.95)]:.1f}"],
    ]
    return table(["measure", "wanted", "found"], rows)


def calibration_error(outcomes: Sequence[Outcome], bins: int = 10) -> float:
    """Expected calibration error of the flagged claims' confidence, in bins of equal width.

    Source: Naeini, Cooper and Hauskrecht (2015), "Obtaining Well Calibrated Probabilities".
    """
    flags = [(claim.confidence, o.right(claim)) for o in outcomes for claim in o.flagged()]
    if not flags:
        return 0.0
    sums = [[0.0, 0.0] for _ in range(bins)]
    for confidence, right in flags:
        cell = sums[min(int(confidence * bins), bins - 1)]
        cell[0] += confidence
        cell[1] += right
    return sum(abs(stated - true) for stated, true in sums) / len(flags)


def by_rule(outcomes: Sequence[Outcome]) -> str:
    """What each rule's flags are worth."""
    flags: dict[str, list[tuple[float, bool]]] = {}
    for outcome in outcomes:
        for claim in outcome.flagged():
            key = f"{claim.rule} ({claim.severity})"
            flags.setdefault(key, []).append((claim.confidence, outcome.right(claim)))
    rows = [
        [
            rule,
            str(len(known)),
            share(right for _, right in known),
            f"{statistics.mean(stated for stated, _ in known):.3f}",
        ]
        for rule, known in sorted(flags.items(), key=lambda item: -len(item[1]))
    ]
    return table(["rule", "flags", "right", "stated confidence"], rows)


def of_several(outcomes: Sequence[Outcome]) -> str:
    """The table of the adversarial set."""
    places = [
        any(_same_entry(claim, place) for claim in o.flagged())
        for o in outcomes
        for place in o.case.places
    ]
    rows = [
        ["cases", str(len(outcomes))],
        ["changes found", share(places)],
        ["cases with a flag", share(o.found() for o in outcomes)],
        ["cases with a block", share(o.found(["block"]) for o in outcomes)],
        [
            "cases with every change found",
            share(
                all(any(_same_entry(c, p) for c in o.flagged()) for p in o.case.places)
                for o in outcomes
            ),
        ],
        [
            "flags that are right",
            share(o.right(claim) for o in outcomes for claim in o.flagged()),
        ],
    ]
    return table(["two or three fabrications and an edit", ""], rows)


def show(outcomes: Sequence[Outcome], limit: int) -> None:
    """Prints up to `limit` wrong outcomes of each kind."""
    for kind, group in groupby(outcomes, key=lambda o: o.case.kind):
        wrong = [o for o in group if o.found() != o.case.fabricated]
        for outcome in wrong[:limit]:
            case = outcome.case
            print(f"\n{kind} {case.template}, {case.resume_id}")
            for path, before, after in differences(case):
                print(f"  {path}\n    - {before}\n    + {after}")
            for claim in outcome.flagged():
                print(f"    ! {claim.severity} {claim.rule}: {claim}")


def differences(case: Case) -> list[tuple[str, str, str]]:
    """Where the two documents of a case differ."""
    from tailor_lab.tailoring.resume import Resume

    before = {line.path: line.text for line in Resume(case.source).lines()}
    after = {line.path: line.text for line in Resume(case.tailored).lines()}
    paths = [p for p in {**before, **after} if before.get(p) != after.get(p)]
    return [(p, before.get(p, "(nothing)"), after.get(p, "(nothing)")) for p in paths[:6]]


def main() -> None:
    """Draws the cases, asks, and prints or writes the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=SPLITS, default="development")
    parser.add_argument("--kind", nargs="+", default=None, help="only these kinds, such as F4 L17")
    parser.add_argument("--cases", type=int, default=150, help="cases a kind and part")
    parser.add_argument("--show-misses", type=int, default=0, metavar="N", help="N of each kind")
    parser.add_argument(
        "--rules", action="store_true", help="what the flags of each rule are worth"
    )
    parser.add_argument("--markdown", action="store_true", help="write the tables to docs/facts.md")
    parser.add_argument("--open-test", action="store_true", help="show the test part's misses, too")
    arguments = parser.parse_args()
    if arguments.show_misses and arguments.split == "test" and not arguments.open_test:
        parser.error("the test part's misses stay closed; look at the development part instead")
    kinds = sorted(arguments.kind or TEMPLATES, key=order)
    cases = [c for kind in kinds for c in draw(kind, arguments.split, arguments.cases)]
    outcomes = [check(case) for case in [*cases, *unchanged(arguments.split)]]
    parts = [by_kind(outcomes)]
    if arguments.kind is None:
        several = [check(case) for case in adversarial(arguments.split, 2 * arguments.cases)]
        parts += [pooled(outcomes), of_several(several)]
    if arguments.rules:
        parts.append(by_rule(outcomes))
    text = "\n\n".join(parts)
    if arguments.markdown:
        page = Path(__file__).parents[1] / "docs" / "facts.md"
        write(f"facts-{arguments.split}", text, page=page)
    else:
        print(text)
    show(outcomes, arguments.show_misses)


if __name__ == "__main__":
    main()
