"""The parts of the match score: each a value from 0 to 1 with its reason, or no ground to judge."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import detect_level, level_rank, title_family
from tailor_lab.tailoring.posting.job import Job
from tailor_lab.tailoring.posting.requirement import Importance, Requirement
from tailor_lab.tailoring.scoring.profile import Evidence, Profile, is_listed
from tailor_lab.tailoring.scoring.terms import (
    coverage,
    document_weights,
    interpolate,
    line_terms,
    similarity,
    weights_norm,
)
from tailor_lab.tailoring.text.dates import Month
from tailor_lab.tailoring.text.words import tokens, words_told


class Part(NamedTuple):
    """A component's value and the sentence that explains it."""

    value: float | None
    why: str


@dataclass(frozen=True)
class Match:
    """How far the résumé answers one requirement."""

    requirement: Requirement
    credit: float
    """From 0 to 1: match times evidence, the mean over the skills asked for."""
    weight: float
    how: str
    """`exact`, `narrower`, `related`, `wording` or `none`: the best of its matches."""
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...]
    advice: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON-like data."""
        return {
            "requirement": self.requirement.id,
            "text": self.requirement.text,
            "job_span": list(self.requirement.span),
            "credit": self.credit,
            "how": self.how,
            "evidence": [
                {"path": e.path, "text": e.text, "span": list(e.span), "grade": e.grade}
                for e in self.evidence
            ],
            "missing": list(self.missing),
        }


def match_requirements(
    profile: Profile, job: Job, settings: Mapping[str, Any]
) -> tuple[Match, ...]:
    """Every requirement of the posting with what answers it; degrees have their own component."""
    return tuple(
        _match(profile, requirement, settings)
        for requirement in job.requirements
        if requirement.kind != "degree"
    )


def is_duty_in_words(requirement: Requirement) -> bool:
    """Whether it is a duty that names no skill; such a one says little about the posting."""
    return requirement.kind == "duty" and not requirement.skills


def _match(profile: Profile, requirement: Requirement, settings: Mapping[str, Any]) -> Match:
    kind = "duty in words" if is_duty_in_words(requirement) else requirement.kind
    weight = float(settings["kind_weight"].get(kind, 1.0))
    if requirement.kind == "certification":
        return _match_credentials(profile, requirement, weight)
    if not requirement.skills:
        return _match_wording(profile, requirement, weight)
    earned: list[float] = []
    evidence: list[Evidence] = []
    missing: list[str] = []
    best_how, weakest = "none", None
    for group in requirement.skills:
        answers = [(*_answer(profile, skill, settings), skill) for skill in group]
        credit, how, place, skill = max(answers, key=lambda answer: answer[0])
        earned.append(credit)
        if place is not None:
            evidence.append(place)
        if how in {"none", "related"}:
            missing.append(" or ".join(group))
        if _HOW.index(how) > _HOW.index(best_how):
            best_how = how
        if weakest is None or credit < weakest[0]:
            weakest = (credit, skill, how, place)
    assert weakest is not None
    return Match(
        requirement=requirement,
        credit=sum(earned) / len(earned),
        weight=weight,
        how=best_how,
        evidence=tuple(evidence),
        missing=tuple(missing),
        advice=_skill_advice(weakest[1], weakest[2], weakest[3]),
    )


_HOW = ("none", "related", "narrower", "exact")


def _answer(
    profile: Profile, skill: str, settings: Mapping[str, Any]
) -> tuple[float, str, Evidence | None]:
    """The best credit that the résumé earns for a skill, how, and where."""
    knowledge, shown = profile.knowledge, profile.skills
    grades, matches = settings["evidence"], settings["match"]
    best: tuple[float, str, Evidence | None] = (0.0, "none", None)
    if places := shown.get(skill):
        best = (matches["exact"] * grades[places[0].grade], "exact", places[0])
    for other, places in shown.items():
        if other == skill:
            continue
        if skill in knowledge.broader(other):
            how = "narrower"
        elif other in knowledge.near(skill):
            how = "related"
        else:
            continue
        credit = matches[how] * grades[places[0].grade]
        if credit > best[0]:
            best = (credit, how, places[0])
    return best


def _skill_advice(skill: str, how: str, place: Evidence | None) -> str:
    if place is None:
        return f"If you have used {skill}, say where, in a bullet of a dated entry."
    if how == "related":
        shown = place.text[place.span[0] : place.span[1]]
        return f"{shown} is only related to {skill}; name {skill} if you have used it."
    if place.grade != "dated":
        return f"Show {skill} at work in a bullet of a dated entry, where that is true."
    return f"Name {skill} itself, where that is true."


def _match_credentials(profile: Profile, requirement: Requirement, weight: float) -> Match:
    known = profile.knowledge.certifications
    wanted = [name for name in requirement.terms if name in known]
    held = [name for name in wanted if name in profile.credentials]
    any_suffices = " or " in requirement.text.lower() or "/" in requirement.text
    if not wanted:
        return _match_wording(profile, requirement, weight)
    credit = float(bool(held)) if any_suffices else len(held) / len(wanted)
    return Match(
        requirement=requirement,
        credit=credit,
        weight=weight,
        how="exact" if held else "none",
        evidence=tuple(profile.credentials[name] for name in held),
        missing=() if credit == 1 else tuple(name for name in wanted if name not in held),
        advice=f"If you hold {' or '.join(wanted)}, list it with its issuer and date.",
    )


def _match_wording(profile: Profile, requirement: Requirement, weight: float) -> Match:
    """A demand without a known skill: the share of its own words that the résumé says."""
    weights = _text_weights(requirement.text, profile.knowledge)
    matcher = profile.knowledge.matcher
    credit = 0.85 * coverage(weights, profile.terms)
    evidence: tuple[Evidence, ...] = ()
    if credit:
        line = max(
            profile.lines,
            key=lambda li: coverage(
                weights, frozenset(line_terms(li.text, matcher, is_listed(li)))
            ),
        )
        evidence = (Evidence(line.path, line.text, (0, len(line.text)), "told"),)
    return Match(
        requirement=requirement,
        credit=credit,
        weight=weight,
        how="wording" if credit else "none",
        evidence=evidence,
        missing=() if credit >= 0.3 else (requirement.text,),
        advice=f"Say how you meet this, where you do: {requirement.text}",
    )


@lru_cache(maxsize=4096)
def _text_weights(text: str, knowledge: Knowledge) -> dict[str, float]:
    return document_weights([text], knowledge.matcher)


def skills_part(matches: tuple[Match, ...], importance: Importance) -> Part:
    """The weighted mean of the credits of the required or the preferred demands."""
    group = [m for m in matches if m.requirement.importance == importance]
    total = sum(m.weight for m in group)
    if not total:
        return Part(None, f"the posting names nothing {importance}")
    value = sum(m.weight * m.credit for m in group) / total
    answered = sum(1 for m in group if m.how in {"exact", "narrower"})
    return Part(value, f"{answered} of {len(group)} {importance} items are answered by name")


def pull_thin(
    part: Part, matches: tuple[Match, ...], lexical: Part, settings: Mapping[str, Any]
) -> Part:
    """The required skills of a posting that says little, drawn towards the wording as a whole."""
    count = sum(
        m.requirement.importance == "required" and not is_duty_in_words(m.requirement)
        for m in matches
    )
    if part.value is None or lexical.value is None or count >= settings["thin_posting"]:
        return part
    pull = settings["thin_pull"]
    value = (part.value * count + pull * lexical.value) / (count + pull)
    return Part(value, f"{part.why}; few items, so drawn towards the wording")


# Not the text room's splitter: the score's reference points were measured with this one, and both
# are frozen with the version of the score.
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def lexical_part(profile: Profile, job: Job, settings: Mapping[str, Any]) -> Part:
    """How near the best sentences come to the posting's words, by their place among real pairs."""
    weights, matcher = _job_weights(job, profile.knowledge), profile.knowledge.matcher
    if not weights:
        return Part(None, "the posting has no words to compare")
    count, norm = settings["lexical_sentences"], weights_norm(weights)
    # What says the same again, in any order and spelling, is no second sentence. Items of lists
    # have no wording: one name alone would come nearer than any sentence.
    prose = (text for text, listed in profile.texts if not listed)
    told = (sentence for text in prose for sentence in _SENTENCE.split(text))
    distinct = {frozenset(line_terms(text, matcher)): text for text in told}
    near = (similarity(weights, norm, text, matcher) for text in distinct.values())
    nearest = sorted(near, reverse=True)
    mean = math.fsum(nearest[:count]) / count
    points = [(float(x), float(y)) for x, y in settings["lexical_reference"]]
    return Part(
        interpolate(points, mean), f"its {count} nearest sentences have a mean cosine of {mean:.2f}"
    )


@lru_cache(maxsize=1024)
def _job_weights(job: Job, knowledge: Knowledge) -> dict[str, float]:
    kept = [s.text for s in job.analysis.segments if s.kind not in {"benefits", "boilerplate"}]
    return document_weights([job.title, *kept], knowledge.matcher)


def title_part(profile: Profile, job: Job) -> Part:
    """How near the titles held are to the posting's: same role, same family, or some same words."""
    if not job.title:
        return Part(None, "the posting has no title")
    best, which = 0.0, ""
    wanted, family = frozenset(tokens(job.title)), title_family(job.title, profile.knowledge)
    for title in profile.titles:
        words, own = frozenset(tokens(title)), title_family(title, profile.knowledge)
        shared = len(words & wanted) / len(words | wanted) if words else 0.0
        near = (
            family is not None
            and own is not None
            and _near_families(own, family, profile.knowledge)
        )
        value = max(
            1.0 if shared == 1 or (own == family and own is not None) else 0.0,
            0.6 if near else 0.0,
            0.5 * shared,
        )
        if value > best:
            best, which = value, title
    why = f"{which!r} for {job.title!r}" if which else f"no title near {job.title!r}"
    return Part(best, why)


def _near_families(one: str, other: str, knowledge: Knowledge) -> bool:
    titles = knowledge.titles
    return other in titles[one].near or one in titles[other].near


def seniority_part(profile: Profile, job: Job, as_of: Month) -> Part:
    """Years against those asked for, and a quarter off for each rung below the level asked for."""
    values, reasons = [], []
    years = profile.years(as_of)
    if job.years is not None:
        values.append(min(1.0, (years or 0.0) / job.years))
        shown = "none dated" if years is None else f"{years:.1f}"
        reasons.append(f"{shown} of {job.years:g} years")
    asked = level_rank(job.level, profile.knowledge)
    if asked is not None:
        ranks = [
            level_rank(detect_level(title, profile.knowledge, years=years), profile.knowledge)
            for title in profile.titles
        ]
        held = max((rank for rank in ranks if rank is not None), default=None)
        values.append(0.0 if held is None else max(0.0, 1 - 0.25 * max(0, asked - held)))
        reasons.append(f"level asked {job.level}")
    if not values:
        return Part(None, "the posting asks for no years or level")
    return Part(sum(values) / len(values), ", ".join(reasons))


def credentials_part(profile: Profile, job: Job, as_of: Month) -> Part:
    """The degree asked for, or experience where the posting accepts it, and the licences."""
    knowledge = profile.knowledge
    values, reasons = [], []
    if job.degree is not None:
        met = profile.degree >= knowledge.degrees[job.degree].rank
        enough = job.analysis.degree_or_equivalent and (profile.years(as_of) or 0) >= (
            job.years or 4
        )
        values.append(1.0 if met or enough else 0.5 * (profile.degree > 0))
        reasons.append(f"{job.degree} {'met' if met or enough else 'not met'}")
    if job.certifications:
        held = [name for name in job.certifications if name in profile.credentials]
        values.append(len(held) / len(job.certifications))
        reasons.append(f"{len(held)} of {len(job.certifications)} certifications")
    if not values:
        return Part(None, "the posting asks for no degree or certification")
    return Part(sum(values) / len(values), ", ".join(reasons))


def parsability_part(profile: Profile) -> Part:
    """Whether a machine finds its way: contact, sections, dates, length, nothing unplaced."""
    # Only what is not masked counts: an unsupported line must not help the length either.
    paths = {line.path for line in profile.lines}
    sections = {line.section for line in profile.lines}
    words = sum(len(line.text.split()) for line in profile.lines)
    told = words_told(line.text for line in profile.lines)
    email = next((line.text for line in profile.lines if line.path == "/basics/email"), "")
    entries = {path.split("/")[2] for path in paths if path.startswith("/work/")}
    checks = {
        "a name": "/basics/name" in paths,
        "an email address": "@" in email,
        "a phone number": "/basics/phone" in paths,
        "work or projects": bool({"work", "projects"} & sections),
        "education": "education" in sections,
        "skills": "skills" in sections,
        "dates on every job": bool(entries)
        and all(f"/work/{index}/startDate" in paths for index in entries),
        "bullets": any(path.startswith("/work/") and "/highlights/" in path for path in paths),
        # What is said again makes a text longer and says no more.
        "between 120 and 1,500 words": told >= 120 and words <= 1500,
        "nothing unplaced": bool(words) and "other" not in sections,
    }
    lacking = [name for name, met in checks.items() if not met]
    value = 1 - len(lacking) / len(checks)
    return Part(value, "lacks " + ", ".join(lacking) if lacking else "nothing is lacking")
