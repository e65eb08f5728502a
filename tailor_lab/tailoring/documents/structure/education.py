"""What the parts of an entry of education are: degree, subject, school, grade and place.

A line may have them all ("BSN, University of New Mexico, cum laude, 2016"), in any order. It is
parted at its commas where one of the pieces is a school or a grade; else a comma may stand inside
a school's name or between a degree and its subject.
"""

import re
from typing import Any

from tailor_lab.tailoring.documents.structure.looks import SCHOOL
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_degrees
from tailor_lab.tailoring.text.lexicon import any_of

_GRADE = re.compile(
    r"\(?(?:(?:magna|summa|maxima) )?cum laude\)?"
    r"|(?:with )?(?:high(?:est)? |great |first[- ]class )?(?:honou?rs|distinction|merit)"
    r"|(?:first|second|third|upper second|lower second)(?:[- ]class)?"
    r"(?: honou?rs| degree)?|2[:.][12]|1st|dean[’']?s list"
    r"|(?:c?gpa|grade)[: ]*[\d.]+(?: ?/ ?[\d.]+)?"
    r"|[\d.]+ ?/ ?(?:4|5|10)(?:\.0+)?(?: gpa)?|[\d.]+ gpa|\d{2}(?:\.\d+)? ?%",
    re.IGNORECASE,
)
_STUDY = re.compile(
    r"(?:\w+ ){0,2}(?:certificate|diploma)\b|nvq|svq|btec|hn[cd]\b|gnvq|apprenticeship|msw\b|bsw\b"
    r"|a[- ]levels?\b|gcses?\b|baccalaur|diplom\b|minor in|major in|foundation degree"
    r"|[hs]\.? ?s\.? ?c\.?(?!\w)",
    re.IGNORECASE,
)
_STATUS = re.compile(
    rf"[\s,(]+(?P<status>(?:{any_of('unfinished', 'label')}|graduating|graduated)"
    r"(?: (?:graduation|completion))?):?\)?$",
    re.IGNORECASE,
)
_PIECES = re.compile(r",\s+(?![^(]*\))|;\s+(?![^(]*\))|\s+(?:at|from|@)\s+(?=[A-ZÀ-Þ])|\s{2,}")
_WITH_PLACE = re.compile(r"(?P<school>.*\S),\s+(?P<place>[A-ZÀ-Þ][\w.'’À-ÿ -]{1,30},\s+[A-Z]{2})")
_CODE = re.compile(r"[A-Z]{2}")
_STATE = re.compile(r"[A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?")
_PLACE = re.compile(r"[A-ZÀ-Þ][\w.'’À-ÿ -]{1,30}, (?:[A-Z]{2}|[A-Z][\w ]{2,20})")
_ACRONYM = re.compile(r"[A-Z]{3,6}")


def name_education(parts: list[str], made: dict[str, Any], knowledge: Knowledge) -> None:
    """Puts the parts of a head into `studyType`, `area`, `institution`, `score` and `location`."""
    left = [piece for part in parts for piece in _parted(_without_status(part, made), knowledge)]
    _take_grades(left, made)
    school = next((part for part in left if _is_school(part, knowledge)), None)
    school = school or _unknown_school(left, knowledge)
    if school is not None:
        at = left.index(school)
        left.remove(school)
        made["institution"] = school
        _take_place(left, at, made, knowledge)
        placed = _WITH_PLACE.fullmatch(school)
        if placed and "location" not in made:
            made["institution"], made["location"] = placed["school"], placed["place"]
    degree = next((part for part in left if is_study(part, knowledge)), left[0] if left else None)
    if degree is not None:
        left.remove(degree)
        _name_degree(degree, made, knowledge)
        if (
            left
            and "area" not in made
            and not is_study(left[0], knowledge)
            and len(left[0].split()) <= 5
        ):
            made["area"] = left.pop(0)
    if left:
        before = [made["summary"]] if made.get("summary") else []
        made["summary"] = " | ".join([*before, *left])


def _without_status(part: str, made: dict[str, Any]) -> str:
    """A part without the word that its date is yet to come, which is noted."""
    found = _STATUS.search(part)
    if found is None or not part[: found.start()].strip(" ,"):
        return part
    made["summary"] = " | ".join(filter(None, (made.get("summary"), found["status"])))
    return part[: found.start()].rstrip(" ,(")


def is_study(text: str, knowledge: Knowledge) -> bool:
    """Whether a text opens with a degree, a diploma or the like.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> texts = ("B.A. in History", "High School Diploma", "Elm High School")
    >>> [is_study(text, load_knowledge()) for text in texts]
    [True, True, False]
    """
    found = find_degrees(text, knowledge)
    return bool(found and found[0][1][0] == 0) or bool(_STUDY.match(text))


def _is_school(text: str, knowledge: Knowledge) -> bool:
    return bool(SCHOOL.search(text)) and not is_study(text, knowledge)


def _parted(part: str, knowledge: Knowledge) -> list[str]:
    """The pieces of a part that names several things, else the part as it is."""
    pieces = [piece.strip() for piece in _PIECES.split(part) if piece.strip()]
    if len(pieces) < 2:
        return [part]
    studies = [piece for piece in pieces if is_study(piece, knowledge)]
    schools = [
        piece for piece in pieces if _is_school(piece, knowledge) and not _GRADE.fullmatch(piece)
    ]
    graded = any(_GRADE.fullmatch(piece) for piece in pieces)
    named = studies and (schools or _ACRONYM.fullmatch(pieces[-1]))
    if not (named or (graded and (studies or schools))):
        return [part]
    # What follows the school and is nothing else is its campus: "University of X, Berkeley"; with a
    # state behind it, it is its place.
    made = [pieces[0]]
    for before, piece, after in zip(pieces, pieces[1:], [*pieces[2:], ""], strict=False):
        known = (
            is_study(piece, knowledge) or _is_school(piece, knowledge) or _GRADE.fullmatch(piece)
        )
        if _CODE.fullmatch(piece) and not (
            is_study(before, knowledge) or _is_school(before, knowledge)
        ):
            made[-1] = f"{before}, {piece}"
        elif (
            not known
            and _is_school(before, knowledge)
            and not (_CODE.fullmatch(piece) or _CODE.fullmatch(after))
        ):
            made[-1] = f"{made[-1]}, {piece}"
        else:
            made.append(piece)
    return made


def _take_grades(parts: list[str], made: dict[str, Any]) -> None:
    grades = [part for part in parts if _GRADE.fullmatch(part)]
    for grade in grades:
        parts.remove(grade)
    noted = str(made.get("summary", ""))
    if noted and _GRADE.fullmatch(noted.strip("() ")):
        grades.append(noted.strip("() "))
        del made["summary"]
    if grades:
        made["score"] = ", ".join([*([made["score"]] if made.get("score") else []), *grades])


def _unknown_school(parts: list[str], knowledge: Knowledge) -> str | None:
    """The school among parts that do not say so: beside a degree, or the first of all."""
    if len(parts) > 1:
        others = [part for part in parts if not is_study(part, knowledge)]
        if not others:
            return next((part for part in reversed(parts) if SCHOOL.search(part)), parts[1])
        return (
            parts[1]
            if is_study(parts[0], knowledge) or not is_study(parts[1], knowledge)
            else parts[0]
        )
    return parts[0] if parts and not is_study(parts[0], knowledge) else None


def _take_place(parts: list[str], at: int, made: dict[str, Any], knowledge: Knowledge) -> None:
    """Takes the place that stands behind a school, or anywhere in the form "Columbus, OH"."""
    place = next(
        (part for part in parts if _PLACE.fullmatch(part) and not is_study(part, knowledge)), None
    )
    beside = parts[at] if at < len(parts) else None
    if (
        place is None
        and beside is not None
        and not (is_study(beside, knowledge) or _is_school(beside, knowledge))
    ):
        alone = any(is_study(part, knowledge) for part in parts) and _STATE.fullmatch(beside)
        place = beside if alone else None
    if place is not None and "location" not in made:
        parts.remove(place)
        made["location"] = place


def _name_degree(degree: str, made: dict[str, Any], knowledge: Knowledge) -> None:
    study, joined, area = degree.partition(" in ")
    if not joined and ":" not in degree:
        study, joined, area = degree.partition(", ")
    if joined and (find_degrees(study, knowledge) or _STUDY.match(study) or " in " in degree):
        made["studyType"], made["area"] = study.strip(), area.strip()
        return
    if "studyType" in made:
        if made["studyType"] != degree:
            made["area"] = degree
        return
    if not is_study(degree, knowledge):
        made["area"] = degree
        return
    if re.fullmatch(r"[^:]+: .+", degree):
        made["studyType"], made["area"] = degree.split(": ", 1)
        return
    study, area = _with_subject(degree, knowledge)
    made["studyType"] = study
    if area:
        made["area"] = area


def _with_subject(degree: str, knowledge: Knowledge) -> tuple[str, str]:
    """A degree and the subject right behind it: "B.S. Biology", "BA (Hons) English Literature"."""
    found = find_degrees(degree, knowledge)
    if not found or found[0][1][0] != 0:
        return degree, ""
    end = found[0][1][1]
    behind = re.match(r"(?:\.|\s*\([^)]*\)|\s+(?:degree|hons\.?|honou?rs))*\s+", degree[end:], re.I)
    if behind is None or degree[:end].lower().endswith(" of"):
        return degree, ""
    subject = degree[end + behind.end() :]
    if not re.fullmatch(r"[A-ZÀ-Þ][\w&/'’ -]+", subject) or find_degrees(subject, knowledge):
        return degree, ""
    if SCHOOL.search(subject):
        return degree, ""
    return degree[: end + behind.end()].strip(), subject
