"""Edits of listed skills, and of spellings that may be in prose or in the list."""

import re
from collections.abc import Callable

from benchmarks.facts.draft import Draft, NotHere
from benchmarks.facts.edits.general import Pair
from benchmarks.facts.edits.registry import edit
from benchmarks.facts.edits.slots import FILLERS

CASES: tuple[Callable[[str], str], ...] = (str, str.lower, str.title, str.upper, str)


def _prose_and_keywords(draft: Draft) -> list[tuple[str, str]]:
    keywords = [
        (f"/skills/{i}/keywords/{j}", word)
        for i, group in enumerate(draft.tailored.get("skills", ()))
        for j, word in enumerate(group.get("keywords", ()))
    ]
    return [*draft.bullets(), *keywords]


@edit
def respell_term(draft: Draft, pair: Pair) -> None:
    """Changes one spelling into another where the source has it; else it is first listed."""
    old, new = pair
    pattern = rf"(?<![\w.+#-]){re.escape(old)}(?![\w.+#-])"
    if re.search(rf"(?<!\w){re.escape(new)}(?!\w)", str(draft.source)):
        raise NotHere

    def found() -> list[tuple[str, re.Match[str]]]:
        texts = _prose_and_keywords(draft)
        return [(p, m) for p, text in texts for m in re.finditer(pattern, text)]

    if not found():
        group = draft.keywords()
        draft.both(group, [*draft.get(group), old])
    path, match = draft.pick(found())
    draft.replace(path, match, new)


@edit
def list_skill(draft: Draft, how: str, *, skill: str) -> None:
    """Lists an invented skill, in one of the ways that models do."""
    invented = str(FILLERS[skill](draft))
    groups = [i for i, g in enumerate(draft.tailored.get("skills", ())) if g.get("keywords")]
    if how == "own group" or not groups:
        draft.add("/skills", {"name": "Further skills", "keywords": [invented]}, 99)
        return
    path = draft.keywords()
    if how in {"last", "first"}:
        draft.add(path, invented, 0 if how == "first" else None)
        return
    at = draft.rng.randrange(len(draft.get(path)))
    held = draft.get(f"{path}/{at}")
    joined = {"instead": invented, "joined": f"{held}, {invented}"}
    draft.put(f"{path}/{at}", joined.get(how, f"{held} / {invented}"))


@edit
def list_related_skill(draft: Draft, pair: Pair) -> None:
    """Lists the second skill of a pair next to the first, which the source is given."""
    held, claimed = pair
    draft.absent(claimed)
    path = draft.keywords()
    draft.both(path, [*draft.get(path), held])
    draft.add(path, claimed)


@edit
def list_broader_skill(draft: Draft, pair: Pair) -> None:
    """Lists the broader skill of a pair; the source is given the narrower one if it lacks it."""
    held, broader = pair
    if broader.casefold() in str(draft.tailored.get("skills")).casefold().split("'"):
        raise NotHere
    path = draft.keywords()
    listed = draft.get(path)
    if held not in listed:
        draft.both(path, [*listed, held])
    draft.add(path, broader)


def _skills_of_bullets(draft: Draft) -> list[str]:
    """Skills that bullets name and the list does not."""
    from tailor_lab.tailoring import load_knowledge

    listed = str(draft.tailored.get("skills", "")).casefold()
    return [
        match.text
        for _, text in draft.bullets()
        for match in load_knowledge().matcher.find(text)
        if match.text.casefold() not in listed
    ]


def _open_list(draft: Draft) -> str:
    """The path of a list of skills, which may be empty."""
    groups = enumerate(draft.tailored["skills"])
    return f"/skills/{draft.pick(i for i, g in groups if g.get('keywords') is not None)}/keywords"


@edit
def list_skill_of_bullet(draft: Draft, how: str) -> None:
    """Lists a skill that a bullet names, in one of several ways."""
    found = _skills_of_bullets(draft)
    skill = draft.pick(found)
    if how == "own group" or not draft.tailored.get("skills"):
        draft.add("/skills", {"name": "More", "keywords": [skill]})
        return
    path = _open_list(draft)
    if how == "with context":
        draft.add(path, f"{skill} (hands-on)")
    elif how == "two":
        draft.add(path, skill)
        draft.add(path, draft.pick(found))
    else:
        draft.add(path, skill.lower() if how == "lower" else skill, 0 if how == "first" else None)


@edit
def list_skill_of_bullet_as(draft: Draft, wording: str) -> None:
    """Lists a skill that a bullet names, in the wording and in some case."""
    skill = draft.pick(_skills_of_bullets(draft))
    keyword = wording.format(draft.rng.choice(CASES)(skill))
    if not draft.tailored.get("skills") or draft.rng.random() < 0.3:
        draft.add("/skills", {"name": "Further skills", "keywords": [keyword]})
        return
    draft.add(_open_list(draft), keyword)


@edit
def list_deed_as_skill(draft: Draft, pair: Pair) -> None:
    """Gives the source a bullet and lists what was done in it as a skill."""
    entries = enumerate(draft.tailored.get("work", ()))
    at = draft.pick(i for i, entry in entries if entry.get("highlights"))
    highlights = f"/work/{at}/highlights"
    draft.both(highlights, [*draft.get(highlights), pair[0]])
    draft.add(draft.keywords(), pair[1])
