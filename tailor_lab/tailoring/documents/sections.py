"""A résumé's lines under their headings, whatever the headings are called."""

import re
from dataclasses import dataclass, field

from tailor_lab.tailoring.documents.tables import without_tables

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
        "|berufserfahrung|experiencia|experience details"
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
}
HEADINGS = {name: section for section, names in _NAMES.items() for name in names.split("|")}
# Words that open a section even with its content on the same line ("Skills: Python, SQL").
_INLINE = frozenset(
    {
        *("summary", "professional summary", "objective", "career objective", "skills"),
        *("technical skills", "it skills", "key skills", "core competencies", "software skills"),
        *("computer skills", "technical expertise", "technological skills", "education"),
        *("certifications", "certification"),
    }
)
# What a well-known exporter glues to the end of the line before.
_GLUED = re.compile(r"(?<=\S)[ \t]*(Education Details|Skill Details|Company Details)(?=\s*$)", re.M)
# Arrows, shapes, stars, ticks and pictures: whatever fonts and keyboards offer for a bullet.
_MARK = (
    "[\u00b7\u00bb\u203a\u2022\u2023\u2043\u204c\u204d\u2190-\u21ff\u2217-\u2219\u22c4\u22c5\u25a0-\u25ff"
    "\u2600-\u27bf\u2900-\u297f\u2b00-\u2bff\u30fb\U0001f300-\U0001faff]\ufe0f?"
)
_BULLET = re.compile(
    rf"^\s*(?:(?:{_MARK}\s*)+|[*–—+>-]\s+(?:{_MARK}\s*)?(?:\[[ xX]\]\s+)?|[-–](?=[A-Z][a-z]+ )"
    r"|o\s{1,4}(?=[A-Z])|(?:\(?\d{1,2}[.)]|\(?[a-z]\)|\(?[ivx]{1,4}[.)])\s+)"
)
_LONE_MARK = re.compile(rf"^\s*(?:{_MARK}|[*–-])\s*$")
_INLINE_BULLET = re.compile(r"\s*[•▪●■➢➤❖✦♦]\s*")


@dataclass(frozen=True)
class TextLine:
    """A line without its marks."""

    text: str
    bullet: bool = False
    heading: int = 0
    """The rank of a heading, 1 to 6, or 0."""
    after_blank: bool = False
    depth: int = 0
    """How far it was indented."""


@dataclass
class Section:
    """The lines below one heading. The first section, of kind `header`, has none."""

    kind: str
    heading: str
    lines: list[TextLine] = field(default_factory=list)


def split_sections(text: str) -> list[Section]:
    """The sections of a résumé's text; what stands under an unknown heading is of kind `other`."""
    lines = _lines(text)
    shouting = any(line.text.isupper() and _known(line.text) for line in lines if not line.bullet)
    sections = [Section("header", "")]
    for index, line in enumerate(lines):
        kind = None if line.bullet else _known(line.text)
        rest = ""
        if kind is None and not line.bullet:
            kind, rest = _inline(line.text)
        if kind is not None and _plausible(kind, rest, line, sections[-1]):
            heading = line.text.partition(":")[0] if rest else line.text.rstrip(": ")
            sections.append(Section(kind, heading))
            if rest:
                sections[-1].lines.append(TextLine(rest))
        elif _unknown_heading(line, index, shouting, sections):
            sections.append(Section("other", line.text.rstrip(": ")))
        else:
            sections[-1].lines.append(line)
    return sections


def is_heading(text: str) -> bool:
    """Whether a line alone is a heading's name ("Work Experience", "SKILLS:")."""
    return _known(text) is not None


def _plausible(kind: str, rest: str, line: TextLine, current: Section) -> bool:
    """Whether a line with a heading's word is one here: "Languages" among skills is a group."""
    if line.heading in {1, 2}:
        return True
    if line.heading > 2 and current.kind in {"work", "projects", "volunteer", "education"}:
        return line.text.casefold().strip(": ") in {
            name for name in HEADINGS if HEADINGS[name] == kind and " " in name
        } | {kind, "experience", "education", "certifications"}
    if kind == current.kind and kind != "work":
        return not rest
    return not (kind in {"languages", "projects"} and current.kind in {"skills", "work"} and rest)


def _unknown_heading(line: TextLine, index: int, shouting: bool, sections: list[Section]) -> bool:
    if line.bullet or not line.text or len(line.text.split()) > 6:
        return False
    if line.heading == 1:
        return index > 0 and len(sections) > 1
    if line.heading == 2:
        return True
    letters = [c for c in line.text if c.isalpha()]
    return (
        shouting
        and line.after_blank
        and len(sections) > 1
        and len(letters) > 4
        and line.text.isupper()
        and not any(c.isdigit() for c in line.text)
        and sections[-1].kind not in {"work", "education", "projects", "volunteer"}
    )


def _known(text: str) -> str | None:
    words = re.sub(r"[^\w&' ]+", " ", text.replace("'", "")).split()
    if not words or len(words) > 5:
        return None
    return HEADINGS.get(" ".join(words).casefold())


def _inline(text: str) -> tuple[str | None, str]:
    head, colon, rest = text.partition(":")
    name = head.strip().casefold()
    if colon and rest.strip() and name in _INLINE:
        return HEADINGS[name], rest.strip()
    return None, ""


def _lines(text: str) -> list[TextLine]:
    text = _GLUED.sub(r"\n\1", text)
    made: list[TextLine] = []
    blank = False
    for raw in without_tables(_bullets_with_text(text.splitlines())):
        line = raw.rstrip()
        if not line.strip() or re.fullmatch(r"\s*[-_=*~]{3,}\s*", line):
            blank = True
            continue
        for piece in _pieces(line):
            made.append(_line(piece, blank))
            blank = False
    return made


def _bullets_with_text(lines: list[str]) -> list[str]:
    """The lines, with the text that stands on the line below its bullet put beside it."""
    made: list[str] = []
    mark = ""
    for line in lines:
        if _LONE_MARK.match(line):
            mark = line.strip()
        elif mark and line.strip():
            made.append(f"{mark} {line.strip()}")
            mark = ""
        elif not mark:
            made.append(line)
    return made


def _pieces(line: str) -> list[str]:
    """A line with several bullets in it as several lines."""
    if len(_INLINE_BULLET.findall(line)) < 2 and not re.search(r"\S\s+[•▪●■➢➤❖✦♦]\s+\S", line):
        return [line]
    if "@" in line or re.search(r"https?://|www\.", line):
        return [line]
    first, *others = _INLINE_BULLET.split(line)
    return [piece for piece in (first, *(f"• {other}" for other in others)) if piece.strip(" •")]


def _line(raw: str, blank: bool) -> TextLine:
    depth = len(raw) - len(raw.lstrip())
    text = raw.strip()
    if marks := re.match(r"(#{1,6})\s+", text):
        text = text[marks.end() :].strip("#* ")
        return TextLine(text, heading=len(marks.group(1)), after_blank=blank, depth=depth)
    if bullet := _BULLET.match(text):
        rest = text[bullet.end() :].strip()
        if rest:
            return TextLine(_plain(rest), bullet=True, after_blank=blank, depth=depth)
    bold = re.fullmatch(r"\*\*(.+)\*\*", text)
    return TextLine(_plain(text), heading=3 if bold else 0, after_blank=blank, depth=depth)


def _plain(text: str) -> str:
    """Without the marks of Markdown for bold and italic, and links as text (address)."""
    text = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r"\1 (\2)", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"\1", text)
    return re.sub(r"^[*_](.+)[*_]$", r"\1", text).strip()
