"""Tells a résumé given as the posting, or a posting given as the résumé.

Each kind of document has marks that the other seldom has: a résumé its owner's address, telephone
and dated jobs; a posting its headings of demands and offers, and a reader called "you". Only a
document that bears marks of the other kind and hardly any of its own is called a mistake.
"""

import re
from functools import lru_cache

from tailor_lab.tailoring.job import Job
from tailor_lab.tailoring.resume import Resume

_RESUME_MARKS = (
    r"[\w.+-]+@[\w-]+\.\w",
    r"(?:\+\d|\(\d{3}\)|\b\d{3})[\d ().-]{7,}\d",
    (
        r"^\W*(?:work |professional |employment )?(?:experience|employment|history|education)"
        r"(?: history)?\W*$"
    ),
    r"\b(?:19|20)\d\d\s*(?:[-–—]|to)\s*(?:\w+\.?\s*)?(?:(?:19|20)\d\d|present|now|current|date)\b",
    r"^\W*(?:references?|hobbies|interests|publications|projects)\W*$",
    r"linkedin\.com/in/|github\.com/",
)
_POSTING_MARKS = (
    r"\byou(?:['’]ll|['’]re| will| have| are| bring)\b",
    (
        r"^\W*(?:requirements|responsibilities|qualifications|nice to have|benefits|duties"
        r"|what (?:you|we)\b.{0,30})\W*$"
    ),
    r"\b(?:we offer|we are looking|we['’]re (?:looking|hiring|growing)|join (?:us|our)|apply)\b",
    r"\bmust (?:have|be|hold)\b|\b(?:is|are) required\b|\brequired\.",
    r"equal opportunity|401\(k\)|[$£€][\d,.]+k?\s*(?:[-–—/]|per\b|an hour)",
    r"\b(?:candidates?|applicants?)\b",
)


@lru_cache(maxsize=256)
def _marks(patterns: tuple[str, ...], text: str) -> int:
    """How many of the patterns the text shows at least once."""
    return sum(bool(re.search(p, text, re.IGNORECASE | re.MULTILINE)) for p in patterns)


def mistaken_inputs(resume: Resume, job: Job) -> tuple[str, ...]:
    """A sentence for each of the two that reads like the other kind of document."""
    notes = []
    own, other = _marks(_RESUME_MARKS, job.text), _marks(_POSTING_MARKS, job.text)
    if own >= 2 and other <= 1:
        notes.append("The job reads like a résumé, not a posting; were the two files exchanged?")
    # What came as JSON Resume has the shape of one.
    text = resume.text if resume.format != "json" else ""
    own, other = _marks(_RESUME_MARKS, text), _marks(_POSTING_MARKS, text)
    if other >= 2 + own:
        notes.append("The résumé reads like a job posting; were the two files exchanged?")
    return tuple(notes)
