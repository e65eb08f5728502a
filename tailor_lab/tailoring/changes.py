"""What tailoring changed, small enough for the run log to keep with every run.

A line is kept by its words before and after and by the claims that were flagged in it; the word
diff is made again when it is read. Claims are kept by their words and not by their place, since the
log takes names, addresses and telephone numbers out of what it keeps.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tailor_lab.tailoring.sources import Sources, Word, word_diff

if TYPE_CHECKING:
    from tailor_lab.tailoring.result import TailoredResume

FORMAT = "tailor_lab changes 1"


@dataclass(frozen=True)
class Flag:
    """A claim of a line that its source does not support."""

    text: str
    severity: str
    why: str
    """The claim and its verdict in words."""


@dataclass(frozen=True)
class ChangedLine:
    """A line that is not what it was, or that holds a claim which was flagged."""

    path: str
    change: str
    """"reworded", "added", "removed", "moved" or "unchanged"."""
    before: str
    after: str
    reason: str
    flags: tuple[Flag, ...] = ()

    def words_before(self) -> tuple[Word, ...]:
        """The line as it was, the words that went marked as removed."""
        return tuple(word for word in self._diff() if word.kind != "added")

    def pieces_after(self) -> Iterator["Piece"]:
        """The line as it is, cut where words were added and where claims were flagged."""
        words = [word for word in self._diff() if word.kind != "removed"]
        places = ((self.after.find(flag.text), flag) for flag in self.flags)
        spans = [
            ((at, at + len(flag.text)) if at >= 0 else (0, len(self.after)), flag.why)
            for at, flag in places
        ]
        return pieces(self.after, words, spans)

    def _diff(self) -> Iterator[Word]:
        return word_diff(self.before, self.after)


@dataclass(frozen=True)
class Changes:
    """What one tailored résumé changed."""

    lines: tuple[ChangedLine, ...]
    unchanged: int
    """How many lines are as in the source."""

    @property
    def told(self) -> tuple[ChangedLine, ...]:
        """The lines that say something else than before, or that hold a flagged claim."""
        return tuple(line for line in self.lines if line.flags or line.before != line.after)

    @property
    def rest(self) -> str:
        """In words, what became of the other lines."""
        moved = len(self.lines) - len(self.told)
        words = f"{self.unchanged} lines as in the source"
        return f"{words}, {moved} only moved." if moved else f"{words}."


@dataclass(frozen=True)
class Piece:
    """A run of a tailored line: whether it was added, and what is not supported about it."""

    text: str
    added: bool
    flags: tuple[str, ...]


def pieces(
    text: str, words: "tuple[Word, ...] | list[Word]", spans: list[tuple[tuple[int, int], str]]
) -> Iterator[Piece]:
    """A tailored line cut where words were added and where claims were flagged.

    `words` are those of its word diff, removed ones aside; none means that nothing was added.
    `spans` are the places of its flagged claims, each with what is wrong there.
    """
    added = [False] * len(text)
    place = 0
    for word in words:
        if word.kind != "removed":
            end = place + len(word.text)
            added[place:end] = [word.kind == "added"] * (end - place)
            place = end
    cuts = sorted(
        {0, len(text)}
        | {edge for span, _ in spans for edge in span if 0 <= edge <= len(text)}
        | {i for i in range(1, len(text)) if added[i] != added[i - 1]}
    )
    for start, end in pairwise(cuts):
        found = tuple(why for (low, high), why in spans if low <= start < high)
        yield Piece(text[start:end], added[start], found)


def changes_of(sources: Sources) -> Changes:
    """The changes among the traced lines of a result."""
    lines = tuple(
        ChangedLine(
            path=line.path,
            change=line.change,
            before=_before(line.words, line.text if line.change != "added" else ""),
            after="" if line.change == "removed" else line.text,
            reason=line.reason,
            flags=tuple(Flag(c.text, c.severity, str(c)) for c in line.claims),
        )
        for line in sources.changed
    )
    return Changes(lines, len(sources.lines) - len(lines))


def _before(words: tuple[Word, ...], unchanged: str) -> str:
    """The line that a diff began with; without a diff it is as it was."""
    return "".join(w.text for w in words if w.kind != "added") if words else unchanged


def changes_text(result: "TailoredResume") -> str:
    """The changes of a result as the log keeps them."""
    return json.dumps({"format": FORMAT, **asdict(changes_of(result.sources))}, ensure_ascii=False)


def read_changes(text: str) -> Changes | None:
    """The changes in a text that `changes_text` made; None where it is another text."""
    try:
        data = json.loads(text)
        known = isinstance(data, dict) and data.get("format") == FORMAT
        return Changes(tuple(map(_line, data["lines"])), int(data["unchanged"])) if known else None
    except (ValueError, KeyError, TypeError):
        return None


def _line(data: dict[str, Any]) -> ChangedLine:
    return ChangedLine(**{**data, "flags": tuple(Flag(**flag) for flag in data["flags"])})
