"""Words that a résumé and a posting share beyond the known terms.

A text of a trade that the vocabulary does not know still shares its nouns with the posting. What is
found stands word for word in the résumé, so that naming it claims nothing new.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from tailor_lab.data_files import read_data_file
from tailor_lab.settings import shipped

_WORD = re.compile(r"[^\W\d_][\w'’-]*", re.UNICODE)
_SHORTEST = 6


def lexicon(name: str) -> Mapping[str, Any]:
    """The word lists of one file of `data/knowledge/lexicon`."""
    return read_data_file(shipped(f"data/knowledge/lexicon/{name}.yaml"), f"lexicon/{name}")


KNOWN = lexicon("offline_model")
"""The terms and words that the offline model knows."""
_COMMON = frozenset(KNOWN["common"])
_FUNCTION = frozenset(KNOWN["function"])


def shared_words(own: Iterable[str], posting: str, *, most: int) -> list[str]:
    """What the résumé's lines and the posting both say: pairs of words first, then long words.

    >>> shared_words(["Ran the front desk and its scheduling"], "Scheduling, front desk", most=3)
    ['front desk', 'scheduling']
    """
    lines = list(own)
    wanted_pairs = {pair for _, pair in _pairs(posting)}
    wanted = Counter(word.casefold() for word in _WORD.findall(posting))
    pairs = [surface for line in lines for surface, pair in _pairs(line) if pair in wanted_pairs]
    taken = {word.casefold() for pair in pairs for word in pair.split()}
    words = [
        word
        for line in lines
        for word in _WORD.findall(line)
        if word.islower() and word in wanted and word not in taken and _says_something(word)
    ]
    # What the posting says most often comes first; of equals, what the résumé says first.
    words.sort(key=lambda word: -wanted[word])
    found = {text.casefold(): text for text in (*pairs, *words)}
    return list(found.values())[:most]


def _pairs(text: str) -> list[tuple[str, tuple[str, str]]]:
    """Each two words that stand side by side and say something, as written and folded."""
    places = list(_WORD.finditer(text))
    found = []
    for first, second in pairwise(places):
        beside = text[first.end() : second.start()] == " "
        both = (first.group(), second.group())
        plain = all(len(w) > 3 and w.islower() and w not in _COMMON | _FUNCTION for w in both)
        if beside and plain:
            found.append((" ".join(both), both))
    return found


def _says_something(word: str) -> bool:
    verb_like = word.endswith(("ed", "ly"))
    return len(word) >= _SHORTEST and word not in _COMMON and not verb_like
