"""Edits of sentences: the opening verb, the order of clauses, what is merged, split or dropped."""

import re

from benchmarks.facts.draft import Draft, NotHere, lower_first
from benchmarks.facts.edits.general import Pair, Texts
from benchmarks.facts.edits.registry import COUNT, MONEY, PERCENT, edit, words

ARTICLE = r"(?:the |a |an )?"
LEADS = r"(?i)\b(?:led|lead|leader|head|manag\w+|supervis\w+|team|direct\w+)\b"


@edit
def change_opening_verb(draft: Draft, pair: Pair) -> None:
    """Changes the verb that opens a bullet, which half of the sources are first given."""
    if draft.rng.random() < 0.5:
        path, text = draft.pick(draft.bullets(matching=r"[A-Z]\w+e?d "))
        draft.both(path, f"{pair[0]} {text.partition(' ')[2]}")
    path, match = draft.find(rf"^{pair[0]}(?= )")
    draft.replace(path, match, pair[1])


@edit
def raise_modest_verb(draft: Draft, wording: str) -> None:
    """Replaces a modest opening, which half of the sources are first given."""
    if draft.rng.random() < 0.5:
        path, text = draft.pick(draft.bullets())
        verb = draft.rng.choice(words("given_modest_openings"))
        rest = re.sub(rf"^(?:\w+ed|Led|Built|Wrote|Ran|Cut|Set up|\w+) {ARTICLE}", "", text)
        draft.both(path, f"{verb} the {rest}")
        pattern = rf"^{verb}(?= )"
    else:
        pattern = rf"^(?:{'|'.join(words('modest_openings'))})(?= )"
    path, match = draft.find(pattern)
    draft.replace(path, match, wording)


@edit
def raise_given_verb(draft: Draft, pair: Pair) -> None:
    """Gives a bullet of the source a modest opening and the tailored one a large one."""
    path, text = draft.pick(draft.bullets(matching=rf"[A-Z]\w+e?d {ARTICLE}\w"))
    rest = re.sub(rf"^\w+ {ARTICLE}", "", text)
    if re.search(LEADS, rest):
        raise NotHere
    draft.both(path, f"{pair[0]} the {rest}")
    draft.swap(path, 0, len(pair[0]), pair[1])


def _two_clauses(draft: Draft, joint: str) -> tuple[str, str, str]:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if t.count(joint) == 1)
    one, two = text.rstrip(".").split(joint)
    return path, one, two


@edit
def exchange_clauses(draft: Draft, joint: str) -> None:
    """Exchanges the two clauses around the joint."""
    path, one, two = _two_clauses(draft, joint)
    mark = ", and " if "and" in joint else "; "
    draft.put(path, f"{two[0].upper()}{two[1:]}{mark}{lower_first(one)}")


@edit
def put_last_clause_first(draft: Draft, joint: str, *, shortest: int = 0) -> None:
    """Begins a bullet with its clause after the joint, of at least some characters."""
    path, one, two = _two_clauses(draft, joint)
    if min(len(one), len(two)) < shortest:
        raise NotHere
    front = f"{joint.strip(' ,–')} {two}".lstrip()
    draft.put(path, f"{front[0].upper()}{front[1:]}, {lower_first(one)}")


@edit
def reorder_bullets(draft: Draft, how: str) -> None:
    """Puts the bullets of an entry in another order."""
    paths = [
        f"/{section}/{i}/highlights"
        for section in ("work", "projects")
        for i, entry in enumerate(draft.tailored.get(section, ()))
        if len(entry.get("highlights", ())) > 1
    ]
    values = draft.get(draft.pick(paths))
    if how == "reversed":
        values.reverse()
    elif how == "shuffled":
        draft.rng.shuffle(values)
    elif how == "longest first":
        values.sort(key=len, reverse=True)
    elif how == "first last":
        values.append(values.pop(0))
    elif how == "last first":
        values.insert(0, values.pop())
    else:
        at = draft.rng.randrange(len(values) - 1)
        values[at], values[at + 1] = values[at + 1], values[at]


@edit
def merge_bullets(
    draft: Draft, wording: str, *, sections: Texts = ("work",), shorter: int = 200
) -> None:
    """Joins two neighbouring bullets, each shorter than stated."""
    lists = [
        (f"/{section}/{i}/highlights", j)
        for section in sections
        for i, entry in enumerate(draft.tailored.get(section, ()))
        for j in range(len(entry.get("highlights", ())) - 1)
        if all(len(text) < shorter for text in entry["highlights"][j : j + 2])
    ]
    path, at = draft.pick(lists)
    values = draft.get(path)
    one, two = values[at].rstrip("."), values[at + 1]
    values[at : at + 2] = [wording.format(one, two if ". {" in wording else lower_first(two))]
    draft.put(f"{path}/{at}", values[at])


@edit
def split_bullet(draft: Draft, joint: str) -> None:
    """Splits a bullet at the joint."""
    path, text = draft.pick(
        (p, t)
        for p, t in draft.bullets()
        if "/highlights/" in p and t.count(joint) == 1 and min(map(len, t.split(joint))) > 12
    )
    one, two = text.split(joint)
    parent, _, at = path.rpartition("/")
    values = draft.get(parent)
    values[int(at) : int(at) + 1] = [one, two[0].upper() + two[1:]]
    draft.put(path, one)


@edit
def drop_something(draft: Draft, what: str) -> None:
    """Drops an entry, a listed skill or some bullets."""
    if what == "entry":
        section = draft.pick(("work", "projects", "awards", "volunteer", "languages"))
        values = draft.tailored.get(section) or []
        if len(values) < 1 + (section == "work"):
            raise NotHere
        del values[draft.rng.randrange(len(values))]
        return
    if what == "keyword":
        values = draft.get(draft.keywords())
        del values[draft.rng.randrange(len(values))]
        return
    values = draft.pick(
        e["highlights"] for e in draft.tailored.get("work", ()) if len(e.get("highlights", ())) > 2
    )
    if what == "half":
        del values[len(values) // 2 :]
    elif what == "two bullets":
        values.remove(draft.pick(values))
        values.remove(draft.pick(values))
    else:
        values.pop(-1 if what == "last bullet" else 0)


def _other_employers(draft: Draft, entry: object) -> list[int]:
    """The indices of entries with bullets, of other employers than an entry's."""
    assert isinstance(entry, dict)
    return [
        k
        for k, other in enumerate(draft.tailored.get("work", []))
        if other.get("name") != entry.get("name") and other.get("highlights")
    ]


def _two_employers(draft: Draft) -> tuple[str, str, int]:
    """Path and text of a bullet with a figure, and the index of another employer's entry."""
    found = [
        (f"/work/{i}/highlights/{j}", text, k)
        for i, entry in enumerate(draft.tailored.get("work", []))
        for j, text in enumerate(entry.get("highlights", ()))
        if any(re.search(figure, text) for figure in (PERCENT, MONEY, COUNT))
        for k in _other_employers(draft, entry)
    ]
    return draft.pick(found)


@edit
def move_bullet(draft: Draft, at: int) -> None:
    """Moves a bullet with a figure to another employer."""
    path, text, other = _two_employers(draft)
    draft.get(path.rpartition("/")[0]).remove(text)
    draft.add(f"/work/{other}/highlights", text, at)


@edit
def copy_bullet(draft: Draft, at: int) -> None:
    """Copies a bullet with a figure to another employer."""
    _, text, other = _two_employers(draft)
    draft.add(f"/work/{other}/highlights", text, at)


@edit
def move_clause(draft: Draft, wording: str) -> None:
    """Ends a bullet of another employer with a clause that has a figure."""
    _, text, other = _two_employers(draft)
    clause = draft.pick(c for c in re.split(r"[;:,] ", text) if re.search(r"\d", c))
    highlights = f"/work/{other}/highlights"
    at = draft.rng.randrange(len(draft.get(highlights)))
    draft.append(f"{highlights}/{at}", wording.format(clause[0].lower() + clause[1:]))


@edit
def move_figure(draft: Draft, wording: str, *, share: str, count: str) -> None:
    """Ends a bullet of another employer with a figure, as the text for a share or a count says."""
    work = draft.tailored.get("work", [])
    found = [
        (match[0], k)
        for entry in work
        for text in entry.get("highlights", ())
        for match in re.finditer(rf"(?:{PERCENT}|{COUNT} \w+)", text)
        for k in _other_employers(draft, entry)
        if match[0].split()[0].rstrip("%") not in str(work[k])
    ]
    figure, at = draft.pick(found)
    said = (share if "%" in figure else count).format(figure)
    j = draft.rng.randrange(len(work[at]["highlights"]))
    draft.append(f"/work/{at}/highlights/{j}", wording.format(said))
