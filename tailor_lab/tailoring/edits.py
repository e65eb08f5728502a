"""Edits: what a model may change in a résumé, and how a list of edits becomes a tailored résumé.

A model never writes the résumé; it proposes edits, each at a JSON pointer of the source. What the
mode does not permit is refused and reported, so that employers, titles, dates, schools and
certificates stay as they are whatever the model says. Every pointer means a place in the *source*:
wording is replaced first, then keywords are added, then lists are reordered and shortened, so the
order in which the model lists its edits changes nothing. `proposal` reads what a model answers into
edits; `item_schema` tells a model which places there are.
"""

import copy
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field

from tailor_lab.moved import moved_names

__getattr__ = moved_names(__name__)

Mode = Literal["partial", "full"]
MODES: tuple[Mode, ...] = get_args(Mode)
Action = Literal["replace", "add", "remove", "move"]

_ENTRY = r"/(?:work|projects|volunteer)/\d+"
_PROSE = rf"/basics/summary|{_ENTRY}/(?:summary|description|highlights/\d+)"
_KEYWORD = r"/skills/\d+/keywords"
_IN_ENTRIES = ("summary", "description", "highlights")
_TEXTS = {
    **dict.fromkeys(("work", "projects", "volunteer"), _IN_ENTRIES),
    "skills": ("keywords",),
}
"""The fields that hold what may be edited, by section."""
_PERMITTED: dict[Mode, dict[Action, re.Pattern[str]]] = {
    "partial": {
        "replace": re.compile(rf"{_PROSE}|{_KEYWORD}/\d+"),
        "add": re.compile(rf"{_KEYWORD}/-"),
        "move": re.compile(rf"{_KEYWORD}/\d+"),
    },
    "full": {
        "replace": re.compile(rf"{_PROSE}|{_KEYWORD}/\d+"),
        "add": re.compile(rf"{_KEYWORD}/-"),
        "move": re.compile(rf"(?:{_ENTRY}/highlights|{_KEYWORD})/\d+|/skills/\d+"),
        "remove": re.compile(rf"(?:{_ENTRY}/highlights|{_KEYWORD})/\d+"),
    },
}


class Edit(BaseModel):
    """One proposed change at a place of the source résumé."""

    path: str = Field(description="JSON pointer into the résumé, such as /work/0/highlights/2")
    action: Action
    value: str | None = Field(default=None, description="the new text, for replace and add")
    to: int | None = Field(default=None, description="the new index in its list, for move")
    facts: list[str] = Field(default_factory=list, description="ids of the facts that support it")
    requirements: list[str] = Field(
        default_factory=list, description="ids of the requirements that it serves"
    )
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """One difference between the source and the tailored résumé."""

    path: str
    """Where it was in the source; for an added text, the list that it was added to."""
    kind: Literal["reworded", "added", "removed", "moved"]
    before: str | None
    after: str | None
    facts: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Edited:
    """A tailored résumé, what changed in it, and the edits that were refused, in words."""

    data: dict[str, Any]
    changes: tuple[Change, ...]
    refused: tuple[str, ...]
    accepted: tuple[Edit, ...] = field(default=(), repr=False)
    """The edits that were made, as they were proposed."""
    notes: tuple[str, ...] = ()
    """What else is to be said of them: those that would have changed nothing."""
    written: Mapping[str, Edit] = field(default_factory=dict, repr=False)
    """The edit behind each text that an edit wrote, by JSON pointer into the tailored résumé."""

    def behind(self, path: str) -> tuple[Edit, ...]:
        """The edits that wrote what stands at a pointer into the tailored résumé, or beneath it."""
        if path in self.written:
            return (self.written[path],)
        return tuple(edit for at, edit in self.written.items() if at.startswith(f"{path}/"))


def apply_edits(source: Mapping[str, Any], edits: Iterable[Edit], *, mode: Mode) -> Edited:
    """The source with every permitted edit made; the source itself is left as it is."""
    data = copy.deepcopy(dict(source))
    changes: list[Change] = []
    refused: list[str] = []
    accepted: dict[Action, list[Edit]] = {action: [] for action in get_args(Action)}
    taken: set[tuple[str, bool]] = set()
    idle: list[Edit] = []
    for edit in edits:
        if _repeats_source(data, edit):
            idle.append(edit)
            continue
        # A place may be reworded once and moved or removed once.
        place = (edit.path, edit.action == "replace")
        problem = _problem(data, edit, mode)
        if problem is None and edit.action != "add" and place in taken:
            problem = "an earlier edit already does that there"
        if problem is None:
            accepted[edit.action].append(edit)
            taken.add(place)
        else:
            refused.append(f"Edit refused ({edit.action} {edit.path or '(no path)'}): {problem}.")
    written: dict[str, Edit] = {}
    for edit in accepted["replace"]:
        changes += _replace(data, edit, written)
    for edit in accepted["add"]:
        added = _add(data, edit, written)
        changes += added
        idle += [] if added else [edit]
    changes += _reorder(data, accepted["move"], accepted["remove"], written)
    made = tuple(edit for edits_of in accepted.values() for edit in edits_of)
    return Edited(data, tuple(changes), tuple(refused), made, _idle_note(idle), written)


def _repeats_source(data: Mapping[str, Any], edit: Edit) -> bool:
    """Whether an edit replaces a text by itself, which harms nothing wherever that is."""
    if edit.action != "replace" or not (edit.value and edit.value.strip()):
        return False
    try:
        return bool(resolve(data, edit.path) == edit.value.strip())
    except (LookupError, ValueError, TypeError):
        return False


def _idle_note(idle: list[Edit]) -> tuple[str, ...]:
    """The edits that change nothing, in one sentence."""
    if not idle:
        return ()
    named = ", ".join(f"{edit.action} {edit.path}" for edit in idle[:3])
    more = f" and {len(idle) - 3} more" if len(idle) > 3 else ""
    several = len(idle) > 1
    count = (
        f"{len(idle)} edits would have changed nothing and were"
        if several
        else ("One edit would have changed nothing and was")
    )
    return (f"{count} left out: {named}{more}.",)


def permitted_places(data: Mapping[str, Any], mode: Mode) -> dict[Action, tuple[str, ...]]:
    """The pointers at which each action is permitted in a résumé, in the order of its data.

    `apply_edits` makes an edit at each of them, but for a move that says no place to go to. A list
    of one has nothing to move. An action that is permitted nowhere has no pointers.
    """
    places = tuple(dict.fromkeys(_places(data)))
    found = {
        action: tuple(place for place in places if permitted.fullmatch(place))
        for action, permitted in _PERMITTED[mode].items()
    }
    sizes = Counter(place.rpartition("/")[0] for place in found.get("move", ()))
    alone = {parent for parent, size in sizes.items() if size == 1}
    moves = (p for p in found.get("move", ()) if p.rpartition("/")[0] not in alone)
    return {**found, "move": tuple(moves)}


def _places(data: Mapping[str, Any]) -> Iterator[str]:
    """Every place of a résumé that an edit could mean, permitted or not."""
    yield "/basics/summary"
    yield "/skills/0/keywords/-"
    for section, texts in _TEXTS.items():
        for index, entry in enumerate(data.get(section) or ()):
            yield f"/{section}/{index}"
            for key in texts:
                value = entry.get(key)
                if isinstance(value, str) and value.strip():
                    yield f"/{section}/{index}/{key}"
                elif isinstance(value, list):
                    yield f"/{section}/{index}/{key}/-"
                    yield from (f"/{section}/{index}/{key}/{at}" for at in range(len(value)))


def resolve(data: Any, pointer: str) -> Any:
    """The value at a JSON pointer. Raises `LookupError` where there is none."""
    value = data
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def _problem(data: Mapping[str, Any], edit: Edit, mode: Mode) -> str | None:
    """Why an edit cannot be made, or None."""
    permitted = _PERMITTED[mode].get(edit.action)
    if permitted is None or not permitted.fullmatch(edit.path):
        return f"mode {mode} does not permit it there"
    if edit.action in {"replace", "add"} and not (edit.value and edit.value.strip()):
        return "it has no text"
    if edit.action == "move" and (edit.to is None or edit.to < 0):
        return "it does not say where to"
    if edit.action == "add":
        return (
            None if _first_group(edit.path) or _has_list(data, edit.path[:-2]) else "no such list"
        )
    return None if _exists(data, edit.path) else "there is no such place in the résumé"


def _exists(data: Mapping[str, Any], pointer: str) -> bool:
    try:
        resolve(data, pointer)
    except (LookupError, ValueError, TypeError):
        # A résumé without a summary may be given one: the only place that need not exist.
        return pointer == "/basics/summary"
    return True


def _has_list(data: Mapping[str, Any], pointer: str) -> bool:
    try:
        return isinstance(resolve(data, pointer), list)
    except (LookupError, ValueError, TypeError):
        return False


def _first_group(path: str) -> bool:
    """Whether a keyword goes to the first group of skills, which is made where there is none."""
    return path == "/skills/0/keywords/-"


def _replace(data: dict[str, Any], edit: Edit, written: dict[str, Edit]) -> list[Change]:
    parent, _, key = edit.path.rpartition("/")
    if parent == "/basics" and not data.get("basics"):
        data["basics"] = {}
    holder = resolve(data, parent)
    before = holder[int(key)] if isinstance(holder, list) else holder.get(key)
    after = (edit.value or "").strip()
    holder[int(key) if isinstance(holder, list) else key] = after
    written[edit.path] = edit
    return [_change(edit, "reworded" if before else "added", before, after)]


def _add(data: dict[str, Any], edit: Edit, written: dict[str, Edit]) -> list[Change]:
    if _first_group(edit.path):
        groups = data["skills"] = data.get("skills") or []
        if not groups:
            groups.append({"name": "Skills"})
        if groups[0].get("keywords") is None:
            groups[0]["keywords"] = []
        keywords = groups[0]["keywords"]
    else:
        keywords = resolve(data, edit.path[:-2])
    after = (edit.value or "").strip()
    present = {
        str(word).casefold() for group in data["skills"] for word in group.get("keywords") or []
    }
    if after.casefold() in present:
        return []
    written[f"{edit.path.removesuffix('-')}{len(keywords)}"] = edit
    keywords.append(after)
    return [_change(edit, "added", None, after)]


def _reorder(
    data: dict[str, Any], moves: list[Edit], removes: list[Edit], written: dict[str, Edit]
) -> list[Change]:
    """Carries out moves and removals list by list, each index meaning the source's.

    Inner lists come first: their pointers would lead elsewhere once an outer list has changed.
    """
    changes: list[Change] = []
    lists = dict.fromkeys(edit.path.rpartition("/")[0] for edit in (*moves, *removes))
    for pointer in sorted(lists, key=lambda path: -path.count("/")):
        values: list[Any] = resolve(data, pointer)
        order = list(range(len(values)))
        for edit in moves:
            if edit.path.rpartition("/")[0] == pointer and edit.to is not None:
                index = int(edit.path.rpartition("/")[2])
                if order.index(index) != min(edit.to, len(order) - 1):
                    order.remove(index)
                    order.insert(edit.to, index)
                    text = _text(values[index])
                    changes.append(_change(edit, "moved", text, text))
        for edit in removes:
            if edit.path.rpartition("/")[0] == pointer:
                index = int(edit.path.rpartition("/")[2])
                order.remove(index)
                changes.append(_change(edit, "removed", _text(values[index]), None))
        values[:] = [values[index] for index in order]
        _follow(written, pointer, order)
    return changes


def _follow(written: dict[str, Edit], pointer: str, order: list[int]) -> None:
    """Says of what was written in a list where it stands now that the list has a new order."""
    before = dict(written)
    written.clear()
    for path, edit in before.items():
        if not path.startswith(f"{pointer}/"):
            written[path] = edit
            continue
        index, _, rest = path.removeprefix(f"{pointer}/").partition("/")
        if int(index) in order:
            written["/".join(filter(None, [pointer, str(order.index(int(index))), rest]))] = edit


def _text(value: Any) -> str:
    return str(value.get("name", "")) if isinstance(value, dict) else str(value)


def _change(
    edit: Edit,
    kind: Literal["reworded", "added", "removed", "moved"],
    before: str | None,
    after: str | None,
) -> Change:
    return Change(
        path=edit.path.removesuffix("/-"),
        kind=kind,
        before=before,
        after=after,
        facts=tuple(edit.facts),
        requirements=tuple(edit.requirements),
        reason=edit.reason,
    )
