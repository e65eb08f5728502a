"""Texts that no rule of their own reads: locations, courses, keywords, references, unknown keys.

Whatever a reader sees or a score credits must come from the source. A text that the source has in a
place of the same kind is its own. A list of keywords is held against what the source shows, as a
list of skills is; any other text gives up its numbers, names and credentials like a line of prose,
and what the source lacks altogether wants review even if no such claim is found in it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tailor_lab.tailoring.facts.align import Line, words
from tailor_lab.tailoring.facts.evidence import Evidence
from tailor_lab.tailoring.facts.prose import line_claims
from tailor_lab.tailoring.facts.report import Claim, Span
from tailor_lab.tailoring.facts.rules.listed import keyword_claim
from tailor_lab.tailoring.resume import Resume

_READ = re.compile(
    r"/basics/(?:name|email|phone|label|summary)"
    r"|/work/\d+/(?:name|position)|/volunteer/\d+/(?:organization|position)"
    r"|/education/\d+/(?:institution|studyType|area|score)|/projects/\d+/name"
    r"|/certificates/\d+/(?:name|issuer)|/awards/\d+/(?:title|awarder)|/publications/\d+/name"
    r"|/languages/\d+/(?:language|fluency)"
    r"|/(?:work|volunteer|projects|education)/\d+/(?:startDate|endDate)"
    r"|/(?:certificates|awards)/\d+/date|/publications/\d+/releaseDate"
    r"|/(?:work|volunteer|projects)/\d+/(?:summary|description|highlights/\d+)"
    r"|/other/\d+/lines/\d+|/skills/\d+/keywords/\d+"
)
"""What the rules for fields, dates, lines and skills read."""
_HEADING = re.compile(r"/(?:skills|other)/\d+/name")
_KEYWORD = re.compile(r"/keywords/\d+$|^/skills/\d+/\w+$")
_BOUND = re.compile(
    r"/(?:courses/\d+|location\b.*|level|score|reference)$|^/(?:references|interests)/"
)
"""Where the words may not come from elsewhere in the source: who knows SQL took no course in it."""
_HEADINGS = frozenset(
    {
        *("skill", "skills", "technical", "tool", "tools", "technology", "technologies", "core"),
        *("language", "languages", "programming", "framework", "frameworks", "libraries", "other"),
        *("platform", "platforms", "software", "systems", "soft", "competencies", "key", "areas"),
        *("additional", "general", "professional", "personal", "methods", "strengths", "hard"),
        *("expertise", "knowledge", "domain", "certifications", "and", "of", "more", "header"),
        *("practices", "further", "information", "notes", "misc", "miscellaneous", "interests"),
    }
)
"""Headings made of these words claim nothing."""
_QUOTED = re.compile(r"^/references/")
_SHORT = 4
"""Up to so many words a text is no rewording, but another text."""


def place_claims(tailored: Mapping[str, Any], evidence: Evidence) -> Iterator[Claim]:
    """The claims of every text of the tailored résumé that no other rule reads."""
    kinds: dict[str, dict[str, Line]] = defaultdict(dict)
    for line in Resume(evidence.source).lines():
        own = Line(line.path, line.text, _kind(line.path))
        kinds[own.entry].setdefault(_plain(line.text), own)
    for line in Resume(tailored).lines():
        if not _READ.fullmatch(line.path):
            kind = _kind(line.path)
            yield from _claims(Line(line.path, line.text, kind), kinds[kind], evidence)


def _claims(line: Line, beside: Mapping[str, Line], evidence: Evidence) -> Iterator[Claim]:
    same = beside.get(_plain(line.text))
    if same is not None:
        span = Span(same.path, 0, len(same.text), same.text)
        yield Claim(line.text, "text", "supported", "info", line.path, (span,), "text.same")
        return
    if _HEADING.fullmatch(line.path) and set(words(line.text)) <= _HEADINGS:
        return
    bound = _BOUND.search(line.path) is not None
    said = None if bound else evidence.saying(line.text.strip())
    if said is not None:
        yield Claim(line.text, "text", "supported", "info", line.path, (said,), "text.said")
        return
    if _HEADING.fullmatch(line.path) or _KEYWORD.search(line.path):
        yield _listed(line, evidence)
        return
    own = list(beside.values())
    found = list(line_claims(line, own, own, None, evidence))
    reworded = own and not _QUOTED.search(line.path) and len(line.text.split()) > _SHORT
    if not any(claim.severity != "info" for claim in found) and not reworded:
        found.append(_new(line))
    yield from found


def _listed(line: Line, evidence: Evidence) -> Claim:
    """The claim of a keyword or a heading; one that is no skill wants review only."""
    claim = keyword_claim(line.text, line.path, evidence)
    heading = _HEADING.fullmatch(line.path) is not None
    if claim.severity == "block" and heading and claim.rule == "skill.listed":
        return replace(claim, severity="review", rule="text.new")
    return claim


def _new(line: Line) -> Claim:
    reason = "the source has no such text there"
    rule = "text.new"
    return Claim(line.text, "text", "unsupported", "review", line.path, rule=rule, reason=reason)


def _kind(path: str) -> str:
    """A place without its indices, so that entries may change their order."""
    return re.sub(r"/\d+(?=/|$)", "/*", path)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+|[%$€£+#]", text.casefold()))
