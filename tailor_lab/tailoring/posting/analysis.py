"""How a posting is analysed: its segments are read for what they demand."""

import re
from dataclasses import replace
from functools import partial

from tailor_lab.tailoring.knowledge.base import SOFT, Knowledge
from tailor_lab.tailoring.knowledge.detection import (
    detect_industry,
    detect_level,
    find_credentials,
    find_degrees,
    named_industry,
)
from tailor_lab.tailoring.knowledge.matcher import SkillMatch
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.posting.demands import degrees_named, least_degree, years_asked
from tailor_lab.tailoring.posting.head import location_of
from tailor_lab.tailoring.posting.job import Job
from tailor_lab.tailoring.posting.requirement import Analysis, Importance, Requirement, Segment
from tailor_lab.tailoring.posting.segments import MUST, segments_of
from tailor_lab.tailoring.text.lexicon import any_of

_any = partial(any_of, "demands")

_OR = re.compile(r"\s*(?:\(|,|/|;)?\s*(?:\bor\b|/|\bor similar\b)\s*", re.IGNORECASE)
# "'s degree in economics, statistics or a related field"
_SUBJECTS = re.compile(
    (
        rf"(?:['’]?s)?(?:\s+(?:{_any('subjects')}))*\s+(?:in"
        rf"|of)\s(?:[^.;()]{{0,120}}?\b(?:fields?|disciplines?|areas?|subjects?)\b"
        rf"|[^,.;()]*?(?=\s+(?:and|with|plus)\s|[,.;()]"
        rf"|$)(?:,\s*[\w ]{{3,48}}(?=,))*(?:,?\s*(?:or|and)\s+[\w ]{{3,30}}(?=[,.;()]|$))?)"
    ),
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*,\s*")
_EXAMPLES = re.compile(
    r"\bsuch as\b|\be\.?g\.?\b|\bfor example\b|\blike\b|\bone of\b|\bany of\b|\bincluding but\b",
    re.IGNORECASE,
)

# What stands before the first words of a list's item: a bullet, a number or a letter.
_OPENS_AN_ITEM = re.compile(r"(?:^|\n)\s*(?:[^\w\s]+|\w{1,2}[.)])\s*\Z")
# "Bilingual English/Spanish" asks for both.
_BILINGUAL = re.compile(r"\b(?:bi|tri|multi)lingual\b", re.IGNORECASE)


def analysis_of(job: Job) -> Analysis:
    """The analysis of a posting by its own knowledge, else that of the current settings."""
    return analyse(job, opened(job.knowledge))


def analyse(job: Job, knowledge: Knowledge) -> Analysis:
    """The analysis of a posting, from its text, title and what its fields say."""
    segments = tuple(
        replace(segment, kind="title") if _same(segment.text, job.title) else segment
        for segment in segments_of(job.text, knowledge)
    )
    requirements = _requirements(segments, job, knowledge)
    body = "\n".join(s.text for s in segments if s.kind not in {"boilerplate", "benefits"})
    demands = [s.text for s in segments if s.kind in {"required", "preferred", "duty", "other"}]
    # What stands behind an "or" of its own is another way to meet the demand before it.
    firm = [
        s.text
        for before, s in zip(("", *(s.text for s in segments)), segments, strict=False)
        if s.kind in {"required", "duty", "other"}
        and not re.search(r"(?:^|[;,]\s*)or\W*$", before, re.IGNORECASE)
    ]
    degree, equivalent = degrees_named(firm, knowledge)
    industry, confidence = detect_industry(f"{job.title}\n{body}", knowledge)
    given = named_industry(job.given_industry, knowledge)
    if given is not None:
        industry, confidence = given, 1.0
    years = years_asked(firm, knowledge)
    level = detect_level(job.title, knowledge, given=job.given_level, years=years)
    return Analysis(
        requirements=requirements,
        segments=segments,
        years=years,
        level=level,
        industry=industry,
        industry_confidence=confidence,
        degree=degree,
        degree_or_equivalent=equivalent,
        certifications=tuple(
            dict.fromkeys(n for t in demands for n, _ in find_credentials(t, knowledge))
        ),
        location=job.location or location_of(job.text, knowledge, job.title),
    )


def _same(text: str, title: str) -> bool:
    return bool(title) and text.strip(" .:").casefold() == title.strip(" .:").casefold()


def _requirements(
    segments: tuple[Segment, ...], job: Job, knowledge: Knowledge
) -> tuple[Requirement, ...]:
    matcher, skills = knowledge.matcher, knowledge.skills
    # "Foothills Pediatrics is independent" asks for no paediatrics.
    company = re.escape(job.company.strip()) or "(?!)"
    own_name = re.compile(company, re.IGNORECASE)
    made: list[Requirement] = []
    asked: set[str] = set()
    order = {"required": 0, "duty": 1, "preferred": 2, "other": 3}
    without_demands = not any(s.kind == "required" for s in segments)
    for segment in sorted(
        (s for s in segments if s.kind in order and (without_demands or s.kind != "other")),
        key=lambda s: (order[s.kind], s.span),
    ):
        size = len(segment.text.split())
        listed = size <= 2 or (size <= 4 and not segment.text.endswith("."))
        matches = matcher.find(segment.text, listed=listed, posting=True)
        told = [
            _field_of_study(segment.text, knowledge),
            *(m.span() for m in own_name.finditer(segment.text)),
        ]
        matches = [m for m in matches if not any(low <= m.start < high for low, high in told)]
        duty = segment.kind in {"duty", "other"}
        names = {match.skill for match in matches}
        # A duty that names no skill is asked for in its own words, but not what is said of it.
        opens = bool(_OPENS_AN_ITEM.search(job.text[: segment.span[0]][-20:]))
        in_words = segment.kind == "duty" and not names and size >= 4 and opens
        known = all(name in asked or skills[name].kind == SOFT for name in names)
        if duty and known and not in_words:
            continue
        text = segment.text
        if size < 2 and not (
            matches or find_credentials(text, knowledge) or least_degree(text, knowledge)
        ):
            continue
        asked |= names
        # What the work itself uses is asked for, whether the posting lists it again or not.
        importance: Importance = "preferred" if segment.kind == "preferred" else "required"
        kind = "duty" if duty else _demand_kind(segment.text, matches, knowledge)
        made.append(
            Requirement(
                id=f"r{len(made) + 1}",
                text=segment.text.strip(" ;"),
                importance=importance,
                kind=kind,
                skills=_groups(segment.text, matches),
                terms=_terms(segment.text, matches, knowledge),
                span=segment.span,
                must=importance == "required" and bool(MUST.search(segment.text)),
            )
        )
    return tuple(made)


def _field_of_study(text: str, knowledge: Knowledge) -> tuple[int, int]:
    """The span in which a demand for a degree names its subjects, which are no skills."""
    for _, (low, high) in find_degrees(text, knowledge):
        end = low + len(text[low:high].removesuffix("in").rstrip())
        found = _SUBJECTS.match(text, end)
        if found and least_degree(text, knowledge):
            return end, found.end()
    return 0, 0


def _demand_kind(text: str, matches: list[SkillMatch], knowledge: Knowledge) -> str:
    skills = knowledge.skills
    kinds = [skills[match.skill].kind for match in matches]
    credentials = find_credentials(text, knowledge)
    if credentials and len(credentials) >= sum(kind != SOFT for kind in kinds):
        return "certification"
    hard = any(kind != SOFT for kind in kinds)
    if not hard and least_degree(text, knowledge):
        return "degree"
    if kinds and all(kind == "language skill" for kind in kinds):
        return "language"
    if hard:
        return "skill"
    if years_asked([text], knowledge) is not None:
        return "experience"
    return "soft" if kinds else "other"


def _groups(text: str, matches: list[SkillMatch]) -> tuple[tuple[str, ...], ...]:
    """Skills joined by "or" or a slash are alternatives; lists behind "such as" too."""
    groups: list[list[str]] = []
    alternatives = False
    previous: SkillMatch | None = None
    examples = _EXAMPLES.search(text)
    both = _BILINGUAL.search(text)
    for index, match in enumerate(matches):
        between = text[previous.end : match.start] if previous else ""
        if previous is None or both:
            joined = False
        elif _OR.fullmatch(between):
            joined = True
        elif _COMMA.fullmatch(between):
            later = _next_separators(text, matches, index)
            joined = alternatives or later or bool(examples and examples.end() <= previous.start)
        else:
            joined = bool(examples and examples.end() <= previous.start) and len(between) < 8
        alternatives = joined
        if joined:
            groups[-1].append(match.skill)
        else:
            groups.append([match.skill])
        previous = match
    unique = dict.fromkeys(tuple(dict.fromkeys(group)) for group in groups)
    return tuple(unique)


def _next_separators(text: str, matches: list[SkillMatch], index: int) -> bool:
    """Whether the run of commas that reaches this match ends in "or" ("A, B, or C")."""
    for left, right in zip(matches[index:], matches[index + 1 :], strict=False):
        between = text[left.end : right.start]
        if _OR.fullmatch(between):
            return True
        if not _COMMA.fullmatch(between):
            return False
    return False


def _terms(text: str, matches: list[SkillMatch], knowledge: Knowledge) -> tuple[str, ...]:
    names: dict[str, None] = {}
    # "Report" stands for a skill in its place in the posting, and for none in a list of terms.
    ordinary = knowledge.ordinary
    for match in matches:
        names[match.skill] = None
        spelling = match.text.casefold()
        if spelling != match.skill.casefold() and spelling not in ordinary:
            names[match.text] = None
    for name, _ in find_credentials(text, knowledge):
        names[name] = None
    return tuple(names)
