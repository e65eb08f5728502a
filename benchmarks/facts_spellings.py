"""Legitimate edits that spell otherwise: L1, L3 to L5, L12 to L15, L18, L19 and L23 of the study.

Each function is a template, or one for each wording that it is given; see `facts_cases`.
"""

import re

from benchmarks.facts_cases import Draft, NotHere, template, wordings
from benchmarks.facts_prose import COUNT, NUMBER_WORD, NUMBER_WORDS, a_percent

Pair = tuple[str, str]


def swap_pair(draft: Draft, pair: Pair) -> None:
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
    swap_pair(draft, pair)


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


NUMBER_VALUES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 30, 40, 50)


@template("L5")
def word_to_figure(draft: Draft) -> None:
    path, match = draft.find(NUMBER_WORD)
    figure = str(NUMBER_VALUES[NUMBER_WORDS.index(match[1])])
    draft.swap(path, match.start(), match.end(), figure)


@template("L5")
def figure_to_word(draft: Draft) -> None:
    path, match = draft.find(COUNT)
    value = int(match[1].replace(",", ""))
    if value not in NUMBER_VALUES:
        raise NotHere
    word = NUMBER_WORDS[NUMBER_VALUES.index(value)]
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
    swap_pair(draft, pair)


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
