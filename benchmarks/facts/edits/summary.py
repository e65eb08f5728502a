"""Edits that state in the summary what follows from the rest of the résumé, or exceeds it."""

import re
from collections.abc import Sequence

from benchmarks.facts.draft import Draft, NotHere
from benchmarks.facts.edits.dates import month_of
from benchmarks.facts.edits.registry import NUMBER_VALUES, NUMBER_WORDS, edit
from benchmarks.facts.edits.slots import too_many_years

# What lasts today has lasted at least until this month, so that cases are the same every day.
AS_OF = "2026-11"
STATED_YEARS = rf"(?i)\b(\d+|{'|'.join(NUMBER_VALUES)})\+? (?:years|yrs)\b"


@edit
def raise_stated_years(draft: Draft, wording: str) -> None:
    """Raises the years of experience that some text states."""
    places = [*draft.bullets(), *draft.fields("basics", "summary")]
    found = [(p, m) for p, text in places for m in re.finditer(STATED_YEARS, text)]
    path, match = draft.pick(found)
    years = too_many_years(draft)
    draft.absent(f"{years} y")
    draft.replace(path, match, wording.format(n=years), group=1)


def _years_worked(draft: Draft) -> int:
    """Whole years that the dated positions cover together; one that lasts, lasts until now."""
    months: set[int] = set()
    for entry in draft.tailored.get("work", ()):
        start, end = entry.get("startDate") or "", entry.get("endDate")
        if len(start) >= 7 and (end is None or len(end) >= 7):
            months.update(range(month_of(start), month_of(end or AS_OF)))
    return len(months) // 12


@edit
def tenure_in_summary(draft: Draft, wording: str, *, fewer: Sequence[int] = ()) -> None:
    """States the years worked: {n}, one {less}, one {more}, or in a {word}.

    One of `fewer` is taken off the years.
    """
    years = _years_worked(draft) - (draft.rng.choice(fewer) if fewer else 0)
    if years < 3 or ("{word}" in wording and years not in NUMBER_WORDS):
        raise NotHere
    word = NUMBER_WORDS.get(years, "").capitalize()
    draft.summarise(wording.format(n=years, less=years - 1, more=years + 1, word=word))


@edit
def decade_in_summary(draft: Draft, wording: str) -> None:
    """States a decade of work, where that is true."""
    if not 11 <= _years_worked(draft) < 20:
        raise NotHere
    draft.summarise(wording)


@edit
def tenure_at_employer(draft: Draft, wording: str) -> None:
    """States the years {n} at an employer {e} in the summary; "over" takes one off."""
    work = [e for e in draft.tailored.get("work", ()) if e.get("endDate") and e.get("startDate")]
    entry = draft.pick(work)
    years = (month_of(entry["endDate"]) - month_of(entry["startDate"])) // 12
    if years < 1 + ("over" in wording):
        raise NotHere
    draft.summarise(wording.format(n=years - ("over" in wording), e=entry["name"]))


@edit
def tenure_in_bullet(draft: Draft, wording: str) -> None:
    """States the whole years of a position at the end of its first bullet."""
    found = [
        (i, int(e["endDate"][:4]) - int(e["startDate"][:4]))
        for i, e in enumerate(draft.tailored.get("work", []))
        if e.get("startDate") and e.get("endDate") and e.get("highlights")
        if e["startDate"][4:] == e["endDate"][4:]
    ]
    at, years = draft.pick((i, y) for i, y in found if y >= 2)
    draft.append(f"/work/{at}/highlights/0", wording.format(n=years))


@edit
def summarise_facts(draft: Draft, wording: str, *, entry_first: bool = False) -> None:
    """States facts of the résumé in the summary: skills {a}, {b}, {c}, {employer}, {degree}, …"""
    keywords = [w for g in draft.tailored.get("skills", ()) for w in g.get("keywords", ())]
    keywords = [word for word in keywords if len(word) < 40]
    work = draft.tailored.get("work", [])
    if len(keywords) < 3:
        raise NotHere
    entry = draft.pick(work) if entry_first else {}
    values = dict(zip("abc", draft.rng.sample(keywords, 3), strict=True))
    entry = entry if entry_first else draft.pick(work)
    employers = {employer["name"] for employer in work if employer.get("name")}
    values |= {"employer": entry.get("name") or "", "title": entry.get("position") or ""}
    values |= {"label": draft.tailored.get("basics", {}).get("label") or ""}
    values["n"] = NUMBER_WORDS[len(employers)] if 1 < len(employers) < 6 else ""
    for name, section, key in (
        ("school", "education", "institution"),
        ("degree", "education", "studyType"),
        ("certificate", "certificates", "name"),
        ("language", "languages", "language"),
    ):
        values[name] = (draft.tailored.get(section) or [{}])[0].get(key) or ""
    if not all(0 < len(values[name]) < 90 for name in re.findall(r"{(\w+)}", wording)):
        raise NotHere
    draft.summarise(wording.format(**values))
