"""What a résumé shows: its skills with the places that show them, its words, years and titles."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from tailor_lab.tailoring.dates import Month, entry_range, months_covered
from tailor_lab.tailoring.demands import years_asked
from tailor_lab.tailoring.knowledge_detect import degree_rank, find_credentials
from tailor_lab.tailoring.resume import Line, Resume
from tailor_lab.tailoring.score_lexical import line_terms
from tailor_lab.tailoring.skills import default_matcher

Grade = Literal["dated", "told", "listed"]
_ORDER: dict[Grade, int] = {"dated": 0, "told": 1, "listed": 2}


class Evidence(NamedTuple):
    """A place in the résumé that shows something."""

    path: str
    text: str
    span: tuple[int, int]
    grade: Grade


class Mask(NamedTuple):
    """A place that earns nothing: a field or entry with all in it, or a span of a field."""

    path: str
    span: tuple[int, int] | None = None
    sentence: bool = False
    """Whether the sentence around the span earns nothing either."""


@dataclass(frozen=True)
class Profile:
    """Everything of a résumé that a score looks at."""

    resume: Resume
    masks: tuple[Mask, ...] = ()

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The textual fields, masked places blanked out."""
        if not self.masks:
            return tuple(self.resume.lines())
        return tuple(
            line._replace(text=text)
            for line in self.resume.lines()
            if (text := self._unmasked(line)).strip()
        )

    def _unmasked(self, line: Line) -> str:
        text = line.text
        for mask in self.masks:
            if mask.span is None and f"{line.path}/".startswith(f"{mask.path}/"):
                return ""
            if mask.span is not None and mask.path == line.path:
                low, high = mask.span
                if mask.sentence:
                    low, high = _sentence(line.text, low, high)
                text = text[:low] + " " * (high - low) + text[high:]
        return text

    @cached_property
    def skills(self) -> Mapping[str, tuple[Evidence, ...]]:
        """The skills that it shows, each with its places, the best kind of evidence first."""
        matcher = default_matcher()
        found: dict[str, list[Evidence]] = {}
        for line in self.lines:
            if line.section in {"references"} or line.path.endswith(_NOT_EVIDENCE):
                continue
            grade = self._grade(line)
            for match in matcher.find(line.text, listed=is_listed(line)):
                place = Evidence(line.path, line.text, (match.start, match.end), grade)
                found.setdefault(match.skill, []).append(place)
        return {
            name: tuple(sorted(places, key=lambda place: _ORDER[place.grade]))
            for name, places in found.items()
        }

    def _grade(self, line: Line) -> Grade:
        if line.section == "languages":
            return "dated"
        if line.section in {"skills", "interests"} or line.path == "/basics/label":
            return "listed"
        if line.section == "work":
            index = int(line.path.split("/")[2])
            return "dated" if self.resume.data["work"][index].get("startDate") else "told"
        return "told"

    @cached_property
    def texts(self) -> tuple[tuple[str, bool], ...]:
        """Its lines about the candidate's work, and whether each is an item of a list."""
        return tuple(
            (line.text, is_listed(line))
            for line in self.lines
            if line.path not in _CONTACT and not line.path.endswith(_NOT_EVIDENCE)
        )

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its distinct words and skills, as the lexical part counts them."""
        return frozenset(term for text in self.texts for term in line_terms(*text))

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """The headline and the positions held."""
        wanted = [
            line.text
            for line in self.lines
            if line.path == "/basics/label" or line.path.endswith("/position")
        ]
        return tuple(dict.fromkeys(wanted))

    @cached_property
    def degree(self) -> int:
        """The rank of its highest degree, 0 where it names none."""
        texts = (line.text for line in self.lines if line.section in {"education", "other"})
        return max((degree_rank(text) for text in texts), default=0)

    @cached_property
    def credentials(self) -> Mapping[str, Evidence]:
        """The certifications and licences that it names."""
        found: dict[str, Evidence] = {}
        for line in self.lines:
            for name, span in find_credentials(line.text):
                found.setdefault(name, Evidence(line.path, line.text, span, "told"))
        return found

    def years(self, until: Month) -> float | None:
        """Years of work, what overlaps counted once; None where no entry has a date."""
        shown = {line.path for line in self.lines}
        ranges = [
            found
            for index, entry in enumerate(self.resume.data.get("work") or ())
            if f"/work/{index}/startDate" in shown
            and not (entry.get("endDate") and f"/work/{index}/endDate" not in shown)
            and (found := entry_range(entry.get("startDate"), entry.get("endDate"))) is not None
        ]
        if ranges:
            return months_covered(ranges, until) / 12
        return years_asked(line.text for line in self.lines if line.path.endswith("/summary"))


_CONTACT = frozenset({"/basics/email", "/basics/phone", "/basics/url", "/basics/image"})
_NOT_EVIDENCE = ("/url", "/startDate", "/endDate", "/date", "/releaseDate", "/level")


def is_listed(line: Line) -> bool:
    """Whether a line is an item of a list, so that its words are names."""
    return line.section in {"skills", "languages", "interests"}


@lru_cache(maxsize=256)
def profile_of(resume: Resume) -> Profile:
    """The profile of a résumé, made once."""
    return Profile(resume)


def masks_of(unsupported: Iterable[object]) -> tuple[Mask, ...]:
    """Masks from paths, (path, start, end) tuples, or claims with `path` and perhaps `span`.

    A claim that blocks takes its whole sentence with it: an invented number or skill is not the
    only invention of a sentence, and what is said beside it is no evidence.
    """
    masks = []
    for item in unsupported:
        if isinstance(item, str):
            masks.append(Mask(item))
        elif isinstance(item, tuple):
            path, start, end = item
            masks.append(Mask(str(path), (int(start), int(end))))
        else:
            span = getattr(item, "span", None)
            blocks = getattr(item, "severity", "") == "block"
            path = str(getattr(item, "path"))  # noqa: B009 -- any claim will do
            masks.append(Mask(path, tuple(span) if span else None, blocks))
    return tuple(dict.fromkeys(masks))


_SENTENCE_BREAK = re.compile(r"[.!?;]\s+|\n")


def _sentence(text: str, low: int, high: int) -> tuple[int, int]:
    """The bounds of the sentence that holds a span."""
    start = max((m.end() for m in _SENTENCE_BREAK.finditer(text, 0, low)), default=0)
    after = _SENTENCE_BREAK.search(text, high)
    return start, after.start() if after else len(text)


def this_month() -> Month:
    """The month it is, up to which an open span of work counts."""
    now = datetime.now(tz=UTC)
    return Month(now.year, now.month)
