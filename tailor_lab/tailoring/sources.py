"""Where each line of a tailored résumé comes from, and what was changed on the way.

`trace` gives every output line its source lines with spans, the words that were added and taken
away, the claims that were flagged in it, and what is wrong with the facts that its edit cites: an
id that does not exist, a fact that shares nothing with the line, or no fact at all for a new text.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tailor_lab.markup import visible
from tailor_lab.tailoring.edits import Change
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.resume import Line, Resume
from tailor_lab.tailoring.text.words import normal

if TYPE_CHECKING:
    from tailor_lab.tailoring.facts import Claim

WordKind = Literal["same", "added", "removed"]
Problem = Literal["unknown", "irrelevant", "uncited"]

_TOKEN = re.compile(r"\w+(?:[.'’+#/-]\w+)*[+#%]*|\s+|[^\w\s]")
_CONTENT = re.compile(r"\w{4,}")
_ALIKE = 0.5
"""From this likeness on a line counts as a rewording of another (difflib's ratio of tokens)."""


@dataclass(frozen=True)
class Source:
    """A line of the source résumé that stands behind a line of the tailored one."""

    path: str
    text: str
    span: tuple[int, int]
    """From the first to the last word that the two lines share; (0, 0) where they share none."""
    role: Literal["origin", "cited", "nearest"]
    """The line that was edited, a fact that the edit cites, or the nearest where nothing says."""
    fact: str | None = None
    """The id under which the edit cites it."""


@dataclass(frozen=True)
class Word:
    """A run of words of a word diff."""

    text: str
    kind: WordKind


@dataclass(frozen=True)
class Citation:
    """Something wrong with what an edit cites."""

    path: str
    text: str
    """What the edit writes."""
    id: str | None
    problem: Problem

    def __str__(self) -> str:
        what = {
            "unknown": f"cites {self.id}, which does not exist",
            "irrelevant": f"cites {self.id}, which says nothing of it",
            "uncited": "rests on no fact",
        }[self.problem]
        text = self.text if len(self.text) <= 60 else f"{self.text[:60]}…"
        return f'The edit "{text}" at {self.path} {what}.'


@dataclass(frozen=True)
class TracedLine:
    """A line of the tailored résumé, or one that was removed, with its sources."""

    path: str
    """JSON pointer into the tailored résumé; for a removed line into the source."""
    text: str
    change: Literal["unchanged", "reworded", "added", "removed", "moved"]
    sources: tuple[Source, ...] = ()
    words: tuple[Word, ...] = ()
    """The word diff from its origin; empty where nothing changed."""
    claims: tuple["Claim", ...] = ()
    """The claims in it that block or want review."""
    citations: tuple[Citation, ...] = ()
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON-like values."""
        return {
            **vars(self),
            "sources": [vars(source) for source in self.sources],
            "words": [vars(word) for word in self.words],
            "claims": [claim.to_dict() for claim in self.claims],
            "citations": [vars(citation) for citation in self.citations],
        }


@dataclass(frozen=True)
class Sources:
    """Every line of a tailored résumé with its sources, then the lines that were removed."""

    lines: tuple[TracedLine, ...] = field(default=())

    @property
    def changed(self) -> tuple[TracedLine, ...]:
        """The lines that are not what they were, or that were flagged."""
        return tuple(line for line in self.lines if line.change != "unchanged" or line.claims)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What is wrong with the facts that the edits cite."""
        return tuple(citation for line in self.lines for citation in line.citations)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-like values, the content of a `.sources.json` file."""
        return {"format": "tailor_lab sources 1", "lines": [line.to_dict() for line in self.lines]}

    def __str__(self) -> str:
        parts = [part for line in self.changed for part in (*_shown(line), "")]
        rest = len(self.lines) - len(self.changed)
        return "\n".join([*parts, f"{rest} lines as in the source."])


def trace(
    source: Resume,
    tailored: Mapping[str, Any],
    changes: Sequence[Change],
    *,
    knowledge: Knowledge,
    claims: Iterable["Claim"] = (),
    ledger: Iterable[Mapping[str, str]] = (),
    requirements: Iterable[str] = (),
) -> Sources:
    """The sources of every line of `tailored`, from the changes that made it.

    `ledger` are the facts that edits may cite (`id`, `path`, `text`), `requirements` the ids of the
    job's requirements. Lines that no change explains are matched by their words, and `knowledge`
    tells whether a cited fact speaks of a line.
    """
    known = {fact["id"]: fact for fact in ledger}
    flagged: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.severity != "info":
            flagged[claim.path].append(claim)
    wanted = set(requirements)
    origins = _Origins(source, changes)
    lines: list[TracedLine] = []
    for line in Resume(tailored).lines():
        origin, change = origins.of(line)
        moved = change is not None and change.kind == "moved"
        before = origin.text if origin else ""
        cited = [known[name] for name in (change.facts if change else ()) if name in known]
        lines.append(
            TracedLine(
                path=line.path,
                text=line.text,
                change=_kind(origin, line, moved=moved),
                sources=tuple(_sources(line.text, origin, change, cited)),
                words=() if before == line.text else tuple(word_diff(before, line.text)),
                claims=tuple(flagged[line.path]),
                citations=tuple(_problems(change, known, wanted, origin, knowledge))
                if change
                else (),
                reason=change.reason if change else "",
            )
        )
    return Sources((*lines, *_removed(source, changes)))


def _kind(
    origin: Line | None, line: Line, *, moved: bool
) -> Literal["unchanged", "reworded", "added", "moved"]:
    if origin is None:
        return "added"
    if origin.text != line.text:
        return "reworded"
    return "moved" if moved else "unchanged"


def word_diff(before: str, after: str) -> Iterator[Word]:
    """What was taken out of `before` and put in to make `after`, in whole words.

    >>> [(word.kind, word.text) for word in word_diff("Ran k8s for 12", "Ran Kubernetes for 12")]
    [('same', 'Ran '), ('removed', 'k8s'), ('added', 'Kubernetes'), ('same', ' for 12')]
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Word("".join(old[i:j]), "same")
            continue
        if i < j:
            yield Word("".join(old[i:j]), "removed")
        if k < m:
            yield Word("".join(new[k:m]), "added")


class _Origins:
    """Which line of the source each line of the tailored résumé was; each is given out once."""

    def __init__(self, source: Resume, changes: Sequence[Change]) -> None:
        self._lines = {line.path: line for line in source.lines()}
        # What was reworded and then removed is no line of the result.
        gone = {change.path for change in changes if change.kind == "removed"}
        self._free = {path: line for path, line in self._lines.items() if path not in gone}
        told = set(gone)
        self._changes: dict[tuple[str, str], list[Change]] = defaultdict(list)
        for change in changes:
            added = change.kind == "added"
            if change.after is not None and (added or change.path not in told):
                # A line that was reworded and moved is one line, told by its rewording.
                if not added:
                    told.add(change.path)
                where = change.path if added else _list_of(change.path)
                self._changes[where, change.after].append(change)

    def of(self, line: Line) -> tuple[Line | None, Change | None]:
        """The line that it was, if any, and the change that made it what it is."""
        # An added summary is named by its own path, an added keyword by its list's.
        for where in (_list_of(line.path), line.path):
            made = self._changes.get((where, line.text))
            if made:
                change = next((c for c in made if c.path == line.path), made[0])
                made.remove(change)
                if change.kind == "added":
                    return None, change
                return self._free.pop(change.path, None) or self._lines.get(change.path), change
        here = self._free.get(line.path)
        if here is not None and here.text == line.text:
            return self._free.pop(line.path), None
        found = self._same_text(line) or self._nearest(line)
        if found is not None:
            self._free.pop(found.path)
        return found, None

    def _same_text(self, line: Line) -> Line | None:
        same = [free for free in self._free.values() if free.text == line.text]
        beside = [free for free in same if _list_of(free.path) == _list_of(line.path)]
        within = [free for free in same if free.section == line.section]
        return next(iter((*beside, *within)), None)

    def _nearest(self, line: Line) -> Line | None:
        """The free line of the same list that it could be a rewording of."""
        tokens = _TOKEN.findall(line.text)
        best, likeness = None, _ALIKE
        for free in self._free.values():
            if _list_of(free.path) == _list_of(line.path):
                matcher = difflib.SequenceMatcher(None, _TOKEN.findall(free.text), tokens, False)
                if matcher.quick_ratio() >= likeness and matcher.ratio() >= likeness:
                    best, likeness = free, matcher.ratio()
        return best


def _list_of(path: str) -> str:
    """The list that a pointer points into; a pointer that ends in a name is its own."""
    parent, _, key = path.rpartition("/")
    return parent if key.isdigit() else path


def _sources(
    text: str, origin: Line | None, change: Change | None, cited: Iterable[Mapping[str, str]]
) -> Iterator[Source]:
    if origin is not None:
        told = origin.text == text or change is not None
        role: Literal["origin", "nearest"] = "origin" if told else "nearest"
        yield Source(origin.path, origin.text, _shared_span(origin.text, text), role)
    for fact in cited:
        if origin is None or fact["path"] != origin.path:
            span = _shared_span(fact["text"], text)
            yield Source(fact["path"], fact["text"], span, "cited", fact["id"])


def _shared_span(source: str, text: str) -> tuple[int, int]:
    """From the first to the last word of `source` that stands in `text` too."""
    if source == text:
        return 0, len(source)
    words = {normal(word) for word in _TOKEN.findall(text) if word.strip()}
    places = [m.span() for m in _TOKEN.finditer(source) if normal(m.group()) in words]
    return (places[0][0], places[-1][1]) if places else (0, 0)


def _problems(
    change: Change,
    known: Mapping[str, Mapping[str, str]],
    requirements: set[str],
    origin: Line | None,
    knowledge: Knowledge,
) -> Iterator[Citation]:
    """What is wrong with the ids that an edit cites."""
    text = change.after or ""
    for name in (*change.facts, *change.requirements):
        if name not in known and name not in requirements:
            yield Citation(change.path, text, name, "unknown")
    if change.kind not in {"reworded", "added"}:
        return
    for name in change.facts:
        fact = known.get(name)
        own = fact is not None and origin is not None and fact["path"] == origin.path
        if fact is not None and not own and not _speaks_of(fact["text"], text, knowledge):
            yield Citation(change.path, text, name, "irrelevant")
    if change.kind == "added" and known and not change.facts:
        yield Citation(change.path, text, None, "uncited")


def _speaks_of(fact: str, text: str, knowledge: Knowledge) -> bool:
    """Whether a fact shares a skill, a narrower one or a word that says something with a text."""
    ours, theirs = ({normal(w) for w in _CONTENT.findall(t)} for t in (fact, text))
    if ours & theirs or text.casefold() in fact.casefold():
        return True
    matcher = knowledge.matcher
    held = set(matcher.names([fact], listed=True))
    broader = {wide for name in held for wide in knowledge.broader(name)}
    return bool((held | broader) & set(matcher.names([text], listed=True)))


def _removed(source: Resume, changes: Iterable[Change]) -> Iterator[TracedLine]:
    """The lines of the source that are gone, as the source had them."""
    texts = {line.path: line.text for line in source.lines()}
    for change in changes:
        if change.kind == "removed" and change.path in texts:
            text = texts[change.path]
            yield TracedLine(
                path=change.path,
                text=text,
                change="removed",
                sources=(Source(change.path, text, (0, len(text)), "origin"),),
                words=(Word(text, "removed"),),
                reason=change.reason,
            )


_MARKS: Mapping[WordKind, tuple[str, str]] = {
    "same": ("", ""),
    "removed": ("[-", "-]"),
    "added": ("{+", "+}"),
}


def _shown(line: TracedLine) -> Iterator[str]:
    """A line for the terminal: what changed in it, and where it comes from."""
    yield visible(f"{line.change} {line.path}")
    words = line.words or (Word(line.text, "same"),)
    yield "  " + "".join(f"{_MARKS[w.kind][0]}{visible(w.text)}{_MARKS[w.kind][1]}" for w in words)
    for source in line.sources:
        how = {"origin": "from", "cited": f"cites {source.fact}", "nearest": "nearest"}[source.role]
        yield visible(f"  {how} {source.path}: {source.text}")
    yield from (visible(f"  ! {claim.severity}: {claim}") for claim in line.claims)
    yield from (visible(f"  ? {citation}") for citation in line.citations)
