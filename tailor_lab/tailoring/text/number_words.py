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
_TENS = "|".join(_NUMBERS["tens"])
UP_TO_99 = rf"(?:{_TENS})(?:[\s-](?:{DIGITS}))?|{_ONE}|zero"
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
    whole, point, digits = words.partition(" point ")
    value = _whole(whole)
    if value is None or not point:
        return value
    tenths = [WORDS.get(word) for word in digits.split()]
    if not all(tenth is not None and tenth < 10 for tenth in tenths):
        return None
    return float(f"{value:.0f}.{''.join(f'{tenth:.0f}' for tenth in tenths)}")


def _whole(words: str) -> float | None:
    from text_to_num import text2num

    if words in WORDS:
        return WORDS[words]
    try:
        return float(text2num(f"one {words[2:]}" if words.startswith("a ") else words, "en"))
    except ValueError:
        return None
