"""Edits that put a wording of a case file into a bullet, the summary, a field or a list."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.facts.draft import Draft, NotHere
from benchmarks.facts.edits.registry import edit, pattern
from benchmarks.facts.edits.slots import Slots, absent, filled, say

Pair = Sequence[str]
Texts = Sequence[str]
NO_SLOTS: Slots = {}


@edit
def append_to_bullet(
    draft: Draft,
    wording: str,
    *,
    without: str = "",
    slots: Slots = NO_SLOTS,
    unless_held: Texts = (),
    unless_slot_held: Texts = (),
) -> None:
    """Ends a bullet with the wording."""
    absent(draft, unless_held, wording)
    path, _ = draft.pick(draft.bullets(without=pattern(without)))
    draft.append(path, say(draft, wording, slots, unless_slot_held))


@edit
def open_bullet(
    draft: Draft,
    wording: str,
    *,
    without: str = "",
    matching: str = "",
    slots: Slots = NO_SLOTS,
    unless_held: Texts = (),
    unless_slot_held: Texts = (),
    letter_marked: bool = True,
) -> None:
    """Begins a bullet with the wording; its old first letter is marked as changed, or is not."""
    absent(draft, unless_held, wording)
    path, text = draft.pick(draft.bullets(without=pattern(without), matching=matching))
    opening = say(draft, wording, slots, unless_slot_held)
    draft.swap(path, 0, 1, opening + text[0].lower())
    if not letter_marked:
        draft.places[-1] = draft.places[-1]._replace(end=len(opening))


@edit
def add_to_summary(
    draft: Draft,
    wording: str,
    *,
    slots: Slots = NO_SLOTS,
    unless_held: Texts = (),
    unless_slot_held: Texts = (),
    unless_then_held: Texts = (),
) -> None:
    """Adds the wording to the summary."""
    absent(draft, unless_held, wording)
    draft.summarise(say(draft, wording, slots, unless_slot_held, unless_then_held))


def _fields(
    draft: Draft, fields: Texts, longer: int = 0, shorter: int | None = None
) -> list[tuple[str, str]]:
    """Paths and texts of fields such as work/name, of more and fewer characters than stated."""
    found = [held for name in fields for held in draft.fields(*name.split("/"))]
    return [(p, t) for p, t in found if longer < len(t) and (shorter is None or len(t) < shorter)]


@edit
def put_field(
    draft: Draft,
    wording: str | None,
    *,
    fields: Texts,
    unless: str = "",
    slots: Slots = NO_SLOTS,
    unless_held: Texts = (),
    unless_then_held: Texts = (),
) -> None:
    """Sets a field to the wording, in which {old} is what the field said, or removes it."""
    absent(draft, unless_held)
    path, old = draft.pick(_fields(draft, fields))
    if unless and re.search(unless, old):
        raise NotHere
    if wording is not None:
        wording = say(draft, wording, slots, then_absent=unless_then_held, old=old)
    draft.put(path, wording)


@edit
def respell_field(
    draft: Draft,
    pair: Pair | str,
    *,
    fields: Texts,
    longer: int = 0,
    shorter: int | None = None,
    unless: str = "",
    key: str | None = None,
    absent_before: bool = False,
) -> None:
    """Spells a field one way in the source and another way in the tailored résumé.

    "{}" is what the field said; "upper", "lower" and "title" recase it. With a `key`, that key of
    the same entry is set. A wording that is no pair is undone.
    """
    one, other = (pair, "{}") if isinstance(pair, str) else pair
    path, text = draft.pick(_fields(draft, fields, longer, shorter))
    if unless and re.search(unless, text):
        raise NotHere
    if absent_before:
        draft.absent(one)
    if key:
        path = f"{path.rpartition('/')[0]}/{key}"
    draft.both(path, one.format(text))
    recased = {"upper": text.upper(), "lower": text.lower(), "title": text.lower().title()}
    draft.put(path, recased.get(other) or other.format(text))


@edit
def replace_in_field(draft: Draft, pair: Pair, *, fields: Texts) -> None:
    """Replaces one word of a field by another."""
    path, text = draft.pick((p, t) for p, t in _fields(draft, fields) if pair[0] in t)
    draft.put(path, text.replace(pair[0], pair[1]))


@edit
def add_entry(
    draft: Draft,
    wording: str | Mapping[str, Any],
    *,
    section: str,
    entry: Mapping[str, str],
    slots: Slots = NO_SLOTS,
    unless_held: Texts = (),
    unless_slot_held: Texts = (),
    at: int | Sequence[int] | None = None,
) -> None:
    """Adds an entry to a section: the entry's slots filled, and what the wording says beyond it.

    A wording that is a text fills the slot {wording}. `at` is the entry's place, or some to
    choose from.
    """
    text = wording if isinstance(wording, str) else ""
    absent(draft, unless_held, text)
    values = {"wording": text, **filled(draft, slots)}
    draft.absent(*(form.format(values[name]) for form in unless_slot_held for name in slots))
    made: dict[str, Any] = {key: value.format(**values) for key, value in entry.items()}
    made |= wording if isinstance(wording, Mapping) else {}
    draft.add(f"/{section}", made, draft.rng.choice(at) if isinstance(at, Sequence) else at)


@edit
def respell_ending(
    draft: Draft,
    pair: Pair,
    *,
    endings: str | Texts,
    without: str = r"\d",
    unless_held: Texts = ("{one}", "{other}"),
) -> None:
    """Gives a bullet an ending with one spelling in the source, and the other when tailored.

    A single ending that is no list is taken without a random choice.
    """
    last_words = "|".join(spelling.split()[-1] for spelling in pair)
    without = pattern(without).replace("{last_words}", last_words)
    path, text = draft.pick(draft.bullets(without=without))
    draft.absent(*(held.format(one=pair[0], other=pair[1]) for held in unless_held))
    ending = endings if isinstance(endings, str) else draft.rng.choice(endings)
    draft.extend_both(path, text, ending.format(pair[0]))
    draft.replace_last(path, pair[0], pair[1])


@edit
def replace_match(draft: Draft, pair: Pair) -> None:
    """Replaces a match of a pattern in a bullet by what its groups are expanded to; no years."""
    path, match = draft.find(pair[0])
    if re.search(r"\b(?:19|20)\d\d\b", match[0]):
        raise NotHere
    draft.replace(path, match, match.expand(pair[1]))
