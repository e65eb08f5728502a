"""The one tokeniser: what counts as a word, and when two words are the same one.

Two views of a text. `plain_words` are its runs of letters and digits without case, for rules that
look at single words. `tokens` also keep the marks that tell names apart ("C++", "C#", ".NET") and
ignore plural and British or American spelling, so that "Node.js", "node js" and "Node-JS" are one.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
"""A run of letters and digits, in any script."""
TOKEN = re.compile(r"\.net\b(?!\w)|[^\W_]+(?:\+\+|\+(?![\w])|#(?!\w))?", re.IGNORECASE)
"""A word with the marks that belong to it."""
_GROUP = 8
"""Words; shorter runs, such as a list of tools, may well stand twice in an honest text."""

# Names that end in s and are no plurals of another name.
_SINGULAR = frozenset({"canvas", "cmms"})
_BRITISH = re.compile(r"is(?=ation|e$|ed$|ing$|er$)|ell(?=ing$|ed$)|our(?=$|al$)|mme$|tre$")
_AMERICAN = {"is": "iz", "ell": "el", "our": "or", "mme": "m", "tre": "ter"}


def plain_words(text: str) -> list[str]:
    """The words of a text without case and marks.

    >>> plain_words("Line-manages 2 cooks (R&D)")
    ['line', 'manages', '2', 'cooks', 'r', 'd']
    """
    return WORD.findall(text.casefold())


def words_told(texts: Iterable[str]) -> int:
    """How many words texts have, those aside that are said again, in groups of eight or more.

    >>> words_told(["Ran the front desk. Ran the front desk. Ran the front desk."])
    4
    """
    told, seen = 0, set[tuple[str, ...]]()
    for text in texts:
        words = text.split()
        folded = ["".join(WORD.findall(word)).casefold() for word in words]
        grams = [tuple(folded[at : at + _GROUP]) for at in range(len(words) - _GROUP + 1)]
        again = set[int]()
        for at, gram in enumerate(grams):
            if gram in seen:
                again.update(range(at, at + _GROUP))
            seen.add(gram)
        told += len(words) - len(again)
    return told


def tokens(text: str) -> list[str]:
    """The normalised tokens of a text.

    >>> tokens("Node.js, C++ & micro-services")
    ['node', 'js', 'c++', 'micro', 'service']
    """
    # An accent may be a sign of its own: "Cafe\u0301" is "Café".
    return [normal(match) for match in TOKEN.findall(unicodedata.normalize("NFC", text))]


@lru_cache(maxsize=65536)
def normal(token: str) -> str:
    """One token without case, plural and the differences of British and American spelling.

    >>> normal("Organisations"), normal("Colour"), normal("SQL")
    ('organization', 'color', 'sql')
    """
    token = token.casefold()
    if len(token) > 3 and token not in _SINGULAR:
        token = _singular(token)
    if len(token) > 5:
        token = _BRITISH.sub(lambda match: _AMERICAN[match.group()], token)
    return token


def _singular(token: str) -> str:
    if token.endswith("ies") and len(token) > 4:
        return token[:-3] + "y"
    if token.endswith(("sses", "shes", "ches", "xes")):
        return token[:-2]
    if token.endswith("s") and not token.endswith(("ss", "us", "is")):
        return token[:-1]
    return token
