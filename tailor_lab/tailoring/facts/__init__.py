"""Facts: does the source résumé support what the tailored one says?

`verify` takes both apart into claims, compares them by meaning and says of each what supports it.
It is deterministic and asks no model. The job is never evidence: a claim that only the job makes is
unsupported, and its reason is `jd_leak`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tailor_lab.tailoring.facts.evidence import Evidence
from tailor_lab.tailoring.facts.fields import field_claims
from tailor_lab.tailoring.facts.phrases import PhraseRule, load_rules, shipped_rules
from tailor_lab.tailoring.facts.places import place_claims
from tailor_lab.tailoring.facts.precision import PRECISION, confidence
from tailor_lab.tailoring.facts.prose import prose_claims
from tailor_lab.tailoring.facts.report import Claim, FactsReport, Severity, Span, Verdict
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.opening import opened

__all__ = [
    "Claim",
    "FactsReport",
    "PhraseRule",
    "Severity",
    "Span",
    "Verdict",
    "load_rules",
    "verify",
]


def verify(
    source: Any,
    tailored: Any,
    *,
    job: Any = None,
    knowledge: Knowledge | None = None,
    judge: Callable[[Claim], str | None] | None = None,
    rules: Sequence[PhraseRule] | None = None,
) -> FactsReport:
    """Every claim of `tailored` with what `source` says of it.

    Both are JSON Resume mappings, or objects that hold one as `data`; `job` is the posting's text,
    or an object with a `text`. It is used to name leaks, never as evidence. A `judge` is asked
    about each flagged claim; what it says becomes the claim's `advice` and overrules nothing.
    `rules` are wordings that need the source's own, by default those of `data/rules`;
    `load_rules(folder)` reads others.
    `knowledge` is that by which skills and certificates are known, by default the job's own or that
    of the current settings.

    >>> source = {"work": [{"name": "Acme", "highlights": ["Filed 12 forms"]}]}
    >>> tailored = {"work": [{"name": "Acme", "highlights": ["Filed 120 forms"]}]}
    >>> [str(claim) for claim in verify(source, tailored).blocked]
    ['number "120" is contradicted at /work/0/highlights/0 (the source says "12")']
    """
    ours, theirs = _data(source), _data(tailored)
    posting = str(getattr(job, "text", job or ""))
    rules = shipped_rules() if rules is None else rules
    known = opened(knowledge or getattr(job, "knowledge", None))
    evidence = Evidence(ours, posting, known, rules)
    counted = {**PRECISION, **{rule.id: rule.precision for rule in rules}}
    claims = (
        *field_claims(ours, theirs, known),
        *prose_claims(ours, theirs, evidence),
        *place_claims(theirs, evidence),
    )
    return FactsReport(tuple(_weighed(claim, counted, judge) for claim in claims))


def _weighed(
    claim: Claim,
    counted: Mapping[str, tuple[int, int]],
    judge: Callable[[Claim], str | None] | None,
) -> Claim:
    """The claim with its rule's confidence, and with what the judge says of it, if flagged."""
    if claim.severity == "info":
        return claim
    weighed = replace(claim, confidence=confidence(claim.rule, counted))
    return weighed if judge is None else replace(weighed, advice=judge(weighed))


def _data(resume: Any) -> Mapping[str, Any]:
    data: Mapping[str, Any] = getattr(resume, "data", resume)
    return data
