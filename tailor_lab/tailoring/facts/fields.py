"""Facts that stand in fields of their own: employers, titles, degrees, certificates, contact.

A tailoring has no reason to change them, so whatever differs in meaning blocks. What differs in
spelling alone ("Corp" and "Corporation", "B.S." and "Bachelor of Science") is the same, and what
says less ("Engineer" for "Senior Engineer") passes. Their dates are the matter of `periods`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tailor_lab.tailoring.facts.align import SECTIONS, align_entries, words
from tailor_lab.tailoring.facts.credentials import coming, degree, degree_relation
from tailor_lab.tailoring.facts.report import Claim, Severity, Span, Verdict
from tailor_lab.tailoring.facts.rules.certificates import same_certificate
from tailor_lab.tailoring.facts.rules.periods import open_ended, period_claims
from tailor_lab.tailoring.facts.rules.titles import same_name, title_relation
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.text.abbreviations import (
    abbreviates,
    contracts,
    without_own_initials,
)
from tailor_lab.tailoring.text.spellings import same_words

_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "work": (("name", "employer"), ("position", "title")),
    "volunteer": (("organization", "employer"), ("position", "title")),
    "education": (
        ("institution", "institution"),
        ("studyType", "degree"),
        ("area", "field"),
        ("score", "grade"),
    ),
    "projects": (("name", "project"),),
    "certificates": (("name", "certificate"), ("issuer", "issuer")),
    "awards": (("title", "award"), ("awarder", "awarder")),
    "publications": (("name", "publication"),),
    "languages": (("language", "language"), ("fluency", "language level")),
}
_ORGANISATIONS = frozenset({"employer", "institution", "issuer", "awarder"})
_REMARK = 5
"""Up to so many words, "in progress" is a remark on the entry and no sentence about something."""
_TELEPHONE_DIGITS = 9  # what is left of a number without its country and trunk prefix


def field_claims(
    source: Mapping[str, Any], tailored: Mapping[str, Any], knowledge: Knowledge
) -> Iterator[Claim]:
    """The claims of every field of every entry of the tailored résumé."""
    yield from _contact_claims(source, tailored, knowledge)
    for section in SECTIONS:
        partners = align_entries(source, tailored, section)
        for i, entry in enumerate(tailored.get(section) or ()):
            partner = partners[i]
            if partner is None and section == "certificates":
                partner = _certificate(
                    str(entry.get("name", "")), source.get(section) or (), knowledge
                )
            theirs = source[section][partner] if partner is not None else None
            place, origin = f"/{section}/{i}", f"/{section}/{partner}"
            for key, kind in _FIELDS[section]:
                if entry.get(key):
                    own, at = _own(theirs, key, kind)
                    path, there = f"{place}/{key}", f"{origin}/{at}"
                    beside = _beside(theirs, kind)
                    if kind in {"certificate", "degree"} and theirs is not None:
                        remark = _still_to_come(theirs)
                        if remark and not _still_to_come(entry):
                            own = f"{own} ({remark})"
                    yield _field_claim(str(entry[key]), own, kind, path, there, knowledge, beside)
            yield from period_claims(entry, theirs, section, place, origin)


def _beside(source: Mapping[str, Any] | None, kind: str) -> tuple[str, ...]:
    """What the source's entry says in other fields that may be told together with this one."""
    keys = {"degree": ("area", "institution"), "certificate": ("issuer",)}.get(kind, ())
    return tuple(str((source or {}).get(key) or "") for key in keys)


def _still_to_come(entry: Mapping[str, Any]) -> str:
    """What an entry says, in a field of its own, of not being finished; empty if it is."""
    texts = (str(value) for value in entry.values() if isinstance(value, str))
    short = (text for text in texts if len(text.split()) <= _REMARK)
    return next((text for text in short if coming(text)), "")


def _certificate(name: str, held: Sequence[Mapping[str, Any]], knowledge: Knowledge) -> int | None:
    """The certificate of the source that `name` is another spelling of."""
    for i, own in enumerate(held):
        if same_certificate(
            str(own.get("name", "")), name, knowledge, str(own.get("issuer") or "")
        ):
            return i
    return None


def _contact_claims(
    source: Mapping[str, Any], tailored: Mapping[str, Any], knowledge: Knowledge
) -> Iterator[Claim]:
    ours, theirs = source.get("basics", {}), tailored.get("basics", {})
    for key, kind in (("name", "contact"), ("email", "contact"), ("phone", "telephone")):
        if theirs.get(key):
            path = f"/basics/{key}"
            yield _field_claim(
                str(theirs[key]), str(ours.get(key) or ""), kind, path, path, knowledge
            )
    if theirs.get("label"):
        held = [("/basics/label", str(ours.get("label") or ""))]
        # A headline may be a title that is held now and, where there was none, any that was held.
        held += [
            (f"/work/{i}/position", str(entry.get("position") or ""))
            for i, entry in enumerate(source.get("work") or ())
            if not ours.get("label") or open_ended(entry)
        ]
        label = str(theirs["label"])
        claims = [
            _field_claim(label, own, "title", "/basics/label", path, knowledge)
            for path, own in held
        ]
        yield next((claim for claim in claims if claim.severity == "info"), claims[0])


def _own(source: Mapping[str, Any] | None, key: str, kind: str) -> tuple[str | None, str]:
    """What the source's entry says in a field, and in which; None where it has no such entry."""
    if source is None:
        return None, key
    own = str(source.get(key) or "")
    if not own and kind == "field":
        named = degree(str(source.get("studyType") or ""))
        if named is not None and named.field:
            return named.field, "studyType"
    return own, key


def _field_claim(
    text: str,
    own: str | None,
    kind: str,
    path: str,
    origin: str,
    knowledge: Knowledge,
    beside: Sequence[str] = (),
) -> Claim:
    rule = f"field.{kind.replace(' ', '_')}"
    if own is None:
        reason = "no such entry in the source"
        return Claim(text, kind, "unsupported", "block", path, rule=rule, reason=reason)
    span = (Span(origin, 0, len(own), own),) if own else ()
    verdict, severity = _judge(own, text, kind, beside, knowledge)
    reason = ""
    if severity != "info":
        reason = f'the source says "{own}"' if own else "the source does not say"
    return Claim(text, kind, verdict, severity, path, span, rule, reason=reason)


def _judge(
    ours: str, theirs: str, kind: str, beside: Sequence[str], knowledge: Knowledge
) -> tuple[Verdict, Severity]:
    if not ours:
        return "unsupported", "block"
    if ours.casefold().split() == theirs.casefold().split() or same_words(ours, theirs):
        return "supported", "info"
    relation = _relation(ours, theirs, kind, beside, knowledge)
    judged: Mapping[str, tuple[Verdict, Severity]] = {
        "same": ("supported", "info"),
        "weaker": ("weaker", "info"),
        "shorter": ("weaker", "review"),
    }
    return judged.get(relation, ("contradicted", "block"))


def _relation(
    ours: str, theirs: str, kind: str, beside: Sequence[str], knowledge: Knowledge
) -> str:
    """How a field's words stand to the source's: same, weaker, shorter or other."""
    if kind == "title":
        return title_relation(without_own_initials(ours), without_own_initials(theirs))
    if kind == "degree":
        return _degree_relation(ours, theirs, *beside)
    if kind == "certificate":
        same = same_certificate(ours, theirs, knowledge, *beside)
    elif kind == "telephone":
        same = _digits(ours) == _digits(theirs)
    elif kind == "grade":
        same = False
    else:
        same = abbreviates(ours, theirs) or abbreviates(theirs, ours)
        same = same or (kind in _ORGANISATIONS and _same_organisation(ours, theirs))
    return "same" if same else "other"


def _same_organisation(ours: str, theirs: str) -> bool:
    ours, theirs = without_own_initials(ours), without_own_initials(theirs)
    if abbreviates(ours, theirs) or abbreviates(theirs, ours):
        return True
    return same_name(ours, theirs) or contracts(ours, theirs)


def _degree_relation(ours: str, theirs: str, area: str = "", institution: str = "") -> str:
    """How a degree stands to the source's, whose subject or school may be told in one with it."""
    relation: str = degree_relation(ours, theirs)
    if relation != "other" or (not area and not institution):
        return relation
    if area and degree_relation(f"{ours} in {area}", theirs) == "same":
        return "same"
    # "High School Diploma", of a diploma at a high school; degrees have the rule before.
    own, claimed = words(ours), words(theirs)
    told = own | words(area) | words(institution)
    return "same" if degree(theirs) is None and own <= claimed <= told | {"in", "of"} else "other"


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)[-_TELEPHONE_DIGITS:]
