"""Numbers as claims: what a text counts, in which unit, and how firmly.

"12", "twelve" and "a dozen" are one value; "$2M" and "2 million dollars" are one; "30%", "30 per
cent" and "thirty percent" are one; "a third", "halved" and "one in five" are shares, "doubled" and
"threefold" are multiples. A comparator says whether the text claims at least, at most or about so
much. Years of the calendar and names that carry a number ("ISO 9001", "Python 3.11") count nothing.
How one number stands to another is the matter of `figures`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tailor_lab.tailoring.text.dates import find_dates
from tailor_lab.tailoring.text.number_patterns import (
    AFTER_A_WHOLE,
    ALWAYS,
    CALENDAR_YEAR,
    CAPITAL_PAIR,
    CHANGED,
    COMPARATORS,
    COUNTED_AFTER,
    COUNTED_BY,
    CURRENCIES,
    DATED_BEFORE,
    DATED_IN,
    EACH,
    FRACTION_SIGNS,
    GLUED,
    GROWTHS,
    HALVED,
    LOWERING,
    MONEY_BACK,
    NAME_BEFORE,
    NO_NOUN,
    NOUN,
    NUMBER,
    NUMBERED,
    OF_A_MULTIPLE,
    PERCENT,
    RANGE_BACK,
    RANGE_ON,
    RATE,
    ROLES,
    SCALED_ON,
    SHARE,
    SHARES,
    SIGN_SHARE,
    TIMES_TAKEN,
    VAGUE,
    YEAR_IN_WORDS,
    Comparator,
    Role,
    Unit,
)
from tailor_lab.tailoring.text.number_words import MULTIPLES, WORDS, value_of

_MARKS = str.maketrans("\u2010\u2011\u00a0\u2009’", "--\u202f\u202f'")
"""Marks that look alike, one for one, so that places stay."""


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
    role: Role = ""
    """The word before it that says what it does there: from, to, by, in, top."""
    falling: bool = False
    """Whether less says more: a limit, a rank, a time taken, what something was cut to."""
    currency: str = ""
    share: bool = False
    """Whether it is a fraction in words, which is less exact than a figure."""
    rate: str = ""
    """The span of time that it is counted by ("a day"); empty where none is told."""


@lru_cache(maxsize=4096)
def find_numbers(text: str) -> tuple[Number, ...]:
    """Every number that `text` claims, in order.

    >>> [(n.value, n.unit, n.comparator) for n in find_numbers("Cut costs by over 30% for $2M")]
    [(30.0, 'percent', 'at least'), (2000000.0, 'money', 'exactly')]
    >>> find_numbers("ISO 9001 audits since 2019")
    ()
    """
    text = text.translate(_MARKS)
    shares = [*_shares(text), *_sign_shares(text)]
    taken = [(number.start, number.end) for number in shares]
    if re.search(r"\d[/.-]", text):
        taken += [span for _, span in find_dates(text)]
    taken += [match.span() for match in ALWAYS.finditer(text)]
    taken += [match.span() for match in YEAR_IN_WORDS.finditer(text)]
    found = shares
    for match in NUMBER.finditer(text):
        if any(low < match.end() and match.start("value") < high for low, high in taken):
            continue
        number = _number(match, text)
        if number is not None:
            found.append(number)
    return tuple(sorted(found, key=lambda number: number.start))


def _shares(text: str) -> Iterator[Number]:
    for match in SHARE.finditer(text):
        start, unit, share = match.start(match.lastgroup or 0), "percent", True
        first = match.start("fraction") if match["fraction"] else match.start("half")
        if first >= 0 and AFTER_A_WHOLE.search(text, max(0, first - 24), first):
            continue
        whole = match.group().casefold()
        if match["part"]:
            part, _, _ = match["part"].casefold().partition(" ")
            over = _value(match["whole"].casefold())
            start, value = match.start("part"), 100 * _value(part) / over
            if value >= 100:
                continue
        elif match["fraction"]:
            many, _, name = re.sub(r"[\s-]", " ", match["fraction"].casefold()).partition(" ")
            start, value = match.start("fraction"), _value(many) * SHARES[name.rstrip("s")]
        elif match["half"]:
            start, value = match.start("half"), 50.0
        else:
            unit, share = "times", False
            word = match["growth"] or match["fold"] or match["twice"]
            start = whole.rindex(word.casefold()) + match.start()
            value = next(
                (times for stem, times in GROWTHS.items() if word.casefold().startswith(stem)),
                WORDS[word.casefold()]
                if match["twice"]
                else WORDS.get(word.casefold().removesuffix("fold"), 2.0),
            )
        if share and (many_of := OF_A_MULTIPLE.match(text, match.end())):
            yield _part_of_a_number(match, many_of, start, value / 100, text)
            continue
        by = share and (HALVED.search(match.group()) or CHANGED.match(text, match.end()))
        yield Number(
            value=value,
            unit="percent" if unit == "percent" else "times",
            comparator=_comparator(match),
            noun="",
            start=start,
            end=match.end(),
            text=match.group().strip(),
            role="by" if by else _role(text, match.start()),
            share=share,
        )


def _sign_shares(text: str) -> Iterator[Number]:
    """Shares in one sign: "cut by ¼", "¾ of the staff"."""
    for match in SIGN_SHARE.finditer(text):
        yield Number(
            value=100 * unicodedata.numeric(match["sign"]),
            unit="percent",
            comparator=_comparator(match),
            noun="",
            start=match.start("sign"),
            end=match.end(),
            text=match.group().strip(),
            role=_role(text, match.start()),
            share=True,
        )


def _part_of_a_number(
    match: re.Match[str], whole: re.Match[str], start: int, part: float, text: str
) -> Number:
    """A fraction of a round number, which is a number itself: "three quarters of a million"."""
    after = NOUN.match(text, whole.end())
    money = (whole["money"] or "").strip().casefold()
    return Number(
        value=part * MULTIPLES[whole["multiple"].casefold()],
        unit="money" if money else "count",
        comparator=_comparator(match),
        noun=after.group(1).rstrip("s") if after and after.group(1) not in NO_NOUN else "",
        start=start,
        end=whole.end(),
        text=text[match.start() : whole.end()].strip(),
        role=_role(text, match.start()),
        currency=CURRENCIES.get(money, money),
    )


def _number(match: re.Match[str], text: str) -> Number | None:
    digits = match["value"].lower()
    start = match.start("money") if match["money"] else match.start("value")
    unit, comparator = _unit(match), _comparator(match)
    if unit == "count" and RANGE_ON.match(text, match.end()):
        unit = "percent"
    bare = unit == "count" and not match["multiple"] and not match["plus"]
    if bare and _names_something(digits, comparator, text, start, match.end()):
        return None
    after = NOUN.match(text, match.end())
    noun = after.group(1).rstrip("s") if after and after.group(1) not in NO_NOUN else ""
    role = _role(text, match.end() - len(match.group().lstrip()))
    if digits in {"twice", "thrice"}:
        noun = "time"
    lone = digits in {"a", "an"} and not match["multiple"] and _decade(match["unit"]) == 1
    if lone and unit in {"count", "years"} and comparator == "exactly" and role not in {"by", "in"}:
        return None  # "a year" is a rate, "within a year" a time that was taken
    if RANGE_ON.match(text, match.end()):
        role = role or "from"
    elif unit == "percent" and RANGE_BACK.search(text, 0, match.start("value")):
        role = role or "to"
    lead = (match["up_to"] or match["below"] or "").lower()
    limit = role == "in" or lead in {"within", "under", "less than", "below", "no more than"}
    falling = role == "top" or (limit and noun in TIMES_TAKEN)
    falling |= role == "to" and LOWERING.search(text, max(0, start - 90), start) is not None
    scale = match["multiple"]
    value = _value(digits, unit)
    if unit in {"count", "money"} and not scale and (upper := SCALED_ON.match(text, match.end())):
        # "$40-50k": the upper end says the scale.
        metres = (
            unit == "count" and upper["multiple"].startswith(" ") and len(upper["multiple"]) == 2
        )
        larger = value < _value(upper["value"].rstrip(".,"))
        scale = upper["multiple"] if larger and not metres else None  # "5-10 m" are metres
    money = (match["money"] or match["currency"] or match["unit"] or "").strip().casefold()
    money = re.sub(r"^(?:de\s|di\s|d')", "", money)
    if unit == "count" and (lower := MONEY_BACK.search(text, max(0, start - 24), start)):
        unit, money = "money", lower["money"].strip().casefold()
    if digits in VAGUE and after and after.group(1) in CURRENCIES:
        unit, money = "money", after.group(1)  # "millions of euros"
    return Number(
        value=value * _multiple(scale) * _decade(match["unit"]),
        unit=unit,
        comparator=comparator,
        noun=noun,
        start=start,
        end=match.end(),
        text=match.group().strip(),
        role=role,
        falling=falling,
        currency=CURRENCIES.get(money, money) if unit == "money" else "",
        rate=_rate(text, match.end()),
    )


def _rate(text: str, end: int) -> str:
    """The span of time behind a figure that it is counted by."""
    found = RATE.match(text, end)
    if found is None:
        return ""
    each = (found["each"] or found["adverb"]).casefold()
    return EACH.get(each, each)


def _names_something(digits: str, comparator: str, text: str, start: int, end: int) -> bool:
    """Whether a bare number is a year, or part of a name or of a phrase, and counts nothing."""
    if CALENDAR_YEAR.fullmatch(digits) and comparator != "at least":
        if COUNTED_BY.match(text, end) and not DATED_IN.search(text[:start]):
            return False  # "2000 meals a day"
        counted = COUNTED_AFTER.match(text, end) and not DATED_BEFORE.search(text[:start])
        if not counted:
            return True
    if NUMBERED.search(text, max(0, start - 24), start):
        return True
    if digits.isalpha():
        # "Six Sigma" is a name; "one of the first" and "one source of truth" are hardly counts.
        return digits == "one" or CAPITAL_PAIR.match(text, start) is not None
    if GLUED.match(text, end):
        return True
    named = NAME_BEFORE.search(text, max(0, start - 24), start)
    return named is not None and re.match(r"\s[a-z]{3,}", text[end:]) is None


def _role(text: str, start: int) -> Role:
    before = text[max(0, start - 16) : start]
    return next((role for role, words in ROLES if words.search(before)), "")


def _value(digits: str, unit: Unit = "count") -> float:
    if digits in VAGUE:
        return VAGUE[digits]
    if " and " in digits:
        return value_of(digits) or 0.0
    if digits[-1] in FRACTION_SIGNS:
        return float(digits[:-1].strip() or 0) + unicodedata.numeric(digits[-1])
    if digits[0].isdigit():
        if re.search(r",(?:\d{1,2})$|^0,\d+$", digits):
            whole, _, decimals = digits.partition(",")
            return float(f"{re.sub(r'[^0-9]', '', whole)}.{decimals}")
        if digits.count(".") > 1:
            return float(digits.replace(".", ""))
        if unit in {"count", "money"} and re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", digits):
            return float(digits.replace(".", ""))  # "1.200" guests: the comma of other countries
        return float(re.sub(r"[,' \u202f]", "", digits))
    found = value_of(digits)
    assert found is not None, digits
    return found


def _decade(unit: str | None) -> float:
    return 10.0 if unit and "decade" in unit.lower() else 1.0


def _multiple(text: str | None) -> float:
    """What the value is to be multiplied by: "K", "million", "hundred thousand"."""
    product = 1.0
    for word in re.findall(r"[^\W\d_]+", (text or "").lower()):
        product *= MULTIPLES[word]
    return product


def _unit(match: re.Match[str]) -> Unit:
    unit = (match["unit"] or "").strip().lower().lstrip("-")
    if match["money"] or match["currency"] or re.sub(r"^(?:de\s|di\s|d')", "", unit) in CURRENCIES:
        return "money"
    if PERCENT.match(unit):
        return "percent"
    if unit in {"x", "×", "fold", "times"}:
        return "times"
    return "years" if unit.startswith(("year", "yr", "decade")) else "count"


def _comparator(match: re.Match[str]) -> Comparator:
    groups = match.groupdict()
    vague = (groups.get("value") or "").lower() in {*VAGUE, "several", "a few"}
    if any(groups.get(name) for name in ("plus", "after", "more", "beyond")) or vague:
        return "at least"
    if groups.get("short"):
        return "up to"
    return next((name for name, _ in COMPARATORS if groups[name.replace(" ", "_")]), "exactly")
