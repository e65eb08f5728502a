"""What the head of a posting says: its title and where the work is.

Postings name them in their first lines, with or without a label: "Location: Santa Fe, NM", "Nurse –
London, UK (hybrid)", "WAREHOUSE SUPERVISOR. Grove City OH. We're growing!".
"""

import re
from functools import partial

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import title_family
from tailor_lab.tailoring.text.lexicon import any_of

_any = partial(any_of, "posting_head")

_LONGEST_TITLE = 100
_HEAD_LINES = 5
_LABEL = re.compile(r"(?:job\s+|position\s+)?(?:title|position|role)\s*[:–-]\s*", re.IGNORECASE)
# A first line that opens a section and names no job.
_HEADING = re.compile(
    (
        rf"(?:the\s+|our\s+|your\s+)?(?:{_any('heading_marks')})?\s*(?:{_any('heading')})"
        rf"|about\s+(?:us|you|the\s+\w+|our\s+\w+)|who\s+(?:we|you)\s+are|what\s+(?:you"
        rf"|we)\b.*|we\s+are\s+hiring|now\s+hiring|urgent(?:ly)?\s+hiring"
    ),
    re.IGNORECASE,
)
_GENERIC = re.compile(
    (
        rf"(?:the\s+|our\s+)?(?:job|role|position)?\s*(?:{_any('generic')})|(?:now|we\s+are"
        rf"|urgent(?:ly)?)\s+hiring"
    ),
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*•·▪◦‣●○■□–—+]|\(?\d{1,2}[.)])\s+")

_STATES = _any("states")
_COUNTRIES = _any("countries")
_TOWN = rf"[A-Z][\w.'’]+(?:[ -](?:{_any('town')})){{0,3}}"
_MODE = rf"(?:{_any('mode')})"
_SUFFIX = rf"(?:\s*\(\s*(?i:{_MODE})[^)\n]{{0,30}}\))?"
_WITH_COMMA = re.compile(rf"{_TOWN},\s*(?:(?:{_STATES})\b|(?:{_COUNTRIES})(?!\w)){_SUFFIX}")
_WITHOUT_COMMA = re.compile(rf"({_TOWN})\s+(?:{_STATES}){_SUFFIX}")
_REMOTE = re.compile(
    r"(?:fully\s+|100\s?%\s+)?remote(?:\s*\([^)\n]{2,30}\)|\s*[,:–-]\s*[A-Z][\w ]{1,30}"
    r"|\s+(?:in|within|from)\s+(?:the\s+)?[A-Z][\w ]{1,30})?",
    re.IGNORECASE,
)
_BASED = re.compile(
    rf"\b(?i:(?:is\s+|be\s+|position\s+|role\s+)?(?:based|located)\s+(?:in|at|near)|work\s+from\s+our)\s+"
    rf"((?:downtown\s+|central\s+)?{_TOWN}(?:,\s*(?:(?:{_STATES})\b|(?:{_COUNTRIES})(?!\w)))?{_SUFFIX})"
)
_LABELLED = re.compile(
    r"^\W*(?:job\s+|work\s+)?(?:location|where|based in|office)\s*[:–-]\s*(.{2,60})$",
    re.IGNORECASE | re.MULTILINE,
)
_PIECES = re.compile(r"\s+[–—|·•-]\s*|\s*[|·•;\t]\s*|(?<=[a-z)A-Z]{2})\.(?:\s+|$)|[()]")


def title_of(text: str, knowledge: Knowledge) -> str:
    """The title that a posting's first lines give, or an empty text.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> title_of("Job description\\nTitle: Staff Nurse", load_knowledge())
    'Staff Nurse'
    """
    for raw in text.splitlines():
        line = raw.strip("#*_ \t")
        if not line or _GENERIC.fullmatch(line.rstrip(" :.!")):
            continue
        if _BULLET.match(raw) or _HEADING.fullmatch(line.rstrip(" :?!")):
            return ""
        line = _LABEL.sub("", line, count=1) if _LABEL.match(line) else line
        if len(line) <= _LONGEST_TITLE and not line.endswith("."):
            return line
        return _leading_title(line, knowledge)
    return ""


def _leading_title(line: str, knowledge: Knowledge) -> str:
    """The sentence before the prose of a posting in one paragraph, where it names a job."""
    first = re.split(r"[.!:]\s+|\s+[–—|-]\s+", line, maxsplit=1)[0].rstrip(".!")
    named = first.isupper() or (title_family(first, knowledge) is not None and first[:1].isupper())
    prose = re.search(r"\b(?:we|you|our|is|are|seeks?|hiring)\b", first, re.IGNORECASE)
    return first if named and not prose and len(first.split()) <= 8 else ""


def location_of(text: str, knowledge: Knowledge, title: str = "") -> str | None:
    """Where the work is, by a label, the first lines, or "based in"; else None.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> location_of("Nurse\\nMercy Valley Medical Center, Santa Fe, NM\\n- Epic", load_knowledge())
    'Santa Fe, NM'
    """
    labelled = _LABELLED.search(text)
    if labelled:
        return labelled.group(1).strip(" *_")
    lines = [line.strip() for line in text.splitlines() if line.strip()][:_HEAD_LINES]
    for line in (title, *lines):
        found = _in_head(line[:240], knowledge)
        if found:
            return found
    based = _BASED.search(text)
    return based.group(1).strip() if based else None


def _in_head(line: str, knowledge: Knowledge) -> str | None:
    found = _WITH_COMMA.search(line)
    # "Physician Assistant, PA" is a trade and its letters.
    if found and title_family(found.group().rpartition(",")[0], knowledge) is None:
        return found.group().strip()
    for piece in filter(None, _PIECES.split(line)):
        bare = str(piece).strip(" .,")
        alone = _WITHOUT_COMMA.fullmatch(bare)
        if alone and title_family(alone.group(1), knowledge) is None:
            return bare
        if _REMOTE.fullmatch(bare):
            whole = _REMOTE.search(line, line.index(bare))
            return whole.group().strip() if whole else bare
    return None
