"""Facts in prose and in lists of skills: numbers, skills, verbs, reach, and lines without a source.

Every line of the tailored résumé is held against the source's lines of the same entry, the nearest
first. A fact that belongs to an employer counts only there: found elsewhere, it is misattributed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz

from tailor_lab.tailoring.dates import Month, entry_range, months_covered
from tailor_lab.tailoring.facts.align import Line, align_entries, lines, nearest_line, words
from tailor_lab.tailoring.facts.credentials import initials, letters
from tailor_lab.tailoring.facts.names import Vocabulary, unnamed
from tailor_lab.tailoring.facts.numbers import Number, find_numbers
from tailor_lab.tailoring.facts.report import Claim, Severity, Span, Verdict
from tailor_lab.tailoring.facts.wording import highest_tier, opening_verb, reach
from tailor_lab.tailoring.knowledge import SOFT
from tailor_lab.tailoring.skills import SkillMatch, default_matcher

_WHOLE = 90.0
"""From this likeness on, a line holds another one as a part: bullets were merged."""
_SAME_DEED = 45.0
"""Below this likeness a line has no source line that it could be a rewording of."""


def prose_claims(
    source: Mapping[str, Any], tailored: Mapping[str, Any], posting: str
) -> Iterator[Claim]:
    """The claims of every line of prose and every listed skill of the tailored résumé."""
    evidence = _Evidence(source, posting)
    partners = {
        f"/{section}/{i}": f"/{section}/{j}" if j is not None else None
        for section in ("work", "volunteer", "projects")
        for i, j in align_entries(source, tailored, section).items()
    }
    for line in lines(tailored):
        partner = partners.get(line.entry)
        # An entry of its own has its own lines as evidence; the summary may draw on all.
        own = evidence.of(partner) if line.entry else evidence.lines
        yield from _line_claims(line, own, evidence)
    for i, group in enumerate(tailored.get("skills") or ()):
        for j, keyword in enumerate(group.get("keywords") or ()):
            yield _listed_skill(str(keyword), f"/skills/{i}/keywords/{j}", evidence)


@dataclass(frozen=True)
class _Evidence:
    """What the source says, ready to be asked."""

    source: Mapping[str, Any]
    posting: str

    @cached_property
    def lines(self) -> list[Line]:
        return list(lines(self.source))

    def of(self, entry: str | None) -> list[Line]:
        """The lines of one entry."""
        return [line for line in self.lines if line.entry == entry]

    @cached_property
    def texts(self) -> list[Line]:
        """Every text of the source, structured fields and listed skills too."""
        found: list[Line] = []
        _walk(self.source, "", found)
        return found

    @cached_property
    def skills(self) -> dict[str, Span]:
        """The skills that the source shows or implies, each with where."""
        matcher = default_matcher()
        found: dict[str, Span] = {}
        for line in self.texts:
            listed = line.path.startswith("/skills/")
            for match in matcher.find(line.text, listed=listed):
                span = Span(line.path, match.start, match.end, match.text)
                found.setdefault(match.skill, span)
                for broader in matcher.knowledge.broader(match.skill):
                    found.setdefault(broader, span)
        return found

    def saying(self, phrase: str) -> Span | None:
        """Where the source says these words in this order, whatever their case."""
        wanted = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
        for line in self.texts:
            match = wanted.search(line.text)
            if match:
                return _span(line, match.start(), match.end())
        return None

    def skill(self, match: SkillMatch) -> Span | None:
        """Where the source shows a skill, by any of its spellings."""
        if match.skill in self.skills:
            return self.skills[match.skill]
        known = default_matcher().knowledge.skills[match.skill]
        short = initials(match.text)
        spellings = [match.text, known.name, *known.aliases, *([short] if len(short) > 1 else [])]
        found = (self.saying(spelling) for spelling in spellings)
        return next((span for span in found if span is not None), None)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary([line.text for line in self.texts])

    @cached_property
    def job_skills(self) -> set[str]:
        return {match.skill for match in default_matcher().find(self.posting)}

    @cached_property
    def years(self) -> float:
        """Years that the source's entries cover; an open one runs until today."""
        ranges = [
            span
            for entry in self.source.get("work") or ()
            if (span := entry_range(entry.get("startDate"), entry.get("endDate")))
        ]
        today = date.today()
        return months_covered(ranges, Month(today.year, today.month)) / 12


def _walk(value: Any, path: str, found: list[Line]) -> None:
    if isinstance(value, str):
        found.append(Line(path, value, ""))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _walk(inner, f"{path}/{key}", found)
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            _walk(inner, f"{path}/{i}", found)


def _line_claims(line: Line, own: list[Line], evidence: _Evidence) -> Iterator[Claim]:
    nearest, alike = nearest_line(line.text, own)
    if nearest is None or alike < _SAME_DEED:
        # A summary may be composed anew; a line of an entry must have something behind it.
        if line.entry:
            reason = "no line of this entry says anything like it"
            yield Claim(
                line.text,
                "statement",
                "unsupported",
                "review",
                line.path,
                rule="line.new",
                reason=reason,
            )
        nearest = None
    unchanged = nearest is not None and nearest.text == line.text
    for number in find_numbers(line.text):
        yield _number_claim(number, line, nearest, own, evidence, unchanged=unchanged)
    for match in default_matcher().find(line.text):
        claim = _skill_claim(match, line.path, evidence)
        if claim is not None:
            yield claim
    if not unchanged:
        yield from _name_claims(line, evidence)
    if nearest is not None and line.entry:
        yield from _wording_claims(line, nearest, own)


def _number_claim(
    number: Number,
    line: Line,
    nearest: Line | None,
    own: list[Line],
    evidence: _Evidence,
    *,
    unchanged: bool,
) -> Claim:
    def claim(
        verdict: Verdict, severity: Severity, spans: tuple[Span, ...] = (), reason: str = ""
    ) -> Claim:
        rule = f"number.{number.unit}"
        return Claim(
            number.text,
            "number",
            verdict,
            severity,
            line.path,
            spans,
            rule,
            reason=reason,
            span=(number.start, number.end),
        )

    if unchanged and nearest is not None:
        return claim("supported", "info", (_span(nearest, number.start, number.end),))
    here = [nearest] if nearest else []
    risen = _counterpart(number, line, here, "stronger") if number.unit != "years" else None
    if risen is not None and _values(risen.text) == _values(number.text):
        same = _counterpart(number, line, here, "same")
        if same is None:
            reason = f'the source says "{_around(risen, here)}"'
            return claim("contradicted", "block", (risen,), reason)
    # A weaker figure must be that of the line which it rewords; others may be larger by chance.
    for candidates, verdicts in ((here, ("same", "weaker")), (own, ("same",))):
        for verdict in verdicts:
            found = _counterpart(number, line, candidates, verdict)
            if found is not None:
                word: Verdict = "supported" if verdict == "same" else "weaker"
                return claim(word, "info", (found,))
    if number.unit == "years" and 0 < number.value <= evidence.years + 0.5:
        reason = f"the source's entries cover {evidence.years:.1f} years"
        return claim("derived", "info", (), reason)
    elsewhere = _counterpart(number, line, evidence.lines, "same")
    if elsewhere is not None:
        return claim("misattributed", "block", (elsewhere,), f"it belongs to {elsewhere.path}")
    stronger = _counterpart(number, line, here, "stronger")
    if stronger is not None:
        return claim("contradicted", "block", (stronger,), f'the source says "{stronger.text}"')
    leaked = any(number.compare(n) == "same" for n in find_numbers(evidence.posting))
    return claim("unsupported", "block", (), "jd_leak" if leaked else "")


def _values(text: str) -> list[float]:
    return [number.value for number in find_numbers(text)]


def _around(span: Span, candidates: list[Line]) -> str:
    """The words of a figure with those before it, which say how firm it is."""
    text = next((line.text for line in candidates if line.path == span.path), span.text)
    return text[max(0, span.start - 12) : span.end].strip()


def _counterpart(number: Number, line: Line, candidates: list[Line], relation: str) -> Span | None:
    """Where the candidates hold a number that stands in that relation to the claim."""
    for candidate in candidates:
        for other in find_numbers(candidate.text):
            if relation == "weaker" and number.noun and other.noun and number.noun != other.noun:
                continue
            if number.compare(other) == relation and _same_thing(number, other, line, candidate):
                return _span(candidate, other.start, other.end)
    return None


def _same_thing(number: Number, other: Number, line: Line, candidate: Line) -> bool:
    """Whether two numbers count the same thing, as far as their words tell."""
    if number.unit in {"money", "percent", "times"}:
        return number.value == other.value or nearest_line(line.text, [candidate])[1] >= _SAME_DEED
    return (
        number.noun == other.noun
        or not number.noun
        or not other.noun
        or number.noun in candidate.text.casefold()
    )


def _skill_claim(match: SkillMatch, path: str, evidence: _Evidence) -> Claim | None:
    if default_matcher().knowledge.skills[match.skill].kind == SOFT:
        return None
    found = evidence.skill(match)
    place = (match.start, match.end)
    if found is not None:
        spans = (found,)
        return Claim(
            match.text, "skill", "supported", "info", path, spans, "skill.known", span=place
        )
    reason = "jd_leak" if match.skill in evidence.job_skills else ""
    return Claim(
        match.text, "skill", "unsupported", "block", path, (), "skill.known", 1.0, reason, place
    )


def _listed_skill(keyword: str, path: str, evidence: _Evidence) -> Claim:
    short = re.search(r"\(([^)]+)\)", keyword)
    if short is not None and set(initials(keyword[: short.start()])) == set(letters(short[1])):
        said = evidence.saying(short[1]) or evidence.saying(keyword[: short.start()].strip())
        if said is not None:
            return Claim(keyword, "skill", "supported", "info", path, (said,), "skill.listed")
    matches = default_matcher().find(keyword, listed=True)
    claims = [claim for m in matches if (claim := _skill_claim(m, path, evidence)) is not None]
    rest = keyword
    for match in matches:
        rest = rest.replace(match.text, " ")
    if claims and evidence.vocabulary.has(rest):
        return next((claim for claim in claims if claim.severity != "info"), claims[0])
    found = evidence.saying(keyword)
    if found is not None:
        return Claim(keyword, "skill", "supported", "info", path, (found,), "skill.listed")
    reason = "jd_leak" if words(keyword) <= words(evidence.posting) else ""
    return Claim(keyword, "skill", "unsupported", "block", path, (), "skill.listed", 1.0, reason)


def _name_claims(line: Line, evidence: _Evidence) -> Iterator[Claim]:
    for named in unnamed(line.text, evidence.vocabulary, summary=not line.entry):
        leaked = words(named.text) <= words(evidence.posting)
        reason = "jd_leak" if leaked else "the source does not say so"
        place = (named.start, named.end)
        yield Claim(
            named.text,
            named.kind,
            "unsupported",
            named.severity,
            line.path,
            rule=named.rule,
            reason=reason,
            span=place,
        )


def _wording_claims(line: Line, nearest: Line, own: list[Line]) -> Iterator[Claim]:
    opening = opening_verb(line.text)
    if opening is not None:
        phrase, tier = opening
        claimed = highest_tier(nearest.text)
        risen = tier > (2 if claimed is None else claimed) and (tier == 3 or claimed in {0, 1})
        if risen and any(fuzz.partial_ratio(other.text, line.text) >= _WHOLE for other in own):
            merged = [o for o in own if fuzz.partial_ratio(o.text, line.text) >= _WHOLE]
            risen = tier > max(highest_tier(other.text) or 0 for other in merged)
        verdict: Verdict = "unsupported" if risen else "supported"
        severity: Severity = "review" if risen else "info"
        reason = "the source's verb claims less" if risen else ""
        span = (_span(nearest, 0, len(nearest.text)),)
        yield Claim(
            phrase.text,
            "verb",
            verdict,
            severity,
            line.path,
            span,
            "verb.tier",
            reason=reason,
            span=(phrase.start, phrase.end),
        )
    known = {phrase.text.casefold() for other in own for phrase in reach(other.text)}
    for phrase in reach(line.text):
        said = phrase.text.casefold() in known
        yield Claim(
            phrase.text,
            "reach",
            "supported" if said else "unsupported",
            "info" if said else "review",
            line.path,
            rule="reach.phrase",
            span=(phrase.start, phrase.end),
        )


def _span(line: Line, start: int, end: int) -> Span:
    return Span(line.path, start, end, line.text[start:end])
