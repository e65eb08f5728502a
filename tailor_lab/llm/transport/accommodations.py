"""Accommodations: what a request leaves out or says otherwise for a server that refuses it.

A refusal names what it is of: a parameter, the system role, a keyword of the schema, the way in
which structure is asked for. `data/models/accommodations.yaml` has the words of servers and what
can be done; here is how one is found in a refusal and made in a request. Each changes the body of
a request, and has a name under which it is remembered and a label that says what was done.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from tailor_lab.data_files import read_data_file
from tailor_lab.data_files.fragments import spelt_out
from tailor_lab.llm.errors import RefusalReason
from tailor_lab.settings import shipped

Body = dict[str, Any]
AccommodationKind = Literal["drop", "rename", "merge", "loosen", "strip", "form", "say", "unstream"]
_CLAUSES = re.compile(r"[.;\n](?=\s|$)")


@dataclass(frozen=True)
class Accommodation:
    """One change of a request; its text, such as "drop temperature", is its name in files."""

    kind: AccommodationKind
    name: str
    into: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.name, self.into)))

    @classmethod
    def of(cls, text: str) -> "Accommodation | None":
        """The accommodation of that name; None for a name that is none."""
        parts = text.split()
        if len(parts) not in {2, 3} or parts[0] not in get_args(AccommodationKind):
            return None
        kind: Any = parts[0]
        return cls(kind, *parts[1:])

    @property
    def label(self) -> str:
        """What was done, for people and logs: "temperature not sent"."""
        return {
            "drop": f"{self.name} not sent",
            "rename": f"{self.name} sent as {self.into}",
            "merge": "system message sent within the user's"
            if self.name == "system"
            else "consecutive messages of a role sent as one",
            "loosen": "schema sent without strict",
            "strip": f"schema sent without {self.name}",
            "form": "schema asked for in words and JSON mode"
            if self.name == "json"
            else "schema asked for in words",
            "say": "schema said in words too",
            "unstream": "answer not streamed",
        }[self.kind]

    def made(self, body: Body) -> Body | None:
        """The body with this change; None where there is nothing to change.

        The forms of asking for structure are changed where a body is built, not here.
        """
        if self.kind == "drop":
            rest = {key: value for key, value in body.items() if key != self.name}
            return rest if len(rest) < len(body) else None
        if self.kind == "rename":
            if self.name not in body:
                return None
            rest = {key: value for key, value in body.items() if key != self.name}
            return {**rest, self.into: body.get(self.into, body[self.name])}
        if self.kind == "merge":
            return _merged(body, self.name)
        if self.kind in {"loosen", "strip"}:
            return _with_schema(body, self)
        return None


def accommodations_for(
    reason: RefusalReason, body: Mapping[str, Any], *, streamed: bool
) -> list[Accommodation]:
    """What may make a server take a request that it refused for this reason; empty: nothing known.

    `body` is what was sent. The first that is known is tried; several of them where the server
    refuses several parameters at once.
    """
    clauses = [clause for clause in _CLAUSES.split(reason.words.lower()) if clause.strip()]
    sent = dict(body)
    for found in (
        _strict(reason, clauses, sent),
        _keywords(clauses, sent),
        _merges(reason, clauses, sent),
        _parameters(reason, clauses, sent),
        _streaming(reason, clauses, streamed=streamed),
        _structure(reason, clauses, sent),
    ):
        if found:
            return found
    return []


def weaker_form(body: Mapping[str, Any]) -> Accommodation | None:
    """The next weaker way to ask for structure than that of a body; None where it asks for none."""
    form = _format_of(body)
    kind = form.get("type")
    if kind == "json_schema":
        return Accommodation("form", "json")
    return Accommodation("form", "none") if kind else None


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """The words of servers, from the shipped file."""
    return read_data_file(
        shipped("data/models/accommodations.yaml"),
        shipped("data/models/accommodations.schema.json"),
    )


@lru_cache(maxsize=64)
def pattern_of(*keys: str) -> re.Pattern[str]:
    """The fragments of one list of the table as one expression."""
    found: Any = table()
    for key in keys:
        found = found[key]
    return re.compile(
        "|".join(f"(?:{spelt_out(fragment, table()['lists'])})" for fragment in found),
        re.IGNORECASE,
    )


def means(meaning: str, *texts: str) -> bool:
    """Whether a reason has a meaning of the table, such as "loading"."""
    return any(pattern_of("meanings", meaning).search(text.lower()) for text in texts)


def context_size(text: str) -> int | None:
    """The tokens of the context, where a reason states them.

    >>> context_size("This model's maximum context length is 4,096 tokens.")
    4096
    """
    found = pattern_of("context_size").search(text.lower())
    digits = next(filter(None, found.groups()), "") if found else ""
    return int(digits.replace(",", "")) if len(digits) < 12 and digits else None


def _refuses(clause: str) -> bool:
    lists = "lists"
    refused, value = pattern_of(lists, "refused"), pattern_of(lists, "of_value")
    return bool(refused.search(clause)) and not value.search(clause)


def _strict(reason: RefusalReason, clauses: list[str], body: Body) -> list[Accommodation]:
    loosened = Accommodation("loosen", "strict")
    if _with_schema(body, loosened) is None:
        return []
    named = any(name.rpartition(".")[2] == "strict" for name in reason.names)
    said = any(re.search(r"\bstrict\b", clause) and _refuses(clause) for clause in clauses)
    return [loosened] if named or said else []


def _keywords(clauses: list[str], body: Body) -> list[Accommodation]:
    text = json.dumps(_format_of(body))
    found = []
    for keyword in table()["keywords"]:
        stripped = Accommodation("strip", keyword)
        if f'"{keyword}"' not in text or _with_schema(body, stripped) is None:
            continue
        pattern = re.compile(rf"['\"`.]{keyword.lower()}\b|\b{keyword.lower()}['\"`]|^{keyword}$")
        if keyword[:1].islower() and keyword != keyword.lower():
            # A name with a capital in the middle is no everyday word.
            pattern = re.compile(rf"\b{keyword.lower()}\b")
        if any(pattern.search(clause) and _refuses(clause) for clause in clauses):
            found.append(stripped)
    return found


def _merges(reason: RefusalReason, clauses: list[str], body: Body) -> list[Accommodation]:
    for name in ("turns", "system"):
        merge = Accommodation("merge", name)
        said = any(pattern_of("merged", name).search(clause) for clause in clauses)
        if name == "system" and any(each.endswith(".role") for each in reason.names):
            said = True
        if name == "system" and any(pattern_of("merged", "turns").search(c) for c in clauses):
            # Templates that want turns to alternate often count the system message as one.
            said = True
        if said and merge.made(body) is not None:
            return [merge]
    return []


def _parameters(reason: RefusalReason, clauses: list[str], body: Body) -> list[Accommodation]:
    listed = {name.rpartition(".")[2].lower() for name in reason.names}
    by_value = any(pattern_of("lists", "of_value").search(clause) for clause in clauses)
    found: list[Accommodation] = []
    together = False
    for name, how in _known(body):
        spellings = (name, *how.get("also", ()))
        if any(spelling.lower() in listed for spelling in spellings):
            if by_value and not any(map(_refuses, clauses)):
                continue
            found.append(_left_out(name, body))
            continue
        pattern = _name_pattern(spellings, quoted=bool(how.get("quoted")))
        for clause in clauses:
            if pattern.search(clause) and _refuses(clause):
                found.append(_left_out(name, body))
                together = together or bool(pattern_of("lists", "together").search(clause))
                break
    return found[:1] if together else found


def _known(body: Body) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The parameters of a body that may be left out or renamed, in the table's order."""
    for name, how in table()["left_out"].items():
        if name in body:
            yield name, how
    for name in table()["renamed"]:
        if name in body:
            yield name, {"also": [name.replace("_", " ")]}


def _left_out(name: str, body: Body) -> Accommodation:
    others = [other for other in table()["renamed"].get(name, ()) if other not in body]
    return Accommodation("rename", name, others[0]) if others else Accommodation("drop", name)


@lru_cache(maxsize=128)
def _name_pattern(spellings: tuple[str, ...], *, quoted: bool) -> re.Pattern[str]:
    names = "|".join(re.escape(spelling.lower()) for spelling in spellings)
    called = r"(?:parameter|argument|field|property|key|input|option)s?(?: \w+)?[:=]? ?['\"`(]?"
    if quoted:
        return re.compile(rf"['\"`](?:{names})['\"`]|\b{called}(?:{names})\b|^\W*(?:{names}):")
    return re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")


def _streaming(reason: RefusalReason, clauses: list[str], *, streamed: bool) -> list[Accommodation]:
    if not streamed:
        return []
    said = any(pattern_of("streaming").search(clause) and _refuses(clause) for clause in clauses)
    return [Accommodation("unstream", "answer")] if said or "stream" in reason.names else []


def _structure(reason: RefusalReason, clauses: list[str], body: Body) -> list[Accommodation]:
    weaker = weaker_form(body)
    texts = (*clauses, reason.code.lower(), *(name.lower() for name in reason.names))
    if weaker is None or not any(pattern_of("structure").search(text) for text in texts):
        return []
    return [weaker]


def _format_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """How a body asks for structure, in either API; empty where it does not."""
    asked = body.get("response_format")
    if asked is None and isinstance(body.get("text"), Mapping):
        asked = body["text"].get("format")
    return asked if isinstance(asked, Mapping) else {}


def _with_schema(body: Body, change: Accommodation) -> Body | None:
    """The body with its JSON schema loosened or a keyword stripped; None without one."""
    asked = _format_of(body)
    if asked.get("type") != "json_schema":
        return None
    around = asked.get("json_schema")
    inner = dict(around if isinstance(around, Mapping) else asked)
    changed = dict(inner)
    if change.kind == "loosen":
        changed.pop("strict", None)
    else:
        changed["schema"] = _stripped(inner.get("schema"), change.name)
    if changed == inner:
        return None
    if isinstance(around, Mapping):
        return {**body, "response_format": {**asked, "json_schema": changed}}
    return {**body, "text": {**body["text"], "format": changed}}


def _stripped(schema: Any, keyword: str) -> Any:
    """A JSON schema without a keyword; a property of that name stays."""
    if isinstance(schema, list):
        return [_stripped(part, keyword) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in {"properties", "$defs"} and isinstance(value, Mapping):
            kept[key] = {name: _stripped(part, keyword) for name, part in value.items()}
        elif key in {"enum", "const", "default"} and key != keyword:
            kept[key] = value
        elif key != keyword:
            kept[key] = _stripped(value, keyword)
    return kept


def _merged(body: Body, what: str) -> Body | None:
    """The body with its system messages in the first user message, or turns of a role as one."""
    key = "messages" if "messages" in body else "input"
    messages = body.get(key)
    if not isinstance(messages, list) or not all(isinstance(m, Mapping) for m in messages):
        return None
    changed = _without_system(messages) if what == "system" else _as_turns(messages)
    return {**body, key: changed} if changed != messages else None


def _without_system(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    system = [m for m in messages if m.get("role") in {"system", "developer"}]
    rest = [dict(m) for m in messages if m.get("role") not in {"system", "developer"}]
    if not system:
        return rest
    if not rest or rest[0].get("role") != "user":
        rest.insert(0, {"role": "user", "content": ""})
    for message in reversed(system):
        rest[0]["content"] = _joined(message.get("content"), rest[0]["content"])
    return rest


def _as_turns(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for message in messages:
        if turns and turns[-1].get("role") == message.get("role"):
            turns[-1]["content"] = _joined(turns[-1]["content"], message.get("content"))
        else:
            turns.append(dict(message))
    return turns


def _joined(first: Any, second: Any) -> Any:
    """Two contents as one, which are texts or lists of parts."""
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}".strip()
    return [*_parts(first), *_parts(second)]


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []
