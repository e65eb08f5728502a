"""What is wrong with a new text as a text, whatever it claims.

Small models repeat a sentence until their limit, servers cut texts off, and some models write what
no reader can see. Each claim of such a text may be true, so that the fact check has nothing to say;
it cannot be sent all the same. `text_flaws` names these places, and `Flaw.spans` are those that
earn no score: what says again what stands elsewhere says nothing new.

Only what an edit wrote is looked at. Words are compared without case and marks; a script without
spaces is compared by its characters.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from tailor_lab.tailoring.edits import Edit, Edited, resolve
from tailor_lab.tailoring.resume import Line, Resume
from tailor_lab.tailoring.text.frequencies import is_common_word
from tailor_lab.tailoring.text.lexicon import words
from tailor_lab.tailoring.text.sentences import sentence_spans

FlawKind = Literal["repeated", "cut", "grown", "unseen"]
Span = tuple[int, int]

SHORTEST_SENTENCE = 4
"""Words; shorter ones, such as a title, may well stand twice."""
_GRAM = 4
_LOOPED = 0.5
"""At this share of repeated word groups, or above, a text goes in circles."""
_SHORTEST_LOOP = 12
_GROWN = 3
_GROWN_BY = 100
"""Characters; a word that becomes a line has not grown out of hand."""
_UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|[^\W_]+")
_END = re.compile(r"[.!?…。！？।؟۔][\"'”’»)\]]*$")
_OPEN_END = re.compile(r"(?:[,;:(\[{&/–—、，]|\s-|\w-)$")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e]")
_ENDED_BEFORE = re.compile(r"\w{2,}[.!?。！？।؟۔][\"'”’»)\]]*\s+\w")
_LEADING_ON = frozenset(words("stop_words", "leading_on"))
_LISTED = frozenset({"skills", "languages", "interests"})
_LONG = 300
"""A text of so many characters is prose, which ends with a full stop where its source did."""
_LAST_WORD = re.compile(r"([^\W\d_]+)$")
_SHOWN = 60


@dataclass(frozen=True)
class Flaw:
    """Something wrong with a new text as a text."""

    path: str
    """JSON pointer into the tailored résumé."""
    kind: FlawKind
    text: str
    """The sentence that is repeated, or the end that is cut; else the text itself."""
    why: str
    spans: tuple[Span, ...] = ()
    """Where in the field it says again what stands elsewhere; each earns no score."""

    def __str__(self) -> str:
        return f"{self.path} {self.why}."


def text_flaws(source: Resume, edited: Edited) -> tuple[Flaw, ...]:
    """The flaws of what edits wrote into a tailored résumé, in the order of its lines."""
    lines = list(Resume(edited.data).lines())
    fresh = [line for line in lines if line.path in edited.written]
    if not fresh:
        return ()
    followers = _followers(source)
    repeated = _repeated(source, lines, fresh)
    found: list[Flaw] = []
    for line in fresh:
        before = _before(source, edited.written[line.path])
        again = repeated.get(line.path) or _looped(line)
        found += [*again, *_unseen(line), *_grown(line, before), *_cut(line, before, followers)]
    return tuple(found)


def unscored(flaws: Iterable[Flaw]) -> list[tuple[str, int, int]]:
    """The places that earn no score, as `score` takes them: pointer, start, end."""
    return [(flaw.path, low, high) for flaw in flaws for low, high in flaw.spans]


def _before(source: Resume, edit: Edit) -> str:
    """The text that an edit replaced; empty where it added one."""
    if edit.action != "replace":
        return ""
    try:
        return str(resolve(source.data, edit.path) or "").rstrip()
    except (LookupError, TypeError):
        return ""


def _unseen(line: Line) -> Iterator[Flaw]:
    if _UNSEEN.search(line.text):
        why = "holds characters that cannot be shown"
        yield Flaw(line.path, "unseen", _quoted(line.text), why)


def _grown(line: Line, before: str) -> Iterator[Flaw]:
    size = len(line.text)
    if before and size >= _GROWN * len(before) and size - len(before) >= _GROWN_BY:
        why = f"has grown from {len(before)} to {size} characters"
        yield Flaw(line.path, "grown", _quoted(line.text), why)


def _repeated(
    source: Resume, lines: Sequence[Line], fresh: Sequence[Line]
) -> dict[str, list[Flaw]]:
    """The sentences of new texts that stand elsewhere, too, and more often than in the source."""
    own = Counter(key for line in source.lines() for key, _ in _sentences(line))
    new = {line.path for line in fresh}
    said = Counter(key for line in lines if line.path not in new for key, _ in _sentences(line))
    found: dict[str, list[Flaw]] = {}
    for line in fresh:
        again: dict[tuple[str, ...], list[Span]] = {}
        within: Counter[tuple[str, ...]] = Counter()
        for key, span in _sentences(line):
            said[key] += 1
            within[key] += 1
            if said[key] > max(1, own[key]):
                again.setdefault(key, []).append(span)
        for key, spans in again.items():
            sentence = _quoted(line.text[slice(*spans[0])])
            times = within[key]
            why = f'says {times} times "{sentence}"' if times > 1 else f'repeats "{sentence}"'
            found.setdefault(line.path, []).append(
                Flaw(line.path, "repeated", sentence, why, tuple(spans))
            )
    return found


def _sentences(line: Line) -> Iterator[tuple[tuple[str, ...], Span]]:
    """The sentences and clauses that are long enough to be repeated, each with its place."""
    if line.section in _LISTED:
        return
    text = line.text
    for low, high in sentence_spans(_western(text), clauses=True):
        units = tuple(_units(text[low:high]))
        if len(units) >= SHORTEST_SENTENCE:
            yield units, (low, high)


def _western(text: str) -> str:
    """The text with full stops of other scripts as line ends, which every splitter knows."""
    return re.sub(r"[。！？।۔]", "\n", text)


def _looped(line: Line) -> list[Flaw]:
    """Where a text says the same groups of words over and over, whatever marks are between them."""
    places = [(match.group().casefold(), match.span()) for match in _UNIT.finditer(line.text)]
    grams = len(places) - _GRAM + 1
    if len(places) < _SHORTEST_LOOP:
        return []
    seen: set[tuple[str, ...]] = set()
    again = []
    for at in range(grams):
        gram = tuple(unit for unit, _ in places[at : at + _GRAM])
        if gram in seen:
            again.append(at)
        seen.add(gram)
    if len(again) < _LOOPED * grams:
        return []
    spans: list[Span] = []
    for at in again:
        low, high = places[at][1][0], places[at + _GRAM - 1][1][1]
        if spans and low <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
    shown = _quoted(line.text[slice(*spans[0])])
    why = f'goes in circles: "{shown}"'
    return [Flaw(line.path, "repeated", shown, why, tuple(spans))]


def _cut(line: Line, before: str, followers: Mapping[str, set[str]]) -> Iterator[Flaw]:
    if _is_cut(line, before, followers):
        end = line.text.rstrip()
        end = end if len(end) <= _SHOWN else end[-_SHOWN:].split(" ", 1)[-1]
        yield Flaw(line.path, "cut", end, f'ends in the middle: "…{end}"')


def _is_cut(line: Line, before: str, followers: Mapping[str, set[str]]) -> bool:
    """Whether a text stops in the middle of a sentence or a word.

    A bullet may do without its full stop, so that alone says nothing.
    """
    text = line.text.rstrip()
    if _END.search(text) or line.section in _LISTED:
        return False
    stopped = _END.search(before) is not None
    begins_alike = before.startswith(text) and len(text) < len(before.rstrip(" .!?…"))
    return (
        (_leads_on(text) and not _leads_on(before))
        or _is_part_of_word(text, followers)
        or (stopped and (begins_alike or len(text) >= _LONG))
        or (_ENDED_BEFORE.search(text) is not None and (stopped or not before))
    )


def _leads_on(text: str) -> bool:
    """Whether the last word or mark of a text calls for more."""
    word = _LAST_WORD.search(text)
    # In capitals it is a name: "Wilmington, DE".
    open_end = _OPEN_END.search(text) or (word is not None and word[1] in _LEADING_ON)
    return bool(open_end) or text.count("(") > text.count(")")


def _is_part_of_word(text: str, followers: Mapping[str, set[str]]) -> bool:
    """Whether the last word is the beginning of one that stands there in the source."""
    last = [match.group().casefold() for match in _UNIT.finditer(text[-200:])][-2:]
    if len(last) < 2 or not text.casefold().endswith(last[1]):
        return False
    behind = followers.get(last[0], set())
    begun = any(word.startswith(last[1]) for word in behind) and last[1] not in behind
    return begun and last[1] not in followers and not is_common_word(last[1])


def _followers(source: Resume) -> dict[str, set[str]]:
    """The words of a résumé, each with those that stand behind it."""
    found: dict[str, set[str]] = {}
    for line in source.lines():
        units = list(_units(line.text))
        for word, following in zip_longest(units, units[1:]):
            behind = found.setdefault(word, set())
            if following is not None:
                behind.add(following)
    return found


def _units(text: str) -> Iterator[str]:
    return (match.group().casefold() for match in _UNIT.finditer(text))


def _quoted(text: str) -> str:
    text = _UNSEEN.sub("?", text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
