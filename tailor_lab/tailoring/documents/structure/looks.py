"""What a line looks like: the start of an entry, an employer's or a school's, a sentence's rest.

These are guesses from words and marks alone. Headings and entries ask them where a document has no
marks of its own.
"""

import re

from tailor_lab.tailoring.documents.structure.headings import exact_kind, worded_kind
from tailor_lab.tailoring.documents.structure.lines import TextLine
from tailor_lab.tailoring.documents.structure.lone_dates import lone_date, without_dates
from tailor_lab.tailoring.documents.structure.roles import is_role, says_what_was_done
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_degrees
from tailor_lab.tailoring.text.dates import find_dates, find_ranges
from tailor_lab.tailoring.text.lexicon import any_of

SCHOOL = re.compile(
    r"universit|college|school|institut|academy|polytechnic|hochschule|école|vidyala|campus|lyc|board|\bh\.s\.(?!\s?c)",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    rf"\b(?:{any_of('legal_forms', 'certain')}|co(?!-)|company|group|hospital|clinic|bank"
    r"|university|college|school|services|solutions|systems|institute|council|foundation|trust"
    r"|department|ministry|restaurant|hotel|stores?|partners|associates|agency|court)\b\.?",
    re.IGNORECASE,
)
_PLACE_AT_END = re.compile(r"(?:,\s+|\s{3,}|\t+|\s[|–—·-]\s)[A-ZÀ-Þ][\w.'’À-ÿ -]+,\s+[A-Z][\w. ]+$")
_PLACE_BEHIND_GAP = re.compile(r"(?:\s{3,}|\t+)(?:[A-ZÀ-Þ][\w.'’À-ÿ-]+ ?){1,3}$")
_PARTS = re.compile(r"\s+[—–|•·-]\s+|\t+|\s{3,}|\s*\|\s*|,\s+|\s+(?:at|@)\s+")
# Sections of dated lines that are no employment.
_NO_JOBS = re.compile(
    r"leadership|activit|extracurricular|clubs?\b|committee|membership|affiliation|boards?\b"
    r"|governance|involvement|organi[sz]ations|societies|conferences?|presentations?|talks|travel"
    r"|references|courses?|training",
    re.IGNORECASE,
)
_NEAR = 3
# What entries name parts of themselves after.
OF_AN_ENTRY = re.compile(
    r"responsib|deliver|contribution|achievement|accomplish|duties|\broles?\b|environment|highlight"
    r"|tools|technolog|project|summary|client|description",
    re.IGNORECASE,
)


def named_parts(text: str) -> list[str]:
    """What a line names, parted by commas, gaps, bars and dashes, without its dates."""
    parts = (part.strip(" ,|()*_:–—-") for part in _PARTS.split(without_dates(text)))
    return [part for part in parts if part]


def kind_below(lines: list[TextLine], index: int, knowledge: Knowledge) -> str | None:
    """Whether below a line begin entries of `work`, `education` or of an `other` kind; or None.

    A role alone with its dates says that the line above is rather its employer than a heading.
    """
    seen: list[str] = []
    for line in lines[index + 1 : index + 1 + _NEAR]:
        if line.heading in {1, 2} or line.bullet or exact_kind(line.text):
            return None
        if seen and line.after_blank and line.text.isupper() and len(line.text.split()) < 3:
            return None
        lone = lone_date(line.text)
        seen += named_parts(line.text)
        if not find_ranges(line.text) and (lone is None or len(line.text) > 120):
            continue
        if len(seen) < 2:
            return None
        if _NO_JOBS.search(lines[index].text):
            return "other"
        roles = [part for part in seen if is_role(part, knowledge) and len(part.split()) <= 9]
        if any(SCHOOL.search(part) or find_degrees(part, knowledge) for part in seen) and not roles:
            return "education"
        return "work" if roles and not line.text.endswith(".") else "other"
    return None


def names_a_place_of_work(text: str) -> bool:
    """Whether a line looks like an employer's or a school's: by its form, or a place behind it."""
    return bool(
        any(found.group()[0].isupper() for found in _COMPANY.finditer(text))
        or SCHOOL.search(text)
        or _PLACE_AT_END.search(text)
        or _PLACE_BEHIND_GAP.search(text)
    )


def names_a_part(text: str) -> bool:
    """Whether a line names a part of an entry: "KEY ACHIEVEMENTS", "Responsibilities:"."""
    marked = text.isupper() or text.endswith(":")
    return marked and len(text.split()) <= 4 and bool(OF_AN_ENTRY.search(text))


def nothing_dated_below(lines: list[TextLine], index: int, knowledge: Knowledge) -> bool:
    """Whether neither a line in capitals nor what stands below it names an entry of any kind."""
    if is_role(lines[index].text, knowledge) or find_degrees(lines[index].text, knowledge):
        return False
    for line in lines[index + 1 : index + 1 + _NEAR]:
        if line.bullet or line.after_blank or line.heading:
            break
        if find_dates(line.text) or SCHOOL.search(line.text):
            return False
        if any(low == 0 for _, (low, _high) in find_degrees(line.text, knowledge)):
            return False
        if is_role(line.text, knowledge):
            return False
    else:
        return True
    return index + 1 < len(lines) and not lines[index + 1].bullet


def names_study_below(lines: list[TextLine], index: int, knowledge: Knowledge) -> bool:
    """Whether below "Qualifications" stand degrees, schools or dates, not what one is good at."""
    if "qualif" not in lines[index].text.casefold():
        return True
    for line in lines[index + 1 : index + 9]:
        if is_named_heading(line.text):
            break
        if SCHOOL.search(line.text) or find_dates(line.text):
            return True
        if any(low < 12 for _, (low, _high) in find_degrees(line.text, knowledge)):
            return True
    return False


def is_named_heading(text: str) -> bool:
    """Whether a text has the words of a heading, known or not: it is nobody's name or role."""
    return exact_kind(text) is not None or worded_kind(text) is not None


def closes_an_entry(text: str, knowledge: Knowledge) -> bool:
    """Whether the one date of a line is an entry's: the line names a role, or sets the date apart.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> texts = ("Law Clerk, Summer 2018", "Won a prize, 2018")
    >>> [closes_an_entry(text, load_knowledge()) for text in texts]
    [True, False]
    """
    lone = lone_date(text)
    if lone is None or len(text) > 150 or says_what_was_done(text):
        return False
    parts = named_parts(text)
    if not parts or any(is_role(part, knowledge) for part in parts):
        return True
    before = text[: lone.span[0]]
    return lone.strong and (len(parts) > 1 or bool(re.search(r"(?:\t|\s{3}|\|)\s*\(?$", before)))


def goes_on(previous: str, text: str, longest: int) -> bool:
    """Whether a line is rather the rest of the wrapped line above it than a line of its own.

    A line is broken where its next word would not have fit; `longest` is the longest line around.
    """
    if previous.rstrip().endswith((".", "!", "?", ":")):
        return False
    if text[:1].islower() or previous.rstrip().endswith(
        (",", "&", "-", "/", " and", " of", " the")
    ):
        return True
    first = text.split(maxsplit=1)[0] if text.split() else ""
    return len(previous) > 45 and len(previous) + 1 + len(first) > 0.85 * longest
