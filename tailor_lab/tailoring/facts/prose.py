"""Facts in prose: numbers, skills, names, verbs, reach, and lines that have no source.

Every line of the tailored résumé is held against the source's lines of the same entry, the nearest
first. A fact that belongs to an employer counts only there: found elsewhere, it is misattributed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from tailor_lab.tailoring.facts.align import (
    UNPLACED,
    Line,
    align_entries,
    lines,
    nearest_line,
    words,
)
from tailor_lab.tailoring.facts.credentials import coming
from tailor_lab.tailoring.facts.evidence import Evidence, span_of
from tailor_lab.tailoring.facts.phrases import Phrase
from tailor_lab.tailoring.facts.report import Claim, Span
from tailor_lab.tailoring.facts.rules.additions import from_posting, put_beside
from tailor_lab.tailoring.facts.rules.counted import SAME_DEED, Counted
from tailor_lab.tailoring.facts.rules.listed import level_claim, listed_claims, skill_claim
from tailor_lab.tailoring.facts.rules.names import YEAR, spelt_out, unnamed
from tailor_lab.tailoring.facts.rules.outcomes import new_outcomes, raised_share
from tailor_lab.tailoring.facts.rules.standing import new_deeds, settled, unshared
from tailor_lab.tailoring.facts.rules.wording import (
    dropped_modesty,
    raised_verb,
)
from tailor_lab.tailoring.text.numbers import find_numbers

_DROPPED = (
    ("verb", "verb.shared", unshared),
    ("statement", "status.settled", settled),
    ("title", "title.modest", dropped_modesty),
    ("outcome", "outcome.share", raised_share),
)
"""Rules for a word that a line drops; the last two are for the lines of entries."""
_MOSTLY = 0.5
_WHOLE = 90.0
"""From this likeness on, a line holds another one as a part: bullets were merged."""


def prose_claims(
    source: Mapping[str, Any], tailored: Mapping[str, Any], evidence: Evidence
) -> Iterator[Claim]:
    """The claims of every line of prose and every listed skill of the tailored résumé."""
    partners = {
        f"/{section}/{i}": f"/{section}/{j}" if j is not None else None
        for section in ("work", "volunteer", "projects")
        for i, j in align_entries(source, tailored, section).items()
    }
    partners[UNPLACED] = UNPLACED
    for line in lines(tailored):
        partner = partners.get(line.entry)
        # An entry of its own has its own lines as evidence; the summary may draw on all.
        own = evidence.of(partner) if line.entry else evidence.told
        # What is unplaced belongs to nobody: it may reword any line.
        bound = line.entry and line.entry != UNPLACED
        prose = [other for other in own if other in evidence.lines] if bound else evidence.lines
        yield from line_claims(line, own, prose, partner if bound else None, evidence)
    yield from listed_claims(tailored, evidence)


def line_claims(
    line: Line, own: list[Line], prose: list[Line], partner: str | None, evidence: Evidence
) -> Iterator[Claim]:
    """The claims of a line that rewords one of `prose` and may rest on any of its `own` texts.

    `partner` is the source's entry that dates it, None where it may draw on all.
    """
    nearest, alike = nearest_line(line.text, prose)
    if nearest is None or alike < SAME_DEED:
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
    counted = Counted(line, nearest, own, partner, evidence)
    for number in find_numbers(line.text):
        yield counted.claim(number)
    judged: list[tuple[int, int]] = []
    spelt = list(spelt_out(line.text, evidence.vocabulary))
    for match in evidence.knowledge.matcher.find(line.text):
        if any(low <= match.start and match.end <= high for low, high in spelt):
            continue  # the long form of initials is one thing with them
        claim = skill_claim(match, line.path, evidence, prose=True)
        if claim is not None:
            judged += [claim.span] if claim.span else []
            yield claim
        level = level_claim(match, line, evidence)
        if level is not None:
            yield level
    if nearest is None or nearest.text != line.text:
        yield from _name_claims(line, evidence)
        yield from _wording_claims(line, nearest, own, evidence, judged)
    if line.entry == UNPLACED and nearest is not None:
        yield from _unplaced_claims(line, nearest, evidence)


def _name_claims(line: Line, evidence: Evidence) -> Iterator[Claim]:
    for named in unnamed(line.text, evidence.vocabulary, summary=not line.entry):
        leaked = words(named.text) <= words(evidence.posting)
        reason = "jd_leak" if leaked else "the source does not say so"
        yield Claim(
            named.text,
            named.kind,
            "unsupported",
            named.severity,
            line.path,
            rule=named.rule,
            reason=reason,
            span=(named.start, named.end),
        )


def _wording_claims(
    line: Line,
    nearest: Line | None,
    own: list[Line],
    evidence: Evidence,
    judged: list[tuple[int, int]],
) -> Iterator[Claim]:
    """Verbs and ranks that claim more than the line they reword, and what no line of it tells.

    What lies within one of the `judged` places was a claim already.
    """
    told = [other.text for other in own]
    raised = None
    if nearest is not None and line.entry:
        merged = [o.text for o in own if fuzz.partial_ratio(o.text, line.text) >= _WHOLE]
        position = next((o.text for o in own if o.path.endswith("/position")), "")
        raised = raised_verb(line.text, [nearest.text, *merged], position)
        if raised is not None:
            reason = "the source's verb claims less"
            span = span_of(nearest, 0, len(nearest.text))
            yield _phrase_claim(raised, "verb", "verb.tier", line, reason, (span,))
        for deed in new_deeds(line.text, nearest.text, told):
            yield _phrase_claim(deed, "verb", "verb.added", line)
        for phrase in put_beside(line.text, nearest.text, evidence):
            yield _phrase_claim(phrase, "statement", "list.longer", line)
    if nearest is not None:
        dropped = _dropped_claims(line, nearest)
        yield from (claim for claim in dropped if raised is None or claim.span != raised[1:])
    for rule in evidence.rules:
        for phrase in rule.find(line.text, told):
            claim = _phrase_claim(phrase, rule.kind, rule.id, line, rule.reason)
            yield replace(claim, severity=rule.severity)
    for phrase in new_outcomes(line.text, told):
        yield _phrase_claim(phrase, "outcome", "outcome.phrase", line)
    for phrase in from_posting(line.text, evidence):
        if any(low <= phrase.start and phrase.end <= high for low, high in judged):
            continue
        claim = _phrase_claim(phrase, "statement", "posting.phrase", line, "jd_leak")
        # A line that is mostly the posting's, or that nobody rewrites, earns nothing by its rest.
        mostly = line.entry == UNPLACED or len(words(phrase.text)) > _MOSTLY * len(words(line.text))
        yield replace(claim, span=None) if mostly else claim


def _dropped_claims(line: Line, nearest: Line) -> Iterator[Claim]:
    """The words that say more once those which made them smaller are gone."""
    rules = _DROPPED if line.entry else _DROPPED[:2]
    for kind, rule, find in rules:
        phrase = find(line.text, nearest.text)
        if phrase is not None:
            yield _phrase_claim(phrase, kind, rule, line, "the source says less")


def _phrase_claim(
    phrase: Phrase,
    kind: str,
    rule: str,
    line: Line,
    reason: str = "the source does not say so",
    spans: tuple[Span, ...] = (),
) -> Claim:
    place = (phrase.start, phrase.end)
    return Claim(
        phrase.text,
        kind,
        "unsupported",
        "review",
        line.path,
        spans,
        rule,
        reason=reason,
        span=place,
    )


def _unplaced_claims(line: Line, nearest: Line, evidence: Evidence) -> Iterator[Claim]:
    """What fields of their own would tell: years, and what is held or still to come."""
    whole = span_of(nearest, 0, len(nearest.text))
    if coming(nearest.text) and not coming(line.text):
        yield Claim(
            line.text,
            "certificate",
            "contradicted",
            "block",
            line.path,
            (whole,),
            "prose.certificate",
            reason=f'the source says "{nearest.text}"',
        )
    own = [o.text for o in evidence.lines if fuzz.partial_ratio(o.text, line.text) >= _WHOLE]
    for match in YEAR.finditer(line.text):
        if not any(match.group() in text for text in (nearest.text, *own)):
            yield Claim(
                match.group(),
                "dates",
                "contradicted",
                "block",
                line.path,
                (whole,),
                "prose.year",
                reason=f'the source says "{nearest.text}"',
                span=match.span(),
            )
