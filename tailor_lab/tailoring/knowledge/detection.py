"""What a text is about, by the knowledge base: credentials, level, role, industry."""

import re
from collections.abc import Mapping
from functools import lru_cache

from tailor_lab.tailoring.knowledge.base import Credential, Knowledge
from tailor_lab.tailoring.text.words import tokens

# Two or three letters are words as well ("be", "ma", "as"); they count in capitals alone.
_SHORT = 4


@lru_cache(maxsize=16)
def _spellings(
    kind: str, knowledge: Knowledge
) -> tuple[re.Pattern[str], re.Pattern[str], Mapping[str, str]]:
    """A pattern of the long spellings, one of the short, and what each of them means."""
    table: Mapping[str, Credential] = (
        knowledge.certifications if kind == "certifications" else knowledge.degrees
    )
    meaning = {
        spelling.casefold(): credential.name
        for credential in table.values()
        for spelling in (*credential.aliases, credential.name)
    }
    ordered = sorted(meaning, key=len, reverse=True)
    long = "|".join(re.escape(s) for s in ordered if len(s) > _SHORT)
    short = "|".join(re.escape(s.upper()) for s in ordered if len(s) <= _SHORT)
    # Bsc, BSc and PhD: short names with small letters in them.
    mixed = "|".join(
        re.escape(form)
        for s in ordered
        if 2 < len(s) <= _SHORT
        for form in (s.title(), s[:2].upper() + s[2:], s[0].upper() + s[1:-1] + s[-1].upper())
    )
    return (
        re.compile(rf"(?<!\w)(?:{long})(?![\w])", re.IGNORECASE),
        re.compile(rf"(?<![\w.])(?:{short}|{mixed})(?![\w])"),
        meaning,
    )


def _find(kind: str, text: str, knowledge: Knowledge) -> list[tuple[str, tuple[int, int]]]:
    long, short, meaning = _spellings(kind, knowledge)
    text = text.replace("’", "'")
    found = [(meaning[m.group().casefold()], m.span()) for m in long.finditer(text)]
    taken = [span for _, span in found]
    found += [
        (meaning[match.group().casefold()], match.span())
        for match in short.finditer(text)
        if not any(low < match.end() and match.start() < high for low, high in taken)
    ]
    return sorted(found, key=lambda item: item[1])


def find_credentials(text: str, knowledge: Knowledge) -> list[tuple[str, tuple[int, int]]]:
    """The certifications and licences that a text names, with their places.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> find_credentials("RN with BLS and ACLS", load_knowledge())
    [('Registered Nurse', (0, 2)), ('BLS', (8, 11)), ('ACLS', (16, 20))]
    """
    return _find("certifications", text, knowledge)


def find_degrees(text: str, knowledge: Knowledge) -> list[tuple[str, tuple[int, int]]]:
    """The degrees that a text names, with their places.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> find_degrees("B.Sc. in Physics, MBA", load_knowledge())
    [("bachelor's degree", (0, 5)), ("master's degree", (18, 21))]
    """
    return _find("degrees", text, knowledge)


def detect_level(
    title: str, knowledge: Knowledge, *, given: str = "", years: float | None = None
) -> str | None:
    """The rung of the seniority ladder that a title names, else the years, else None.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> known = load_knowledge()
    >>> detect_level("Sr. Data Engineer", known), detect_level("Nurse", known, years=1.0)
    ('senior', 'entry')
    """
    levels = knowledge.levels
    if given.lower() in {level.name for level in levels}:
        return given.lower()
    for text in (given, title):
        words = f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
        for level in reversed(levels):
            if any(f" {word.replace('-', ' ')} " in words for word in level.words):
                return level.name
    if years is None:
        return None
    return "entry" if years < 2 else "mid" if years < 5 else "senior"


def level_rank(name: str | None, knowledge: Knowledge) -> int | None:
    """The rung's place on the ladder, counted from the bottom."""
    for level in knowledge.levels:
        if level.name == name:
            return level.rank
    return None


@lru_cache(maxsize=8)
def _title_table(knowledge: Knowledge) -> dict[tuple[str, ...], str]:
    return {
        tuple(tokens(title)): family.name
        for family in knowledge.titles.values()
        for title in (family.name, *family.titles)
    }


@lru_cache(maxsize=4096)
def title_family(title: str, knowledge: Knowledge) -> str | None:
    """The family of roles that a title belongs to: by the longest known title inside it.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> title_family("Senior Registered Nurse (ICU)", load_knowledge())
    'registered nurse'
    """
    table = _title_table(knowledge)
    words = tokens(title)
    longest = max(map(len, table), default=0)
    for size in range(min(len(words), longest), 0, -1):
        # The head of an English title stands last: "Software Test Engineer" is an engineer.
        for start in range(len(words) - size, -1, -1):
            family = table.get(tuple(words[start : start + size]))
            if family is not None:
                return family
    return None


def named_industry(name: str, knowledge: Knowledge) -> str | None:
    """The industry that goes by a name or one of its aliases, or None.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> known = load_knowledge()
    >>> named_industry("Nursing", known), named_industry("alchemy", known)
    ('healthcare', None)
    """
    wanted = name.casefold().strip()
    for industry in knowledge.industries.values():
        if wanted in {industry.name, *(alias.casefold() for alias in industry.aliases)}:
            return industry.name
    return None


@lru_cache(maxsize=8)
def _industry_signals(knowledge: Knowledge) -> dict[str, re.Pattern[str]]:
    return {
        industry.name: re.compile(
            r"(?<!\w)(?:"
            + "|".join(re.escape(s) for s in sorted(industry.signals, key=len, reverse=True))
            + r")(?!\w)",
            re.IGNORECASE,
        )
        for industry in knowledge.industries.values()
        if industry.signals
    }


def detect_industry(text: str, knowledge: Knowledge) -> tuple[str | None, float]:
    """The industry of a posting or résumé, and the share of the evidence that speaks for it.

    Evidence are the industry's own words, which count double, and the skills of its trade.
    """
    weights: dict[str, float] = {}
    for name, pattern in _industry_signals(knowledge).items():
        distinct = {match.group().lower() for match in pattern.finditer(text)}
        weights[name] = 2.0 * len(distinct)
    for skill in knowledge.matcher.names([text]):
        for industry in knowledge.skills[skill].industries:
            weights[industry] = weights.get(industry, 0.0) + 1.0
    total = sum(weights.values())
    if total < 3:
        return None, 0.0
    best = max(weights, key=lambda name: (weights[name], name))
    return best, weights[best] / total
