"""The lexical part of the score: how near the résumé's sentences come to the posting's words.

Each sentence is compared with the posting by the cosine of their TF-IDF vectors, and the best few
count; names in lists do not, for one name alone comes nearer than any sentence. So a long résumé
gains nothing by its length, a new sentence can only raise the score, a pasted list cannot, and what
earned it can be shown. Words count by how rare they are in job texts (a frozen table, so that a
score does not depend on what else is scored), skills by their canonical name, so that another
spelling changes nothing.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from tailor_lab.tailoring.knowledge.matcher import SkillMatcher
from tailor_lab.tailoring.text.frequencies import STOP_WORDS, rarity
from tailor_lab.tailoring.text.words import tokens


@lru_cache(maxsize=8192)
def line_terms(text: str, matcher: SkillMatcher, listed: bool = False) -> tuple[str, ...]:
    """The terms of a text: canonical skills, and all other words that say something.

    `listed` says that the text is an item of a list of skills.
    """
    terms, position = [], 0
    for match in matcher.find(text, listed=listed):
        terms += _words(text[position : match.start])
        terms.append("=" + match.skill)
        position = match.end
    terms += _words(text[position:])
    return tuple(terms)


def _words(text: str) -> list[str]:
    return [t for t in tokens(text) if t not in STOP_WORDS and not t.isdigit() and len(t) > 1]


def word_frequencies(texts: Iterable[str], matcher: SkillMatcher) -> dict[str, Any]:
    """The frozen table for these documents: in how many of them each term occurs.

    Terms of a single document are left out: they are as rare as terms never seen.
    """
    counts = Counter[str]()
    documents = 0
    for text in texts:
        documents += 1
        counts.update(set(line_terms(text, matcher)))
    kept = sorted((term, count) for term, count in counts.items() if count > 1)
    return {"documents": documents, "frequencies": dict(kept)}


def document_weights(texts: Iterable[str], matcher: SkillMatcher) -> dict[str, float]:
    """The terms of a document with their weights; repeating a term adds ever less."""
    counts = Counter(term for text in texts for term in line_terms(text, matcher))
    return {term: (1 + math.log(count)) * rarity(term) for term, count in counts.items()}


def similarity(
    weights: Mapping[str, float], norm: float, text: str, matcher: SkillMatcher
) -> float:
    """Cosine of a sentence with a document's weights of that norm; its terms count once."""
    vector, own = _line_vector(text, matcher)
    if not own or not norm:
        return 0.0
    shared = math.fsum(value * weights[term] for term, value in vector if term in weights)
    return shared / (own * norm)


def weights_norm(weights: Mapping[str, float]) -> float:
    """The Euclidean norm of a document's weights."""
    return _norm(weights.values())


@lru_cache(maxsize=8192)
def _line_vector(text: str, matcher: SkillMatcher) -> tuple[tuple[tuple[str, float], ...], float]:
    vector = tuple((term, rarity(term)) for term in sorted(set(line_terms(text, matcher))))
    return vector, _norm(value for _, value in vector)


def _norm(values: Iterable[float]) -> float:
    return math.sqrt(math.fsum(value * value for value in values))


def coverage(weights: Mapping[str, float], present: frozenset[str]) -> float:
    """The share of the weights whose terms are present, from 0 to 1."""
    total = math.fsum(weights.values())
    if total == 0:
        return 0.0
    return math.fsum(w for term, w in weights.items() if term in present) / total


def interpolate(points: list[tuple[float, float]], value: float) -> float:
    """A piecewise linear function through rising points, flat outside them."""
    if value <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return points[-1][1]
