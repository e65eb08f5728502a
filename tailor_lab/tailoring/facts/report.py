"""What verifying found: claims, their verdicts, and the confidence that follows from them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tailor_lab.markup import Shown, badge, folded, heading, table

Verdict = Literal["supported", "derived", "weaker", "misattributed", "unsupported", "contradicted"]
Severity = Literal["block", "review", "info"]


@dataclass(frozen=True)
class Span:
    """A place in the source résumé."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Claim:
    """One checkable statement of the tailored résumé, and what its source says of it."""

    text: str
    """The claim's own words."""
    kind: str
    """employer, title, dates, degree, certificate, award, skill, number, verb, reach …"""
    verdict: Verdict
    """"supported", "derived", "weaker", "misattributed", "unsupported" or "contradicted"."""
    severity: Severity
    """"block", "review" or "info"."""
    path: str
    """JSON pointer into the tailored résumé."""
    spans: tuple[Span, ...] = ()
    """What of the source supports it, or comes nearest."""
    rule: str = ""
    """The rule that was applied."""
    confidence: float = 1.0
    """How often the rule is right, 0 to 1, as measured."""
    reason: str = ""
    """`jd_leak` where the claim stands in the job but not in the source; else in plain words."""
    span: tuple[int, int] | None = None
    """Where in the tailored text it stands; None means all of it."""
    advice: str | None = None
    """What a judge given by the caller says; it changes neither verdict nor severity."""

    def to_dict(self) -> dict[str, Any]:
        """The claim as JSON-like values."""
        return {**vars(self), "spans": [vars(span) for span in self.spans]}

    def __str__(self) -> str:
        because = " (only the job says so)" if self.reason == "jd_leak" else ""
        if self.reason and not because:
            because = f" ({self.reason})"
        return f'{self.kind} "{self.text}" is {self.verdict} at {self.path}{because}'


@dataclass(frozen=True, repr=False)
class FactsReport(Shown):
    """All claims of a tailored résumé."""

    claims: tuple[Claim, ...] = field(default=())

    @property
    def blocked(self) -> tuple[Claim, ...]:
        """The claims that must not go out."""
        return tuple(claim for claim in self.claims if claim.severity == "block")

    @property
    def flagged(self) -> tuple[Claim, ...]:
        """The claims that block or want review."""
        return tuple(claim for claim in self.claims if claim.severity != "info")

    @property
    def ok(self) -> bool:
        """Whether nothing blocks."""
        return not self.blocked

    @property
    def confidence(self) -> float:
        """How far the résumé can be trusted, 0 to 1; 1 where nothing is claimed.

        The share of claims that pass, or, where something blocks, at most the chance that the most
        certain of the blocks is a false alarm.
        """
        if not self.claims:
            return 1.0
        share = 1 - len(self.flagged) / len(self.claims)
        return min([share, *(1 - claim.confidence for claim in self.blocked)])

    def __str__(self) -> str:
        return "\n".join(
            [self._head(), *(f"  {claim.severity}: {claim}" for claim in self.flagged)]
        )

    def _head(self) -> str:
        return f"{len(self.claims)} claims, {len(self.blocked)} block, {len(self.flagged)} flagged"

    def _page(self) -> Iterator[str]:
        yield heading(f"{self._head()}; confidence {self.confidence:.2f}")
        if self.flagged:
            yield _table(self.flagged)
        passed = [claim for claim in self.claims if claim.severity == "info"]
        if passed:
            yield folded(f"{len(passed)} claims that the source supports", _table(passed))


def _table(claims: Iterable[Claim]) -> str:
    rows = [
        (
            badge(_BADGES[claim.severity], claim.verdict),
            claim.kind,
            claim.text,
            claim.path,
            "only the job says so" if claim.reason == "jd_leak" else claim.reason,
            "; ".join(span.text for span in claim.spans),
        )
        for claim in claims
    ]
    return table(("verdict", "kind", "claim", "where", "why", "in the source"), rows)


_BADGES = {"block": "bad", "review": "open", "info": "good"}
