"""Whether a text given as a résumé is a job posting: it speaks to an applicant, not of one."""

import re

# Each says what postings say and résumés hardly ever; several together are needed.
_SIGNS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"\b(?:we are|we're|is|are) (?:now )?(?:looking for|seeking|hiring|recruiting|growing)\b",
        r"\b(?:you(?:'ll| will| have| are| bring)|your (?:role|responsibilities|profile))\b",
        r"\bequal[- ](?:employment[- ])?opportunit(?:y|ies)\b|\bdo(?:es)? not discriminate\b",
        r"\b(?:apply (?:now|today|online|here|by)|to apply|applicants?|no recruiters)\b",
        r"\b(?:ideal|successful|right) candidates?\b|\bcandidates? (?:must|should|will)\b",
        r"\b(?:what (?:we|you)(?:'ll| will)? (?:offer|do|need|bring|must have)|nice to have)\b",
        r"\b(?:about us|who we are|join (?:us|our)|our (?:team|company|client|mission|benefits))\b",
        r"\b(?:401\(?k\)?|paid time off|pto|health insurance|dental|holiday pay)\b",
        r"[$£€]\s?\d[\d.,]*k?\s*(?:[-–—/]|to|per|an?)\s*(?:[$£€]?\d|hr|hour|year|annum|month)",
        r"^\W*(?:minimum |basic |job |preferred |key )?requirements\W*$",
        r"^\W*(?:job description|job summary|position summary|the role|the position)\W*$",
        r"\b(?:must (?:have|be able|possess)|(?:is|are) (?:required|preferred)|a plus)\b",
        r"\b(?:full|part)[- ]time (?:position|role|job)|\bjob type\b|\breports? to the\b",
    )
)
_FROM_FIRST_PERSON = re.compile(
    r"\b(?:references (?:available )?(?:up)?on request|available on request|my (?:role|team|work)"
    r"|date of birth|declaration|hobbies|curriculum vitae|i (?:am|have|was|worked|led))\b",
    re.IGNORECASE,
)


def signs_of_a_posting(text: str) -> int:
    """How many kinds of things a text says that postings say, less what only résumés say.

    >>> signs_of_a_posting("We are hiring! You will lead a ward. Apply now. BSN is required.")
    4
    """
    found = sum(1 for sign in _SIGNS if sign.search(text))
    return found - len(set(_FROM_FIRST_PERSON.findall(text.casefold())))
