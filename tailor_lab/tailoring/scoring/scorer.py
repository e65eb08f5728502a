"""The ATS match score: how well a résumé answers a posting, from 0 to 100, every point explained.

It is a documented heuristic of this project and no vendor's score; `docs/ats_score.md` gives the
formula, its reasons and its limits. The weights are in `data/knowledge/score.yaml`. A component
that the posting or résumé gives no ground for leaves the denominator. `raw` believes all that the
résumé says; `verified` gives no credit to what was found unsupported, and is the one to rank by.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tailor_lab.markup import Shown, bullets, heading, paragraph, table, visible
from tailor_lab.questions import ask
from tailor_lab.tailoring.documents.load import load_resume
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.posting.job import Job, load_job
from tailor_lab.tailoring.posting.requirement import Requirement
from tailor_lab.tailoring.posting.swapped import mistaken_job
from tailor_lab.tailoring.resume import Resume
from tailor_lab.tailoring.scoring.parts import (
    Match,
    credentials_part,
    is_duty_in_words,
    lexical_part,
    match_requirements,
    parsability_part,
    pull_thin,
    seniority_part,
    skills_part,
    title_part,
)
from tailor_lab.tailoring.scoring.profile import Evidence, Profile, masks_of, profile_of, this_month
from tailor_lab.tailoring.scoring.settings import settings_of
from tailor_lab.tailoring.text.dates import Month

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Component:
    """One weighted part of a score."""

    name: str
    weight: float
    """Its share of 100 among all components."""
    value: float | None
    """From 0 to 1, or None where there is no ground to judge it."""
    why: str
    points: float = 0.0
    """What it adds to the score, of the points that it could add."""
    points_possible: float = 0.0


@dataclass(frozen=True)
class Advice:
    """What would raise the score, and by how many points."""

    text: str
    gain: float
    requirement: str | None = None


@dataclass(frozen=True, repr=False)
class Score(Shown):
    """A match score with its explanation."""

    value: float
    """The verified score, 0 to 100: the one to rank by."""
    raw: float
    """The score with claims taken at their word, 0 to 100."""
    verified: float
    """The score that gives unsupported claims no credit, 0 to 100."""
    components: tuple[Component, ...]
    """Each part with its weight and its share."""
    requirements: tuple[Match, ...]
    """Each requirement with its credit and the spans that earn it."""
    missing: tuple[str, ...]
    """What is asked for and not shown, the required first."""
    advice: tuple[Advice, ...]
    """What would raise it most, the largest gain first."""
    evaluable_weight: float
    """How much of the 100 points of weight could be judged."""
    warnings: tuple[str, ...]
    version: str
    """Of the scoring rules; scores of other versions do not compare."""
    cap: float = 100.0
    """The most points that it can have while something the posting calls a must is missing."""

    @property
    def fabrication_premium(self) -> float:
        """The points that unsupported claims would have earned."""
        return self.raw - self.verified

    def evidence(self) -> tuple[tuple[Requirement, Evidence], ...]:
        """Pairs of a requirement and a place of the résumé that answers it."""
        return tuple((m.requirement, place) for m in self.requirements for place in m.evidence)

    def sensitivity(self, *, change: float = 0.5) -> "pl.DataFrame":
        """What the score would be if each weight were changed by a share, up and down.

        See `tailor_lab.tailoring.scoring.sensitivity.sensitivity`, which compares variants, too.
        `change` is that share, 0.5 for a half.
        """
        frame: pl.DataFrame = ask("score.sensitivity", {"score": [self]}, change=change)
        return frame

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON-like data."""
        return {
            "value": self.value,
            "raw": self.raw,
            "verified": self.verified,
            "components": [
                {
                    "name": c.name,
                    "weight": c.weight,
                    "value": c.value,
                    "points": c.points,
                    "points_possible": c.points_possible,
                    "why": c.why,
                }
                for c in self.components
            ],
            "requirements": [m.to_dict() for m in self.requirements],
            "missing": list(self.missing),
            "advice": [
                {"text": a.text, "gain": a.gain, "requirement": a.requirement} for a in self.advice
            ],
            "evaluable_weight": self.evaluable_weight,
            "warnings": list(self.warnings),
            "version": self.version,
        }

    def __str__(self) -> str:
        lines = [f"ATS match score {self.value:.1f} of 100 (version {self.version})"]
        for c in self.components:
            points = (
                "  not judged" if c.value is None else f"{c.points:5.1f} of {c.points_possible:.1f}"
            )
            lines.append(f"  {c.name:<18} {points}  {c.why}")
        if self.missing:
            lines.append("  missing: " + "; ".join(self.missing[:8]))
        if self.advice:
            lines.append("  what would raise it, if it is true:")
            lines += [f"    {advice.gain:+5.1f}  {advice.text}" for advice in self.advice[:5]]
        lines += [f"  note: {warning}" for warning in self.warnings]
        return "\n".join(visible(line) for line in lines)

    def _page(self) -> Iterator[str]:
        yield heading(f"ATS match score {self.value:.1f} of 100 (version {self.version})")
        rows = [
            (
                c.name,
                "not judged" if c.value is None else f"{c.points:.1f} of {c.points_possible:.1f}",
                c.why,
            )
            for c in self.components
        ]
        yield table(("component", "points", "why"), rows, numbers=(1,))
        if self.missing:
            yield paragraph("Asked for and not shown: " + "; ".join(self.missing) + ".")
        if self.advice:
            gains = [(advice.text, f"{advice.gain:+.1f}") for advice in self.advice]
            yield table(("what would raise it, if it is true", "points"), gains, numbers=(1,))
        yield bullets(self.warnings)


def score(
    resume: Resume | Mapping[str, Any] | str | Path,
    job: Job | Mapping[str, Any] | str | Path,
    *,
    knowledge: Knowledge | None = None,
    unsupported: Iterable[object] = (),
    as_of: Month | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Score:
    """How well `resume` answers `job`.

    `unsupported` are places of the résumé that earn nothing in `verified`: JSON pointers, tuples
    (pointer, start, end), or claims with a `path` and perhaps a `span`. Work that goes on counts up
    to `as_of`, by default this month. `settings` replaces the shipped weights, as a sensitivity
    study does. `knowledge` tells skills, titles and degrees, by default a loaded job's own or that
    of the current settings.
    """
    known = opened(knowledge or getattr(job, "knowledge", None))
    resume, job = load_resume(resume, knowledge=known), load_job(job, knowledge=known)
    settings = settings_of(known) if settings is None else settings
    as_of = as_of or this_month()
    raw = _evaluate(profile_of(resume, known), job, settings, as_of)
    masks = masks_of(unsupported)
    shown = _evaluate(Profile(resume, known, masks), job, settings, as_of) if masks else raw
    # Taking words away must not pay: a verified score is never above the raw one.
    verified = min(raw.total, shown.total)
    return Score(
        value=verified,
        raw=raw.total,
        verified=verified,
        components=shown.components,
        requirements=shown.matches,
        missing=tuple(_missing(shown.matches)),
        advice=tuple(_advice(shown)),
        evaluable_weight=shown.evaluable,
        warnings=(*mistaken_job(job), *_warnings(shown, settings)),
        version=str(settings["version"]),
        cap=float(settings["missing_must_cap"]),
    )


@dataclass(frozen=True)
class _Evaluation:
    components: tuple[Component, ...]
    matches: tuple[Match, ...]
    evaluable: float
    total: float
    capped_by: tuple[str, ...]


def _evaluate(profile: Profile, job: Job, settings: Mapping[str, Any], as_of: Month) -> _Evaluation:
    matches = match_requirements(profile, job, settings)
    lexical = lexical_part(profile, job, settings)
    required = pull_thin(skills_part(matches, "required"), matches, lexical, settings)
    parts = {
        "required skills": required,
        "preferred skills": skills_part(matches, "preferred"),
        "lexical relevance": lexical,
        "title": title_part(profile, job),
        "seniority": seniority_part(profile, job, as_of),
        "credentials": credentials_part(profile, job, as_of),
        "parsability": parsability_part(profile),
    }
    weights = settings["weights"]
    evaluable = sum(weights[name] for name, part in parts.items() if part.value is not None)
    components = []
    for name, part in parts.items():
        possible = 100 * weights[name] / evaluable if part.value is not None else 0.0
        components.append(
            Component(
                name=name,
                weight=weights[name],
                value=part.value,
                why=part.why,
                points=possible * (part.value or 0.0),
                points_possible=possible,
            )
        )
    total = sum(component.points for component in components)
    capped = tuple(m.requirement.text for m in matches if m.requirement.must and m.credit == 0)
    if capped and total > settings["missing_must_cap"]:
        total = float(settings["missing_must_cap"])
    else:
        capped = ()
    return _Evaluation(tuple(components), matches, evaluable, round(total, 6), capped)


def _missing(matches: tuple[Match, ...]) -> Iterable[str]:
    seen: set[str] = set()
    for match in sorted(matches, key=lambda m: m.requirement.importance != "required"):
        for name in match.missing:
            if name not in seen:
                seen.add(name)
                yield name


def _advice(evaluation: _Evaluation) -> Iterable[Advice]:
    """The demands that would raise the score most, if the candidate truly meets them."""
    possible = {
        "required": evaluation.components[0].points_possible,
        "preferred": evaluation.components[1].points_possible,
    }
    made = []
    for importance, points in possible.items():
        group = [m for m in evaluation.matches if m.requirement.importance == importance]
        total = sum(m.weight for m in group)
        for match in group:
            gain = points * match.weight * (1 - match.credit) / total if total else 0.0
            if gain >= 0.05:
                made.append(Advice(match.advice, round(gain, 2), match.requirement.id))
    return sorted(made, key=lambda a: (-a.gain, a.text))[:10]


def _warnings(evaluation: _Evaluation, settings: Mapping[str, Any]) -> Iterable[str]:
    if evaluation.evaluable < 50:
        yield (
            f"Only {evaluation.evaluable:.0f} of 100 points of weight could be judged; "
            f"do not compare this score with others."
        )
    required = [
        m
        for m in evaluation.matches
        if m.requirement.importance == "required" and not is_duty_in_words(m.requirement)
    ]
    if len(required) < settings["thin_posting"]:
        yield (
            f"The posting has {len(required)} required items, fewer than "
            f"{settings['thin_posting']}; its skills were drawn towards its wording."
        )
    if evaluation.capped_by:
        yield (
            f"Held at {settings['missing_must_cap']}: the posting insists on "
            f"{evaluation.capped_by[0]!r}, and the résumé shows nothing of it."
        )
