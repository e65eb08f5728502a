"""What the offline model knows of terms: some spellings, and how to find them in a text.

Small on purpose: an extractive stand-in for a model should know the common spellings of a dozen
fields and miss the rest. Spellings of one term mean the same thing: a narrower thing, such as
AutoCAD for CAD, is a term of its own, or the model would claim what the résumé does not say.
Requirements that come with the prompt add their own terms.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tailor_lab.llm.offline.shared import KNOWN

_EXACT_CASE = frozenset(KNOWN["exact_case"])
TERMS: Mapping[str, tuple[str, ...]] = {
    name: (name, *others) for name, others in KNOWN["terms"].items()
}
"""Every known term with its spellings, its name first."""


class TermVocabulary:
    """The terms to look for: the known ones, and those of the requirements at hand."""

    def __init__(self, extra: Iterable[Iterable[str]] = ()) -> None:
        self.terms: dict[str, tuple[str, ...]] = dict(TERMS)
        known = {spelling.casefold() for spellings in TERMS.values() for spelling in spellings}
        alike: dict[str, str] = {}
        for terms in extra:
            # A requirement may name several skills: each of its terms stands for itself, but for
            # those that are one word in another number or spelling.
            for term in terms:
                if term.strip() and term.casefold() not in known:
                    name = alike.setdefault(folded(term), term)
                    self.terms[name] = (*self.terms.get(name, ()), term)
                    known.add(term.casefold())

    def found(self, text: str) -> dict[str, str]:
        """The terms in a text: name → the spelling that the text uses, in order of appearance."""
        hits: list[tuple[int, str, str]] = []
        folded = text.casefold()
        for name, spellings in self.terms.items():
            # Hardly any term is in a line; looking for its first word is far cheaper than matching.
            possible = (s for s in spellings if opening(s) in folded)
            places = [m for s in possible if (m := pattern(s).search(text))]
            if places:
                first = min(places, key=lambda match: (match.start(), -match.end()))
                hits.append((first.start(), name, first.group()))
        return {name: surface for _, name, surface in sorted(hits)}


def folded(term: str) -> str:
    """A term without its number and without what British and American spelling differ in.

    >>> folded("Labour planning") == folded("labor planning"), folded("diesel engines")
    (True, 'diesel engine')
    """
    plain = re.sub(r"our\b", "or", re.sub(r"is(e|ed|ing|ation)\b", r"iz\1", term.casefold()))
    return " ".join(re.sub(r"(?<=[^s])s$", "", word) for word in plain.split())


@lru_cache(maxsize=4096)
def opening(spelling: str) -> str:
    """What every text that has the spelling contains, whatever its case."""
    return re.split(r"[\s-]+", spelling.strip(), maxsplit=1)[0].casefold()


@lru_cache(maxsize=4096)
def pattern(spelling: str) -> re.Pattern[str]:
    """The pattern that finds a spelling as a whole word.

    >>> bool(pattern("C").search("C++")), bool(pattern("k8s").search("ran K8s."))
    (False, True)
    """
    flags = 0 if spelling in _EXACT_CASE or len(spelling) == 1 else re.IGNORECASE
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", spelling.strip()))
    return re.compile(rf"(?<![\w+#.-]){words}(?![\w+#&]|[.-]\w)", flags)
