"""What a résumé shows: its skills with the places that show them, its words, years and titles."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_credentials, find_degrees
from tailor_lab.tailoring.posting.demands import years_asked
from tailor_lab.tailoring.resume import Line, Resume
from tailor_lab.tailoring.scoring.denials import (
    is_not_held,
    is_wish,
    says_not_held,
    without_denials,
)
from tailor_lab.tailoring.scoring.terms import line_terms
from tailor_lab.tailoring.text.dates import Month, entry_range, months_covered
from tailor_lab.tailoring.text.sentences import sentence_at

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
    knowledge: Knowledge
    """By which its skills, degrees and certificates are known."""
    masks: tuple[Mask, ...] = ()

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The textual fields; masked places, and what a text itself denies, are blanked out."""
        return tuple(
            line._replace(text=text)
            for line in self.resume.lines()
            if (text := without_denials(self._unmasked(line))).strip()
        )

    def _unmasked(self, line: Line) -> str:
        text = line.text
        for mask in self.masks:
            if mask.span is None and f"{line.path}/".startswith(f"{mask.path}/"):
                return ""
            if mask.span is not None and mask.path == line.path:
                low, high = mask.span
                if mask.sentence:
                    low, high = sentence_at(line.text, low, high, clauses=True)
                text = text[:low] + " " * (high - low) + text[high:]
        return text

    @cached_property
    def skills(self) -> Mapping[str, tuple[Evidence, ...]]:
        """The skills that it shows, each with its places, the best kind of evidence first."""
        matcher = self.knowledge.matcher
        found: dict[str, list[Evidence]] = {}
        for line in self.lines:
            if line.section in {"references"} or line.path.endswith(_NOT_EVIDENCE):
                continue
            if self._is_wished_for(line):
                continue
            grade = self._grade(line)
            for match in matcher.find(line.text, listed=is_listed(line)):
                place = Evidence(line.path, line.text, (match.start, match.end), grade)
                found.setdefault(match.skill, []).append(place)
        spoken = self._spoken_well()
        if len(spoken) > 1:
            found.setdefault(_BILINGUAL, []).extend(spoken)
        return {
            name: tuple(sorted(places, key=lambda place: _ORDER[place.grade]))
            for name, places in found.items()
        }

    def _is_wished_for(self, line: Line) -> bool:
        """Whether a line of a list stands under a heading such as "Want to learn"."""
        if line.section not in {"skills", "interests"}:
            return False
        entry = self.resume.data[line.section][int(line.path.split("/")[2])]
        return is_wish(str(entry.get("name") or ""))

    def _spoken_well(self) -> list[Evidence]:
        """The languages that are spoken fluently or natively, each with its place."""
        shown = {line.path for line in self.lines}
        spoken = []
        for index, entry in enumerate(self.resume.data.get("languages") or ()):
            path, name = f"/languages/{index}/language", str(entry.get("language") or "")
            if path in shown and _WELL.search(f"{name} {entry.get('fluency') or ''}"):
                spoken.append(Evidence(path, name, (0, len(name)), "dated"))
        return spoken

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
        return frozenset(
            term
            for text, listed in self.texts
            for term in line_terms(text, self.knowledge.matcher, listed)
        )

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
        ranks = self.knowledge.degrees
        held = (
            ranks[name].rank
            for line in self.lines
            if line.section in {"education", "other"}
            for name, span in find_degrees(line.text, self.knowledge)
            if not is_not_held(line.text, span, self.knowledge)
        )
        return max(held, default=0)

    @cached_property
    def credentials(self) -> Mapping[str, Evidence]:
        """The certifications and licences that it names and does not say are not held."""
        found: dict[str, Evidence] = {}
        not_held = tuple(
            line.path.rpartition("/")[0] + "/"
            for line in self.lines
            if line.section == "certificates" and says_not_held(line.text)
        )
        for line in self.lines:
            for name, span in find_credentials(line.text, self.knowledge):
                if line.path.startswith(not_held) or is_not_held(line.text, span, self.knowledge):
                    continue
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
        return years_asked(
            (line.text for line in self.lines if line.path.endswith("/summary")), self.knowledge
        )


_BILINGUAL = "bilingual communication"
_WELL = re.compile(
    r"\b(?:nativ|fluen|bilingual|mother\s+tongue|first\s+language|full\s+professional|c[12]\b)",
    re.IGNORECASE,
)
_CONTACT = frozenset({"/basics/email", "/basics/phone", "/basics/url", "/basics/image"})
_NOT_EVIDENCE = ("/url", "/startDate", "/endDate", "/date", "/releaseDate", "/level")


def is_listed(line: Line) -> bool:
    """Whether a line is an item of a list, so that its words are names."""
    return line.section in {"skills", "languages", "interests"}


@lru_cache(maxsize=256)
def profile_of(resume: Resume, knowledge: Knowledge) -> Profile:
    """The profile of a résumé, made once."""
    return Profile(resume, knowledge)


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


def this_month() -> Month:
    """The month it is, up to which an open span of work counts."""
    now = datetime.now(tz=UTC)
    return Month(now.year, now.month)
