"""What a heading is called, and what kind of section it opens.

Exact names first; then what its words say, whatever else stands beside them: "Legal Experience" is
experience, "Licences & Certifications" and "Bar Admissions" are certificates. How a line must look
to be a heading at all, `sections` knows.
"""

import re
from collections.abc import Mapping

from tailor_lab.tailoring.text.lexicon import lexicon


def _plain_name(text: str) -> str:
    words = re.sub(r"[^\w&' ]+", " ", re.sub("['’]", "", text)).split()
    name = " ".join(words).casefold()
    return name if len(words) <= 5 else ""


HEADINGS: Mapping[str, str] = {
    _plain_name(name): section
    for sections in lexicon("headings")["languages"].values()
    for section, names in sections.items()
    for name in names
}
"""The kind of section that each name opens, in all languages of the lexicon."""

# What the words of a heading say, the first that fits; each is searched in "legal experience".
_PATTERNS = tuple(
    (section, re.compile(rf"(?:^|\s)(?:{pattern})(?=\s|$)"))
    for section, pattern in (
        ("volunteer", r"volunteer(?:ing|s)?|voluntary|pro bono|charit(?:y|able)"),
        ("work", r"(?:military|naval|army|armed forces) (?:service|career|background|history)"),
        ("projects", r"projects"),
        (
            "certificates",
            (
                r"continuing (?:professional |medical |legal )?education|professional development"
                r"|^cpd|(?:bar|court) admissions?|trainings?(?: (?:attended|completed|courses))?$"
                r"|courses(?: (?:attended|completed|taken))?$|workshops(?: attended)?$"
            ),
        ),
        (
            "education",
            (
                r"(?:formal|further|higher|relevant|academic|university|college|secondary|graduate"
                r"|medical|legal|other|additional|my) education|^education (?:&|and|history|record)"
                r"|(?:&|and) education$|educational|^academic (?:background|record|history|details)"
                r"|^schooling|^schools?(?: attended)?$|^degrees?$|qualifications$"
            ),
        ),
        ("skills", r"skills|competenc(?:ies|es|e)|proficienc(?:ies|y)|expertise|strengths"),
        (
            "certificates",
            (
                r"licen[cs](?:e|es|ure)|certifi(?:cates?|cations?)|certs|credentials|^tickets$"
                r"|accreditations?|^admissions$|(?:professional )?registrations$"
            ),
        ),
        (
            "summary",
            (
                r"(?:profile|summary|objective|statement|overview)$|^about (?:me|myself)"
                r"|^who i am|^bio$"
            ),
        ),
        (
            "work",
            (
                r"experiences?(?=$| (?:&|and|with|in|highlights|history|summary))"
                r"|(?:career|work|job|professional|employment) (?:history|record"
                r"|background)|employment$|^employment|i(?:ve)? worked|(?:roles|posts|jobs) held"
            ),
        ),
        ("awards", r"awards?|hono(?:u)?rs|prizes|scholarships|accomplishments"),
        ("publications", r"publications"),
        ("references", r"referees|references"),
    )
)
# With these the words tell of things known, not of places worked at; of a task, not of a person.
_OF_A_PROJECT = re.compile(
    r"\b(?:project|product|client|company|role|job|test|team|business|customer|system)\b"
)
_OF_THINGS = re.compile(r"\b(?:technical|computer|software|systems?|it|language|travel|years)\b")


def exact_kind(text: str) -> str | None:
    """The kind of section that a heading's own name opens ("Work Experience", "SKILLS:")."""
    return HEADINGS.get(_plain_name(text))


def worded_kind(text: str) -> str | None:
    """The kind of section that the words of a heading tell, or None.

    >>> worded_kind("RELATED LEGAL EXPERIENCE"), worded_kind("Licences & Certifications")
    ('work', 'certificates')
    >>> worded_kind("Acme Ltd") is None
    True
    """
    name = _plain_name(text)
    if not name or len(name.split()) > 5 or any(c.isdigit() for c in name):
        return None
    kind = next((kind for kind, pattern in _PATTERNS if pattern.search(name)), None)
    misled = {"work": _OF_THINGS, "summary": _OF_A_PROJECT}.get(kind or "")
    return None if misled and misled.search(name) else kind


def is_heading(text: str) -> bool:
    """Whether a line alone is a heading's name ("Work Experience", "SKILLS:")."""
    return exact_kind(text) is not None
