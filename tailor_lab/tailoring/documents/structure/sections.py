"""A résumé's lines under their headings, whatever the headings are called."""

from dataclasses import dataclass, field

from tailor_lab.tailoring.documents.structure.headings import HEADINGS, exact_kind, worded_kind
from tailor_lab.tailoring.documents.structure.lines import TextLine, read_lines
from tailor_lab.tailoring.documents.structure.looks import (
    OF_AN_ENTRY,
    kind_below,
    names_a_place_of_work,
    names_study_below,
    nothing_dated_below,
)
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import title_family

# Words that open a section even with its content on the same line ("Skills: Python, SQL").
_INLINE = frozenset(
    {
        *("summary", "professional summary", "objective", "career objective", "skills"),
        *("technical skills", "it skills", "key skills", "core competencies", "software skills"),
        *("computer skills", "technical expertise", "technological skills", "education"),
        *("certifications", "certification", "references", "referees"),
    }
)
_LISTED = frozenset({"certificates", "awards", "publications", "interests", "languages"})
# These, only behind sections where they are no group of skills and no part of an entry.
_INLINE_LATER = frozenset({"languages", "interests", "hobbies", "licenses", "licences"})
_LATER = frozenset(
    {"education", "certificates", "awards", "publications", "interests", "languages"}
)
_WITH_ENTRIES = frozenset(
    {"work", "projects", "volunteer", "education", "certificates", "awards", "publications"}
)
# Words that a heading writes small between its capitals.
_SMALL = frozenset({"and", "of", "the", "&", "in", "for", "with", "/", "i"})


@dataclass
class Section:
    """The lines below one heading. The first section, of kind `header`, has none."""

    kind: str
    heading: str
    lines: list[TextLine] = field(default_factory=list)


def split_sections(text: str, knowledge: Knowledge) -> list[Section]:
    """The sections of a résumé's text; what stands under an unknown heading is of kind `other`."""
    lines = read_lines(text)
    shouting = any(
        line.text.isupper() and (exact_kind(line.text) or worded_kind(line.text))
        for line in lines
        if not line.bullet
    )
    rank = _section_rank(lines)
    sections = [Section("header", "")]
    for index, line in enumerate(lines):
        kind, rest = (
            (None, "")
            if line.bullet
            else _opened(lines, index, shouting, rank, sections, knowledge)
        )
        if kind is None:
            sections[-1].lines.append(line)
            continue
        heading = line.text.partition(":")[0] if rest else line.text.rstrip(": ")
        sections.append(Section(kind, heading))
        if rest:
            sections[-1].lines.append(TextLine(rest))
    return sections


def _opened(
    lines: list[TextLine],
    index: int,
    shouting: bool,
    rank: int,
    sections: list[Section],
    knowledge: Knowledge,
) -> tuple[str | None, str]:
    """The kind of section that a line opens, or None, and what of it is already content."""
    line, current = lines[index], sections[-1]
    kind, rest = exact_kind(line.text), ""
    if kind is None:
        kind, rest = _inline(line, shouting, current)
    if kind is not None and _plausible(kind, rest, line, current, shouting):
        if kind == "summary" and not rest and kind_below(lines, index, knowledge) == "work":
            return "work", ""
        if kind == "education" and not rest and not names_study_below(lines, index, knowledge):
            return "summary", ""
        return kind, rest
    if kind := _by_words(lines, index, current, rank, knowledge):
        return kind, ""
    if _unknown_heading(lines, index, shouting, sections, knowledge):
        return kind_below(lines, index, knowledge) or "other", ""
    return None, ""


def _section_rank(lines: list[TextLine]) -> int:
    """The rank of the marked headings of a document, where all that are known have the same."""
    ranks = {line.heading for line in lines if not line.bullet and exact_kind(line.text)}
    return ranks.pop() if len(ranks) == 1 else 0


def _plausible(kind: str, rest: str, line: TextLine, current: Section, shouting: bool) -> bool:
    """Whether a line with a heading's word is one here: "Languages" among skills is a group."""
    if line.heading in {1, 2}:
        return True
    capitals = shouting and line.text.isupper() and not rest
    if line.heading > 2 and current.kind in _WITH_ENTRIES and not capitals:
        return line.text.casefold().strip(": ") in {
            name for name in HEADINGS if HEADINGS[name] == kind and " " in name
        } | {kind, "experience", "education", "certifications"}
    if kind == current.kind and kind != "work":
        return not rest
    return not (kind in {"languages", "projects"} and current.kind in {"skills", "work"} and rest)


def _by_words(
    lines: list[TextLine], index: int, current: Section, rank: int, knowledge: Knowledge
) -> str | None:
    """The kind of a heading that is none of the known names but has their words and looks.

    A line of the text itself may have such words too ("Nursing License", "Customer Experience"), so
    it must stand out: marked, in capitals, with a colon, or alone with capital letters.
    """
    line = lines[index]
    kind = worded_kind(line.text) if index else None
    if kind is None or line.text.endswith((".", ",", ";")) or ":" in line.text[:-1]:
        return None
    if line.heading and line.heading in {1, 2, rank}:
        return kind_below(lines, index, knowledge) or kind if kind == "summary" else kind
    if line.heading:
        return kind if current.kind not in _WITH_ENTRIES or line.text.isupper() else None
    dated = kind_below(lines, index, knowledge) is not None
    shown = line.text.isupper() or line.text.endswith(":")
    titled = all(word[0].isupper() or word in _SMALL for word in line.text.split())
    apart = line.after_blank and (index > 1 or dated)
    if current.kind in _WITH_ENTRIES and kind in {"summary", "projects"}:
        # "Project Profile", "Recent projects:" are parts of an entry.
        shown = shown and line.text.isupper() and kind == "projects"
        titled = False
    if kind == current.kind == "work" and not dated:
        return None
    if not shown and (not titled or title_family(line.text, knowledge)):
        return None
    if not (apart or dated or (line.text.isupper() and current.kind != "header")):
        return None
    return "work" if kind == "summary" and kind_below(lines, index, knowledge) == "work" else kind


def _unknown_heading(
    lines: list[TextLine], index: int, shouting: bool, sections: list[Section], knowledge: Knowledge
) -> bool:
    line, current = lines[index], sections[-1]
    if not line.text or len(line.text.split()) > 6:
        return False
    if line.heading == 1:
        return index > 0 and len(sections) > 1
    if line.heading == 2:
        return True
    letters = [c for c in line.text if c.isalpha()]
    capitals = line.text.isupper() and len(letters) > 4 and not any(c.isdigit() for c in line.text)
    if index == 0 or names_a_place_of_work(line.text):
        return False
    if current.kind not in _WITH_ENTRIES:
        shown = capitals or (line.text.endswith(":") and line.after_blank)
        if shown and kind_below(lines, index, knowledge) is not None:
            return True
        return capitals and shouting and line.after_blank and len(sections) > 1
    # Among entries a line in capitals is an employer or a school, unless what is below names none.
    if OF_AN_ENTRY.search(line.text) or not line.text.rstrip(":")[-1].isalpha():
        return False
    return (
        capitals and shouting and line.after_blank and nothing_dated_below(lines, index, knowledge)
    )


def _inline(line: TextLine, shouting: bool, current: Section) -> tuple[str | None, str]:
    head, colon, rest = line.text.partition(":")
    name = head.strip().casefold()
    if not colon or not rest.strip():
        return None, ""
    if name in _INLINE or (name in _INLINE_LATER and current.kind in _LATER):
        return HEADINGS[name], rest.strip()
    shown = shouting and head.isupper() and line.after_blank and len(head.split()) <= 4
    if shown and current.kind != "skills" and sum(map(str.isalpha, head)) > 4:
        return exact_kind(head) or worded_kind(head) or "other", rest.strip()
    return None, ""
