"""Facts that stand in fields of their own: employers, titles, dates, degrees, certificates, awards.

A tailoring has no reason to change them, so whatever differs in meaning blocks. What differs in
spelling alone ("Corp" and "Corporation", "B.S." and "Bachelor of Science") is the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tailor_lab.tailoring.dates import DateRange, Month, entry_range
from tailor_lab.tailoring.facts.align import SECTIONS, align_entries
from tailor_lab.tailoring.facts.credentials import abbreviates, degree, same_certificate
from tailor_lab.tailoring.facts.report import Claim, Span, Verdict

_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "work": (("name", "employer"), ("position", "title")),
    "volunteer": (("organization", "employer"), ("position", "title")),
    "education": (("institution", "institution"), ("studyType", "degree"), ("area", "field")),
    "projects": (("name", "project"),),
    "certificates": (("name", "certificate"), ("issuer", "issuer")),
    "awards": (("title", "award"), ("awarder", "awarder")),
    "publications": (("name", "publication"),),
    "languages": (("language", "language"), ("fluency", "language level")),
}
_SPELLINGS = {
    "sr": "senior",
    "jr": "junior",
    "mgr": "manager",
    "eng": "engineer",
    "dev": "developer",
    "asst": "assistant",
    "dir": "director",
    "vp": "vice president",
    "univ": "university",
    "dept": "department",
    "intl": "international",
    "corporation": "corp",
    "incorporated": "inc",
    "limited": "ltd",
    "company": "co",
}
_LEGAL_FORMS = {"inc", "corp", "llc", "ltd", "gmbh", "co", "ag", "plc", "the"}
_OPEN = Month(9999, 12)


def field_claims(source: Mapping[str, Any], tailored: Mapping[str, Any]) -> Iterator[Claim]:
    """The claims of every field of every entry of the tailored résumé."""
    yield from _contact_claims(source, tailored)
    for section in SECTIONS:
        partners = align_entries(source, tailored, section)
        for i, entry in enumerate(tailored.get(section) or ()):
            partner = partners[i]
            if partner is None and section == "certificates":
                partner = _certificate(str(entry.get("name", "")), source.get(section) or ())
            theirs = source[section][partner] if partner is not None else None
            place, origin = f"/{section}/{i}", f"/{section}/{partner}"
            for key, kind in _FIELDS[section]:
                if entry.get(key):
                    yield _field_claim(str(entry[key]), theirs, key, kind, (place, origin))
            if section in {"work", "volunteer", "education"} and theirs is not None:
                yield from _date_claims(entry, theirs, place, origin)


def _certificate(name: str, held: Sequence[Mapping[str, Any]]) -> int | None:
    """The certificate of the source that `name` is another spelling of."""
    same = (i for i, own in enumerate(held) if same_certificate(str(own.get("name", "")), name))
    return next(same, None)


def _contact_claims(source: Mapping[str, Any], tailored: Mapping[str, Any]) -> Iterator[Claim]:
    ours, theirs = source.get("basics", {}), tailored.get("basics", {})
    for key in ("name", "email", "phone", "label"):
        if theirs.get(key):
            kind = "title" if key == "label" else "contact"
            yield _field_claim(str(theirs[key]), ours, key, kind, ("/basics", "/basics"))


def _field_claim(
    text: str, source: Mapping[str, Any] | None, key: str, kind: str, places: tuple[str, str]
) -> Claim:
    place, origin = places
    rule, path = f"field.{kind.replace(' ', '_')}", f"{place}/{key}"
    if source is None:
        return Claim(
            text,
            kind,
            "unsupported",
            "block",
            path,
            rule=rule,
            reason="no such entry in the source",
        )
    own = str(source.get(key) or "")
    span = (Span(f"{origin}/{key}", 0, len(own), own),) if own else ()
    if own and _same(own, text, kind):
        return Claim(text, kind, "supported", "info", path, span, rule)
    reason = f'the source says "{own}"' if own else "the source does not say"
    return Claim(
        text, kind, "contradicted" if own else "unsupported", "block", path, span, rule, 1.0, reason
    )


def _same(ours: str, theirs: str, kind: str) -> bool:
    if _folded(ours) == _folded(theirs):
        return True
    if kind == "degree":
        known = degree(ours)
        return known is not None and known == degree(theirs)
    if kind == "certificate":
        return same_certificate(ours, theirs)
    return abbreviates(ours, theirs) or abbreviates(theirs, ours)


def _folded(text: str) -> tuple[str, ...]:
    parts = (re.sub(r"\W", "", part) for part in text.casefold().replace("&", "and").split())
    spelled = " ".join(_SPELLINGS.get(part, part) for part in parts if part).split()
    return tuple(part for part in spelled if part not in _LEGAL_FORMS)


def _date_claims(
    entry: Mapping[str, Any], source: Mapping[str, Any], place: str, origin: str
) -> Iterator[Claim]:
    ours = entry_range(source.get("startDate"), source.get("endDate"))
    theirs = entry_range(entry.get("startDate"), entry.get("endDate"))
    if theirs is None:
        return
    text = f"{entry.get('startDate')} to {entry.get('endDate') or 'now'}"
    own = f"{source.get('startDate')} to {source.get('endDate') or 'now'}"
    span = (Span(f"{origin}/startDate", 0, len(own), own),)
    if ours is not None and _inside(theirs, ours):
        yield Claim(text, "dates", "supported", "info", f"{place}/startDate", span, "field.dates")
    else:
        verdict: Verdict = "unsupported" if ours is None else "contradicted"
        reason = f"the source says {own}"
        yield Claim(
            text, "dates", verdict, "block", f"{place}/startDate", span, "field.dates", 1.0, reason
        )


def _inside(inner: DateRange, outer: DateRange) -> bool:
    return outer.start <= inner.start and (inner.end or _OPEN) <= (outer.end or _OPEN)
