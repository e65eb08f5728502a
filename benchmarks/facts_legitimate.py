"""Legitimate edits: L1 to L23 of the study, which say nothing that the source does not say.

Each function is a template, or one for each wording that it is given; see `facts_cases`.
"""

import re

from benchmarks.facts_cases import Draft, NotHere, template, wordings
from benchmarks.facts_prose import COUNT, MONEY, NUMBER_WORD, NUMBER_WORDS, PERCENT, a_percent

Pair = tuple[str, str]
# What lasts today has lasted at least until this month, so that cases are the same every day.
AS_OF = "2026-11"


def _swap_pair(draft: Draft, pair: Pair) -> None:
    """Changes one spelling into another wherever the source has it, or is given it, once."""
    old, new = pair
    pattern = rf"(?<![\w.+#-]){re.escape(old)}(?![\w.+#-])"
    if re.search(rf"(?<!\w){re.escape(new)}(?!\w)", str(draft.source)):
        raise NotHere
    found = [(p, m) for p, text in _texts(draft) for m in re.finditer(pattern, text)]
    if not found:
        keywords = [i for i, g in enumerate(draft.tailored.get("skills", ())) if g.get("keywords")]
        group = f"/skills/{draft.pick(keywords)}/keywords"
        draft.both(group, [*draft.get(group), old])
        found = [(p, m) for p, text in _texts(draft) for m in re.finditer(pattern, text)]
    path, match = draft.pick(found)
    draft.swap(path, match.start(), match.end(), new)


def _texts(draft: Draft) -> list[Pair]:
    """Prose and keywords."""
    keywords = [
        (f"/skills/{i}/keywords/{j}", word)
        for i, group in enumerate(draft.tailored.get("skills", ()))
        for j, word in enumerate(group.get("keywords", ()))
    ]
    return [*draft.bullets(), *keywords]


@wordings(
    "L1",
    [
        ("React", "React.js"),
        ("k8s", "Kubernetes"),
        ("Postgres", "PostgreSQL"),
        ("JS", "JavaScript"),
        ("PowerBI", "Power BI"),
        ("Google Cloud Platform", "GCP"),
        ("SFDC", "Salesforce"),
        ("AWS", "Amazon Web Services"),
        ("Excel", "Microsoft Excel"),
        ("Node.js", "NodeJS"),
        ("Golang", "Go"),
        ("scikit-learn", "sklearn"),
        ("Kubernetes", "K8s"),
        ("TypeScript", "TS"),
        ("HTML5", "HTML"),
        ("ReactJS", "React"),
        ("GitHub Actions", "Github Actions"),
        ("MS Office", "Microsoft Office"),
        ("Vue.js", "Vue"),
        ("SQL Server", "Microsoft SQL Server"),
    ],
)
def alias(draft: Draft, pair: Pair) -> None:
    _swap_pair(draft, pair)


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


def _opening(draft: Draft, pair: Pair) -> None:
    """Changes a verb that opens a bullet; the source is given it where chance wants it."""
    if draft.rng.random() < 0.5:
        path, text = draft.pick((p, t) for p, t in draft.bullets() if re.match(r"[A-Z]\w+e?d ", t))
        draft.both(path, f"{pair[0]} {text.partition(' ')[2]}")
    path, match = draft.find(rf"^{pair[0]}(?= )")
    draft.swap(path, 0, match.end(), pair[1])


@wordings("L2", _TENSES)
def tense(draft: Draft, pair: Pair) -> None:
    _opening(draft, pair)


_AMOUNTS = [
    ("$2M", "$2,000,000"),
    ("$310K", "$310,000"),
    ("$2.4M", "$2.4 million"),
    ("$180,000", "$180K"),
    ("$1,500,000", "$1.5M"),
    ("$64 million", "$64M"),
    ("$40,000", "40,000 dollars"),
    ("$120M", "USD 120M"),
    ("$7,400", "$7.4K"),
    ("$1.2 billion", "$1,200,000,000"),
    ("$950k", "$950,000"),
    ("$3M", "$3 million"),
]


@wordings("L3", _AMOUNTS)
def amount_rewritten(draft: Draft, pair: Pair) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if "$" not in t)
    draft.absent(pair[0])
    ending = draft.rng.choice([", worth {}", " within {}", ", for accounts of {}", " ({})"])
    draft.both(path, text.rstrip(". ") + ending.format(pair[0]))
    start = draft.get(path).rindex(pair[0])
    draft.swap(path, start, start + len(pair[0]), pair[1])


@wordings("L4", ["{} percent", "{} per cent", "{} %", "{} pct", "{} Percent", "{} pct."])
def percent_rewritten(draft: Draft, wording: str) -> None:
    path, match = a_percent(draft)
    draft.swap(path, match.start(), match.end(), wording.format(match[1]))


_VALUES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 30, 40, 50)


@template("L5")
def word_to_figure(draft: Draft) -> None:
    path, match = draft.find(NUMBER_WORD)
    figure = str(_VALUES[NUMBER_WORDS.index(match[1])])
    draft.swap(path, match.start(), match.end(), figure)


@template("L5")
def figure_to_word(draft: Draft) -> None:
    path, match = draft.find(COUNT)
    value = int(match[1].replace(",", ""))
    if value not in _VALUES:
        raise NotHere
    word = NUMBER_WORDS[_VALUES.index(value)]
    word = word.capitalize() if match.start() == 0 else word
    draft.swap(path, match.start(), match.end(), word)


@wordings(
    "L5", [("twenty-four", "24"), ("36", "thirty-six"), ("two dozen", "24"), ("a dozen", "12")]
)
def larger_number_word(draft: Draft, pair: Pair) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if not re.search(r"\d", t))
    ending = draft.rng.choice([" for {} colleagues", " on {} occasions", " with {} partners"])
    draft.both(path, text.rstrip(". ") + ending.format(pair[0]))
    start = draft.get(path).rindex(pair[0])
    draft.swap(path, start, start + len(pair[0]), pair[1])


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
    from tailor_lab.tailoring.skills import default_matcher

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


_MONTHS = "January February March April May June July August September October November December"


@wordings("L12", ["{name} {y}", "{m:02}/{y}", "{abbr} {y}", "{y}", "{m}/{y}", "{abbr}. {y}"])
def date_format(draft: Draft, wording: str) -> None:
    dates = [
        *draft.fields("work", "startDate"),
        *draft.fields("work", "endDate"),
        *draft.fields("education", "endDate"),
        *draft.fields("certificates", "date"),
    ]
    path, text = draft.pick((p, d) for p, d in dates if re.fullmatch(r"\d{4}-\d\d", d))
    year, month = int(text[:4]), int(text[5:])
    name = _MONTHS.split()[month - 1]
    draft.put(path, wording.format(y=year, m=month, name=name, abbr=name[:3]))


_DEGREES = [
    ("B.S.", "Bachelor of Science"),
    ("BS", "Bachelor of Science"),
    ("Bachelor of Science", "B.Sc."),
    ("MSc", "Master of Science"),
    ("BA", "Bachelor of Arts"),
    ("M.Ed.", "Master of Education"),
    ("BSN", "Bachelor of Science in Nursing"),
    ("Master of Business Administration", "MBA"),
    ("M.S.", "MS"),
    ("Bachelor of Arts", "B.A."),
    ("Ph.D.", "PhD"),
    ("BBA", "Bachelor of Business Administration"),
    ("Associate of Science", "A.S."),
    ("BEng", "Bachelor of Engineering"),
    ("Doctor of Physical Therapy", "DPT"),
    ("B.Tech", "Bachelor of Technology"),
    ("Bachelor of Engineering", "B.E."),
    ("MEd", "M.Ed."),
]


@wordings("L13", _DEGREES)
def degree_spelling(draft: Draft, pair: Pair) -> None:
    schools = draft.fields("education", "institution")
    path = draft.pick(schools)[0].replace("institution", "studyType")
    draft.both(path, pair[0])
    draft.put(path, pair[1])


_COMPANIES = [
    ("{} Corp", "{} Corporation"),
    ("{} Inc.", "{}, Incorporated"),
    ("{} Inc.", "{}"),
    ("{} Co.", "{} Company"),
    ("{} Ltd.", "{} Limited"),
    ("{} LLC", "{}"),
    ("{} Corporation", "{} Corp."),
    ("{}", "{}, Inc."),
    ("{} & Sons", "{} and Sons"),
    ("The {}", "{}"),
    ("{} GmbH", "{}"),
    ("{} Intl", "{} International"),
]


@wordings("L14", _COMPANIES)
def company_spelling(draft: Draft, pair: Pair) -> None:
    path, name = draft.pick((p, n) for p, n in draft.fields("work", "name") if len(n) < 50)
    if re.search(r"\b(?:Inc|LLC|LLP|Ltd|Limited|Corp|Co|Pvt|GmbH)\b|^The |\(", name):
        raise NotHere
    draft.both(path, pair[0].format(name))
    draft.put(path, pair[1].format(name))


_CERTIFICATES = [
    ("Certified Public Accountant (CPA)", "CPA"),
    ("PMP", "Project Management Professional (PMP)"),
    ("CISSP", "Certified Information Systems Security Professional"),
    ("Certified Kubernetes Administrator", "CKA"),
    ("BLS", "Basic Life Support (BLS)"),
    ("AWS Certified Solutions Architect – Associate", "AWS Solutions Architect Associate"),
    ("ACLS", "Advanced Cardiovascular Life Support"),
    ("CompTIA Security+", "Security+"),
    ("Financial Risk Manager", "FRM"),
    ("CCNA", "Cisco Certified Network Associate (CCNA)"),
    ("CFA", "Chartered Financial Analyst"),
    ("Certified ScrumMaster", "CSM"),
    ("CISA", "Certified Information Systems Auditor"),
    ("SHRM-CP", "SHRM Certified Professional (SHRM-CP)"),
]


@wordings("L15", _CERTIFICATES)
def certificate_spelling(draft: Draft, pair: Pair) -> None:
    draft.absent(*pair)
    held = draft.tailored.get("certificates", [])
    at = draft.rng.randrange(len(held) + 1)
    draft.both("/certificates", [*held[:at], {"name": pair[0]}, *held[at:]])
    draft.tailored["certificates"] = [*held[:at], {"name": pair[1]}, *held[at:]]
    draft.put(f"/certificates/{at}/name", pair[1])


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
    _opening(draft, pair)


def _exact(draft: Draft, pattern: str) -> tuple[str, re.Match[str]]:
    """A figure that no word such as "about" makes vague."""
    path, match = draft.find(pattern)
    before = draft.get(path)[: match.start()]
    if re.search(r"(?i)(?:about|around|some|nearly|to|over|than|least|of|top|from|cost) $", before):
        raise NotHere
    return path, match


@wordings("L17", ["over {}", "more than {}", "{}+", "at least {}"])
def smaller_count(draft: Draft, wording: str) -> None:
    path, match = _exact(draft, COUNT)
    value = int(match[1].replace(",", ""))
    base = next((b for b in (1000, 100, 10, 5) if b < value), None)
    if base is None or 1900 <= value <= 2100:
        raise NotHere
    lower = (value - 1) // base * base
    draft.swap(path, match.start(), match.end(), wording.format(f"{lower:,}"))


@wordings("L17", ["about {}", "some {}", "nearly {}", "around {}", "roughly {}", "up to {}"])
def vaguer_count(draft: Draft, wording: str) -> None:
    path, match = _exact(draft, COUNT)
    if match.start() == 0 or 1900 <= int(match[1].replace(",", "")) <= 2100:
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording.format(match[0]))


@wordings("L17", ["over {}%", "more than {}%"])
def smaller_percent(draft: Draft, wording: str) -> None:
    path, match = _exact(draft, PERCENT)
    lower = (int(float(match[1])) - 1) // 5 * 5
    if lower < 5:
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording.format(lower))


@wordings("L17", ["more than $100,000", "over $100K"])
def smaller_amount(draft: Draft, wording: str) -> None:
    path, match = _exact(draft, MONEY)
    value = float(match[1].replace(",", ""))
    if not match[2] and not 110_000 <= value <= 950_000:
        raise NotHere
    if match[2] and not (match[2] == "K" and 110 <= value <= 950):
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording)


_TITLES = [
    ("Sr. {}", "Senior {}"),
    ("Senior {}", "Sr. {}"),
    ("Jr. {}", "Junior {}"),
    ("{}", "upper"),
    ("{}", "lower"),
    ("{} Mgr", "{} Manager"),
    ("{}", "title"),
    ("Asst. {}", "Assistant {}"),
    ("VP, {}", "Vice President, {}"),
    ("Assoc. {}", "Associate {}"),
    ("Sr {}", "Senior {}"),
    ("{} (Lead)", "{}, Lead"),
]


@wordings("L18", _TITLES)
def title_spelling(draft: Draft, pair: Pair) -> None:
    label = draft.tailored.get("basics", {}).get("label") or ""
    titles = [*draft.fields("work", "position"), ("/basics/label", label)]
    path, title = draft.pick((p, t) for p, t in titles if 3 < len(t) < 60)
    if re.search(r"\b(?:Sr|Jr|Senior|Junior|Lead|Manager|VP|Head|Chief)\b", title):
        raise NotHere
    old, new = pair
    draft.both(path, old.format(title))
    recased = {"upper": title.upper(), "lower": title.lower(), "title": title.lower().title()}
    draft.put(path, recased.get(new) or new.format(title))


@wordings(
    "L19",
    [
        ("CI/CD", "continuous integration and delivery (CI/CD)"),
        ("SQL", "Structured Query Language (SQL)"),
        ("SIEM", "security information and event management (SIEM)"),
        ("IEP", "individualized education program (IEP)"),
        ("WMS", "warehouse management system"),
        ("EHR", "electronic health record (EHR)"),
        ("KPI", "key performance indicator (KPI)"),
        ("NLP", "natural language processing"),
        ("SEO", "search engine optimization (SEO)"),
        ("P&L", "profit and loss (P&L)"),
        ("ICU", "intensive care unit (ICU)"),
        ("CRM", "customer relationship management (CRM)"),
        ("ETL", "extract, transform, load (ETL)"),
        ("API", "application programming interface (API)"),
        ("UAT", "user acceptance testing"),
        ("FMEA", "failure mode and effects analysis (FMEA)"),
        ("SPC", "statistical process control"),
        ("OOP", "object-oriented programming"),
    ],
)
def acronym(draft: Draft, pair: Pair) -> None:
    _swap_pair(draft, pair)


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


def _spans(draft: Draft) -> list[tuple[int, int]]:
    """The first and the last month of each position; one that lasts, lasts until now."""
    found = []
    for entry in draft.tailored.get("work", ()):
        start, end = entry.get("startDate") or "", entry.get("endDate")
        if len(start) >= 7 and (end is None or len(end) >= 7):
            last = _month(end) if end else _month(AS_OF)
            found.append((_month(start), last))
    return found


def _whole_years(spans: list[tuple[int, int]]) -> int:
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
    years = _whole_years(_spans(draft)) - draft.rng.choice([0, 0, 1])
    if years < 3 or ("{word}" in wording and years not in _VALUES):
        raise NotHere
    word = NUMBER_WORDS[_VALUES.index(years)].capitalize() if years in _VALUES else ""
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


_MARKS = [
    (r"(\d),(\d{3})\b(?!,)", r"\1\2"),
    (r"(?<![\d.,$])(\d{1,2})(\d{3})(?= [a-z])", r"\1,\2"),
    (r"(\d),(\d{3})\b(?!,)", "\\1\u202f\\2"),
    (r" - ", " – "),
    (r"(\w)'(\w)", r"\1’\2"),
    (r" – ", " - "),
    (r"(\w)-(\w)", "\\1\u2011\\2"),
    (r"; ", " ; "),
    (r"(\d)% ", r"\1 % "),
    (r" & ", " and "),
]


@wordings("L23", _MARKS)
def marks(draft: Draft, pair: Pair) -> None:
    path, match = draft.find(pair[0])
    if re.search(r"\b(?:19|20)\d\d\b", match[0]):
        raise NotHere
    draft.swap(path, match.start(), match.end(), match.expand(pair[1]))
