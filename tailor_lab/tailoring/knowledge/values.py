"""What the knowledge base holds: skills, credentials, levels, families of titles, industries."""

from dataclasses import dataclass

Kind = str
"""`language`, `framework`, `tool`, `platform`, `database`, `concept`, `method`, `domain`,
`standard`, `language skill` or `soft`."""

SOFT: Kind = "soft"
CURATED = "tailor_lab"
"""The source of what was written for this project; imported names yield to it."""


@dataclass(frozen=True)
class Skill:
    """A skill or technology under its canonical name."""

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    """Other spellings that mean it wherever they stand; case does not matter."""
    ambiguous: tuple[str, ...] = ()
    """Spellings that are also ordinary words: exact case and a fitting context are needed."""
    parents: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    source: str = CURATED


@dataclass(frozen=True)
class Credential:
    """A certification, licence or degree, with its spellings."""

    name: str
    aliases: tuple[str, ...] = ()
    issuer: str = ""
    rank: int = 0
    """Degrees alone: 1 school leaving, 2 associate, 3 bachelor, 4 master, 5 doctor."""
    industries: tuple[str, ...] = ()
    licence: bool = False
    """Whether the work may not be done without it."""


@dataclass(frozen=True)
class Level:
    """A rung of the seniority ladder, with the words of titles that place a role there."""

    name: str
    rank: int
    words: tuple[str, ...]
    years: tuple[float, float]
    """Years of experience that usually go with it, from and to."""


@dataclass(frozen=True)
class TitleFamily:
    """Roles that are one trade: its spellings, and the words that mark it in longer titles."""

    name: str
    titles: tuple[str, ...]
    words: tuple[str, ...] = ()
    industry: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Industry:
    """What an industry's texts look like, and what a good résumé in it shows."""

    name: str
    aliases: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    """Words and phrases that tell its postings and résumés from others."""
    evidence: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    taboos: tuple[str, ...] = ()


def fold(text: str) -> str:
    """`text` as a key: case, and runs of white space, make no difference."""
    return " ".join(text.casefold().split())
