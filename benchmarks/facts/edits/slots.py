"""What fills the slots of a wording: random numbers, words of a list, and facts of the résumé.

A slot is given as a range such as [11, 68], as "any LIST" or "new LIST" (a word of words.yaml; a
new one is not in the source), or as the name of a function of this module.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from benchmarks.facts.draft import Draft, NotHere
from benchmarks.facts.edits.registry import words

Slots = Mapping[str, str | Sequence[int]]
LONGEST_TITLE = 60
IMPLIED_BY_MANY = frozenset(("SQL", "EHR", "EMR", "LMS", "WMS"))


def filled(draft: Draft, slots: Slots) -> dict[str, str | int]:
    """A value for each slot, drawn in their order."""
    return {name: value(draft, spec) for name, spec in slots.items()}


def value(draft: Draft, spec: str | Sequence[int]) -> str | int:
    """A value for one slot."""
    if not isinstance(spec, str):
        return draft.rng.randrange(*spec)
    how, _, name = spec.partition(" ")
    if how == "any":
        return draft.pick(words(name))
    if how == "new":
        text = str(draft.source).casefold()
        return draft.pick(word for word in words(name) if word.casefold() not in text)
    return FILLERS[spec](draft)


def say(
    draft: Draft,
    wording: str,
    slots: Slots,
    slot_absent: Sequence[str] = (),
    then_absent: Sequence[str] = (),
    **known: str,
) -> str:
    """The wording with its slots filled.

    Raises `NotHere` if the source has the value of a slot that the wording uses, in one of the
    forms `slot_absent`, or one of the texts `then_absent`, which may name slots themselves.
    """
    values = {**known, **filled(draft, slots)}
    for name in re.findall(r"{(\w+)}", wording):
        draft.absent(*(form.format(values[name]) for form in slot_absent))
    draft.absent(*(text.format(**values, **_parts(wording)) for text in then_absent))
    return wording.format(**values)


def absent(draft: Draft, texts: Sequence[str], wording: str = "") -> None:
    """Raises `NotHere` if the source has one of the texts, which may name parts of the wording."""
    draft.absent(*(text.format(**_parts(wording)) for text in texts))


def _parts(wording: str) -> dict[str, str]:
    """What a text may name of a wording: all of it, its last long word, and its rank."""
    return {
        "wording": wording.strip(" :"),
        "last_word": (re.findall(r"[a-z]{5,}", wording) or [""])[-1],
        "rank": next((word for word in words("ranks") if word in wording.casefold()), ""),
    }


def ranks() -> str:
    """A pattern of the words that give a title a rank."""
    return "|".join(words("ranks"))


def title_place(draft: Draft) -> tuple[str, str]:
    """Path and text of a title without a rank, of a position or the headline."""
    titles = [*draft.fields("work", "position"), *draft.fields("basics", "label")]
    plain = [(p, t) for p, t in titles if not re.search(ranks(), t.casefold())]
    return draft.pick((p, t) for p, t in plain if len(t) < LONGEST_TITLE)


def title(draft: Draft) -> str:
    """A title of the résumé without a rank."""
    return title_place(draft)[1]


def role(draft: Draft) -> str:
    """A position of the résumé."""
    return draft.pick([t for _, t in draft.fields("work", "position")] or ["Consultant"])


def institution(draft: Draft) -> str:
    """A school of the résumé."""
    return draft.pick(draft.fields("education", "institution"))[1]


def unheld_skill(draft: Draft) -> str:
    """A technology that neither the source nor the posting names."""
    text = f"{draft.source} {draft.posting.text}".casefold()
    return draft.pick(skill for skill in words("skills") if skill.casefold() not in text)


def leaked_skill(draft: Draft) -> str:
    """A skill that the posting was labelled with and no word of the source resembles."""
    have = _stems(str(draft.source))
    wanted = [skill for skill in draft.posting.skills if skill not in IMPLIED_BY_MANY]
    return draft.pick(_not_implied(draft, [s for s in wanted if not _stems(s) & have]))


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z0-9+#]+", text.casefold())}


def _not_implied(draft: Draft, skills: list[str]) -> list[str]:
    """Leaves out what another spelling or a narrower skill of the source supports."""
    from tailor_lab.tailoring import load_knowledge

    known = load_knowledge()
    have = set(known.matcher.names(re.split(r"[\[\]{}]|', '", str(draft.source)), listed=True))
    have |= {wider for name in have for wider in known.broader(name)}
    return [skill for skill in skills if (known.canonical(skill) or skill) not in have]


def first_year(draft: Draft, default: int) -> int:
    """The first year in the source that a career can have begun in."""
    found = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", str(draft.source))]
    return min((year for year in found if year > 1960), default=default)


def too_many_years(draft: Draft) -> int:
    """More years than have passed since the first date of the source."""
    return 2027 - first_year(draft, 2005) + draft.rng.randrange(2, 9)


def years_until_2030(draft: Draft) -> int:
    """The years from the first date of the source until 2030."""
    return 2030 - first_year(draft, 2004)


def up_to_28_years(draft: Draft) -> int:
    """The same where "three decades" would still be too many."""
    years = years_until_2030(draft)
    if years > 28:
        raise NotHere
    return years


_FILLERS = (title, role, institution, unheld_skill, leaked_skill, too_many_years)
FILLERS: dict[str, Callable[[Draft], str | int]] = {
    function.__name__: function for function in (*_FILLERS, years_until_2030, up_to_28_years)
}
