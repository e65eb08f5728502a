"""Wording as claims: how much of a deed a verb claims, and which rank.

Verbs stand on tiers: who assisted did less than who built, and who built less than who led. A
tailored line may step down, never up.
"""

import re
from collections.abc import Sequence

from tailor_lab.tailoring.facts.phrases import Phrase
from tailor_lab.tailoring.text.lexicon import any_of, words
from tailor_lab.tailoring.text.stems import PAST, is_verb, stems_of, trade_stems

_ASSISTED = words("verbs", "assisted")
_CONTRIBUTED = words("verbs", "contributed")
_BUILT = words("verbs", "built")
_LED = words("verbs", "led")
_PHRASES = (
    (1, r"second[- ]chair\w*|assistance (?:with|in|to)|support for|assistant to"),
    (2, r"co[- ]?(?:led|lead|chaired|headed|directed|founded|owned|authored)"),
    (3, r"first[- ]chair\w*|lead counsel"),
    (1, r"(?:took|take|taking) part in|member of|part of|involved in|exposure to"),
    (2, r"responsible for|accountable for|in charge of|attend(?:ed|s)? to"),
    (
        3,
        (
            r"took (?:charge|ownership|the lead)|takes? (?:charge|ownership)|headed up|head of"
            r"|(?:as|was|acted as|became|being) (?:the )?(?:\w+ )?(?:lead|leader|head|director"
            r"|chair|owner|chief|manager|supervisor)\b|at the helm|(?:sole|solely)\b"
            r"|single-handed(?:ly)?\b"
            r"|manag\w+ (?:the |a |all )?(?:team|staff|people|group|crew|those)\b"
        ),
    ),
)
_OPENS = re.compile(r"(?:\w+ly )?(?:(?:was|am|is|being) (?:an? )?(?:\w+ )?)?", re.IGNORECASE)
_MODEST = re.compile(
    r"\b(?:assist|help|support|contribut|participat|aid(?:ed|ing|s)?\b|shadow|second[- ]chair"
    r"|(?:took|take|taking|played a) part|part of|involved|member of|collaborat|cooperat"
    r"|partnered|teamed up|paired|worked (?:with|alongside)|joined)\w*",
    re.IGNORECASE,
)
_WHOM = (
    r"(?:customer|client|patient|resident|guest|student|pupil|user|child|visitor|passenger|famil"
    r"|member|shopper|caller|applicant|patron|learner|traveller|traveler|tenant|veteran|people)\w*"
)
_CARED = re.compile(
    rf"(?:\w+ly )?(?:assist|help|support|aid)\w*\s(?:\w+ ){{0,3}}{_WHOM}", re.IGNORECASE
)
_SERVING = frozenset(
    {"served", "serve", "serving", "attended", "answered", "handled", "attended to"}
)
_SERVED_STILL = re.compile(rf"^\w+ (?:\w+ ){{0,4}}{_WHOM}")
_MODEST_RANK = (
    rf"(?:{any_of('ranks', 'before_a_rank')}"
    r"|co(?=.(?:founder|chair|lead|owner|director|author|president|captain|editor)))"
)
_SMALLER = re.compile(rf"\b({_MODEST_RANK})[ -]([^\W\d_]{{4,}})", re.IGNORECASE)
_SMALLER_BEFORE = re.compile(rf"\b{_MODEST_RANK}[ -]$", re.IGNORECASE)


def _forms(verb: str) -> list[str]:
    """The forms of a verb in a résumé."""
    base = verb.removesuffix("e")
    if verb.endswith(("y",)) and verb[-2] not in "aeou":
        past, third = f"{verb[:-1]}ied", f"{verb[:-1]}ies"
    else:
        past, third = f"{base}ed", f"{verb}es" if verb.endswith(("s", "sh", "ch")) else f"{verb}s"
    doubled = verb[-1] if verb in {"run", "set", "plan"} else ""
    past = PAST.get(verb, f"{verb}{doubled}ed" if doubled else past)
    present = f"{verb}ing" if verb.endswith("ee") else f"{base}{doubled}ing"
    return [past, present, verb, third]


_TIER = {
    form: tier
    for tier, verbs in enumerate((_ASSISTED, _CONTRIBUTED, _BUILT, _LED))
    for verb in verbs
    for form in _forms(verb)
}
# "Lead time", "test plan", "support": what is also a noun is a verb only where a clause begins.
_AT_START = [
    form for form in _TIER if not form.endswith(("ed", "ing")) and form not in PAST.values()
]
_VERB = re.compile(
    "|".join(
        [
            *(f"(?P<p{i}>\\b(?:{words}))" for i, (_, words) in enumerate(_PHRASES)),
            rf"(?:^|(?<=\band )|(?<=; )|(?<=\. ))(?P<start>{'|'.join(_AT_START)})\b(?!-)",
            rf"\b(?P<verb>{'|'.join(form for form in _TIER if form not in _AT_START)})\b",
        ]
    ),
    re.IGNORECASE,
)


def _verbs(text: str) -> list[tuple[Phrase, int]]:
    """The verbs of a text that claim a deed, each with its tier."""
    found = []
    for match in _VERB.finditer(text):
        if match["verb"] or match["start"]:
            tier = _TIER[(match["verb"] or match["start"]).casefold()]
        else:
            tier = next(tier for i, (tier, _) in enumerate(_PHRASES) if match[f"p{i}"])
        found.append((Phrase(match.group(), match.start(), match.end()), tier))
    return found


def is_plain_deed(word: str) -> bool:
    """Whether a word is the form of a verb that tells of the work itself and of no authority."""
    return _TIER.get(word, 3) < 3


def raised_verb(text: str, sources: Sequence[str], position: str = "") -> Phrase | None:
    """The verb of a line that claims more than the lines which it rewords, or None.

    "Years of driving" claim nothing of a driver that the `position` does not.

    >>> raised_verb("Led the audit", ["Helped with the audit"]).text
    'Led'
    >>> raised_verb("Ran the audit", ["Conducted the audit"]) is None
    True
    """
    claimed = [verb for verb in _verbs(text) if not _is_trade(verb[0], text, position)]
    said = [verb for source in sources for verb in _verbs(source)]
    highest = max((tier for _, tier in said), default=2)
    leading = next((phrase for phrase, tier in claimed if tier == 3), None)
    if leading is not None and highest < 3:
        return leading
    # Who helped, and is now said to have done it: the modest verb is gone, a larger one opens.
    opening = _verbs(sources[0])[:1]
    if not opening or opening[0][1] > 1 or not _OPENS.fullmatch(sources[0], 0, opening[0][0].start):
        return None
    kept = opening[0][0].text.casefold().removesuffix("ed").removesuffix("s") in text.casefold()
    # "Observed staff in support": what is modest elsewhere in the source keeps nothing.
    modest = _MODEST.match(sources[0], opening[0][0].start) is not None
    elsewhere = len(_MODEST.findall(sources[0])) - modest
    if kept or len(_MODEST.findall(text)) > elsewhere:
        return None
    if claimed and min(tier for _, tier in claimed) < 2:
        return None
    if _CARED.match(sources[0]) and _serves(text, claimed):
        return None  # who assisted customers served them
    if claimed:
        return claimed[0][0]
    return _opening_deed(text) if modest else None


def _is_trade(verb: Phrase, text: str, position: str) -> bool:
    """Whether a verb is the noun of what the position is called by ("in years of driving")."""
    if not verb.text.endswith("ing") or not re.search(r"\b(?:of|in) $", text[: verb.start]):
        return False
    names = {stem for word in position.casefold().split() for stem in trade_stems(word)}
    return bool(stems_of(verb.text.casefold()) & names)


def _serves(text: str, claimed: Sequence[tuple[Phrase, int]]) -> bool:
    """Whether a line only serves people, and claims no deed of another kind."""
    plain = not claimed or claimed[0][0].text.casefold() in _SERVING
    return plain and _SERVED_STILL.search(text.casefold()) is not None


def _opening_deed(text: str) -> Phrase | None:
    """The verb that opens a line: a form of the past, or one that opens it as an order does."""
    first = re.match(r"(?:\w+ly )?([^\W\d_]+)", text)
    if first is None:
        return None
    word = first[1].casefold()
    if is_verb(word) or is_verb(re.sub(r"^(?:re|over|under|out|co)-?", "", word)):
        return Phrase(first[1], first.start(1), first.end(1))
    return None


def dropped_modesty(text: str, source: str) -> Phrase | None:
    """The rank that a line keeps without the word that made it smaller, or None.

    >>> dropped_modesty("Executive Chef at Salt", "Executive Sous Chef at Salt").text
    'Chef'
    """
    for modest in _SMALLER.finditer(source):
        rank = re.compile(rf"\b{re.escape(modest[2])}\b", re.IGNORECASE)
        bare = [m for m in rank.finditer(text) if not _SMALLER_BEFORE.search(text, 0, m.start())]
        said = [
            m for m in rank.finditer(source) if not _SMALLER_BEFORE.search(source, 0, m.start())
        ]
        if len(bare) > len(said):
            return Phrase(bare[0].group(), *bare[0].span())
    return None
