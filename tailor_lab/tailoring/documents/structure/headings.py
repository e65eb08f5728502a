"""What a heading is called, and what kind of section it opens.

Exact names first; then what its words say, whatever else stands beside them: "Legal Experience" is
experience, "Licences & Certifications" and "Bar Admissions" are certificates. How a line must look
to be a heading at all, `sections` knows.
"""

import re

_NAMES = {
    "summary": (
        "summary|professional summary|career summary|executive summary|profile|professional profile"
        "|about|about me|objective|career objective|personal statement|synopsis|overview"
        "|personal profile|career profile|profile summary|summary of qualifications|introduction"
        "|highlights of qualifications|professional overview"
    ),
    "work": (
        "experience|work experience|professional experience|employment|employment history|career"
        "|work history|career history|professional background|relevant experience|work|positions"
        "|company details|clinical experience|teaching experience|industry experience|experiences"
        "|employment experience|professional history|work details|internships|internship"
        "|internship experience|other experience|additional experience|selected experience"
        "|berufserfahrung|experiencia|experience details|military|military service"
    ),
    "volunteer": (
        "volunteer|volunteering|volunteer experience|volunteer work|community service"
        "|community involvement|voluntary work|service"
    ),
    "education": (
        "education|education details|academic background|educational background|qualifications"
        "|academic qualifications|educational qualification|education and training|academics"
        "|educational qualifications|academic details|academic qualification|education & training"
        "|ausbildung|formation|academic history|studies"
    ),
    "projects": (
        "projects|personal projects|project details|selected projects|key projects|project"
        "|portfolio|academic projects|side projects|project experience"
        "|projects undertaken|research projects"
    ),
    "skills": (
        "skills|technical skills|key skills|core competencies|competencies|skill details|it skills"
        "|technologies|core skills|skill set|skillset|areas of expertise|expertise|tools"
        "|technical expertise|technical proficiencies|professional skills|skills & tools"
        "|skills and tools|computer skills|software skills|key competencies|technical summary"
        "|technological skills|core expertise|skills and abilities|tech stack|technical skill"
        "|technical skill set|technical skillset|clinical skills|strengths|key strengths|kenntnisse"
    ),
    "certificates": (
        "certificates|certifications|certification|licenses|licences|licenses and certifications"
        "|licences and certifications|certifications and licenses|certifications & licenses"
        "|professional certifications|licenses & certifications|credentials"
        "|courses and certifications|certifications and training"
        "|training and certifications|licensure"
        "|certificate"
    ),
    "awards": (
        "awards|honors|honours|achievements|awards and honors|awards & honors|honors and awards"
        "|awards and achievements|accomplishments|awards and recognition|recognition"
        "|awards & honours"
    ),
    "publications": "publications|papers|patents|publications and patents|selected publications",
    "languages": "languages|language skills|languages known|sprachen|language",
    "interests": "interests|hobbies|hobbies and interests|personal interests|interests and hobbies",
    "contact": "contact|contact details|contact information|contact me|personal details",
    "references": "references|referees|testimonials|recommendations",
    # JSON Resume has no place for these: they are kept as they are.
    "other": (
        "memberships|professional memberships|affiliations|professional affiliations|activities"
        "|extracurricular activities|leadership activities|memberships and affiliations"
        "|additional information|other information|miscellaneous"
    ),
}
HEADINGS = {name: section for section, names in _NAMES.items() for name in names.split("|")}

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


def _plain_name(text: str) -> str:
    words = re.sub(r"[^\w&' ]+", " ", re.sub("['’]", "", text)).split()
    name = " ".join(words).casefold()
    return name if len(words) <= 5 else ""
