"""How rare a word is among job texts, by a frozen table of counts.

The table is made by `scoring.terms.word_frequencies` and frozen with the version of the score.
"""

import json
import math
from functools import lru_cache
from pathlib import Path

from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.text.lexicon import words
from tailor_lab.tailoring.text.words import tokens

STOP_WORDS = frozenset(words("stop_words", "job_texts"))
"""Words that every job text has; they tell nothing apart."""

_TABLE = shipped("data/knowledge/word_frequencies.json")
# A word of a fifth of all job texts names nothing.
_COMMON = 0.2


@lru_cache(maxsize=1)
def _frequencies(path: Path) -> tuple[int, dict[str, int]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return int(content["documents"]), dict(content["frequencies"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        said = f"{type(error).__name__}: {error}"
        raise InputError(
            f"{path} is no table of word frequencies ({said}). It comes with tailor_lab: install "
            "that again."
        ) from None


def rarity(term: str) -> float:
    """The weight of a term: the logarithm of how rare it is among job texts."""
    documents, frequencies = _frequencies(_TABLE)
    return math.log((documents + 1) / (frequencies.get(term, 0) + 0.5))


def is_common_word(word: str) -> bool:
    """Whether job texts have a word, so that it is a whole one.

    >>> is_common_word("platforms"), is_common_word("platf")
    (True, False)
    """
    return word in STOP_WORDS or any(each in _frequencies(_TABLE)[1] for each in tokens(word))


def is_everywhere(text: str) -> bool:
    """Whether every word of a text is one that job texts use for all and everything.

    >>> is_everywhere("With the"), is_everywhere("kiln firing")
    (True, False)
    """
    documents, frequencies = _frequencies(_TABLE)
    return all(
        word in STOP_WORDS or frequencies.get(word, 0) >= _COMMON * documents
        for word in (*tokens(text), *text.casefold().split())
    )
