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
    "field.certificate": (17, 15),
    "field.dates": (78, 78),
    "field.degree": (20, 20),
    "field.employer": (46, 46),
    "field.field": (10, 10),
    "field.institution": (26, 26),
    "field.issuer": (2, 2),
    "field.language": (8, 8),
    "field.language_level": (16, 16),
    "field.publication": (4, 4),
    "field.title": (103, 103),
    "line.new": (23, 23),
    "list.longer": (18, 18),
    "number.count": (116, 116),
    "number.money": (44, 44),
    "number.percent": (51, 51),
    "number.times": (10, 10),
    "number.years": (32, 32),
    "outcome.phrase": (5, 5),
    "posting.phrase": (1, 1),
    "prose.award": (21, 21),
    "prose.certificate": (17, 17),
    "prose.degree": (4, 4),
    "prose.employer": (13, 13),
    "prose.institution": (7, 7),
    "prose.name": (14, 14),
    "prose.standing": (13, 13),
    "prose.title": (3, 3),
    "prose.year": (3, 3),
    "skill.known": (103, 102),
    "skill.level": (2, 2),
    "skill.listed": (1, 1),
    "skill.method": (16, 16),
    "verb.added": (9, 9),
    "verb.tier": (37, 37),
}


def confidence(rule: str, counted: Mapping[str, tuple[int, int]] = PRECISION) -> float:
    """The mean precision of a rule's flags, given what was counted.

    >>> round(confidence("a rule never seen"), 2)
    0.5
    """
    flags, right = counted.get(rule, (0, 0))
    return (right + 0.5) / (flags + 1)
