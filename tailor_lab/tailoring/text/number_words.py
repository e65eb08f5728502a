"""Numerals in words: the value of "twenty-one thousand five hundred", "four point five", "a dozen".

`text2num` reads plain numerals; what it does not know ("a hundred", "half a", "several") comes from
the lexicon's table. `SPELT` finds them in a text.
"""

from functools import lru_cache

from tailor_lab.tailoring.text.lexicon import lexicon

_NUMBERS = lexicon("numbers")
ONES: tuple[str, ...] = tuple(_NUMBERS["ones"])
"""The words from one to nineteen, in order."""
DIGITS = "|".join(ONES[:9])
"""The words from one to nine, as branches of a regular expression."""
TO_TEN = "|".join(ONES[1:10])
"""The words from two to ten, likewise."""
WORDS: dict[str, float] = {
    word: float(value)
    for table in ("ones", "tens", "phrases")
    for word, value in _NUMBERS[table].items()
}
MULTIPLES: dict[str, float] = {word: float(n) for word, n in _NUMBERS["multiples"].items()}

_ONE = "|".join(ONES)
TENS = "|".join(_NUMBERS["tens"])
"""The words from twenty to ninety, likewise."""
TEENS = "|".join(ONES[9:])
"""The words from ten to nineteen, likewise."""
AND_A_PART = r"(?:(?:a|one)\s(?:half|third|quarter|fifth)|(?:two\sthirds|three[\s-]quarters))\b"
"""A fraction behind "and" that belongs to the number before it."""
UP_TO_99 = rf"(?:{TENS})(?:[\s-](?:{DIGITS}))?|{_ONE}|zero"
"""A numeral below a hundred, as branches of a regular expression."""
_HUNDREDS = rf"(?:{_ONE}|a)\shundred(?:\s(?:and\s)?(?:{UP_TO_99}))?"
_TIME = "|".join(_NUMBERS["time"])
SPELT = (
    # Thousands with a rest; without one, "thousand" is a multiple behind the number.
    rf"(?:(?:{_HUNDREDS}|{UP_TO_99}|a)\sthousand,?\s(?:and\s)?(?:{_HUNDREDS}|{UP_TO_99})"
    rf"|(?:{UP_TO_99})\spoint(?:\s(?:{DIGITS}|zero))+"
    rf"|{_HUNDREDS}"
    rf"|half\sa(?=\s(?:dozen|million|billion|decade)\b)"
    rf"|(?:several|a\sfew|an?)(?=\s(?:hundred|thousand|million|billion|dozen|decade|gross\sof)\b)"
    rf"|an?(?=\s(?:(?:full|whole)\s)?(?:{_TIME})\b)"
    rf"|a\scouple\sof|twice|thrice|{UP_TO_99})"
)
"""A numeral in words, as a part of a regular expression."""


@lru_cache(maxsize=1024)
def value_of(words: str) -> float | None:
    """The number that a numeral in words stands for, or None where it is none.

    >>> value_of("twenty-one thousand five hundred"), value_of("four point five")
    (21500.0, 4.5)
    >>> value_of("lots") is None
    True
    """
    words = " ".join(words.casefold().replace("-", " ").replace(",", " ").split())
    if words in WORDS:
        return WORDS[words]
    number, _, part = words.rpartition(" and ")
    if number and (share := _part(part)):
        before = float(number) if number.isdecimal() else _whole(number)
        return None if before is None else before + share
    whole, point, digits = words.partition(" point ")
    value = _whole(whole)
    if value is None or not point:
        return value
    tenths = [WORDS.get(word) for word in digits.split()]
    if not all(tenth is not None and tenth < 10 for tenth in tenths):
        return None
    return float(f"{value:.0f}.{''.join(f'{tenth:.0f}' for tenth in tenths)}")


def _part(words: str) -> float:
    """The fraction in words, such as "a quarter", or 0."""
    many, _, name = words.partition(" ")
    share = _NUMBERS["shares"].get(name.rstrip("s"), 0)
    return float(WORDS.get(many, 0) * share / 100)


def _whole(words: str) -> float | None:
    from text_to_num import text2num

    if words in WORDS:
        return WORDS[words]
    try:
        return float(text2num(f"one {words[2:]}" if words.startswith("a ") else words, "en"))
    except ValueError:
        return None
