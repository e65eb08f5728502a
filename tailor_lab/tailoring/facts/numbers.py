"""Numbers as claims: what a text counts, in which unit, and how firmly.

"12", "twelve" and "a dozen" are one value; "$2M" and "$2,000,000" are one; "30%", "30 percent" and
"30 per cent" are one. A comparator says whether the text claims at least, at most or about so much.
Years of the calendar and names that carry a number ("ISO 9001", "Python 3.11") count nothing.
"""

import re
from dataclasses import dataclass
from typing import Literal

Unit = Literal["percent", "money", "times", "years", "count"]
Comparator = Literal["exactly", "at least", "at most", "about"]

_WORDS = {
    word: value
    for value, words in {
        1: "one",
        2: "two",
        3: "three",
        4: "four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve dozen",
        13: "thirteen",
        14: "fourteen",
        15: "fifteen",
        16: "sixteen",
        17: "seventeen",
        18: "eighteen",
        19: "nineteen",
        20: "twenty",
        30: "thirty",
        40: "forty",
        50: "fifty",
        60: "sixty",
        70: "seventy",
        80: "eighty",
        90: "ninety",
    }.items()
    for word in words.split()
}
_MULTIPLES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mm": 1e6, "million": 1e6, "bn": 1e9, "b": 1e9}
_MULTIPLES |= {"billion": 1e9, "hundred": 100.0, "dozen": 12.0}
_VAGUE = {"dozens": 24.0, "hundreds": 200.0, "thousands": 2e3, "millions": 2e6}
"""What "hundreds of" claims at least."""
_MULTIPLIER = r"(?:\s?(?:million|billion|thousand|hundred|dozen)\b|\s?(?:mm|bn|[kKmMbB])\b)"
_COMPARATORS: tuple[tuple[Comparator, str], ...] = (
    ("at least", r"over|more than|at least|above|exceeding|upwards of|north of|>=?|≥"),
    ("at most", r"up to|at most|under|less than|fewer than|below|within|no more than|<=?|≤"),
    ("about", r"about|around|approximately|approx\.?|roughly|some|nearly|almost|close to|~|circa"),
)
_LEADS = "|".join(f"(?P<{name.replace(' ', '_')}>{words})" for name, words in _COMPARATORS)
_NUMBER = re.compile(
    rf"(?:(?<![\w])(?:{_LEADS})\s*)?"
    r"(?P<money>(?:US|C|A)?[$€£]|(?:USD|EUR|GBP|CHF)\s)?\s?"
    rf"(?P<value>(?<![\w.,-])\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|(?<![\w.,])\d+(?:\.\d+)?"
    rf"|\b(?:{'|'.join(_VAGUE)})(?=\sof\b)"
    rf"|\b(?:{'|'.join(_WORDS)})(?:-(?:one|two|three|four|five|six|seven|eight|nine))?\b)"
    rf"(?P<multiple>{_MULTIPLIER})?"
    r"(?P<plus>\s?\+)?"
    r"(?P<unit>[\s-]?(?:%|percent\b|per cent\b|pct\b\.?|percentage points?\b)"
    r"|\s?[x×](?![\w])|-?fold\b"
    r"|[\s-]?(?:years?|yrs?|decades?)\b|\s?(?:dollars|euros|pounds|USD|EUR|GBP)\b)?"
    r"(?P<more>\s(?:or more|plus)\b)?",
    re.IGNORECASE,
)
_CALENDAR_YEAR = re.compile(r"(?:19|20)\d\d")
_NAME_BEFORE = re.compile(
    r"(?:(?<=\s)[A-Z][\w.+#]*|(?i:\b(?:iso|rfc|form|title|section|part|level|version|grade|q|type|class)\b))"
    r"[\s-]$"
)
_CAPITAL_PAIR = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]")
_NOUN = re.compile(
    r"\s*(?:-|\s)?(?:(?:direct|new|different|active|daily|monthly)\s)?([a-z][a-z-]+)"
)


@dataclass(frozen=True)
class Number:
    """A number that a text claims, and where."""

    value: float
    unit: Unit
    comparator: Comparator
    noun: str
    """What is counted, as far as the next word tells."""
    start: int
    end: int
    text: str

    def compare(self, source: "Number") -> Literal["same", "weaker", "stronger", "other"]:
        """How this claim stands to what the source says, where both count the same thing.

        A claim is weaker if the source makes it true: a smaller count, or "over 30" where the
        source says 35. "Up to 30" in the source supports no plain 30.
        """
        if self.unit != source.unit:
            return "other"
        if self.value == source.value:
            firm = {"at least": 3, "exactly": 2, "about": 1, "at most": 0}
            if firm[self.comparator] == firm[source.comparator]:
                return "same"
            return "weaker" if firm[self.comparator] < firm[source.comparator] else "stronger"
        if source.comparator == "at most":
            return "stronger" if self.value > source.value else "other"
        smaller = self.value < source.value
        if self.comparator == "at most":
            return "stronger" if smaller else "weaker"
        if (
            self.comparator == "about"
            and abs(self.value - source.value) <= _ROUNDING * source.value
        ):
            return "weaker"
        return "weaker" if smaller else "stronger"


_ROUNDING = 0.1


def find_numbers(text: str) -> list[Number]:
    """Every number that `text` claims, in order.

    >>> [(n.value, n.unit, n.comparator) for n in find_numbers("Cut costs by over 30% for $2M")]
    [(30.0, 'percent', 'at least'), (2000000.0, 'money', 'exactly')]
    >>> find_numbers("ISO 9001 audits since 2019")
    []
    """
    found = []
    for match in _NUMBER.finditer(text):
        number = _number(match, text)
        if number is not None:
            found.append(number)
    return found


def _number(match: re.Match[str], text: str) -> Number | None:
    digits = match["value"].lower()
    start = match.start("money") if match["money"] else match.start("value")
    unit = _unit(match)
    bare = unit == "count" and not match["multiple"] and not match["plus"]
    if bare and _CALENDAR_YEAR.fullmatch(digits):
        return None
    if bare and _NAME_BEFORE.search(text, max(0, start - 24), start) and not digits.isalpha():
        return None
    if bare and digits.isalpha() and _CAPITAL_PAIR.match(text, start):
        # "Six Sigma": a name, not six of anything.
        return None
    if bare and digits == "one":
        # "One of the first", "one source of truth": a word, hardly ever a count.
        return None
    after = _NOUN.match(text, match.end())
    return Number(
        value=_value(digits) * _multiple(match["multiple"]) * _decade(match["unit"]),
        unit=unit,
        comparator=_comparator(match),
        noun=after.group(1).rstrip("s") if after else "",
        start=start,
        end=match.end(),
        text=match.group().strip(),
    )


def _value(digits: str) -> float:
    if digits in _VAGUE:
        return _VAGUE[digits]
    if digits[0].isdigit():
        return float(digits.replace(",", ""))
    tens, _, ones = digits.partition("-")
    return float(_WORDS[tens] + (_WORDS[ones] if ones else 0))


def _decade(unit: str | None) -> float:
    return 10.0 if unit and "decade" in unit.lower() else 1.0


def _multiple(text: str | None) -> float:
    return _MULTIPLES[text.strip().lower()] if text else 1.0


def _unit(match: re.Match[str]) -> Unit:
    unit = (match["unit"] or "").strip().lower().lstrip("-")
    if match["money"] or unit in {"dollars", "euros", "pounds", "usd", "eur", "gbp"}:
        return "money"
    if unit.startswith(("%", "percent", "per cent", "pct")):
        return "percent"
    if unit in {"x", "×", "fold"}:
        return "times"
    return "years" if unit.startswith(("year", "yr", "decade")) else "count"


def _comparator(match: re.Match[str]) -> Comparator:
    if match["plus"] or match["more"] or match["value"].lower() in _VAGUE:
        return "at least"
    return next((name for name, _ in _COMPARATORS if match[name.replace(" ", "_")]), "exactly")
