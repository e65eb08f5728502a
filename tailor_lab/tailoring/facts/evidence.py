"""What a source résumé says, ready to be asked: its lines, skills, words, years and employers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from tailor_lab.tailoring.facts.align import Line, lines
from tailor_lab.tailoring.facts.phrases import PhraseRule
from tailor_lab.tailoring.facts.report import Span
from tailor_lab.tailoring.facts.vocabulary import Vocabulary
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.matcher import SkillMatch
from tailor_lab.tailoring.text.abbreviations import abbreviates, initials
from tailor_lab.tailoring.text.dates import DateRange, Month, entry_range, months_covered
from tailor_lab.tailoring.text.lexicon import any_of
from tailor_lab.tailoring.text.stems import Deed, deeds, shows, stems_of
from tailor_lab.tailoring.text.words import WORD, normal

_NOT_TOLD = re.compile(
    r"/basics/(?:email|phone|url|image|location|profiles)\b|/(?:url|\w*[dD]ate)$|^/meta\b"
)
"""Where digits are addresses and dates, and count nothing."""

_AROUND_NAME = re.compile(rf"^The\s|,?\s(?i:{any_of('legal_forms', 'certain', 'short')})\.?$")


@dataclass(frozen=True)
class Evidence:
    """A source résumé and the posting, which names leaks and is evidence of nothing."""

    source: Mapping[str, Any]
    posting: str
    knowledge: Knowledge
    """By which skills and certificates are known."""
    rules: Sequence[PhraseRule] = ()
    """The wordings that need the source's own."""

    @cached_property
    def lines(self) -> list[Line]:
        """The prose of the source."""
        return list(lines(self.source))

    def of(self, entry: str | None) -> list[Line]:
        """The lines of one entry, and what its own fields say."""
        if not entry:
            return []
        fields = [line for line in self.told if line.path.rpartition("/")[0] == entry]
        prose = [line for line in self.lines if line.entry == entry]
        return [*prose, *(line for line in fields if line.path not in {own.path for own in prose})]

    @cached_property
    def texts(self) -> list[Line]:
        """Every text of the source, structured fields and listed skills too."""
        return list(_walk(self.source, ""))

    def spelt_out(self, short: str) -> Span | None:
        """Where a listed skill of the source is what these initials stand for."""
        if not short.isupper():
            return None
        listed = (line for line in self.told if line.path.startswith("/skills/"))
        found = next((line for line in listed if abbreviates(short, line.text)), None)
        return span_of(found, 0, len(found.text)) if found else None

    @cached_property
    def told(self) -> list[Line]:
        """The texts that may count or name something: all but dates and addresses."""
        return [line for line in self.texts if not _NOT_TOLD.search(line.path)]

    @cached_property
    def skills(self) -> dict[str, Span]:
        """The skills that the source shows or implies, each with where."""
        matcher = self.knowledge.matcher
        found: dict[str, Span] = {}
        for line in self.texts:
            listed = line.path.startswith(("/skills/", "/languages/"))
            for match in matcher.find(line.text, listed=listed):
                span = Span(line.path, match.start, match.end, match.text)
                found.setdefault(match.skill, span)
                for broader in self.knowledge.broader(match.skill):
                    found.setdefault(broader, span)
        return found

    def saying(self, phrase: str, *, exact: bool = False) -> Span | None:
        """Where the source says these words in this order, in whatever case or exactly so.

        What is a word as well ("React to") is a name, exactly so, only inside of a sentence or
        beside a name that is certain.
        """
        if not phrase or phrase.casefold() not in self.vocabulary.folded:
            return None
        flags = 0 if exact else re.IGNORECASE
        wanted = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", flags)
        for line in self.texts:
            match = wanted.search(line.text)
            if match is None:
                continue
            inside = re.search(r"[\w,;(/] $|[(/]$", line.text[: match.start()]) is not None
            if not exact or inside or self.knowledge.matcher.find(line.text):
                return span_of(line, match.start(), match.end())
        return None

    def skill(self, match: SkillMatch) -> Span | None:
        """Where the source shows a skill, by any of its spellings."""
        if match.skill in self.skills:
            return self.skills[match.skill]
        known = self.knowledge.skills[match.skill]
        words = {spelling.casefold() for spelling in known.ambiguous}
        spellings = (match.text, known.name, *known.aliases)
        said = [(text, text.casefold() in words) for text in spellings]
        short = initials(match.text).upper()
        if len(short) > 1:
            # Only as capitals: the "of" of a sentence is not Offline-First.
            said.append((short, True))
        found = (self.saying(text, exact=exact) for text, exact in said)
        return next((span for span in found if span is not None), None)

    def shown(self, words: str) -> Span | None:
        """Where the source tells of having done what the words name ("negotiated": negotiation)."""
        for line, told in self._deeds:
            if shows(told, words):
                return span_of(line, 0, len(line.text))
        return None

    @cached_property
    def _deeds(self) -> list[tuple[Line, Sequence[Deed]]]:
        listed = [line for line in self.texts if line.path.startswith("/skills/")]
        told = [(line, deeds(line.text, opens=True)) for line in self.lines]
        return [*told, *((line, deeds(line.text)) for line in listed)]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the source."""
        return Vocabulary([(line.path, line.text) for line in self.texts], self.knowledge)

    @cached_property
    def job_skills(self) -> set[str]:
        """The skills that the posting names."""
        return {match.skill for match in self.knowledge.matcher.find(self.posting)}

    @cached_property
    def posting_words(self) -> str:
        """The words of the posting in their normal forms, one space between two."""
        words = (normal(word.casefold()) for word in WORD.findall(self.posting))
        return f" {' '.join(words)} "

    def has_word(self, word: str) -> bool:
        """Whether the source has a word, in any of its forms."""
        return self.vocabulary.has(word) or bool(stems_of(word) & self._stems)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem for word in self.vocabulary.words for stem in stems_of(word))

    @property
    def employers(self) -> list[str]:
        """Names of employers, one an entry."""
        return [str(entry.get("name") or "") for entry in self.source.get("work") or ()]

    def names_employer(self, text: str) -> bool:
        """Whether a text names an employer of the source."""
        return any(_named_in(name, text) for name in self.employers)

    def years_in(self, field: str) -> float | None:
        """Years of the entries that tell of a field; None where no entry or all of them do."""
        wanted = _field_of(field)
        entries = list(self.source.get("work") or ())
        telling = [e for e in entries if wanted & _field_of(" ".join(t.text for t in _walk(e, "")))]
        if not telling or len(telling) == len(entries):
            return None
        today = date.today()
        ranges = [span for e in telling if (span := _span(e))]
        return months_covered(ranges, Month(today.year, today.month)) / 12

    def years(self, *, entry: str | None = None, sentence: str = "") -> float:
        """Years that entries cover: one, those whose employer a sentence names, or all.

        An open entry runs until today.
        """
        entries = list(self.source.get("work") or ())
        if entry is not None:
            _, section, index = entry.split("/")[:3]
            entries = [self.source[section][int(index)]]
        named = [e for e in entries if _named_in(str(e.get("name") or ""), sentence)]
        ranges = [span for e in named or entries if (span := _span(e))]
        today = date.today()
        return months_covered(ranges, Month(today.year, today.month)) / 12


_ANY_FIELD = """
experience work working role roles industry field team teams the and for with across various
same job practice service career employment expertise hands time professional progressive
relevant full part varied total setting settings environment environments sector business
healthcare health care patient patients education teaching retail hospitality finance
construction sales logistics technology software engineering legal law customer customers
"""
"""Words that tell of no field, or of a whole sector, which an entry rarely names itself."""
_NO_FIELD = frozenset(_ANY_FIELD.split())


def span_of(line: Line, start: int, end: int) -> Span:
    """A place in a line of the source."""
    return Span(line.path, start, end, line.text[start:end])


def _field_of(words: str) -> set[str]:
    """The stems of the words that name a field, without those that every field shares."""
    found = (word for word in re.findall(r"[^\W\d_]{3,}", words.casefold()))
    return {stem for word in found if word not in _NO_FIELD for stem in stems_of(word)}


def _named_in(employer: str, sentence: str) -> bool:
    """Whether a sentence names an employer, perhaps without its legal form or its article."""
    short = _AROUND_NAME.sub("", employer).strip(" ,.")
    return len(short) > 2 and short in sentence


def _span(entry: Mapping[str, Any]) -> DateRange | None:
    return entry_range(entry.get("startDate"), entry.get("endDate"))


def _walk(value: Any, path: str) -> Iterator[Line]:
    if isinstance(value, str):
        yield Line(path, value, "")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _walk(inner, f"{path}/{i}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield Line(path, str(value), "")
