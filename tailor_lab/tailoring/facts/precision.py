"""How often a flag of each rule is right: what a claim's confidence is.

The counts are flags, and those that stood where something was invented, of the development part of
the benchmark: `python -m benchmarks.facts --split development --cases 30 --rules`. The confidence
is the mean of the Beta posterior under Jeffreys' prior, Beta(1/2, 1/2): a rule seen twice and right
twice is worth 0.83, one never seen 0.5. A claim that is not flagged carries 1: nothing is said
against it.
"""

from collections.abc import Mapping

PRECISION: Mapping[str, tuple[int, int]] = {
    "field.award": (12, 12),
    "field.certificate": (14, 14),
    "field.dates": (24, 24),
    "field.degree": (14, 14),
    "field.employer": (46, 46),
    "field.field": (13, 13),
    "field.institution": (27, 27),
    "field.issuer": (4, 4),
    "field.language": (8, 8),
    "field.language_level": (16, 16),
    "field.publication": (4, 4),
    "field.title": (101, 101),
    "line.new": (29, 29),
    "number.count": (111, 109),
    "number.money": (58, 58),
    "number.percent": (54, 54),
    "number.times": (2, 2),
    "number.years": (33, 33),
    "prose.award": (21, 21),
    "prose.certificate": (19, 19),
    "prose.degree": (7, 7),
    "prose.employer": (12, 12),
    "prose.institution": (7, 7),
    "prose.name": (8, 8),
    "prose.since": (6, 6),
    "prose.standing": (13, 13),
    "prose.title": (5, 5),
    "reach.phrase": (37, 37),
    "skill.known": (104, 104),
    "skill.listed": (8, 8),
    "verb.tier": (21, 21),
}


def confidence(rule: str) -> float:
    """The mean precision of a rule's flags, given what was counted.

    >>> round(confidence("a rule never seen"), 2)
    0.5
    """
    flags, right = PRECISION.get(rule, (0, 0))
    return (right + 0.5) / (flags + 1)
