"""What a line of prose names beside numbers and skills: credentials, employers, ranks, standing.

Vocabularies that are closed (degrees, certificates, clearances, honours) must stand in the source
too. Any other name, written with a capital where no sentence begins, must stand there as a word,
or be spelt out or abbreviated from it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tailor_lab.tailoring.facts.credentials import (
    degrees_in,
    pending,
)
from tailor_lab.tailoring.facts.report import Severity
from tailor_lab.tailoring.facts.vocabulary import Vocabulary
from tailor_lab.tailoring.knowledge.detection import find_credentials
from tailor_lab.tailoring.text.abbreviations import abbreviates, initials
from tailor_lab.tailoring.text.sentences import sentence_at
from tailor_lab.tailoring.text.spellings import spellings
from tailor_lab.tailoring.text.words import WORD

_CLOSED: tuple[tuple[str, str, Severity], ...] = (
    (
        "award",
        (
            r"\b(?:award|awarded|prize|medal|laureate|patents?|patented|honou?ree|honou?red"
            r"|fellowship"
            r"|(?:employee|teacher|nurse|salesperson|rookie|engineer|manager) of the (?:month"
            r"|quarter"
            r"|year)|hall of fame|keynote|publication"
            r"|published (?:in|by|a|author)|co-?author(?:ed)?"
            r"|president['’]s club|(?:first|second|third) place|winner|named (?:one|best|top)"
            r"|recogni[sz]ed (?:as|with|by)|featured in|commendation|distinction)\b"
        ),
        "block",
    ),
    (
        "standing",
        (
            r"\b(?:security clearance|(?:top )?secret(?: clearance)?|ts/sci|public trust|clearance"
            r"|green card|citizen(?:ship)?|permanent resident|work permit|visa|sponsorship"
            r"|authori[sz]ed to work|right to work|fluent|native speaker|native(?: in| level)?"
            r"|bilingual|trilingual|full professional proficiency|mother tongue)\b"
        ),
        "block",
    ),
    ("employment", r"\b(?:permanent(?:ly)?|full[- ]time|tenured|indefinite contract)\b", "block"),
)
_PATTERNS = [(kind, re.compile(words, re.I), severity) for kind, words, severity in _CLOSED]
_GLUED = re.compile(
    r"\b((?!(?:Non|Un|Well|Self|Cross|Dual|Double|Highly|Fully|Newly)-)[A-Z][\w&]+(?=-)|[A-Z]{2,}"
    r"|security|secret)[- ]"
    r"(?:cleared|vetted|certified|qualified|licen[sc]ed|accredited|registered|chartered|trained)\b"
)
"""A standing glued to what gives it ("SC-cleared"); one space does for capitals, too."""
_RANK = re.compile(
    r"\b(?:Senior|Sr\.|Principal|Chief|Director|Head of|Vice President|VP|President|Partner"
    r"|Executive|Superintendent|Lead(?= [A-Z])"
    r"|(?:senior|principal|chief|head|director|lead)(?= (?:of )?[A-Z]))\b"
)
_NAME = re.compile(
    r"(?<![\w$€£.])[A-Z][\w&+#'’-]*(?:\.(?:js|io|com|NET))?(?:\s(?:(?:of|and|the|for)\s)?[A-Z][\w&+#'’-]*)*"
)
_SENTENCE = re.compile(r"(?:^|[.!?:;•\n–—]|\s-)\s*$")
_SCHOOL = re.compile(r"\b(?:University|College|Institute|School|Academy|Polytechnic)\b")
_AS_EMPLOYER = re.compile(
    r"\b(?:with|at|joined|left|(?:second(?:ed|ment)|contract(?:ed)?|consult(?:ed|ant|ing)|work(?:ed)?"
    r"|subcontractor) (?:to|for)|on behalf of)\s+$",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<![\w$€£.,-])(?:19[5-9]|20[0-4])\d(?![\w%]|[.,]\d|\s[a-z]{3,}s\b)")


class Named(NamedTuple):
    """Something named that the source does not name, and where."""

    kind: str
    text: str
    start: int
    end: int
    severity: Severity
    rule: str


def unnamed(text: str, known: Vocabulary, *, summary: bool) -> Iterator[Named]:
    """What `text` names that the source does not."""
    taken = list(spelt_out(text, known))
    for found in _closed(text, known, summary=summary):
        taken.append((found.start, found.end))
        yield found
    for match in _NAME.finditer(text):
        if any(low < match.end() and match.start() < high for low, high in taken):
            continue
        named = _new_name(match, text, known)
        if named is not None:
            yield named


def spelt_out(text: str, known: Vocabulary) -> Iterator[tuple[int, int]]:
    """Where words are the long form of initials behind them in brackets, which the source has."""
    for match in re.finditer(r"\s\(([A-Z][A-Za-z&]{1,7})\)", text):
        short = re.sub(r"(?<=[A-Z])s$", "", match[1])
        if short.casefold() not in known.short:
            continue
        words = list(WORD.finditer(text[: match.start()]))
        for first in reversed(words):
            if abbreviates(short, text[first.start() : match.start()]):
                yield first.start(), match.end()
                break


def _closed(text: str, known: Vocabulary, *, summary: bool) -> Iterator[Named]:
    for rank, start, end in degrees_in(text):
        if rank not in (known.named_ranks if pending(_sentence(text, start)) else known.ranks):
            yield Named("degree", text[start:end], start, end, "block", "prose.degree")
    for name, (start, end) in find_credentials(text, known.knowledge):
        said, coming = text[start:end], pending(_sentence(text, start))
        names, words = (known.named, known.folded) if coming else (known.credentials, known.held)
        if name not in names and said.casefold() not in words:
            yield Named("certificate", said, start, end, "block", "prose.certificate")
    for kind, pattern, severity in _PATTERNS:
        for match in pattern.finditer(text):
            if match.group().casefold() not in known.folded:
                yield Named(kind, match.group(), *match.span(), severity, f"prose.{kind}")
    yield from _glued(text, known)
    weight: Severity = "block" if summary else "review"
    ranks = (match for match in _RANK.finditer(text) if not _rank_known(match.group(), known))
    yield from (Named("title", m.group(), *m.span(), weight, "prose.title") for m in ranks)
    new = (match for match in YEAR.finditer(text) if match.group() not in known.text)
    yield from (Named("dates", m.group(), *m.span(), "block", "prose.year") for m in new)


def _glued(text: str, known: Vocabulary) -> Iterator[Named]:
    """The standings that a text glues to a name which the source does not hold."""
    for match in _GLUED.finditer(text):
        long = len(match[1]) > 2 and known.spells_out(match[1].casefold())
        if long or find_credentials(match.group(), known.knowledge):
            continue
        if not re.search(rf"(?<!\w){re.escape(match[1].casefold())}(?!\w)", known.held):
            yield Named("standing", match.group(), *match.span(), "block", "prose.standing")


def _rank_known(word: str, known: Vocabulary) -> bool:
    said = re.escape(word.casefold().rstrip("."))
    if re.search(rf"\b{said}\b", known.folded):
        return True
    return bool(spellings(word.casefold().rstrip(".")) & known.words)


def _new_name(match: re.Match[str], text: str, known: Vocabulary) -> Named | None:
    words = match.group().split()
    opens = _SENTENCE.search(text, 0, match.start()) is not None
    school = _SCHOOL.search(match.group()) is not None
    # A sentence opens with any word, but "Duke University" and "MIT" are names there, too.
    named = words[0].isupper() or (school and words[1:2] != ["of"])
    skipped = int(opens and not named)
    new = [word for word in words[skipped:] if not known.has(word)]
    at_work = not opens and _AS_EMPLOYER.search(text, 0, match.start()) is not None
    shouted = _mostly_capitals(_sentence(text, match.start())) and not at_work and not school
    if not new or shouted or (not school and _explained(" ".join(words[skipped:]), new, known)):
        return None
    kind = "employer" if at_work else "name"
    severity: Severity = "review"
    if school:
        kind, severity = "institution", "block"
    start = text.index(new[0], match.start())
    end = text.index(new[-1], start) + len(new[-1])
    return Named(kind, text[start:end], start, end, severity, f"prose.{kind}")


def _explained(name: str, new: list[str], known: Vocabulary) -> bool:
    """Whether the source spells the name otherwise: as a skill, in short or in full."""
    # The rule for skills says what is to be said of them.
    skills = " ".join(match.text for match in known.knowledge.matcher.find(name))
    if all(word in skills for word in new):
        return True
    letters = initials(name)
    if len(letters) > 1 and (letters in known.short or letters in known.words):
        return True
    return all(
        word.isupper() and known.spells_out(re.sub(r"\W", "", word).casefold()) for word in new
    )


def _sentence(text: str, at: int) -> str:
    """The sentence of `text` that holds this place."""
    low, high = sentence_at(text, at)
    return text[low:high]


def _mostly_capitals(text: str) -> bool:
    """Whether capitals say nothing here: a headline, or a text in capitals throughout."""
    found = [word for word in text.split() if word[0].isalpha() and len(word) > 3]
    return len(found) > 3 and sum(word[0].isupper() for word in found) > 0.9 * len(found)
