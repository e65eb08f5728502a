"""Legitimate edits that say less or otherwise: L2, L6 to L11, L16, L17, L20 to L22 of the study.

Each function is a template, or one for each wording that it is given; see `facts_cases`.
"""

import re

from benchmarks.facts_cases import Draft, NotHere, wordings
from benchmarks.facts_prose import COUNT, MONEY, NUMBER_WORDS, PERCENT
from benchmarks.facts_spellings import NUMBER_VALUES, Pair

# What lasts today has lasted at least until this month, so that cases are the same every day.
AS_OF = "2026-11"


_TENSES = [
    ("Run", "Ran"),
    ("Lead", "Led"),
    ("Manage", "Managed"),
    ("Wrote", "Writing"),
    ("Built", "Building"),
    ("Teach", "Taught"),
    ("Prepare", "Prepared"),
    ("Work", "Worked"),
    ("Answered", "Answer"),
    ("Introduced", "Introducing"),
    ("Review", "Reviewed"),
    ("Trained", "Train"),
    ("Maintain", "Maintained"),
    ("Kept", "Keep"),
    ("Explained", "Explaining"),
    ("Handled", "Handling"),
    ("Moved", "Moving"),
    ("Cut", "Cutting"),
    ("Designed", "Designing"),
    ("Write", "Wrote"),
    ("Involved", "Was involved"),
    ("Managing", "Managed"),
    ("Handling", "Handled"),
    ("Preparing", "Prepared"),
]


def opening(draft: Draft, pair: Pair) -> None:
    """Changes a verb that opens a bullet; the source is given it where chance wants it."""
    if draft.rng.random() < 0.5:
        path, text = draft.pick((p, t) for p, t in draft.bullets() if re.match(r"[A-Z]\w+e?d ", t))
        draft.both(path, f"{pair[0]} {text.partition(' ')[2]}")
    path, match = draft.find(rf"^{pair[0]}(?= )")
    draft.swap(path, 0, match.end(), pair[1])


@wordings("L2", _TENSES)
def tense(draft: Draft, pair: Pair) -> None:
    opening(draft, pair)


@wordings("L6", [r"; ", r": ", r", and ", r" and "])
def clauses_exchanged(draft: Draft, joint: str) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if t.count(joint) == 1)
    one, two = text.rstrip(".").split(joint)
    mark = ", and " if "and" in joint else "; "
    draft.put(path, f"{two[0].upper()}{two[1:]}{mark}{_lower(one)}")


@wordings("L6", [r" with ", r" by ", r" in ", r" for ", r", so that ", r" to "])
def clause_in_front(draft: Draft, joint: str) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if t.count(joint) == 1)
    one, two = text.rstrip(".").split(joint)
    word = joint.strip(" ,")
    draft.put(path, f"{word[0].upper()}{word[1:]} {two}, {_lower(one)}")


def _lower(text: str) -> str:
    """The text for the middle of a sentence; names and abbreviations keep their capitals."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


@wordings("L7", ["reversed", "shuffled", "longest first", "first last", "last first", "exchanged"])
def bullets_reordered(draft: Draft, how: str) -> None:
    paths = [
        f"/{section}/{i}/highlights"
        for section in ("work", "projects")
        for i, entry in enumerate(draft.tailored.get(section, ()))
        if len(entry.get("highlights", ())) > 1
    ]
    values = draft.get(draft.pick(paths))
    if how == "reversed":
        values.reverse()
    elif how == "shuffled":
        draft.rng.shuffle(values)
    elif how == "longest first":
        values.sort(key=len, reverse=True)
    elif how == "first last":
        values.append(values.pop(0))
    elif how == "last first":
        values.insert(0, values.pop())
    else:
        at = draft.rng.randrange(len(values) - 1)
        values[at], values[at + 1] = values[at + 1], values[at]


def _two_bullets(draft: Draft) -> tuple[str, list[str], int]:
    lists = [
        (f"/work/{i}/highlights", entry["highlights"], j)
        for i, entry in enumerate(draft.tailored.get("work", ()))
        for j in range(len(entry.get("highlights", ())) - 1)
        if all(len(text) < 200 for text in entry["highlights"][j : j + 2])
    ]
    return draft.pick(lists)


@wordings("L8", ["{}; {}", "{}, and {}", "{}. {}", "{}; also {}", "{} and {}", "{} – {}"])
def merged(draft: Draft, wording: str) -> None:
    path, values, at = _two_bullets(draft)
    one, two = values[at].rstrip("."), values[at + 1]
    values[at : at + 2] = [wording.format(one, two if ". {" in wording else _lower(two))]
    draft.put(f"{path}/{at}", values[at])


@wordings("L9", ["; ", ", and ", ": ", " and ", ". ", ", "])
def split(draft: Draft, joint: str) -> None:
    path, text = draft.pick(
        (p, t)
        for p, t in draft.bullets()
        if "/highlights/" in p and t.count(joint) == 1 and min(map(len, t.split(joint))) > 12
    )
    one, two = text.split(joint)
    parent, _, at = path.rpartition("/")
    values = draft.get(parent)
    values[int(at) : int(at) + 1] = [one, two[0].upper() + two[1:]]
    draft.put(path, one)


@wordings("L10", ["last bullet", "first bullet", "two bullets", "keyword", "entry", "half"])
def dropped(draft: Draft, what: str) -> None:
    if what == "entry":
        section = draft.pick(s for s in ("work", "projects", "awards", "volunteer", "languages"))
        values = draft.tailored.get(section) or []
        if len(values) < 1 + (section == "work"):
            raise NotHere
        del values[draft.rng.randrange(len(values))]
        return
    if what == "keyword":
        lists = [g["keywords"] for g in draft.tailored.get("skills", ()) if g.get("keywords")]
        values = draft.pick(lists)
        del values[draft.rng.randrange(len(values))]
        return
    values = draft.pick(
        e["highlights"] for e in draft.tailored.get("work", ()) if len(e.get("highlights", ())) > 2
    )
    if what == "half":
        del values[len(values) // 2 :]
    elif what == "two bullets":
        values.remove(draft.pick(values))
        values.remove(draft.pick(values))
    else:
        values.pop(-1 if what == "last bullet" else 0)


@wordings("L11", ["last", "first", "own group", "lower", "two", "with context"])
def skill_surfaced(draft: Draft, how: str) -> None:
    from tailor_lab.tailoring.knowledge.matcher import default_matcher

    listed = str(draft.tailored.get("skills", "")).casefold()
    found = [
        match.text
        for _, text in draft.bullets()
        for match in default_matcher().find(text)
        if match.text.casefold() not in listed
    ]
    skill = draft.pick(found)
    if how == "own group" or not draft.tailored.get("skills"):
        draft.add("/skills", {"name": "More", "keywords": [skill]})
        return
    group = draft.pick(
        i for i, g in enumerate(draft.tailored["skills"]) if g.get("keywords") is not None
    )
    values = f"/skills/{group}/keywords"
    if how == "with context":
        draft.add(values, f"{skill} (hands-on)")
    elif how == "two":
        draft.add(values, skill)
        draft.add(values, draft.pick(found))
    else:
        draft.add(values, skill.lower() if how == "lower" else skill, 0 if how == "first" else None)


_SYNONYMS = [
    ("Built", "Developed"),
    ("Built", "Created"),
    ("Wrote", "Authored"),
    ("Wrote", "Drafted"),
    ("Cut", "Reduced"),
    ("Taught", "Instructed"),
    ("Trained", "Coached"),
    ("Set up", "Established"),
    ("Answered", "Responded to"),
    ("Found", "Identified"),
    ("Introduced", "Brought in"),
    ("Kept", "Maintained"),
    ("Explained", "Clarified"),
    ("Moved", "Migrated"),
    ("Documented", "Recorded"),
    ("Fixed", "Resolved"),
    ("Rewrote", "Reworked"),
    ("Processed", "Handled"),
    ("Reviewed", "Examined"),
    ("Worked with", "Collaborated with"),
    ("Prepared", "Put together"),
    ("Presented", "Delivered presentations on"),
    ("Helped", "Assisted"),
    ("Supported", "Assisted"),
    ("Replaced", "Substituted"),
    ("Involved in", "Took part in"),
    ("Designed", "Devised"),
    ("Created", "Produced"),
    ("Responsible for", "In charge of"),
    ("Maintained", "Looked after"),
    ("Handled", "Dealt with"),
    ("Preparing", "Drafting"),
]


@wordings("L16", _SYNONYMS)
def synonym(draft: Draft, pair: Pair) -> None:
    opening(draft, pair)


def exact(draft: Draft, pattern: str) -> tuple[str, re.Match[str]]:
    """A figure that no word such as "about" makes vague."""
    path, match = draft.find(pattern)
    before = draft.get(path)[: match.start()]
    if re.search(r"(?i)(?:about|around|some|nearly|to|over|than|least|of|top|from|cost) $", before):
        raise NotHere
    return path, match


@wordings("L17", ["over {}", "more than {}", "{}+", "at least {}"])
def smaller_count(draft: Draft, wording: str) -> None:
    path, match = exact(draft, COUNT)
    value = int(match[1].replace(",", ""))
    base = next((b for b in (1000, 100, 10, 5) if b < value), None)
    if base is None or 1900 <= value <= 2100:
        raise NotHere
    lower = (value - 1) // base * base
    draft.swap(path, match.start(), match.end(), wording.format(f"{lower:,}"))


@wordings("L17", ["about {}", "some {}", "nearly {}", "around {}", "roughly {}", "up to {}"])
def vaguer_count(draft: Draft, wording: str) -> None:
    path, match = exact(draft, COUNT)
    if match.start() == 0 or 1900 <= int(match[1].replace(",", "")) <= 2100:
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording.format(match[0]))


@wordings("L17", ["over {}%", "more than {}%"])
def smaller_percent(draft: Draft, wording: str) -> None:
    path, match = exact(draft, PERCENT)
    lower = (int(float(match[1])) - 1) // 5 * 5
    if lower < 5:
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording.format(lower))


@wordings("L17", ["more than $100,000", "over $100K"])
def smaller_amount(draft: Draft, wording: str) -> None:
    path, match = exact(draft, MONEY)
    value = float(match[1].replace(",", ""))
    if not match[2] and not 110_000 <= value <= 950_000:
        raise NotHere
    if match[2] and not (match[2] == "K" and 110 <= value <= 950):
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording)


@wordings(
    "L20",
    [
        "{label} with experience in {a}, {b} and {c}.",
        "Most recently with {employer}.",
        "Skilled in {a} and {b}.",
        "{label}, most recently at {employer}.",
        "Graduate of {school}.",
        "Background in {a}, {b} and {c}.",
        "Brings {a} and {b} to the role.",
        "Has worked for {employer} as {title}.",
        "{label} who knows {a} and {b}.",
        "Hands-on with {a}; also {b}.",
        "Experience includes work at {employer}.",
        "Holds {certificate}.",
        "Education: {degree}, {school}.",
        "Speaks {language}.",
    ],
)
def recombined(draft: Draft, wording: str) -> None:
    words = [w for g in draft.tailored.get("skills", ()) for w in g.get("keywords", ())]
    words = [w for w in words if len(w) < 40]
    if len(words) < 3:
        raise NotHere
    values = dict(zip("abc", draft.rng.sample(words, 3), strict=True))
    at = draft.pick(range(len(draft.tailored.get("work", ()))))
    values["employer"] = draft.get(f"/work/{at}").get("name") or ""
    values["title"] = draft.get(f"/work/{at}").get("position") or ""
    values["label"] = draft.tailored.get("basics", {}).get("label") or ""
    for name, section, key in (
        ("school", "education", "institution"),
        ("degree", "education", "studyType"),
        ("certificate", "certificates", "name"),
        ("language", "languages", "language"),
    ):
        entry = (draft.tailored.get(section) or [{}])[0]
        values[name] = entry.get(key) or ""
    for name in re.findall(r"{(\w+)}", wording):
        if not 0 < len(values[name]) < 90:
            raise NotHere
    draft.summarise(wording.format(**values))


def _month(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def spans(draft: Draft) -> list[tuple[int, int]]:
    """The first and the last month of each position; one that lasts, lasts until now."""
    found = []
    for entry in draft.tailored.get("work", ()):
        start, end = entry.get("startDate") or "", entry.get("endDate")
        if len(start) >= 7 and (end is None or len(end) >= 7):
            last = _month(end) if end else _month(AS_OF)
            found.append((_month(start), last))
    return found


def whole_years(spans: list[tuple[int, int]]) -> int:
    """Whole years that the spans cover together."""
    months = {month for first, last in spans for month in range(first, last)}
    return len(months) // 12


@wordings(
    "L21",
    [
        "{n} years of experience.",
        "{n}+ years of experience.",
        "Brings {n} years' experience.",
        "At least {n} years of professional experience.",
        "More than {less} years of experience.",
        "{word} years of experience.",
        "Over {less} years in work.",
        "With {n} years of work behind me.",
    ],
)
def tenure(draft: Draft, wording: str) -> None:
    years = whole_years(spans(draft)) - draft.rng.choice([0, 0, 1])
    if years < 3 or ("{word}" in wording and years not in NUMBER_VALUES):
        raise NotHere
    word = NUMBER_WORDS[NUMBER_VALUES.index(years)].capitalize() if years in NUMBER_VALUES else ""
    draft.summarise(wording.format(n=years, less=years - 1, word=word))


@wordings("L21", ["{n} years with {e}.", "Spent over {n} years at {e}.", "{n}+ years at {e}."])
def tenure_at_employer(draft: Draft, wording: str) -> None:
    work = [e for e in draft.tailored.get("work", ()) if e.get("endDate") and e.get("startDate")]
    entry = draft.pick(work)
    years = (_month(entry["endDate"]) - _month(entry["startDate"])) // 12
    if years < 1 + ("over" in wording):
        raise NotHere
    draft.summarise(wording.format(n=years - ("over" in wording), e=entry["name"]))


@wordings(
    "L22",
    [
        ("PostgreSQL", "SQL"),
        ("Kubernetes", "container orchestration"),
        ("React", "JavaScript"),
        ("PyTorch", "deep learning"),
        ("Tableau", "data visualization"),
        ("NetSuite", "ERP"),
        ("Splunk", "SIEM"),
        ("Salesforce", "CRM"),
        ("Terraform", "infrastructure as code"),
        ("Django", "Python"),
        ("MySQL", "relational databases"),
        ("Jenkins", "CI/CD"),
        ("Spring Boot", "Java"),
        ("HubSpot", "CRM"),
        ("AWS", "cloud computing"),
        ("scikit-learn", "machine learning"),
        ("Canvas LMS", "LMS"),
        ("Swift", "iOS development"),
    ],
)
def broader(draft: Draft, pair: Pair) -> None:
    held, wider = pair
    if wider.casefold() in str(draft.tailored.get("skills")).casefold().split("'"):
        raise NotHere
    groups = [i for i, g in enumerate(draft.tailored.get("skills", ())) if g.get("keywords")]
    path = f"/skills/{draft.pick(groups)}/keywords"
    words = draft.get(path)
    if held not in words:
        draft.both(path, [*words, held])
    draft.add(path, wider)
