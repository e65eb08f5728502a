"""How a posting is analysed: cut into segments by what they are about, then read for demands."""

import re
from collections.abc import Iterator

from tailor_lab.tailoring.job import Analysis, Importance, Job, Requirement, Segment
from tailor_lab.tailoring.knowledge import SOFT, default_knowledge
from tailor_lab.tailoring.knowledge_detect import (
    degrees_named,
    detect_industry,
    detect_level,
    find_credentials,
    named_industry,
    years_asked,
)
from tailor_lab.tailoring.skills import SkillMatch, default_matcher

# The first kind that fits a heading is its kind.
_HEADINGS = {
    "boilerplate": (
        r"equal (?:employment )?opportunit|eeo|diversity|disclaimer|accommodation"
        r"|privacy notice|how to apply|to apply|application process|legal"
    ),
    "preferred": (
        r"nice[- ]to[- ]have|prefer|bonus|desir|a plus|pluses|good to have|extra credit"
        r"|advantage|would be (?:great|nice|helpful)|it helps if|even better"
        r"|also (?:love|like)"
    ),
    "benefits": (
        r"benefit|perks|what we offer|we offer|why (?:join|work)|compensation|salary"
        r"|what you.ll get|what.s in it|pay range|package|our offer|you.ll receive|you get"
    ),
    "required": (
        r"should have|should bring|bring along|are after|who fits|to succeed|you need"
        r"|requir|qualification|must[- ]have|what you(?:.ll)? (?:bring|need|have)|who you are"
        r"|about you|skills|you have|you bring|you are|we.re looking for|we are looking for"
        r"|looking for|experience|education|knowledge|essential|what we need|your profile"
        r"|candidate|competenc|minimum|what it takes|you.ll need|abilities|ideal|licen[cs]"
        r"|certific|your background"
    ),
    "duty": (
        r"responsib|duties|what you.ll (?:do|be doing)|what you will (?:do|be doing)|the role"
        r"|role|day[- ]to[- ]day|your (?:tasks|mission|impact)|job description|job summary"
        r"|you will|tasks|description|essential functions|in this (?:role|job)|accountabilit"
        r"|key objectives|overview|the work|the job|what the job|summary"
        r"|a typical (?:day|week)|position"
    ),
    "about": (
        r"about|who we are|company|our (?:team|story|mission|values)|the team|team|where you"
    ),
    "other": (
        r"location|hours|schedule|reports to|job type|employment type"
        r"|working (?:hours|pattern)"
    ),
}
_HEADING_RES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _HEADINGS.items()
)
# How a paragraph of prose that stands under no heading of its own begins.
_LEADS = {
    "preferred": (
        r"we (?:would|.d) (?:also )?love|we.d love|ideally|it helps|nice|bonus|a plus"
        r"|also (?:good|welcome)"
        r"|we (?:would|.d) (?:also )?(?:like|welcome|be glad)|it is (?:good|welcome|useful) if"
        r"|good to have|not required|what would help|what else"
    ),
    "benefits": (
        r"what we (?:give|offer|pay)|we (?:offer|pay|give)|you (?:get|receive)|in return"
        r"|pay (?:is|and)"
        r"|the pay|salary|compensation|benefits"
    ),
    "required": (
        r"you (?:bring|have|need|must|hold|are|know|should|can)\b|you.ve|you.ll need"
        r"|we (?:need|expect|ask|require)"
        r"|we are looking for|we.re looking for|what (?:you|we) (?:need|bring|ask|expect)"
        r"|candidates? (?:must|need|should)"
        r"|the (?:successful|right|ideal) (?:candidate|person)|applicants? must|must"
        r"|required|minimum"
        r"|to (?:do this|succeed)|who you are|you will (?:need|have|bring)|we want|requirements"
    ),
    "duty": (
        r"day to day|you will|you.ll|in this role|your (?:work|tasks|job|day)|the (?:work"
        r"|role|job)|what you do"
        r"|as (?:an?|our) |responsib|duties"
    ),
}
_LEAD_RES = tuple(
    (kind, re.compile(rf"\W*(?:{pattern})", re.I)) for kind, pattern in _LEADS.items()
)
_BULLET = re.compile(r"^\s*(?:[-*•·▪◦‣●○■□➢✓✔»–—o~+→▸▹]|\(?\d{1,2}[.)])\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"“])|(?<=;)\s+")
_BOILERPLATE = re.compile(
    r"equal[- ]opportunity|without regard to|race, (?:color|colour|religion)"
    r"|reasonable accommodation|protected veteran|sexual orientation|gender identity"
    r"|background check|e-verify|drug[- ]free|applicants will receive"
    r"|third[- ]party recruiters|cookies",
    re.IGNORECASE,
)
_BENEFIT = re.compile(
    r"\b401\(?k\)?|\bpto\b|paid time off|paid (?:holidays|vacation|leave)|health insurance"
    r"|dental|vision (?:insurance|coverage)|parental leave|stock options"
    r"|\bequity\b.{0,20}(?:package|grant)|free (?:lunch|snacks)|we offer|pension"
    r"|competitive (?:salary|pay|compensation)|tuition|salary (?:range|band)"
    r"|\$\d[\d,.]*k?\s*(?:-|–|to)\s*\$|£\d[\d,.]*k?\s*(?:-|–|to)\s*£|bonus scheme",
    re.IGNORECASE,
)
_PREFERRED = re.compile(
    r"\b(?:is|are|be) (?:nice|nicer|welcome)\b|\bpluses\b|\bprefer|nice to have"
    r"|\bbonus\b|\ba (?:big |huge |strong |definite )?plus\b|desirable"
    r"|ideally"
    r"|advantage|would be (?:great|nice|helpful|useful)|welcome but|not (?:required|essential)"
    r"|helpful but",
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"\bmust\b|\brequire[sd]?\b|\brequirements?\b|\bneed(?:s|ed)?\b|years?.{0,12}experience"
    r"|experience (?:in|with|of|as)|proficien|knowledge of|familiar|degree|certifi|licen[cs]e"
    r"|ability to|able to|understanding of|skills?\b|fluent|expertise|background in|qualified",
    re.IGNORECASE,
)
_MUST = re.compile(r"\bmust\b|\brequired\b|mandatory|essential\b|non-negotiable", re.IGNORECASE)
_OR = re.compile(r"\s*(?:\(|,|/|;)?\s*(?:\bor\b|/|\bor similar\b)\s*", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s*")
_EXAMPLES = re.compile(
    r"\bsuch as\b|\be\.?g\.?\b|\bfor example\b|\blike\b|\bone of\b|\bany of\b|\bincluding but\b",
    re.IGNORECASE,
)


def analyse(job: Job) -> Analysis:
    """The analysis of a posting, from its text, title and what its fields say."""
    segments = tuple(_segments(job.text))
    requirements = _requirements(segments)
    body = "\n".join(s.text for s in segments if s.kind not in {"boilerplate", "benefits"})
    demands = [s.text for s in segments if s.kind in {"required", "preferred", "duty", "other"}]
    firm = [s.text for s in segments if s.kind in {"required", "duty", "other"}]
    degree, equivalent = degrees_named(firm)
    industry, confidence = detect_industry(f"{job.title}\n{body}")
    given = named_industry(job.given_industry)
    if given is not None:
        industry, confidence = given, 1.0
    years = years_asked(firm)
    level = detect_level(job.title, given=job.given_level, years=years)
    return Analysis(
        requirements=requirements,
        segments=segments,
        years=years,
        level=level,
        industry=industry,
        industry_confidence=confidence,
        degree=degree,
        degree_or_equivalent=equivalent,
        certifications=tuple(dict.fromkeys(n for t in demands for n, _ in find_credentials(t))),
        location=job.location or _location(job.text),
    )


def _segments(text: str) -> Iterator[Segment]:
    """The lines of a posting, long ones cut into sentences, each under its heading's kind."""
    current, position = "", 0
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        stripped = line.strip()
        if not stripped:
            continue
        heading = _heading(stripped)
        if heading is not None:
            kind, rest = heading
            current = kind
            if not rest:
                continue
            start += line.index(rest)
            stripped = rest
        else:
            start += line.index(stripped)
        bullet = _BULLET.match(stripped)
        if bullet:
            start += bullet.end()
            stripped = stripped[bullet.end() :]
        under = current if bullet or heading else _lead(stripped) or current
        offset = 0
        for sentence in _SENTENCE.split(stripped):
            at = stripped.index(sentence, offset)
            offset = at + len(sentence)
            if sentence.strip():
                span = (start + at, start + offset)
                yield Segment(_kind(sentence, under, bool(bullet)), sentence, span)


def _lead(paragraph: str) -> str | None:
    """What a paragraph is about by its first words, or None."""
    return next((kind for kind, lead in _LEAD_RES if lead.match(paragraph)), None)


def _heading(line: str) -> tuple[str, str] | None:
    """The kind of a heading and what follows it on its line, or None for a line of prose."""
    if _BULLET.match(line):
        return None
    bare = line.strip("#*_ \t")
    head, colon, rest = bare.partition(":")
    marked = line.startswith(("#", "**", "__")) or bare.isupper()
    if colon and len(head.split()) <= 7:
        candidate, rest = head, rest.strip(" *_")
    elif len(bare.split()) <= 7 and (marked or bare[-1:] not in ".,;"):
        candidate, rest = bare, ""
    else:
        return None
    for kind, pattern in _HEADING_RES:
        if pattern.search(candidate):
            # A short line that asks for something ("5 years of experience") is no heading.
            if not marked and not colon and re.search(r"\d|\bin\b|\bwith\b|\bof\b", candidate):
                return None
            return kind, rest
    return ("other", rest) if marked and len(candidate.split()) > 1 else None


def _kind(sentence: str, current: str, bullet: bool) -> str:
    if _BOILERPLATE.search(sentence):
        return "boilerplate"
    if current in {"boilerplate", "benefits"}:
        return current
    if _BENEFIT.search(sentence) and not (current == "required" and bullet):
        return "benefits"
    if current in {"required", "preferred"}:
        return "preferred" if _PREFERRED.search(sentence) else current
    if current == "about" and not re.search(r"\byou\b|must|candidate", sentence, re.IGNORECASE):
        return "about"
    if _PREFERRED.search(sentence):
        return "preferred"
    if current == "duty" and bullet:
        return "duty"
    if _REQUIRED.search(sentence):
        return "required"
    return current or "other"


def _requirements(segments: tuple[Segment, ...]) -> tuple[Requirement, ...]:
    matcher, skills = default_matcher(), default_knowledge().skills
    made: list[Requirement] = []
    asked: set[str] = set()
    order = {"required": 0, "duty": 1, "preferred": 2, "other": 3}
    without_demands = not any(s.kind == "required" for s in segments)
    for segment in sorted(
        (s for s in segments if s.kind in order), key=lambda s: (order[s.kind], s.span)
    ):
        listed = len(segment.text.split()) <= 4
        matches = matcher.find(segment.text, listed=listed)
        duty = segment.kind in {"duty", "other"}
        names = {match.skill for match in matches}
        if duty and all(name in asked or skills[name].kind == SOFT for name in names):
            continue
        if len(segment.text.split()) < 2 and not matches:
            continue
        asked |= names
        # What the work itself uses is asked for, whether the posting lists it again or not.
        asked_for = segment.kind in {"required", "duty"} or (duty and without_demands)
        importance: Importance = "required" if asked_for else "preferred"
        kind = "duty" if duty else _demand_kind(segment.text, matches)
        made.append(
            Requirement(
                id=f"r{len(made) + 1}",
                text=segment.text.strip(" ;"),
                importance=importance,
                kind=kind,
                skills=_groups(segment.text, matches),
                terms=_terms(segment.text, matches),
                span=segment.span,
                must=importance == "required" and bool(_MUST.search(segment.text)),
            )
        )
    return tuple(made)


def _demand_kind(text: str, matches: list[SkillMatch]) -> str:
    skills = default_knowledge().skills
    kinds = [skills[match.skill].kind for match in matches]
    credentials = find_credentials(text)
    if credentials and len(credentials) >= sum(kind != SOFT for kind in kinds):
        return "certification"
    if degrees_named([text])[0]:
        return "degree"
    if kinds and all(kind == "language skill" for kind in kinds):
        return "language"
    if any(kind != SOFT for kind in kinds):
        return "skill"
    if years_asked([text]) is not None:
        return "experience"
    return "soft" if kinds else "other"


def _groups(text: str, matches: list[SkillMatch]) -> tuple[tuple[str, ...], ...]:
    """Skills joined by "or" or a slash are alternatives; lists behind "such as" too."""
    groups: list[list[str]] = []
    alternatives = False
    previous: SkillMatch | None = None
    examples = _EXAMPLES.search(text)
    for index, match in enumerate(matches):
        between = text[previous.end : match.start] if previous else ""
        if previous is None:
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


def _terms(text: str, matches: list[SkillMatch]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for match in matches:
        names[match.skill] = None
        if match.text.casefold() != match.skill.casefold():
            names[match.text] = None
    for name, _ in find_credentials(text):
        names[name] = None
    return tuple(names)


def _location(text: str) -> str | None:
    found = re.search(
        r"^\W*(?:location|where|based in|office)\s*[:–-]\s*(.{2,60})$", text, re.I | re.M
    )
    return found.group(1).strip(" *_") if found else None
