"""What a résumé says that the candidate has not: skills denied or wished for, credentials not held.

"No experience with Kubernetes" names Kubernetes and shows nothing of it, and a certificate that is
"in progress" or "expired" is not held. A denial reaches to the end of its clause; "but" ends it.
Only denials of having or having done count: "no downtime on Kubernetes" denies nothing.
"""

import re
from functools import lru_cache, partial

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_credentials
from tailor_lab.tailoring.text.lexicon import any_of

_any = partial(any_of, "denials")

_HAVING = _any("having")
_LEARNING = _any("learning")
# To the end of the clause; a dot inside a name ("Node.js") does not end it.
_REST = (
    r"(?:(?!\b(?:but|however|although|though|whereas|while|until|before)\b)"
    r"(?:[^.;!?\n]|\.(?=\w)))*"
)
# "Kubernetes (never used)": what is denied stands before.
_DENIED = r"""(?:(?:not\s+(?:yet\s+)?|never\s+)(?:used|tried|learn(?:ed|t)|known)
        |no\s+(?:\w+\s+)?(?:experience|knowledge)|(?:want|wish|hope|plan|would\s+like|keen|still)
        \s+to\s+learn|to\s+be\s+learn(?:ed|t))(?=\s*(?:[,;.!?)|\n]|$))"""
_DENIES_FIRST = rf"""
    \b(?:(?:no|not|never|without|lack(?:s|ed|ing)?(?:\s+of)?|little\s+or\s+no|zero)|\w+n['’]t)\s+
        (?:(?:{_any("between")})\s+)*
        (?:{_HAVING})\b(?!\s*-){_REST}
    |\b(?:{_any("wishing")})\s+(?:to|in|on)\s+
        (?:\w+ly\s+)?(?:{_LEARNING})\b{_REST}"""
_FLAGS = re.IGNORECASE | re.VERBOSE
_DENIAL = re.compile(_DENIES_FIRST, _FLAGS)
# A clause with a word before the gap, or one that begins with the gap: so written, white space of
# any length is walked once.
_ANY_DENIAL = re.compile(
    rf"""{_DENIES_FIRST}
    |(?=\S)[^,;.!?\n(:|]*[^,;.!?\n(:|\s–—-][\s(:–—-]++{_DENIED}
    |(?:^|(?<=[,;.!?\n(:|]))(?!\n)[\s–—-][\s(:–—-]++{_DENIED}""",
    _FLAGS,
)
_DENIES_LAST = re.compile(_DENIED, _FLAGS)
# "Trained staff who had no experience with Excel", "no knowledge of SQL before 2019".
_OF_OTHERS = re.compile(
    rf"\b(?:{_any('of_others')})\b[^.;,]{{0,20}}$",
    re.IGNORECASE,
)
_ONCE = re.compile(r"\s*\b(?:before|until)\b", re.IGNORECASE)
_WISHED_GROUP = re.compile(
    (
        rf"\W*(?:(?:{_any('wish_headings')})?\s*(?:to|i"
        rf"|i['’]d)?\s*(?:to\s+)?learn(?:ing\s+(?:goals|list|next|plans?))?|wish\s?list"
        rf"|not\s+yet\b.*|no\s+(?:experience|knowledge)\b.*|(?:interested|keen)\s+(?:in"
        rf"|on)\s+learning\b.*)\W*"
    ),
    re.IGNORECASE,
)

_NOT_YET = f"{any_of('unfinished', 'coming')}|{_any('loosely_coming')}"
_NO_LONGER = f"{any_of('unfinished', 'over')}|{_any('loosely_over')}"
_BEHIND = re.compile(rf"\b(?:{_NOT_YET}|{_NO_LONGER})\b", re.IGNORECASE)
_OPENS = re.compile(
    rf"\W*(?:currently\s+|now\s+|exams?\s+|since\s+)?(?:{_NOT_YET}|{_NO_LONGER})\b", re.IGNORECASE
)
_BEFORE = re.compile(
    rf"\b(?:{_any('underway')})\b",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"[,;|•·\n]|[.!?](?=\s)")


@lru_cache(maxsize=8192)
def denied_spans(text: str) -> tuple[tuple[int, int], ...]:
    """The spans of a text that deny having something, or wish for it.

    >>> denied_spans("Ran Docker. No experience with Kubernetes, but with Nomad.")
    ((12, 43),)
    """
    # Few texts have the end that makes a search of the whole clause worth its time.
    denial = _ANY_DENIAL if _DENIES_LAST.search(text) else _DENIAL
    return tuple(
        match.span()
        for match in denial.finditer(text)
        if not _OF_OTHERS.search(text, max(0, match.start() - 40), match.start())
        and not _ONCE.match(text, match.end())
    )


def without_denials(text: str) -> str:
    """The text with what it denies blanked, so that all places in it stay."""
    for low, high in denied_spans(text):
        text = text[:low] + " " * (high - low) + text[high:]
    return text


def is_wish(heading: str) -> bool:
    """Whether a heading stands over what the candidate has not got.

    >>> is_wish("Want to learn"), is_wish("Machine learning")
    (True, False)
    """
    return bool(heading.strip()) and _WISHED_GROUP.fullmatch(heading) is not None


def is_not_held(text: str, span: tuple[int, int], knowledge: Knowledge) -> bool:
    """Whether the text says of the credential at `span` that it is not, or no longer, held.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> text, known = "BLS, ACLS (expired 2015), CCRN", load_knowledge()
    >>> [is_not_held(text, span, known) for span in ((0, 3), (5, 9), (26, 30))]
    [False, True, False]
    """
    low, high = span
    start = max((m.end() for m in _SEGMENT.finditer(text, 0, low)), default=0)
    cut = _SEGMENT.search(text, high)
    end = cut.start() if cut else len(text)
    if _BEFORE.search(text[start:low]) or _BEHIND.search(text[high:end]):
        return True
    if re.match(r"\W*(?:expired|lapsed|inactive|pending)\W", text[start:low], re.IGNORECASE):
        return True
    # "CCRN, in progress", but not "BLS, expired: CCRN".
    following = _SEGMENT.split(text[cut.end() :], maxsplit=1)[0] if cut else ""
    return says_not_held(following) and not find_credentials(following, knowledge)


def says_not_held(text: str) -> bool:
    """Whether a text begins by saying that what it is told of is not held.

    >>> says_not_held("in progress"), says_not_held("2019, active")
    (True, False)
    """
    return _OPENS.match(text) is not None
