"""What the verifier said of cases, and the tables of it: by kind, pooled, by rule, by person.

A fabrication counts as found when a claim of the entry that it was made in is flagged; a flag
elsewhere is a false alarm.
"""

import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.facts.draft import Case, Place
from benchmarks.facts.templates import kinds
from benchmarks.support.page import table
from tailor_lab.tailoring import Claim, verify
from tailor_lab.tailoring.resume import Resume


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
        """Whether such a claim is in an entry that was changed; in any, if none is invented."""
        claims = self.flagged(severities)
        if not self.case.fabricated:
            return bool(claims)
        return any(_same_entry(claim, place) for claim in claims for place in self.case.places)

    def right(self, claim: Claim) -> bool:
        """Whether a flagged claim is where something was invented."""
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


def what(kind: str) -> str:
    """What is done in a kind."""
    return kinds()[kind].what if kind in kinds() else ""


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
                f"{kind} {what(kind)}".strip(),
                str(len(some)),
                share(o.found() for o in some),
                share(o.found(["block"]) for o in some),
                pointed,
            ]
        )
    return table(["kind", "n", "flagged", "blocked", "at the very words"], rows)


def pooled(outcomes: Sequence[Outcome]) -> str:
    """The table of what the whole must reach."""
    made = [o for o in outcomes if o.case.kind[0] == "F"]
    hard = [o for o in made if not kinds()[o.case.kind].soft]
    soft = [o for o in made if kinds()[o.case.kind].soft]
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
    before = {line.path: line.text for line in Resume(case.source).lines()}
    after = {line.path: line.text for line in Resume(case.tailored).lines()}
    paths = [p for p in {**before, **after} if before.get(p) != after.get(p)]
    return [(p, before.get(p, "(nothing)"), after.get(p, "(nothing)")) for p in paths[:6]]


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
        lines.append(f"- {case.kind} ({what(case.kind) or 'several'}), {case.resume_id}: {said}")
        for _, before, after in differences(case):
            lines.append(f"    - “{before}” became “{after}”")
    return "\n".join(lines) or "None."
