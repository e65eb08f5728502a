"""Proposals: what a model answers, read into edits.

The schema that a model is sent is strict, the reading is lenient: models break schemas that their
servers do not enforce, and an answer is paid for. What is informational is clamped or left out, a
form that can mean one thing only is taken for it, an edit that means nothing is refused by itself
with its reason, and one that changes nothing is left out with a note. An answer in which no edit
can be read, and that is not the empty list, is a bad answer.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import (
    BaseModel,
    PrivateAttr,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    model_validator,
)

from tailor_lab.tailoring.edits import Action, Edit

CUT = "cut"
"""The key of a validation context that says that the answer was cut off: its edits are whole."""
MOST_READ = 400
"""Edits that are read of one answer; what a loop writes beyond them is refused in one line."""
_LONGEST_TEXT = 10_000
_LONGEST_ID = 80
_MOST_IDS = 40
"""Of the ids that an edit cites, and of the keywords that one edit adds."""
_MEANT: Mapping[str, Action] = {
    **{action: action for action in get_args(Action)},
    "update": "replace",
    "modify": "replace",
    "substitute": "replace",
    "insert": "add",
    "append": "add",
    "delete": "remove",
    "reorder": "move",
}
_KEYWORD_LIST = re.compile(r"(/skills/\d+/keywords)(?:/(?:-|\d+))?")
_INDEX = re.compile(r"\[(\d+)\]")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e]")
"""Control characters but for tab and line end, halves of surrogate pairs, marks that turn text."""
_CONFIDENCE = {
    "type": "number",
    "default": 0.5,
    "minimum": 0,
    "maximum": 1,
    "title": "Confidence",
    "description": "the model's own, never trusted",
}


class Rewrite(BaseModel):
    """What the rewriting model answers; the schema that is sent to it."""

    edits: list[Edit]
    confidence: Annotated[float | None, WithJsonSchema(_CONFIDENCE)] = 0.5
    """From 0 to 1; None where the model gave none that can be read."""
    most: ClassVar[int | None] = None
    """How many edits are taken of an answer, the first ones; None for all."""
    _refused: tuple[str, ...] = PrivateAttr(())
    _notes: tuple[str, ...] = PrivateAttr(())

    @property
    def refused(self) -> tuple[str, ...]:
        """The edits that could not be read, each with its reason."""
        return self._refused

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the answer so that it could be read."""
        return self._notes

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Self:
        """The answer with every edit that can be read. Raises `ValueError` where there is none."""
        if isinstance(value, cls):
            return handler(value)  # type: ignore[no-any-return]
        answer, given = _answer(value)
        reading = _Reading()
        kept = [edit for raw in given[:MOST_READ] for edit in reading.edits(raw)]
        if len(given) > MOST_READ:
            reading.refused.append(_refusal("all others", f"more than {MOST_READ} edits"))
        if given and not kept:
            raise ValueError(f"none of its edits can be read: {' '.join(reading.refused[:3])}")
        if cls.most is not None and len(kept) > cls.most:
            why = f"more than the {cls.most} edits that were asked for"
            reading.refused += [_refusal(_named(edit), why) for edit in kept[cls.most :]]
            kept = kept[: cls.most]
        if info.context and info.context.get(CUT):
            if not kept:
                raise ValueError("it was cut off before its first edit was whole")
            reading.notes.append(cut_note(len(kept)))
        made: Self = handler({"edits": kept, "confidence": _confidence(answer)})
        made._refused, made._notes = tuple(reading.refused), tuple(reading.notes)
        return made

    def plain(self) -> "Rewrite":
        """The same as an object of this class, which can be sent to another process."""
        if type(self) is Rewrite:
            return self
        copy = Rewrite.model_construct(edits=self.edits, confidence=self.confidence)
        copy._refused, copy._notes = self._refused, self._notes
        return copy


def cut_note(edits: int) -> str:
    """What is said of an answer that ended at the token limit."""
    return f"The answer was cut off after {edits} edit{'s' * (edits != 1)}; what was whole is kept."


class _Reading:
    """The edits of one answer as they are read, and what is said of the others."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.notes: list[str] = []

    def edits(self, raw: Any) -> Iterator[Edit]:
        """The edits that one element of the list means: one, none, or one for each keyword."""
        if isinstance(raw, Edit):
            yield raw
            return
        if not isinstance(raw, Mapping):
            self.refused.append(_refusal("?", f"it is {_kind(raw)} and no object"))
            return
        path, action, to = _path(raw.get("path")), _action(raw), raw.get("to")
        if action == "move" and (source := _path(raw.get("from"))) is not None and path is not None:
            # As JSON Patch writes it: from one place to another of the same list.
            path, to = source, path.rpartition("/")[2]
        name = f"{action or _short(raw.get('action'))} {path or '(no path)'}"
        if action is None:
            actions = ", ".join(get_args(Action))
            self.refused.append(_refusal(name, f"its action is none of {actions}"))
            return
        if path is None:
            self.refused.append(_refusal(name, "it names no place"))
            return
        if action == "add" and (found := _KEYWORD_LIST.fullmatch(path)):
            path = f"{found[1]}/-"
        values = _values(raw.get("value"), one_by_one=action == "add")
        if values is None:
            self.refused.append(_refusal(name, f"its value is {_kind(raw.get('value'))}, no text"))
            return
        for value in values:
            yield Edit(
                path=path,
                action=action,
                value=self._text(value, name),
                to=_whole_number(to),
                facts=_ids(raw.get("facts")),
                requirements=_ids(raw.get("requirements")),
                reason=_UNSEEN.sub("", _one_text(raw.get("reason"))[:500]),
            )

    def _text(self, value: str | None, name: str) -> str | None:
        if value is None:
            return None
        shown = _UNSEEN.sub("", value.replace("\r\n", "\n"))
        if len(shown) < len(value.replace("\r\n", "\n")):
            self.notes.append(f"Characters that cannot be shown were taken out of {name}.")
        if len(shown) > _LONGEST_TEXT:
            self.notes.append(f"The text of {name} was cut to {_LONGEST_TEXT:,} characters.")
        return shown[:_LONGEST_TEXT]


def _answer(value: Any) -> tuple[Mapping[str, Any], list[Any]]:
    """The answer's object and its list of edits. Raises `ValueError` where there is no list.

    No `TypeError`, which a validator may not raise.
    """
    if isinstance(value, list):
        return {}, value
    if not isinstance(value, Mapping):
        raise ValueError(f"it is {_kind(value)}, not an object with a list of edits")  # noqa: TRY004
    if "edits" not in value:
        # {"rewrite": {"edits": …}}: the schema's name around what it describes.
        inner = [each for each in value.values() if isinstance(each, Mapping) and "edits" in each]
        if len(inner) != 1:
            raise ValueError("it holds no list of edits")
        value = inner[0]
    given = value["edits"]
    if isinstance(given, Mapping):
        given = [given]
    if not isinstance(given, list | tuple):
        raise ValueError(f"its edits are {_kind(given)}, not a list")  # noqa: TRY004
    return value, list(given)


def _path(value: Any) -> str | None:
    """A JSON pointer; ways of writing one that can mean nothing else are taken for it.

    >>> _path("work[0].highlights[2]"), _path("#/basics/summary")
    ('/work/0/highlights/2', '/basics/summary')
    """
    if not isinstance(value, str):
        return None
    path = _UNSEEN.sub("", value.strip().strip("`'\""))[:200].removeprefix("#").removeprefix("$")
    path = _INDEX.sub(r"/\1", path)
    if not path.startswith("/"):
        path = path.replace(".", "/")
    path = re.sub(r"/{2,}", "/", f"/{path}").rstrip("/")
    return path.removeprefix("/resume") if path.startswith("/resume/") else path or None


def _action(raw: Mapping[str, Any]) -> Action | None:
    # "op" is what JSON Patch calls it.
    word = raw.get("action", raw.get("op"))
    return _MEANT.get(word.strip().strip("`'\"").casefold()) if isinstance(word, str) else None


def _values(value: Any, *, one_by_one: bool) -> list[str | None] | None:
    """The texts of a value, one for each edit that it makes; None where it is no text."""
    if value is None:
        return [None]
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return [str(value)]
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(each, str) for each in value):
        return None
    return list(value[:_MOST_IDS]) if one_by_one else [" ".join(value)]


def _ids(value: Any) -> list[str]:
    """The ids of a citation: a list, one text, or nothing; what is no id is left out."""
    if isinstance(value, str):
        value = re.split(r"[,;\s]+", value) if len(value) <= _LONGEST_ID else [value]
    elif isinstance(value, int | Mapping):
        value = [value]
    if not isinstance(value, Sequence):
        return []
    named = (each.get("id") if isinstance(each, Mapping) else each for each in value[:_MOST_IDS])
    texts = (str(each) for each in named if isinstance(each, str | int))
    return [_UNSEEN.sub("", text)[:_LONGEST_ID] for text in texts if text.strip()]


def _one_text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(_one_text, value[:8]))
    return str(value) if isinstance(value, str | int | float) else ""


def _whole_number(value: Any) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.strip().isdecimal() and len(value) < 6 else None
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) and value == int(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _confidence(answer: Mapping[str, Any]) -> float | None:
    """From 0 to 1; more than 1 and up to 100 is per cent, and what is no such number is None.

    >>> [_confidence({"confidence": given}) for given in (0.7, 85, "90 %", "high", None)]
    [0.7, 0.85, 0.9, None, None]
    """
    value = answer.get("confidence", 0.5)
    if isinstance(value, str):
        try:
            value = float(value.strip().rstrip("% "))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return float(value) if value <= 1 else value / 100


def _named(edit: Edit) -> str:
    return f"{edit.action} {edit.path}"


def _refusal(name: str, why: str) -> str:
    return f"Edit refused ({name}): {why}."


def _short(value: Any) -> str:
    return _UNSEEN.sub("", value)[:20] if isinstance(value, str) and value.strip() else "no action"


def _kind(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list | tuple) else "a number"
