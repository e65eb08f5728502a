"""Listed skills: each must be shown somewhere in the source, under whatever name.

A skill may stand in the source's list, in a bullet ("in Power BI"), as a deed ("negotiated
contracts": contract negotiation), or be implied by a narrower one (PostgreSQL: SQL). A neighbour
implies nothing, and neither does a broader skill its kinds. How well it is known is a claim, too:
"advanced", "expert" and "certified" need the source's word; "hands-on" and "experience with" not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tailor_lab.tailoring.facts.align import Line, words
from tailor_lab.tailoring.facts.evidence import Evidence
from tailor_lab.tailoring.facts.report import Claim, Severity, Span
from tailor_lab.tailoring.knowledge.base import SOFT
from tailor_lab.tailoring.knowledge.matcher import SkillMatch
from tailor_lab.tailoring.text.abbreviations import initials, letters
from tailor_lab.tailoring.text.stems import is_verb
from tailor_lab.tailoring.text.words import normal, tokens

_NEUTRAL = frozenset(
    normal(word)
    for word in (
        *("hands", "on", "practical", "practice", "experience", "experienced", "working", "work"),
        *("knowledge", "basic", "basics", "familiar", "familiarity", "skill", "usage", "use"),
        *(
            "used",
            "using",
            "daily",
            "professional",
            "professionally",
            "applied",
            "tool",
            "software",
        ),
        *("suite", "platform", "programming", "language", "framework", "library", "system"),
        *("technology", "database", "exposure", "understanding"),
        *("regular", "regularly", "job", "at", "with", "of", "in", "and", "or", "the", "a", "for"),
        *("good", "ability", "able", "to", "from", "day", "everyday", "application", "competent"),
    )
)
_LEVEL = re.compile(
    r"\b(?:advanced|expert(?:ise)?|master(?:y)?|fluent|extensive|deep|specialist|guru|senior|certified"
    r"|certification|licensed|excellent|outstanding|native|proficient|proficiency|in-depth)\b",
    re.IGNORECASE,
)
_LEVEL_BEFORE = re.compile(
    r"\b(?P<level>advanced|expert(?:ise)?|mastery?|extensive|deep|in-depth|specialist|fluent"
    r"|power)\s(?:(?:in|with|at|of|knowledge of|use of|user of|level)\s)?$",
    re.IGNORECASE,
)
_FEWEST_INITIALS = 3
"""Two letters stand for too many things to support what they may be short for."""
_ITEMS = re.compile(r"\s*[,;|•·]\s*|\s/\s")
_JOINTS = re.compile(r"\s*(?:[,;/|•·]|\s(?:and|&)\s)\s*")


def listed_claims(tailored: Mapping[str, Any], evidence: Evidence) -> Iterator[Claim]:
    """The claims of every listed skill."""
    for i, group in enumerate(tailored.get("skills") or ()):
        for j, keyword in enumerate(group.get("keywords") or ()):
            yield keyword_claim(str(keyword), f"/skills/{i}/keywords/{j}", evidence)


def skill_claim(match: SkillMatch, path: str, evidence: Evidence, *, prose: bool) -> Claim | None:
    """The claim of a skill that the knowledge base knows; None for one of character."""
    skill = evidence.knowledge.skills[match.skill]
    if skill.kind == SOFT:
        return None
    # What goes by a name of its own ("Kubernetes") no deed can show.
    common = skill.name.islower()
    place = (match.start, match.end)
    found = evidence.skill(match)
    verb = prose and is_verb(match.text)  # "taught" tells a deed and names no skill
    if found is None and common and verb:
        return None
    if found is None and common:
        found = evidence.shown(match.text)
    if found is None:
        found = evidence.spelt_out(match.text)
    if found is not None:
        return Claim(
            match.text, "skill", "supported", "info", path, (found,), "skill.known", span=place
        )
    severity: Severity = "review" if prose and common else "block"
    reason = "jd_leak" if match.skill in evidence.job_skills else ""
    rule = "skill.known" if severity == "block" else "skill.method"
    return Claim(
        match.text, "skill", "unsupported", severity, path, (), rule, reason=reason, span=place
    )


def level_claim(match: SkillMatch, line: Line, evidence: Evidence) -> Claim | None:
    """The claim of a word before a skill in prose that says how well it is known, if it is new."""
    before = _LEVEL_BEFORE.search(line.text, 0, match.start)
    if before is None:
        return None
    level = before["level"]
    if _level_said(level, line.text[before.start() : match.end], match.text, evidence):
        return None
    place = (before.start(), match.end)
    text, reason = line.text[slice(*place)], f'the source does not say "{level}"'
    return Claim(
        text,
        "skill",
        "unsupported",
        "review",
        line.path,
        (),
        "skill.level",
        reason=reason,
        span=place,
    )


def _level_said(level: str, phrase: str, skill: str, evidence: Evidence) -> bool:
    """Whether the source says of a skill, in whatever order, how well it is known."""
    if evidence.saying(phrase) is not None:
        return True
    stem, wanted = level.casefold()[:6], words(skill)
    return any(
        stem in line.text.casefold() and wanted <= words(line.text) for line in evidence.told
    )


def keyword_claim(keyword: str, path: str, evidence: Evidence) -> Claim:
    """The claim of an item of a list, which may name several skills.

    A flagged one is the whole item: what else it names has no part in a list that is not true.
    """
    claim = _item(keyword, path, evidence)
    return claim if claim.severity == "info" else replace(claim, span=None)


def _item(keyword: str, path: str, evidence: Evidence) -> Claim:
    items = _ITEMS.search(keyword) is not None and _spelt(keyword, evidence) is None
    parts = [part for part in (_ITEMS if items else _JOINTS).split(keyword) if part]
    claim = _whole(keyword, path, evidence)
    if len(parts) < 2 or (claim.severity == "info" and not items):
        return claim
    claims = [_whole(part, path, evidence) for part in parts]
    bad = [part for part in claims if part.severity != "info"]
    return bad[0] if bad else claims[0]


def _whole(keyword: str, path: str, evidence: Evidence) -> Claim:
    said = _spelt(keyword, evidence) or evidence.spelt_out(keyword)
    if said is not None:
        return Claim(keyword, "skill", "supported", "info", path, (said,), "skill.listed")
    matches = evidence.knowledge.matcher.find(keyword, listed=True)
    levelled = _levelled(keyword, matches, path, evidence)
    if levelled is not None:
        return levelled
    claims = [
        claim for m in matches if (claim := skill_claim(m, path, evidence, prose=False)) is not None
    ]
    rest = keyword
    for match in reversed(matches):
        rest = f"{rest[: match.start]} {rest[match.end :]}"
    more = [token for token in tokens(rest) if token not in _NEUTRAL]
    bad = next((claim for claim in claims if claim.severity != "info"), None)
    if bad is not None:
        return bad
    if claims and all(evidence.vocabulary.has(token) for token in more):
        return claims[0]
    core = _core(keyword)
    if core and core != keyword:
        return replace(_whole(core, path, evidence), text=keyword)
    found = evidence.shown(core) if not claims or more else None
    if found is not None:
        return Claim(keyword, "skill", "supported", "info", path, (found,), "skill.listed")
    # Traits cannot be shown; they want a look.
    soft = bool(matches) and not claims and not more
    severity: Severity = "review" if soft else "block"
    reason = "jd_leak" if words(keyword) <= words(evidence.posting) else ""
    rule = "skill.soft" if soft else "skill.listed"
    return Claim(keyword, "skill", "unsupported", severity, path, (), rule, reason=reason)


def _levelled(
    keyword: str, matches: Sequence[SkillMatch], path: str, evidence: Evidence
) -> Claim | None:
    """The claim of a skill that the source shows, said with how well it is known; else None."""
    level = _LEVEL.search(keyword)
    if level is None:
        return None
    bare = " ".join(keyword.replace(level.group(), " ").split())
    named = {match.skill for match in evidence.knowledge.matcher.find(bare, listed=True)}
    within = (m for m in matches if m.start <= level.start() < m.end)
    if not bare or any(match.skill not in named for match in within):
        return None  # "deep learning" is no level of learning
    without = _whole(bare, path, evidence)
    if without.severity != "info":
        return None
    if _level_said(level.group(), keyword, _core(bare) or bare, evidence):
        return replace(without, text=keyword)
    reason = f'the source does not say "{level.group()}"'
    return Claim(keyword, "skill", "unsupported", "review", path, (), "skill.level", reason=reason)


def _spelt(keyword: str, evidence: Evidence) -> Span | None:
    """Where the source says it, as it is or by a name in brackets ("search engine … (SEO)")."""
    found = evidence.saying(keyword)
    letters_of_it = initials(keyword).upper()
    if found is None and len(letters_of_it) >= _FEWEST_INITIALS:
        found = evidence.saying(letters_of_it, exact=True)
    short = re.search(r"\(([^)]+)\)", keyword)
    if found is None and short is not None:
        outside = keyword[: short.start()].strip()
        spoken = re.sub(r"\d", "", letters(short[1]))
        if spoken and set(spoken) in (set(initials(outside)), set(initials(outside, small=True))):
            return evidence.saying(short[1]) or evidence.saying(outside)
    return found


def _core(keyword: str) -> str:
    """A keyword without the words around it that claim nothing."""
    plain = re.sub(r"\s*[()–—-]\s+|\s+[–—-]\s*|[()]", " ", keyword)
    kept = [word for word in plain.split() if not set(tokens(word)) <= _NEUTRAL]
    return " ".join(kept)
