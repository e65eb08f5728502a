"""A posting cut into segments by what they are about: demands, duties, benefits, boilerplate.

Headings say it where there are any, on lines of their own or at the head of a paragraph; else the
first words of a paragraph and the words of each sentence. A sentence that both demands and prefers
("Bachelor's degree required, master's preferred") is two segments.
"""

import re
from collections.abc import Iterator
from functools import partial

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.posting.demands import least_degree, years_asked
from tailor_lab.tailoring.posting.requirement import Segment
from tailor_lab.tailoring.text.lexicon import any_of
from tailor_lab.tailoring.text.sentences import sentences

_any = partial(any_of, "posting_segments")

# The first kind that fits a heading is its kind.
_HEADINGS = {
    "boilerplate": (_any("heading_boilerplate")),
    "preferred": (_any("heading_preferred")),
    "benefits": (_any("heading_benefits")),
    "required": (_any("heading_required")),
    "duty": (_any("heading_duty")),
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
    "preferred": (_any("lead_preferred")),
    "benefits": (_any("lead_benefits")),
    "required": (_any("lead_required")),
    "duty": (_any("lead_duty")),
}
_LEAD_RES = tuple(
    (kind, re.compile(rf"\W*(?:{pattern})", re.I)) for kind, pattern in _LEADS.items()
)
_BULLET = re.compile(r"^\s*(?:[-*•·▪◦‣●○■□➢✓✔»–—o~+→▸▹]|\(?\d{1,2}[.)])\s+")
_BOILERPLATE = re.compile(
    _any("boilerplate"),
    re.IGNORECASE,
)
_BENEFIT = re.compile(
    _any("benefit"),
    re.IGNORECASE,
)
_PREFERRED = re.compile(
    _any("preferred"),
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    _any("required"),
    re.IGNORECASE,
)
MUST = re.compile(r"\bmust\b|\brequired\b|mandatory|essential\b|non-negotiable", re.IGNORECASE)
# A heading that opens a paragraph: "Qualifications. A bachelor's degree …", "The extras: …".
_RUN_IN = re.compile(
    (
        rf"\s*((?:(?:{_any('run_in_marks')})\s+)*(?:{_any('run_in')})(?:\s+(?:and"
        rf"|&)\s+\w+)?)\s*(?:\.(?=\s|$)|:)\s*"
    ),
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"\s*(What(?:\s+[\w'’]+){2,5}|(?:Who|How|Why|The|Your|Our)"
    r"(?:\s+(?!is\b|are\b|has\b|have\b|was\b|were\b|will\b|can\b)[\w'’]+){1,3})"
    r"\s*(?:[.:?](?=\s|$))\s*"
)
# How a sentence tells what the job does: "You will …", "Reviews applications …".
_DOES = re.compile(
    (
        rf"(?:and\s+)?(?:you(?:['’]ll|\s+(?:{_any('you_do')}))\b"
        rf"|(?-i:[A-Z][a-z]{{2,}}s)\s+(?!(?:{_any('not_a_deed')})\b))"
    ),
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\s*(?:[,;(]|\s[-–—]\s)\s*(?:but\s+)?|\s+but\s+", re.IGNORECASE)
# "Five years of nursing, two of them as charge nurse": the second is a demand of its own.
_OF_THEM = re.compile(
    r"\s*[,;(]\s*(?P<part>(?:including\s+|with\s+)?(?:at\s+least\s+)?\w+\+?\s+(?:or\s+more\s+)?"
    r"(?:years?\s+|yrs?\s+)?of\s+(?:them|which|those|these|that)\b)",
    re.IGNORECASE,
)
_WISH_FIRST = re.compile(
    r"\s*(?:prefer(?:abl[ey]|ably|red)|ideal|nice to have|desirabl|a plus|bonus)", re.IGNORECASE
)
_SHORT_YEARS = re.compile(r"\b\d{1,2}\+?\s*(?:years?|yrs?)?\s*$")
_YOU_ARE = re.compile(
    r"\W*you(?:['’]ve|['’]re|\s+(?:have|are|know|can|understand|hold|speak|bring))\b", re.IGNORECASE
)


def segments_of(text: str, knowledge: Knowledge) -> Iterator[Segment]:
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
        offset, before = 0, ""
        for sentence in sentences(stripped, clauses=True):
            at = stripped.index(sentence, offset)
            offset = at + len(sentence)
            run_in = None if bullet else _RUN_IN.match(sentence) or _TOPIC.match(sentence)
            skipped = 0
            if run_in and not heading:
                current = under = _heading_kind(run_in.group(1)) or under
                skipped = run_in.end()
            for low, high in _clauses(sentence[skipped:], knowledge):
                text = sentence[skipped:][low:high]
                span = (start + at + skipped + low, start + at + skipped + high)
                kind = _kind(text, under, bool(bullet), knowledge)
                # What stands behind a semicolon goes on with the wish or demand before it.
                if before and kind in {"other", "required"} and not MUST.search(text):
                    kind = before
                yield Segment(kind, text, span)
                going_on = text.endswith(";") and kind in {"preferred", "required"}
                before = kind if going_on else ""


def _clauses(sentence: str, knowledge: Knowledge) -> list[tuple[int, int]]:
    """The spans of a sentence, cut where a wish stands behind a demand of its own."""
    whole = (0, len(sentence))
    wish = _PREFERRED.search(sentence)
    cuts = [m for m in _CLAUSE.finditer(sentence) if wish and m.start() < wish.start()]
    if not sentence.strip():
        return []
    part = _OF_THEM.search(sentence)
    if part and _demands(sentence[: part.start()], knowledge):
        return [(0, part.start()), (part.start("part"), len(sentence))]
    if wish is None or not cuts:
        return [whole]
    cut = cuts[-1]
    first, second = sentence[: cut.start()], sentence[cut.end() :]
    told = _demands(first, knowledge) and (
        MUST.search(first)
        or _demands(second, knowledge)
        or _WISH_FIRST.match(second)
        or "(" in cut.group()
    )
    return [(0, cut.start()), (cut.end(), len(sentence))] if told else [whole]


def _demands(text: str, knowledge: Knowledge) -> bool:
    """Whether a clause by itself names years, a degree or a must."""
    return bool(
        MUST.search(text) or years_asked([text], knowledge) or least_degree(text, knowledge)
    ) or bool(_SHORT_YEARS.search(text))


def _names_degree(text: str, knowledge: Knowledge) -> bool:
    """Whether a text is hardly more than a degree's name: "BSN", "High school diploma or GED"."""
    return len(text.split()) <= 6 and least_degree(text, knowledge) is not None


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
    kind = _heading_kind(candidate)
    if kind is not None:
        # A short line that asks for something ("5 years of experience") is no heading.
        asks = re.search(r"\d|\bin\b|\bwith\b|\bof\b", candidate)
        return None if asks and not marked and not colon else (kind, rest)
    return ("other", rest) if marked and len(candidate.split()) > 1 else None


def _heading_kind(text: str) -> str | None:
    """The first kind that a heading fits, or None."""
    return next((kind for kind, pattern in _HEADING_RES if pattern.search(text)), None)


def _kind(sentence: str, current: str, bullet: bool, knowledge: Knowledge) -> str:
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
    if _REQUIRED.search(sentence) or _YOU_ARE.match(sentence) or _names_degree(sentence, knowledge):
        return "required"
    if current in {"", "other"} and (bullet or _DOES.match(sentence)):
        return "duty"
    return current or "other"
