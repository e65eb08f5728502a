"""Edits of percentages, counts, amounts of money, sizes of teams, and their comparators."""

import math
import re
from collections.abc import Sequence

from benchmarks.facts.draft import Draft, NotHere
from benchmarks.facts.edits.general import Pair
from benchmarks.facts.edits.registry import (
    COUNT,
    FIGURE,
    MONEY,
    NUMBER_VALUES,
    NUMBER_WORD,
    NUMBER_WORDS,
    PERCENT,
    SMALL_FIGURE,
    edit,
    words,
)

UNITS = {"K": 1e3, "M": 1e6, "B": 1e9, "million": 1e6, "billion": 1e9}
TEAM = r"(?i)(?<=team of )\d+|(?<=lead )\d+|(?<=manage )\d+|(?<=managed )\d+|(?<=led )\d+"
BARE_BEFORE = r"(?i)(?:about|around|some|nearly|almost|up to|over|than|least|of|top) \$?$"
EXACT_BEFORE = r"(?i)(?:about|around|some|nearly|to|over|than|least|of|top|from|cost) $"
VAGUE = r"\b(?:about|around|some|nearly|almost|up to) (?=\$?\d)"


def _percent(draft: Draft, before: str = "") -> tuple[str, re.Match[str]]:
    """A percentage in prose, which half of the sources are first given: few have one."""
    if draft.rng.random() < 0.5:
        path, text = draft.pick(draft.bullets(without=FIGURE))
        ending = draft.rng.choice(words("endings_with_a_percentage"))
        draft.extend_both(path, text, ending.format(draft.rng.randrange(4, 43)))
    return draft.find(before + PERCENT)


def _is_year(value: int) -> bool:
    return 1900 <= value <= 2100


def _whole(match: re.Match[str]) -> int:
    return int(match[1].replace(",", ""))


def _count(draft: Draft) -> tuple[str, re.Match[str], int]:
    path, match = draft.find(COUNT)
    value = _whole(match)
    if value < 2 or _is_year(value):
        raise NotHere
    return path, match, value


def _money(draft: Draft) -> tuple[str, re.Match[str]]:
    """An amount of money, which more than half of the sources are first given."""
    if draft.rng.random() < 0.6:
        path, text = draft.pick(draft.bullets(without=FIGURE))
        draft.extend_both(path, text, draft.rng.choice(words("endings_with_money")))
    return draft.find(MONEY)


def _exact(draft: Draft, pattern: str) -> tuple[str, re.Match[str]]:
    """A figure that no word such as "about" makes vague."""
    path, match = draft.find(pattern)
    if re.search(EXACT_BEFORE, draft.get(path)[: match.start()]):
        raise NotHere
    return path, match


@edit
def raise_percent(draft: Draft, change: Sequence[float] | str) -> None:
    """Replaces a percentage by a larger one: [factor, what is added], or "above ninety"."""
    path, match = _percent(draft)
    value, larger = float(match[1]), 90 + draft.rng.randrange(9)
    if not isinstance(change, str):
        larger = round(value * change[0]) + int(change[1])
    if not value < larger < 100:
        raise NotHere
    new = draft.rng.choice(["{}%", "{}%", "{} percent"]).format(larger)
    draft.absent(f"{larger}%")
    draft.replace(path, match, new)


@edit
def replace_percent(
    draft: Draft,
    wording: str,
    *,
    before: str = "",
    at_most: float = math.inf,
    unless_then_held: Sequence[str] = (),
) -> None:
    """Replaces a percentage by the wording, in which {} is its number."""
    path, match = _percent(draft, before)
    draft.absent(*unless_then_held)
    if float(match[1]) > at_most:
        raise NotHere
    draft.replace(path, match, wording.format(match[1]))


@edit
def multiply_count(draft: Draft, factor: int) -> None:
    """Multiplies a count."""
    path, match, value = _count(draft)
    draft.absent(f"{value * factor:,}")
    draft.replace(path, match, f"{value * factor:,}")


@edit
def raise_and_hedge_count(draft: Draft, wording: str) -> None:
    """Replaces a count by a larger one with a comparator."""
    path, match, value = _count(draft)
    larger = value + draft.rng.choice([value // 2 + 1, value, 5 * value])
    draft.absent(f"{larger:,}")
    draft.replace(path, match, wording.format(f"{larger:,}"))


@edit
def count_in_hundreds(draft: Draft, wording: str) -> None:
    """Replaces a count below a hundred by the wording."""
    path, match, value = _count(draft)
    if value >= 100:
        raise NotHere
    draft.replace(path, match, wording)


@edit
def larger_number_word(draft: Draft, steps: int) -> None:
    """Replaces a number word by one some steps up the list of number words."""
    path, match = draft.find(NUMBER_WORD)
    known = list(NUMBER_VALUES)
    at = known.index(match[1]) + steps
    if at >= len(known):
        raise NotHere
    draft.absent(known[at])
    draft.replace(path, match, known[at])


@edit
def multiply_money(draft: Draft, factor: float) -> None:
    """Multiplies an amount of money."""
    path, match = _money(draft)
    value = float(match[1].replace(",", "")) * factor
    text = f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
    draft.absent(f"${text}")
    draft.replace(path, match, text, group=1)


@edit
def larger_unit_of_money(draft: Draft, pair: Pair) -> None:
    """Replaces the unit of an amount, such as K by M."""
    path, match = _money(draft)
    if match[2] != pair[0]:
        raise NotHere
    draft.replace(path, match, pair[1], group=2)


@edit
def respell_doubled_money(draft: Draft, wording: str) -> None:
    """Doubles an amount and writes it in thousands or millions."""
    path, match = _money(draft)
    value = float(match[1].replace(",", "")) * UNITS.get(match[2], 1)
    unit = 1e3 if "K" in wording else 1e6
    larger = f"{value * 2 / unit:.3g}"
    if value >= 1e7 or (unit == 1e6 and value < 2e5) or "e" in larger:
        raise NotHere
    draft.replace(path, match, wording.format(larger))


@edit
def larger_team(draft: Draft, factor: int) -> None:
    """Multiplies the size of a team."""
    if draft.rng.random() < 0.7:
        path, text = draft.pick(draft.bullets(without=FIGURE))
        draft.extend_both(path, text, f", with a team of {draft.rng.randrange(3, 9)}")
    path, match = draft.find(TEAM)
    size = int(match[0]) * factor
    draft.absent(f" {size}")
    draft.replace(path, match, str(size))


@edit
def vague_becomes_lower_bound(draft: Draft, wording: str) -> None:
    """Replaces a comparator such as "about" by one that claims at least as much."""
    if draft.rng.random() < 0.7:
        path, match = draft.find(rf"(?:{PERCENT}|{COUNT})")
        text = draft.get(path)
        if re.search(BARE_BEFORE, text[: match.start()]):
            raise NotHere
        word = draft.rng.choice(["about ", "up to ", "nearly ", "almost ", "around "])
        draft.both(path, text[: match.start()] + word + text[match.start() :])
    path, match = draft.find(VAGUE)
    draft.replace(path, match, wording)
    place = draft.places[-1]
    assert place.end is not None
    figure = re.match(r"\$?[\d,.]*\d", draft.get(path)[place.end :])
    draft.places[-1] = place._replace(end=place.end + len(figure[0]) if figure else place.end)


@edit
def add_comparator(draft: Draft, wording: str) -> None:
    """Gives a figure without a comparator one that claims more."""
    path, match = draft.find(rf"(?:{PERCENT}|{COUNT})")
    before = draft.get(path)[: match.start()]
    if wording != "{}+" and not re.search(r"[a-z] $", before):
        raise NotHere
    if re.search(BARE_BEFORE, before):
        raise NotHere
    draft.replace(path, match, wording.format(match[0]))


@edit
def firmer_comparator(
    draft: Draft, pair: Pair, *, numbers: Sequence[str], endings: Sequence[str]
) -> None:
    """Gives the source a figure with one comparator and the tailored résumé the other."""
    path, text = draft.pick(draft.bullets(without=SMALL_FIGURE))
    number, ending = draft.rng.choice(numbers), draft.rng.choice(endings)
    if "%" not in text and draft.rng.random() < 0.4:
        number, ending = draft.rng.choice(["15%", "40%", "8%"]), "; costs fell by {}"
    one, other = pair[0].format(number), pair[1].format(number)
    draft.extend_both(path, text, ending.format(one))
    draft.replace_last(path, one, other)


@edit
def number_word_to_digits(draft: Draft) -> None:
    """Writes a number word in digits."""
    path, match = draft.find(NUMBER_WORD)
    draft.replace(path, match, str(NUMBER_VALUES[match[1]]))


@edit
def digits_to_number_word(draft: Draft, wording: str, *, capitalised: bool = True) -> None:
    """Writes a count as a {word}, capitalised at the start of a bullet; {n} is the digits."""
    path, match = draft.find(COUNT)
    word = NUMBER_WORDS.get(_whole(match))
    if word is None:
        raise NotHere
    word = word.capitalize() if capitalised and match.start() == 0 else word
    draft.replace(path, match, wording.format(word=word, n=match[1]))


@edit
def smaller_count(draft: Draft, wording: str) -> None:
    """Replaces a count by a round number below it."""
    path, match = _exact(draft, COUNT)
    value = _whole(match)
    base = next((b for b in (1000, 100, 10, 5) if b < value), None)
    if base is None or _is_year(value):
        raise NotHere
    draft.replace(path, match, wording.format(f"{(value - 1) // base * base:,}"))


@edit
def vaguer_count(draft: Draft, wording: str) -> None:
    """Gives a count within a bullet a word such as "about"."""
    path, match = _exact(draft, COUNT)
    if match.start() == 0 or _is_year(_whole(match)):
        raise NotHere
    draft.replace(path, match, wording.format(match[0]))


@edit
def smaller_percent(draft: Draft, wording: str) -> None:
    """Replaces a percentage by the multiple of five below it."""
    path, match = _exact(draft, PERCENT)
    lower = (int(float(match[1])) - 1) // 5 * 5
    if lower < 5:
        raise NotHere
    draft.replace(path, match, wording.format(lower))


@edit
def more_than_100_000(draft: Draft, wording: str) -> None:
    """Replaces an amount from 110,000 to 950,000 by the wording."""
    path, match = _exact(draft, MONEY)
    value = float(match[1].replace(",", "")) * (1000 if match[2] == "K" else 1)
    if match[2] not in {None, "K"} or not 110_000 <= value <= 950_000:
        raise NotHere
    draft.replace(path, match, wording)


@edit
def leave_figure_out(draft: Draft, which: str) -> None:
    """Leaves out "by 12%" and the like at the end of a clause."""
    figure = {"percentage": PERCENT, "count": COUNT, "amount": MONEY}[which]
    path, match = _exact(draft, rf"(?: by| within| in) (?:{figure})(?=[.,;]|$)")
    draft.replace(path, match, "")
