"""What a reworded line adds in plain lower-case words, which no rule for names would see.

Words of the posting that the source lacks leak from it, as a phrase ("using sous vide") or as a
single noun. Words that are put beside one that stood there ("domestic *and industrial*
installations") widen a claim. Both want review: a synonym may look the same.
"""

import difflib
import re
from collections.abc import Iterator
from typing import NamedTuple

from tailor_lab.tailoring.facts.evidence import Evidence
from tailor_lab.tailoring.facts.phrases import Phrase
from tailor_lab.tailoring.text.stems import is_verb
from tailor_lab.tailoring.text.words import normal

_WORD = re.compile(r"[^\W_]+")
_JOINTS = frozenset({"and", "or", ",", "&", "/"})
_MOST = 4
"""Up to so many words are put beside another one; more are a clause."""
_NOUN = re.compile(
    r"\w{3,}(?:tion|sion|ment|ity|ics|ism|logy|graphy|ance|ence|ship|sis|therapy|ture|ware)s?"
)
_SHARED = """
the a an and or of in on at to for with by from as is are was were be been it its this that all
our we you your who which their they them he she his her i my me us not no more than into over
under through across within while where when during per each every both other others such so also
well using used use via up out off new good great strong excellent high highly key main experience
experienced years year month months week day role team teams work working worked job position
company business skills skill ability abilities knowledge professional environment responsible
responsibilities responsibility requirements required require including include candidate support
manage management managing lead leading help ensure provide develop deliver people staff time full
part plus minimum least two three four five one based related relevant various multiple level
background opportunity organisation organization department information documentation
communication attention performance assistance
"""
_PLAIN = frozenset(normal(word) for word in _SHARED.split())
"""Words that postings and résumés share without saying anything."""


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def from_posting(text: str, evidence: Evidence) -> Iterator[Phrase]:
    """The phrases and rare nouns of a text that the posting has and the source lacks."""
    posting = evidence.posting_words
    found = [_Token(normal(m.group().casefold()), *m.span()) for m in _WORD.finditer(text)]
    at = 0
    while at < len(found):
        last = at
        while last < len(found) and _stands(found[at : last + 1], posting):
            last += 1
        run = found[at:last]
        content = [token for token in run if token.text not in _PLAIN and len(token.text) > 2]
        new = [token for token in content if not evidence.has_word(token.text)]
        rare = [token for token in new if _NOUN.fullmatch(text[token.start : token.end].casefold())]
        if new and (len(content) > 1 or rare):
            start, end = content[0].start, content[-1].end
            yield Phrase(text[start:end], start, end)
        at = max(last, at + 1)


def _stands(tokens: list[_Token], posting: str) -> bool:
    return f" {' '.join(token.text for token in tokens)} " in posting


def put_beside(text: str, source: str, evidence: Evidence) -> Iterator[Phrase]:
    """The words that a line puts beside those of its source line, and that the source lacks."""
    ours = [m.group().casefold() for m in re.finditer(r"[^\W_]+|[,&/]", source)]
    places = list(re.finditer(r"[^\W_]+|[,&/]", text))
    theirs = [m.group().casefold() for m in places]
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for kind, _, _, low, high in matcher.get_opcodes():
        added = theirs[low:high]
        if kind != "insert" or not added or len(added) > _MOST or not _JOINTS & set(added):
            continue
        kept = [i for i in range(low, high) if theirs[i] not in _JOINTS and len(theirs[i]) > 2]
        # "Designed and built": a second verb is one deed told at length.
        new = [i for i in kept if not is_verb(theirs[i])]
        new = [i for i in new if not evidence.has_word(normal(theirs[i]))]
        if new and len(kept) <= _MOST - 1 and not _PLAIN & {normal(theirs[i]) for i in new}:
            start, end = places[kept[0]].start(), places[kept[-1]].end()
            yield Phrase(text[start:end], start, end)
