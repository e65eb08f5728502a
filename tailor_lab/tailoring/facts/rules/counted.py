"""The claims of a line's numbers: what of the source each of them comes from."""

import re
from dataclasses import dataclass, replace
from functools import partial

from tailor_lab.tailoring.facts.align import Line, nearest_line, words
from tailor_lab.tailoring.facts.evidence import Evidence, span_of
from tailor_lab.tailoring.facts.figures import (
    Relation,
    compare,
    derive,
    employers_follow,
    years_follow,
)
from tailor_lab.tailoring.facts.report import Claim, Severity, Span, Verdict
from tailor_lab.tailoring.facts.rules.bound import broken_pair, spread
from tailor_lab.tailoring.text.number_patterns import NO_NOUN
from tailor_lab.tailoring.text.numbers import Number, find_numbers
from tailor_lab.tailoring.text.sentences import first_clause

SAME_DEED = 45.0
"""Below this likeness a line has no source line that it could be a rewording of."""


_STEMS = {"day": "(?:day|dail)", "year": "(?:year|annual)"}
"""How the words of a rate begin, where adverbs differ."""


@dataclass(frozen=True)
class Counted:
    """The numbers of one tailored line, beside the lines that may bear them out."""

    line: Line
    nearest: Line | None
    own: list[Line]
    """The lines of the entry; for the summary, all that the source tells."""
    partner: str | None
    """The entry of the source that the line belongs to; None for the summary."""
    evidence: Evidence

    def claim(self, number: Number) -> Claim:
        """What the source says of a number of the line."""
        number = self._years_left_out(number)
        if self.nearest is not None and self.nearest.text == self.line.text:
            span = span_of(self.nearest, number.start, number.end)
            return self._claim(number, "supported", "info", (span,))
        named = self._named(number)
        if named is not None:
            return self._claim(number, "supported", "info", (named,))
        here = [self.nearest] if self.nearest else []
        firmer = self._raised_firmness(number, here)
        if firmer is not None:
            reason = f'the source says "{self._around(firmer)}"'
            return self._claim(number, "contradicted", "block", (firmer,), reason)
        for line in here:
            bound = spread(number, self.line.text, line.text)
            bound = bound or broken_pair(number, self.line.text, line.text)
            if bound is not None:
                reason = f'the source says "{bound.text}" there'
                place = span_of(line, bound.start, bound.end)
                return self._claim(number, "contradicted", "block", (place,), reason)
        # A weaker figure must be that of the line which it rewords; others may be larger by chance.
        for candidates, relation in ((here, "same"), (here, "weaker"), (self.own, "same")):
            found = self._counterpart(number, candidates, relation)  # type: ignore[arg-type]
            if found is not None:
                verdict: Verdict = "supported" if relation == "same" else "weaker"
                return self._claim(number, verdict, "info", (found,))
        return self._derived(number, here) or self._without_support(number, here)

    def _years_left_out(self, number: Number) -> Number:
        """A number of years whose noun was told before ("nine years at A and six at B")."""
        if number.unit != "count" or number.noun or self.partner is not None:
            return number
        before = [n for n in find_numbers(self.line.text) if n.start < number.start]
        at = re.match(r"\s(?:at|in|with|for)\s", self.line.text[number.end :])
        years = at is not None and bool(before) and before[-1].unit == "years"
        if years and self.evidence.names_employer(self._behind(number)):
            return replace(number, unit="years")
        return number

    def _tenure_of(self, number: Number) -> str:
        """The words that say where the years were spent: those behind it, else its sentence."""
        behind = self._behind(number)
        if self.evidence.names_employer(behind):
            return behind
        start = self.line.text.rfind(". ", 0, number.start) + 1
        end = self.line.text.find(". ", number.end)
        return self.line.text[start : end if end >= 0 else None]

    def _field_behind(self, number: Number) -> str:
        """The field or place that years are told of ("six years in tax law"); empty if none."""
        if self.evidence.names_employer(self._behind(number)):
            return ""
        behind = re.sub(
            r"^['’]?(?: of)?(?: [\w-]+){0,2}? (?:experience|practice|service)\b",
            "",
            self._behind(number),
        )
        field = re.match(
            r"['’]?(?: [\w-]+)?? (?:in|at|on|of|as|with|behind)"
            r" ((?:an? |the )?[\w-]+(?: [a-z][\w-]*){0,2})",
            behind,
        )
        return (
            re.split(
                r"\b(?:for|with|at|and|who|that|since|from|to|across|including|plus)\b", field[1]
            )[0]
            if field
            else ""
        )

    def _behind(self, number: Number) -> str:
        """The text from a number to the next one or to the end of its sentence."""
        after = (n.start for n in find_numbers(self.line.text) if n.start > number.start)
        return first_clause(self.line.text[number.end : next(after, None)])

    def _named(self, number: Number) -> Span | None:
        """Where the source has the number behind the same name ("OSHA 30")."""
        before = re.search(r"\b[A-Z][\w.+#]*[ -]$", self.line.text[: number.start])
        if before is None or number.unit != "count":
            return None
        if not before.start() and not before.group().strip(" -").isupper():
            return None  # "Visit 6 farms": any word opens a line
        phrase = self.line.text[before.start() : number.end]
        wanted = re.compile(rf"\b{re.escape(phrase)}(?!\w)")
        found = ((line, wanted.search(line.text)) for line in self.own)
        return next((span_of(line, *match.span()) for line, match in found if match), None)

    def _raised_firmness(self, number: Number, here: list[Line]) -> Span | None:
        """Where the line has this very value, said less firmly, and nowhere as firmly."""
        if number.unit == "years" and self.partner is None:
            return None
        for line in here:
            for other in find_numbers(line.text):
                same = number.value == other.value and compare(number, other) == "stronger"
                if same and self._one_thing(number, other, line):
                    if self._counterpart(number, here, "same") is not None:
                        return None
                    return span_of(line, other.start, other.end)
        return None

    def _derived(self, number: Number, here: list[Line]) -> Claim | None:
        for line in here:
            alike = partial(self._one_thing, candidate=line)
            derived = derive(number, line.text, nouns=alike)
            if derived is not None:
                verdict: Verdict = "weaker" if derived.weaker else "derived"
                spans = (span_of(line, 0, len(line.text)),)
                return self._claim(number, verdict, "info", spans, derived.how)
        if number.unit == "years":
            sentence = self._tenure_of(number) if self.partner is None else ""
            covered = self.evidence.years(entry=self.partner, sentence=sentence)
            field = self._field_behind(number) if self.partner is None else ""
            within = self.evidence.years_in(field) if field else None
            elsewhere = within is not None and not years_follow(number, within, whole=False)
            if elsewhere and years_follow(number, covered, whole=False):
                reason = f"the entries that tell of it cover {within:.1f} years"
                return self._claim(number, "unsupported", "review", (), reason)
            if years_follow(number, covered, whole=self.partner is not None):
                what = "the source's entries cover" if self.partner is None else "the entry covers"
                return self._claim(number, "derived", "info", (), f"{what} {covered:.1f} years")
        if self.partner is None and employers_follow(number, self.evidence.employers):
            reason = f"the source names {len(set(self.evidence.employers))}"
            return self._claim(number, "derived", "info", (), reason)
        return None

    def _without_support(self, number: Number, here: list[Line]) -> Claim:
        stronger = self._counterpart(number, here, "stronger")
        if stronger is not None:
            reason = f'the source says "{stronger.text.strip()}"'
            return self._claim(number, "contradicted", "block", (stronger,), reason)
        elsewhere = self._counterpart(number, self.evidence.lines, "same")
        if elsewhere is not None:
            reason = f"it belongs to {elsewhere.path}"
            return self._claim(number, "misattributed", "block", (elsewhere,), reason)
        posting = find_numbers(self.evidence.posting)
        leaked = any(compare(number, other) == "same" for other in posting)
        return self._claim(number, "unsupported", "block", (), "jd_leak" if leaked else "")

    def _counterpart(
        self, number: Number, candidates: list[Line], relation: Relation
    ) -> Span | None:
        """Where the candidates hold a number that stands in that relation to the claim."""
        for candidate in candidates:
            for other in find_numbers(candidate.text):
                if compare(number, other) != relation:
                    continue
                nouns = {number.noun, other.noun} - {""}
                if relation == "weaker" and (len(nouns) > 1 or self._told_as_it_is(other, number)):
                    continue
                if self._one_thing(number, other, candidate):
                    return span_of(candidate, other.start, other.end)
        return None

    def _one_thing(self, number: Number, other: Number, candidate: Line) -> bool:
        """Whether two numbers count the same thing by the same time, as far as their words tell."""
        if number.rate not in {"", other.rate} and not self._told_by(number.rate, other, candidate):
            return False
        if number.unit in {"money", "percent", "times"}:
            alike = number.unit == other.unit and number.value == other.value
            return alike or nearest_line(self.line.text, [candidate])[1] >= SAME_DEED
        return (
            number.noun == other.noun
            or not number.noun
            or re.search(rf"\b{re.escape(number.noun)}", candidate.text.casefold()) is not None
            or self._qualified_otherwise(number, other, candidate)
        )

    def _qualified_otherwise(self, number: Number, other: Number, candidate: Line) -> bool:
        """Whether one figure counts one thing in nearly the same line, by a synonym before it.

        "310 flu jabs" are "310 influenza jabs": the word behind the synonym is the same.
        """
        if number.value != other.value:
            return False
        counted = [
            re.match(r"\s[\w-]+\s([a-z]{4,})", line.text[n.end :])
            for line, n in ((self.line, number), (candidate, other))
        ]
        if not all(counted) or counted[0][1] != counted[1][1]:  # type: ignore[index]
            return False
        new = words(self.line.text) - words(candidate.text)
        return len(new) <= 2 and counted[0][1] not in NO_NOUN  # type: ignore[index]

    def _told_as_it_is(self, other: Number, number: Number) -> bool:
        """Whether another figure of the line is this one of the source, which bears no third."""
        told = (n for n in find_numbers(self.line.text) if n != number)
        return any(n.noun == other.noun and compare(n, other) == "same" for n in told)

    def _told_by(self, rate: str, other: Number, candidate: Line) -> bool:
        """Whether a figure without a rate behind it has it elsewhere in its line ("Daily, …")."""
        if other.rate:
            return False
        return re.search(rf"\b{_STEMS.get(rate, rate)}", candidate.text.casefold()) is not None

    def _around(self, span: Span) -> str:
        """The words of a figure with those before it, which say how firm it is."""
        text = self.nearest.text if self.nearest is not None else span.text
        return text[max(0, span.start - 12) : span.end].strip()

    def _claim(
        self,
        number: Number,
        verdict: Verdict,
        severity: Severity,
        spans: tuple[Span, ...],
        reason: str = "",
    ) -> Claim:
        return Claim(
            number.text,
            "number",
            verdict,
            severity,
            self.line.path,
            spans,
            f"number.{number.unit}",
            reason=reason,
            span=(number.start, number.end),
        )
