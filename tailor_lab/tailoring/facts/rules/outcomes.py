"""Outcomes told in words: superlatives, victories, clean records, "all" where there were "most".

No figure gives them away ("the fastest in the building", "none reversed on appeal", "both promoted
within a year"), so the words of achievement themselves need the source.
"""

import re
from collections.abc import Sequence

from tailor_lab.tailoring.facts.phrases import Phrase
from tailor_lab.tailoring.text.number_words import TO_TEN

_NO_SUPERLATIVE = (
    "interest|request|harvest|forest|guest|west|test|contest|honest|rest|invest|digest|manifest"
    "|protest|southwest|northwest|midwest|quest|chest|nest|crest|arrest|modest|latest|pest|vest|east"
)
_FEW = rf"about|around|over|some|up|{TO_TEN}|\w+teen|twenty|thirty"
"""A number behind "a team of" is the matter of numbers."""
_OUTCOME = re.compile(
    rf"\b(?:the|our|its|their|ever|all-time) (?!(?:{_NO_SUPERLATIVE})\b)\w{{2,}}est\b"
    r"(?: \w+){0,2}"
    r"|\b(?:the|our|its|their) (?:\w+['’]s )?(?:best|top(?! \d)|most \w+)\b(?: \w+)?"
    r"|\b(?:highest|lowest|fastest|largest|best)[- ](?:ever|performing|rated|selling|ranked|known)"
    r"|\bnumber[- ]one\b|\bsecond to none\b|\bever (?:recorded|achieved|seen|built|run)\b"
    r"|\bnone (?:of (?:them|which|whom) )?(?:(?:was|were|ever|later) )*\w+(?:ed|t|n)\b"
    r"|\bnever (?:once |been )*\w+"
    r"|\b(?:without|not) (?:a single|one|any) \w+"
    r"|\b(?:with|has|had|and) (?:no|zero) (?:\w+ )?(?:complaint|incident|accident|error|defect|loss"
    r"|reversal|injur|finding|return|fault|mistake|downtime|outage)\w*"
    r"|\b(?:won|winning|wins|championships?|champions|tournament|trophy|medals?|undefeated|unbeaten"
    r"|victor(?:y|ies|ious))\b(?: (?:the|a) \w+)?"
    r"|\b(?:both|all|each|whom|who|which|were|was|them|later|since) (?:\w+ )?promoted\b"
    r"|\b(?:outperform|surpass|outrank)\w*\b"
    r"|\bexceed\w* (?:\w+ )?(?:target|goal|quota|expectation)s?"
    rf"|\b(?:team|crew|staff|group|army) of (?!\d|(?:{_FEW})\b)(?:\w+ )?\w+"
    r"|\b(?:praised|commended|applauded|lauded|acclaimed|sought[- ]after|flawless(?:ly)?|spotless"
    r"|unmatched|perfect(?:ly)?|exemplary|record[- ]\w+)\b",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:some|many|most|several|half|a few|part) (?:of\b|\w+)", re.IGNORECASE)
_ALL = re.compile(r"\b(?:(?:nearly|almost|virtually) )?(?:all|every(?:one|body)?|each)\b", re.I)
_SMALL = frozenset(
    {
        *("the", "our", "its", "their", "a", "an", "of", "in", "on"),
        *("ever", "with", "has", "had", "and", "was", "were", "by", "to"),
    }
)
_WON = re.compile(r"^(?:won|win\w*)$")
_WHOM = r"(?P<whom>accounts?|clients?|customers?|members?|subscribers?|buyers?|orders?|listings?)\b"
_CUSTOMERS = re.compile(rf"w(?:on|ins?|inning) (?:[\w,.]+ ){{0,4}}?{_WHOM}", re.IGNORECASE)
_GAINED = re.compile(
    r"\b(?:open|sign|land|secur|gain|clos|add|acquir|brought in|bring|attract|recruit)\w*"
    rf" (?:[\w,.]+ ){{0,4}}?{_WHOM}",
    re.IGNORECASE,
)
_STEM = 5
"""So many letters tell a word in whatever form."""


def new_outcomes(text: str, sources: Sequence[str]) -> list[Phrase]:
    """The phrases of a text that tell an outcome which none of the sources tells.

    >>> [phrase.text for phrase in new_outcomes("Ran a club that won the cup", ["Ran a club"])]
    ['won the cup']
    """
    found = [Phrase(m.group(), m.start(), m.end()) for m in _OUTCOME.finditer(text)]
    if not found:
        return []
    known = [_content(source) for source in sources]
    return [
        phrase
        for phrase in found
        if not any(_content(phrase.text) <= own for own in known)
        and not _gained(phrase, text, sources)
    ]


def _gained(phrase: Phrase, text: str, sources: Sequence[str]) -> bool:
    """Whether what was "won" are customers that the source says were gained by another word."""
    whom = _CUSTOMERS.match(text, phrase.start)
    if whom is None:
        return False
    noun = whom["whom"].casefold().rstrip("s")
    return any(noun in match.group().casefold() for s in sources for match in _GAINED.finditer(s))


def raised_share(text: str, source: str) -> Phrase | None:
    """The words by which a line says all where the line it rewords says some, or None.

    >>> raised_share("Fixed nearly all of them", "Fixed most of them").text
    'nearly all'
    """
    whole = _ALL.search(text)
    if whole is None or _ALL.search(source) or _PART.search(text) or not _PART.search(source):
        return None
    return Phrase(whole.group(), *whole.span())


def _content(text: str) -> set[str]:
    words = (_WON.sub("win", word) for word in re.findall(r"\w+", text.casefold()))
    return {word[:_STEM] for word in words if word not in _SMALL}
