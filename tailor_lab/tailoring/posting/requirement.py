"""What a posting asks for, as plain values."""

from dataclasses import dataclass
from typing import Any, Literal

Importance = Literal["required", "preferred"]


@dataclass(frozen=True)
class Requirement:
    """One thing that a posting asks for."""

    id: str
    text: str
    importance: Importance
    kind: str
    """`skill`, `experience`, `degree`, `certification`, `language`, `soft`, `duty` or `other`."""
    skills: tuple[tuple[str, ...], ...] = ()
    """The skills asked for, by canonical name; of each inner group one suffices."""
    terms: tuple[str, ...] = ()
    """The words to look for: the canonical names, and the posting's own spellings of them."""
    span: tuple[int, int] = (0, 0)
    """Where in the posting's text it stands."""
    must: bool = False
    """Whether the posting says so outright ("must", "required", a licence)."""

    def to_dict(self) -> dict[str, Any]:
        """As prompts and result files carry it."""
        return {
            "id": self.id,
            "text": self.text,
            "terms": list(self.terms),
            "importance": self.importance,
            "kind": self.kind,
        }


@dataclass(frozen=True)
class Segment:
    """A line or sentence of a posting and what it is about."""

    kind: str
    """`required`, `preferred`, `duty`, `about`, `benefits`, `boilerplate`, `title` or `other`."""
    text: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Analysis:
    """What a posting asks for and says."""

    requirements: tuple[Requirement, ...]
    segments: tuple[Segment, ...]
    years: float | None
    """The least years of experience asked for, or None."""
    level: str | None
    industry: str | None
    industry_confidence: float
    degree: str | None
    degree_or_equivalent: bool
    certifications: tuple[str, ...]
    location: str | None
