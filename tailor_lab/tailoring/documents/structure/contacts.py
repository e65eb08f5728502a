"""Who a résumé is of and how to reach them: its header, and contact sections."""

import re
from typing import Any

from tailor_lab.tailoring.documents.structure.entries import URL
from tailor_lab.tailoring.documents.structure.lines import TextLine
from tailor_lab.tailoring.documents.structure.lone_dates import lone_date
from tailor_lab.tailoring.documents.structure.looks import is_named_heading
from tailor_lab.tailoring.documents.structure.roles import is_role
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.text.dates import find_ranges

EMAIL = re.compile(r"[\w.+-]+(?:['’][\w.+-]+)*@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(r"(?<![\w/])\+?\(?\d[\d\s().-]{6,18}\d(?![\w/])")
_PROFILE = re.compile(
    r"(?:(?P<network>LinkedIn|GitHub|GitLab|Twitter|X|Xing|Mastodon|[A-Z]\w{2,20}):\s*)"
    r"(?P<user>[^\s|(]+)(?:\s*\((?P<url>[^)]+)\))?$"
)
_SITE = re.compile(
    r"(?:https?://)?(?:www\.)?(linkedin|github|gitlab|twitter|xing)\.com/(?:in/)?([\w.-]+)/?", re.I
)
_CITY = re.compile(
    r"(?:[A-ZÀ-Þ0-9][\w.'’À-ÿ/ -]{1,40}(?:,\s*[A-ZÀ-Þ0-9][\w.'’À-ÿ -]{0,40}){1,4}"
    r"|[A-ZÀ-Þ][\w.'’À-ÿ -]{1,40}(?= \())"
    r"(?: \([A-Z]{2}\))?"
)


# "Jonathan Example, Esq.", "Ann Example, RN, BSN": what stands behind a name is no place.
_TITLED = re.compile(
    r"(?P<name>[^,]+)(?:,\s*(?:Esq|Jr|Sr|I{2,3}|IV|RN|LPN|LVN|BSN|MSN|CNA|NP|DNP|APRN|FNP(?:-BC|-C)?"
    r"|M\.?D|D\.?O|Ph\.?\s?D|Psy\.?D|Ed\.?D|Pharm\.?D|J\.?D|DDS|DMD|DVM|D?PT|OTR/?L?|P\.?E|CPA|CFA|CFP"
    r"|PMP|MBA|MPH|MSW|LCSW|LMFT|LPC|SHRM-S?CP|S?PHR|EIT|AIA|CISSP|M\.?A|M\.?Ed|M\.?Sc?|B\.?A|B\.?Sc?"
    r"|MBE|OBE|CEng|MRICS|ACCA|ACA|FCA)\.?)+"
)


def read_header(lines: list[TextLine], data: dict[str, Any], knowledge: Knowledge) -> None:
    """Reads what stands above the first heading: name, role, contact, perhaps a summary."""
    basics = data["basics"]
    rest: list[str] = []
    for index, line in enumerate(lines):
        text = line.text.strip("*_ ")
        if (
            not basics.get("name")
            and not line.bullet
            and index < 3
            and _is_name(text, line, index, knowledge)
        ):
            basics["name"] = text
            continue
        rest += take_contacts(text, basics, knowledge)
    unplaced = []
    for index, text in enumerate(rest):
        if not basics.get("label") and index == 0 and _is_label(text):
            basics["label"] = text
        elif not basics.get("summary") and len(text.split()) > 12:
            basics["summary"] = text
        else:
            unplaced.append(text)
    if unplaced:
        data.setdefault("other", []).append({"name": "Header", "lines": unplaced})


def _is_name(text: str, line: TextLine, index: int, knowledge: Knowledge) -> bool:
    if line.heading == 1:
        return True
    if index == 0 and (titled := _TITLED.fullmatch(text)):
        text = titled["name"]
    words = text.split()
    return (
        1 < len(words) <= 5
        and not any(c.isdigit() or c in "@:|,;/" for c in text)
        and all(
            word[0].isupper() or word in {"de", "van", "von", "der", "la", "bin", "el", "da"}
            for word in words
        )
        and not knowledge.matcher.find(text)
    )


def _is_label(text: str) -> bool:
    """Whether a line may be the headline: no heading, and no entry with its dates."""
    if len(text) > 90 or text.endswith((".", ":")):
        return False
    return not (is_named_heading(text) or find_ranges(text) or lone_date(text))


def take_contacts(text: str, basics: dict[str, Any], knowledge: Knowledge) -> list[str]:
    """Takes what a line of the header says of contact; gives back what is left of it."""
    left = []
    for part in re.split(r"\s+[|•·–—]\s+|\s*[|•]\s*|\t+|\s{3,}", text):
        bare = re.sub(
            r"^(?:e-?mail|phone|tel|mobile|cell|address|location|web(?:site)?)\s*:\s*",
            "",
            part.strip(),
            flags=re.I,
        )
        if not bare:
            continue
        if (email := EMAIL.search(bare)) and "email" not in basics:
            basics["email"] = email.group()
            bare = bare.replace(email.group(), "").strip(" ,;/—–")
        if site := _SITE.fullmatch(bare):
            url = bare if bare.startswith("http") else f"https://{bare}"
            basics.setdefault("profiles", []).append(
                {
                    "network": site.group(1)
                    .title()
                    .replace("Linkedin", "LinkedIn")
                    .replace("Github", "GitHub"),
                    "username": site.group(2),
                    "url": url,
                }
            )
            continue
        if profile := _PROFILE.fullmatch(bare):
            made = {"network": profile["network"], "username": profile["user"]}
            if profile["url"]:
                made["url"] = profile["url"]
            basics.setdefault("profiles", []).append(made)
            continue
        if (url_found := URL.fullmatch(bare)) and "url" not in basics:
            basics["url"] = url_found.group()
            continue
        if (
            (phone := PHONE.search(bare))
            and "phone" not in basics
            and len(re.sub(r"\D", "", phone.group())) >= 7
            and not find_ranges(bare)
        ):
            basics["phone"] = phone.group().strip()
            bare = bare.replace(phone.group(), "").strip(" ,;/—–")
        if bare and "location" not in basics and len(bare) < 90 and _is_place(bare, knowledge):
            basics["location"] = _location(bare)
            continue
        if bare:
            left.append(bare)
    return left


def _is_place(text: str, knowledge: Knowledge) -> bool:
    """Whether a text is written as an address is, and is no entry ("Nurse, Acme, 2015 - 2017")."""
    if not _CITY.fullmatch(text) or find_ranges(text):
        return False
    return not is_role(text.split(",", maxsplit=1)[0], knowledge)


def _location(text: str) -> dict[str, str]:
    made: dict[str, str] = {}
    if country := re.search(r"\s*\(([A-Z]{2})\)$", text):
        made["countryCode"] = country.group(1)
        text = text[: country.start()]
    parts = [part.strip() for part in text.split(",")]
    if len(parts) in {2, 3} and (
        zipped := re.fullmatch(r"([A-Z]{2}) (\d{5}(?:-\d{4})?)", parts[-1])
    ):
        parts[-1], made["postalCode"] = zipped.groups()
    elif len(parts) > 1 and any(c.isdigit() for c in parts[-1]):
        made["postalCode"] = parts.pop()
    elif len(parts) > 2 and re.fullmatch(r"[A-Z]{2}", parts[-1]):
        made["countryCode"] = parts.pop()
    if len(parts) > 2 or (len(parts) > 1 and any(c.isdigit() for c in parts[0])):
        count = max(1, len(parts) - 2)
        made["address"], parts = ", ".join(parts[:count]), parts[count:]
    made["city"] = parts[0]
    if len(parts) > 1:
        made["region"] = ", ".join(parts[1:])
    return made
