"""How a claimed number stands to the source's: the same, weaker, stronger, or derived by a rule.

A claim is weaker if the source makes it true: a smaller count, "over 30" where the source says 35,
"about 100" for 97. Where less says more (a limit, a rank, a time taken, what something was cut to)
it is the other way round. "Up to 30" supports no plain 30.

The rules by which a number may follow from others are these, and no more:

- *change*: "from 10 to 4 days" is by 60 %, by 6 days, to less than a half;
- *multiple*: "doubled" is by 100 %;
- *rate*: "5 a month" is "60 a year";
- *sum*: of the numbers that one line counts of one thing;
- *dates*: years from the dates of the entry that is told of, or in the summary of all;
- *employers*: how many there were.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal, NamedTuple

from tailor_lab.tailoring.text.numbers import Number, find_numbers

Relation = Literal["same", "weaker", "stronger", "other"]

_ABOUT = 0.1
"""How far "about" reaches from a figure, as a share of it."""
_ROUNDED = 0.015
"""How much a figure may gain by being rounded to fewer digits, as a share of it."""
_IN_WORDS = 1.0
"""By how many points a fraction in words may differ: "a third" is 33 % or 34 %."""
_WITHIN = {
    ("hour", "shift"): (6, 12),
    ("hour", "day"): (6, 12),
    ("day", "week"): (5, 7),
    ("day", "month"): (20, 31),
    ("day", "year"): (220, 366),
    ("week", "month"): (4, 4.4),
    ("week", "year"): (46, 52.2),
    ("month", "quarter"): (3, 3),
    ("month", "year"): (12, 12),
    ("quarter", "year"): (4, 4),
}
"""How many of a span of time, worked, another one has."""
_FIRM = {"at least": 3, "exactly": 2, "about": 1, "up to": 0, "below": 0}
_FIRM_LIMIT = {"below": 3, "exactly": 2, "up to": 2, "about": 1, "at least": 0}


def compare(claimed: Number, source: Number) -> Relation:
    """How a claim stands to what the source says, where both count the same thing.

    >>> thirty, forty = find_numbers("by 30%, by over 40%")
    >>> compare(thirty, forty), compare(forty, thirty)
    ('weaker', 'stronger')
    """
    if claimed.unit != source.unit:
        return _as_percents(claimed, source)
    if claimed.currency and source.currency and claimed.currency != source.currency:
        return "other"
    if {claimed.role, source.role} in ({"by", "from"}, {"by", "to"}, {"from", "to"}):
        return "other"
    falling = claimed.falling or source.falling
    if _equal(claimed, source):
        if {claimed.comparator, source.comparator} in (
            {"at least", "below"},
            {"at least", "up to"},
        ):
            return "stronger"  # the other way round
        firm = _FIRM_LIMIT if falling else _FIRM
        if firm[claimed.comparator] == firm[source.comparator]:
            return "same"
        return "weaker" if firm[claimed.comparator] < firm[source.comparator] else "stronger"
    smaller = claimed.value < source.value
    if falling:
        less = not smaller
    elif source.comparator in {"up to", "below"} and claimed.comparator not in {"up to", "below"}:
        return "other" if smaller else "stronger"
    else:
        less = smaller
    if less or _nearly(claimed, source):
        return "weaker"
    return "stronger"


def _equal(claimed: Number, source: Number) -> bool:
    if claimed.unit == "percent" and (claimed.share or source.share):
        return abs(claimed.value - source.value) <= _IN_WORDS
    return claimed.value == source.value


def _nearly(claimed: Number, source: Number) -> bool:
    """Whether a claim is only rounder than the source: "about 100" for 97, "1,250" for 1,248."""
    gain = abs(claimed.value - source.value)
    if claimed.comparator == "about" and source.comparator in {"exactly", "at least", "about"}:
        return gain <= _ABOUT * source.value
    if claimed.comparator != "exactly" or source.comparator == "up to":
        return False
    return gain <= _ROUNDED * source.value and _digits(claimed.value) < _digits(source.value)


def _digits(value: float) -> int:
    """How many digits of a value count.

    >>> _digits(1250.0), _digits(98.6), _digits(2e6)
    (3, 3, 1)
    """
    return len(f"{value:.6g}".replace(".", "").partition("e")[0].strip("0"))


def _as_percents(claimed: Number, source: Number) -> Relation:
    """A multiple beside a percentage: "doubled" is by 100 %."""
    if {claimed.unit, source.unit} != {"times", "percent"}:
        return "other"
    growth = claimed.role == "by" or source.role == "by"
    if not growth or "to" in {claimed.role, source.role}:
        return "other"
    one, two = (_growth(number) for number in (claimed, source))
    if one == two:
        return "same"
    return "stronger" if one > two else "weaker"


def _growth(number: Number) -> float:
    return number.value if number.unit == "percent" else (number.value - 1) * 100


class Derived(NamedTuple):
    """By what a number follows, and whether the source says even more."""

    how: str
    weaker: bool


def derive(
    claimed: Number, source: str, *, nouns: Callable[[Number, Number], bool]
) -> Derived | None:
    """How a number follows from those of a line of the source, or None.

    `nouns` says whether two numbers count the same thing.

    >>> (claimed,) = find_numbers("Cut lead time by 60%")
    >>> derive(claimed, "Cut lead time from 10 to 4 days", nouns=lambda a, b: True).how
    'from 10 to 4 is 60%'
    """
    numbers = find_numbers(source)
    for number in numbers:
        converted = _converts(claimed, number)
        if converted is not None:
            how = f"{number.text} a {number.rate}, by the {claimed.rate}"
            return Derived(how, weaker=converted == "weaker")
    for first, second in pairwise(numbers):
        turned = second.role == "from"  # "40, up from 20"
        before, after = (second, replace(first, role="to")) if turned else (first, second)
        change = _change(claimed, before, after, nouns)
        if change is not None:
            return change
    alike = [n for n in numbers if n.unit == claimed.unit and n.role not in {"from", "to", "by"}]
    alike = [n for n in alike if nouns(claimed, n) and n.comparator == "exactly"]
    if len(alike) > 1 and claimed.unit in {"count", "money"}:
        total = sum(n.value for n in alike)
        if claimed.value == total and claimed.comparator in {"exactly", "about", "up to"}:
            return Derived(f"{' and '.join(n.text for n in alike)} are {total:g}", weaker=False)
    return None


def _converts(claimed: Number, source: Number) -> Literal["same", "weaker"] | None:
    """Whether a rate follows from the source's over another span of time ("5 a month").

    >>> year, week = find_numbers("60 a year; 1 a week")
    >>> (month,) = find_numbers("5 a month")
    >>> _converts(year, month), _converts(week, month), _converts(month, week)
    ('same', 'weaker', None)
    """
    if claimed.unit != source.unit or claimed.currency != source.currency:
        return None
    if claimed.comparator not in {source.comparator, "about"} or claimed.falling or source.falling:
        return None
    if limits := _WITHIN.get((source.rate, claimed.rate)):
        least, most = (source.value * times for times in limits)
    elif limits := _WITHIN.get((claimed.rate, source.rate)):
        least, most = (source.value / times for times in reversed(limits))
    else:
        return None
    if claimed.value > most:
        return None
    return "same" if claimed.value >= least else "weaker"


def _change(
    claimed: Number, before: Number, after: Number, nouns: Callable[[Number, Number], bool]
) -> Derived | None:
    if after.role != "to" or before.unit != after.unit or not before.value or not after.value:
        return None
    if before.noun and after.noun and before.noun != after.noun:
        return None
    step = abs(after.value - before.value)
    reached: dict[str, float] = {
        "percent": 100 * step / before.value,
        "times": max(before.value, after.value) / min(before.value, after.value),
    }
    if claimed.unit == after.unit and nouns(claimed, after):
        reached[claimed.unit] = max(step, reached.get(claimed.unit, 0.0))
    limit = reached.get(claimed.unit)
    if limit is None or claimed.role == "to" or claimed.falling:
        return None
    slack = {"percent": 0.5, "times": 0.05}.get(claimed.unit, 0.0)
    if claimed.share:
        slack = _IN_WORDS
    if claimed.comparator == "about":
        slack = max(slack, _ABOUT * limit)
    over = claimed.comparator == "at least" and claimed.value >= limit
    if claimed.value > limit + slack or over:
        return None
    unit = {"percent": "%", "times": " times"}.get(claimed.unit, "")
    how = f"from {before.value:g} to {after.value:g} is {limit:.3g}{unit}"
    return Derived(how, weaker=claimed.value < limit - max(slack, 0.5))


def years_follow(claimed: Number, covered: float, *, whole: bool) -> bool:
    """Whether the years that dates cover bear out a number of years.

    In the summary fewer years may be claimed than there were (`whole` is false); of one entry they
    must be its own, since "three years" may else be of anything.

    >>> (claimed,) = find_numbers("Eight years of experience")
    >>> years_follow(claimed, 9.2, whole=False), years_follow(claimed, 9.2, whole=True)
    (True, False)
    """
    if claimed.value <= 0:
        return False
    slack = 1.0 if claimed.comparator == "about" else 0.5
    if claimed.comparator == "at least":
        slack = 0.0
    if claimed.value > covered + slack:
        return False
    return not whole or claimed.value >= int(covered) - 0.5


def employers_follow(claimed: Number, employers: Sequence[str]) -> bool:
    """Whether a number of employers is that of the source, or smaller."""
    counted = claimed.noun.removesuffix("ie").removesuffix("y")
    known = {"employer", "compan", "organisation", "organization", "firm", "workplace"}
    return counted in known and claimed.value <= len(set(employers))
