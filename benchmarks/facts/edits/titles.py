"""Edits of job titles (rank, function, marks such as "Intern") and of employers' names."""

import re

from benchmarks.facts.draft import Draft, NotHere
from benchmarks.facts.edits.general import Texts
from benchmarks.facts.edits.registry import edit, words
from benchmarks.facts.edits.slots import ranks, title_place

LONGEST_TITLE = 60


@edit
def raise_title(draft: Draft, wording: str) -> None:
    """Gives a title without a rank the rank of the wording."""
    path, title = title_place(draft)
    draft.absent(re.sub(r"[{}(),.]", "", wording).split()[0])
    draft.put(path, wording.format(title))


@edit
def drop_lower_rank(draft: Draft, change: tuple[str, str, str]) -> None:
    """Replaces a low rank, given as [lower title, its pattern, replacement]."""
    lower, pattern, new = change
    titles = draft.fields("work", "position")
    if draft.rng.random() < 0.7:
        path, title = title_place(draft)
        draft.both(path, lower.format(title))
        titles = [(path, draft.get(path))]
    path, title = draft.pick((p, t) for p, t in titles if re.search(pattern, t))
    draft.put(path, re.sub(pattern, new, title).strip())


@edit
def change_function(draft: Draft, wording: str) -> None:
    """Gives a {title} another {function}."""
    path, title = title_place(draft)
    text = str(draft.source).casefold()
    function = draft.pick(f for f in words("functions") if f.casefold() not in text)
    draft.put(path, wording.format(title=title, function=function))


@edit
def take_title_of_posting(draft: Draft) -> None:
    """Replaces a title by the posting's, where the two have little in common."""
    path, title = title_place(draft)
    wanted = re.split(r"[,(–]", draft.posting.title)[0].strip()
    common = set(wanted.casefold().split()) & set(title.casefold().split())
    draft.absent(wanted)
    if len(common) > 1 or re.search(ranks(), wanted.casefold()):
        raise NotHere
    draft.put(path, wanted)


@edit
def change_last_word_of_title(draft: Draft, word: str) -> None:
    """Replaces the last word of a title of several words."""
    path, title = title_place(draft)
    draft.absent(word)
    if " " not in title:
        raise NotHere
    draft.put(path, f"{title.rpartition(' ')[0]} {word}")


@edit
def drop_mark_of_position(draft: Draft, wording: str, *, marks: Texts = ()) -> None:
    """Drops the mark, such as "{} Intern", that the source is given.

    With `marks` one of them is given, and the wording is what the title becomes.
    """
    work = draft.tailored.get("work", [])
    at = draft.pick(range(len(work)))
    path = f"/work/{at}/position"
    title = work[at].get("position") or draft.tailored.get("basics", {}).get("label") or "Assistant"
    limited = rf"\b(?:{'|'.join(words('limited_positions'))})\b"
    if re.search(limited, title) or len(title) > LONGEST_TITLE:
        raise NotHere
    mark = draft.rng.choice(marks) if marks else wording
    draft.both(path, mark.format(title))
    draft.put(path, wording.format(title) if marks else title)


@edit
def take_company_of_posting(draft: Draft) -> None:
    """Replaces an employer by the company of the posting."""
    path, _ = draft.pick(draft.fields("work", "name"))
    draft.absent(draft.posting.company)
    draft.put(path, draft.posting.company)


@edit
def exchange_employers(draft: Draft) -> None:
    """Exchanges the names of two employers."""
    names = draft.fields("work", "name")
    first, one = draft.pick(names)
    second, other = draft.pick((p, n) for p, n in names if n != one)
    draft.put(first, other)
    draft.put(second, one)


@edit
def change_first_word_of_employer(draft: Draft, word: str) -> None:
    """Replaces the first word of an employer's name of several words."""
    path, name = draft.pick((p, n) for p, n in draft.fields("work", "name") if " " in n)
    draft.absent(word)
    draft.put(path, f"{word} {name.partition(' ')[2]}")
