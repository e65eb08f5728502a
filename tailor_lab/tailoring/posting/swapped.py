"""Tells a résumé that was given as the posting.

A résumé has marks that postings hardly ever have: its owner's address and telephone, dated jobs,
references. A text with several of them that hardly speaks to an applicant is no posting. (The other
way round, reading the résumé says so.)
"""

import re
from functools import lru_cache

from tailor_lab.tailoring.documents.posting import signs_of_a_posting
from tailor_lab.tailoring.posting.job import Job

# Of 853 real postings and the 35 shipped ones none has more than one of these.
_RESUME_MARKS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"[\w.+-]+@[\w-]+\.\w",
        r"(?:\+\d|\(\d{3}\)|\b\d{3})[\d ().-]{7,}\d",
        r"^\W*(?:work |professional |employment )?(?:experience|employment|history|education)\W*$",
        r"\b(?:19|20)\d\d\s*(?:[-–—]|to)\s*(?:\w+\.?\s*)?(?:(?:19|20)\d\d|present|now|current)\b",
        r"^\W*(?:references?|hobbies|interests|publications|projects)\W*$",
        r"linkedin\.com/in/|github\.com/",
    )
)


def mistaken_job(job: Job) -> tuple[str, ...]:
    """A sentence that says so where the job reads like a résumé, else nothing."""
    if not _reads_like_a_resume(job.text):
        return ()
    return ("The job reads like a résumé, not a posting; were the two files exchanged?",)


@lru_cache(maxsize=256)
def _reads_like_a_resume(text: str) -> bool:
    marks = sum(bool(mark.search(text)) for mark in _RESUME_MARKS)
    return marks >= 2 and signs_of_a_posting(text) <= 1
