"""Words that a rewording drops or adds, and that change whose deed it was or how far it got.

"Co-wrote" is not "wrote", "a pending patent" not "a granted" one; what was drafted "for a partner
to sign" was signed by the partner; "drafted *and approved*" tells a second deed.
"""

import re
from collections.abc import Iterator, Sequence

from tailor_lab.tailoring.facts.phrases import Phrase
from tailor_lab.tailoring.facts.rules.wording import is_plain_deed
from tailor_lab.tailoring.text.stems import is_verb, stems_of

_SHARED = re.compile(r"\bco-(?!op\b|ops\b|oper|ordin)(\w{3,})", re.IGNORECASE)
_TOGETHER = re.compile(
    r"\b(?:co-\w+|joint(?:ly)?|together|with|alongside|partner\w*|helped|assisted|supported"
    r"|contribut\w+|collaborat\w+|one of|part of|shared|team)\b",
    re.IGNORECASE,
)
_STEPS: tuple[tuple[str, str], ...] = (
    (
        r"pending|applied for|filed|provisional|submitted|under (?:review|consideration)|proposed",
        r"granted|issued|approved|accepted|published|awarded|patented",
    ),
    (r"draft\w*|interim|preliminary", r"final|finali[sz]ed|published|approved|adopted"),
    (
        (
            r"nominated|nominee|nomination|shortlisted|short-listed|longlisted|finalist|runner-up"
            r"|runners-up|second place|commended"
        ),
        r"won|win|winner|winning|awarded|recipient|received|first place|champion\w*",
    ),
    (
        r"candidate|applicant|trainee|student|studying|training towards?|working towards?|eligible",
        r"licen[sc]ed|qualified|certified|chartered|registered|accredited|graduate",
    ),
)
"""What is still open, and how it reads once it is settled."""
_OPEN_BEFORE = re.compile(
    # "Draft" is a verb as well: it needs an article.
    r"\b(?:pending|(?<=\ba )draft|(?<=\bthe )draft|provisional|preliminary"
    r"|(?:shortlisted|nominated|finalist) for)"
    r" (?:the |an? )?(\w{4,})",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:for|so that) (?:an? |the |his |her |its |our |their )?\w+(?: \w+){0,2}? (?:to|could) "
    r"(?P<for>\w+)|(?P<by>\w+(?:ed|en|wn)) (?:off )?by (?:an? |the |his |her )\w+",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"(?<!-)\b(\w{3,}ed|wrote|led|ran|drove|built|taught|sold|held|kept|won)\b", re.IGNORECASE
)
_ADDED = re.compile(r"(?:\band|,|&) (?:then |also |personally )?(?P<verb>\w+)")


def unshared(text: str, source: str) -> Phrase | None:
    """The word of a line that was "co-" in the line which it rewords, or None.

    >>> unshared("Wrote the manual", "Co-wrote the manual").text
    'Wrote'
    """
    shared = _SHARED.search(source)
    together, before = (
        [match.group().casefold() for match in _TOGETHER.finditer(told)] for told in (text, source)
    )
    if shared is None or any(word.startswith("co-") or word not in before for word in together):
        return None
    bare = re.search(rf"\b{re.escape(shared[1])}\b", text, re.IGNORECASE)
    if bare is None and _opens(source, shared.start()):
        first = re.match(r"\w+", text)
        bare = first if first and (is_verb(first[0]) or first[0][-2:] in {"or", "er"}) else None
    return Phrase(bare.group(), *bare.span()) if bare else None


def settled(text: str, source: str) -> Phrase | None:
    """The words by which a line calls settled what was open in the line it rewords, or None.

    >>> settled("Holds a granted patent", "Holds a pending patent").text
    'granted'
    """
    for still, done in _STEPS:
        low, high = (re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for words in (still, done))
        new = high.search(text)
        if low.search(source) and new and not low.search(text) and not high.search(source):
            return Phrase(new.group(), *new.span())
    open_ = _OPEN_BEFORE.search(source)
    if open_ is None or any(re.search(rf"\b(?:{low})\b", text, re.I) for low, _ in _STEPS):
        return None
    bare = re.search(rf"\b{re.escape(open_[1])}\b", text, re.IGNORECASE)
    return Phrase(bare.group(), *bare.span()) if bare else None


def new_deeds(text: str, source: str, told: Sequence[str]) -> Iterator[Phrase]:
    """The verbs by which a line takes over another's deed, or adds one that nothing tells.

    >>> [p.text for p in new_deeds("Drew and approved plans", "Drew plans", ["Drew plans"])]
    ['approved']
    """
    lent = {
        stem for match in _OTHERS.finditer(source) for stem in _stems(match["for"] or match["by"])
    }
    own = _stems(_OTHERS.sub(" ", source))
    seen = set()
    for match in _VERB.finditer(text):
        stems = _stems(match[1])
        by_other = re.match(r"(?: off)? by\b", text[match.end() :])
        if stems & lent and not stems & own and not by_other:
            seen.add(match.start())
            yield Phrase(match.group(), *match.span())
    if _opening_verb(text) is None:
        return
    known = _stems(" ".join(told))
    for match in _ADDED.finditer(text):
        verb = match["verb"].casefold()
        if match.start("verb") in seen or not is_verb(verb) or is_plain_deed(verb):
            continue
        if _opening_verb(text[: match.start()]) is None or _stems(verb) & known:
            continue
        yield Phrase(match["verb"], match.start("verb"), match.end("verb"))


def _opening_verb(text: str) -> re.Match[str] | None:
    """The verb that opens a line, if one does."""
    first = re.match(r"(?:\w+ly )?(\w+)", text)
    return first if first and (is_verb(first[1]) or is_plain_deed(first[1].casefold())) else None


def _stems(text: str) -> frozenset[str]:
    found = (re.sub(r"ied$", "y", word) for word in re.findall(r"\w+", text.casefold()))
    return frozenset(stem for word in found for stem in stems_of(word))


def _opens(text: str, at: int) -> bool:
    return re.fullmatch(r"(?:\w+ly )?", text[:at]) is not None
