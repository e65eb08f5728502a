"""Wording as claims: how much of a deed a verb claims, and how far it reached.

Verbs stand on tiers: who assisted did less than who built, and who built less than who led. A
tailored line may step down, never up. Reach ("company-wide", "industry-leading") needs the source's
own word.
"""

import re
from typing import NamedTuple

_TIERS = """
assist help support shadow observe aid assisted helped supported shadowed observed aided
contribute participate contributed participated collaborated worked joined cooperated
built developed created implemented wrote designed delivered made ran taught handled performed
led headed directed owned spearheaded oversaw supervised chaired architected pioneered founded
"""
_MORE_BUILDING = """
prepared maintained operated managed coordinated organised organized introduced launched
established improved reduced increased
"""
_TIER = {v: tier for tier, verbs in enumerate(_TIERS.strip().splitlines()) for v in verbs.split()}
_TIER |= dict.fromkeys(_MORE_BUILDING.split(), 2) | dict.fromkeys(("championed", "drove"), 3)
_JOINED = ("took part in", "take part in", "taking part in", "member of", "part of")
_TIER |= dict.fromkeys(_JOINED, 1)
_VERB = re.compile(rf"\b(?:{'|'.join(_TIER)})\b", re.IGNORECASE)
_REACH = re.compile(
    r"\b(?:(?:company|organi[sz]ation|enterprise|firm|state|nation|world|district|hospital|campus)"
    r"[- ]wide|global(?:ly)?|international(?:ly)?|industry[- ]leading|award[- ]winning|best[- ]in"
    r"[- ]class|world[- ]class|first[- ]ever|record[- ]breaking|nationally recogni[sz]ed"
    r"|adopted (?:by|across|in) \w+(?: \w+)?|(?:used|relied on|trusted|in use) (?:by|on|across|in)"
    r" (?:every|all|the (?:whole|entire)|\w+ (?:continents|countries|regions|states|offices))"
    r"(?: \w+)?|across (?:the (?:whole|entire)|every|all)(?: \w+)?|(?:throughout|across) the"
    r" (?:company|organi[sz]ation|enterprise|industry|country|world|region|nation|group)"
    r"|the (?:company|national|industry|regional|hospital|district)(?:'s)? standard|flagship"
    r"|(?:standard|model|benchmark|blueprint) (?:for|across) (?:the|all|every|other) \w+"
    r"|cutting[- ]edge|market[- ]leading|leading provider|countrywide|statewide|worldwide"
    r"|(?:in|to|by|across) (?:all|every) (?:other )?(?:branch|office|site|department|region|team"
    r"|unit|school|store|location|plant|clinic|ward|division|compan)\w*"
    r"|mission[- ]critical|single[- ]handed(?:ly)?|sole(?:ly)?)\b",
    re.IGNORECASE,
)


class Phrase(NamedTuple):
    """A word or phrase and where it stands."""

    text: str
    start: int
    end: int


def opening_verb(text: str) -> tuple[Phrase, int] | None:
    """The first verb of a deed in `text` and its tier, 0 (assisted) to 3 (led)."""
    match = _VERB.search(text)
    if match is None:
        return None
    return Phrase(match.group(), match.start(), match.end()), _TIER[match.group().lower()]


def highest_tier(text: str) -> int | None:
    """The highest tier that any verb of `text` claims."""
    return max((_TIER[m.group().lower()] for m in _VERB.finditer(text)), default=None)


def reach(text: str) -> list[Phrase]:
    """The phrases of `text` that claim reach or fame."""
    return [Phrase(m.group(), m.start(), m.end()) for m in _REACH.finditer(text)]
