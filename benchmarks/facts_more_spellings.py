"""More spellings for the development part: L1, L3 to L5, L12 to L15, L18, L19 and L23.

They stand apart from the templates that take turns, so that the test part stays what it was. What
they write is drawn from how résumés of many fields are written, not from what the verifier reads.
"""

import re

from benchmarks.facts_cases import Draft, NotHere, Split, wordings
from benchmarks.facts_prose import COUNT, NUMBER_WORDS, a_percent
from benchmarks.facts_spellings import NUMBER_VALUES, Pair, swap_pair

DEVELOPMENT: Split = "development"
_ENDINGS = [", worth {}", " for {} in all", ", with sales of {}", " ({})", "; saved {}"]


def one_way(pairs: str) -> list[Pair]:
    """Pairs written "one = other", a line each."""
    split = (line.split(" = ") for line in pairs.strip().splitlines())
    return [(one.strip(), other.strip()) for one, other in split]


def either_way(pairs: str) -> list[Pair]:
    """Pairs written "one = other", a line each, in both directions."""
    return [pair for one, other in one_way(pairs) for pair in ((one, other), (other, one))]


def two_spellings(draft: Draft, endings: list[str], pair: Pair, without: str = r"\d") -> None:
    """Gives a bullet of the source an ending with one spelling, and the tailored one the other."""
    path, text = draft.pick((p, t) for p, t in draft.bullets() if not re.search(without, t))
    draft.absent(*pair)
    draft.both(path, text.rstrip(". ") + draft.rng.choice(endings).format(pair[0]))
    start = draft.get(path).rindex(pair[0])
    draft.swap(path, start, start + len(pair[0]), pair[1])


_ALIASES = """
    Amazon Web Services = AWS
    Google Cloud Platform = GCP
    Microsoft Azure = Azure
    Node.js = NodeJS
    Microsoft Word = MS Word
    Microsoft Excel = MS Excel
    scikit-learn = sklearn
    REST APIs = RESTful APIs
    SQL Server = MSSQL
    MongoDB = Mongo
    Elasticsearch = Elastic Search
    PyTorch = Pytorch
    Adobe Photoshop = Photoshop
    Adobe Illustrator = Illustrator
    Google Analytics 4 = GA4
    machine learning = ML
    natural language processing = NLP
    electronic health records = EHR
    customer relationship management = CRM
    Apache Kafka = Kafka
    Apache Spark = Spark
    Ruby on Rails = Rails
    Six Sigma = 6 Sigma
    object-oriented programming = OOP
    user experience = UX
    project management = Project Mgmt
    Microsoft PowerPoint = PowerPoint
    ASP.NET = ASP.net
    Visual Basic for Applications = VBA
    JIRA = Jira
    quality assurance = QA
    accounts payable = A/P
    point of sale = POS
    SAP ERP = SAP
    generally accepted accounting principles = GAAP
    preventive maintenance = preventative maintenance
    health & safety = health and safety
    e-commerce = ecommerce
    Wi-Fi = WiFi
"""


@wordings("L1", either_way(_ALIASES), part=DEVELOPMENT)
def another_alias(draft: Draft, pair: Pair) -> None:
    swap_pair(draft, pair)


_AMOUNTS = """
    $3M = USD 3 million
    $3 million = US$3M
    $1.25M = $1,250,000
    $2,500,000 = 2.5 million dollars
    $600K = $0.6M
    $85,000 = 85 thousand dollars
    $85,000 = USD 85,000
    $1.2 billion = $1.2B
    $1.2bn = $1,200 million
    €1.5M = EUR 1.5 million
    €40,000 = 40,000 euros
    £500k = £500,000
    £2m = GBP 2 million
    $4MM = $4 million
    $12,000 = $12 thousand
    $5 million = five million dollars
    $700,000 = 700k dollars
    $1.0M = $1 million
    CHF 90,000 = CHF 90k
    $300,000 = $300K USD
    INR 20 lakh = 20 lakh rupees
"""


@wordings("L3", either_way(_AMOUNTS), part=DEVELOPMENT)
def another_amount(draft: Draft, pair: Pair) -> None:
    two_spellings(draft, _ENDINGS, pair, without=r"[\d$€£]")


@wordings(
    "L4",
    ["{} per cent", "{}pct", "{} pct.", "{} %", "{}-percent", "{} Percent", "{}percent", "{} PCT"],
    part=DEVELOPMENT,
)
def another_percent(draft: Draft, wording: str) -> None:
    path, match = a_percent(draft)
    draft.swap(path, match.start(), match.end(), wording.format(match[1]))


_PERCENTS = """
    30% = thirty percent
    25% = twenty-five per cent
    60% = sixty percent
    12.5% = 12.50%
    5% = 5.0%
    50% = half
    100% = all 100 percent
    by 50% = by half
    by 33% = by a third
    by 25% = by a quarter
    by 100% = by one hundred percent
    by 200% = by two hundred percent
"""


@wordings("L4", either_way(_PERCENTS), part=DEVELOPMENT)
def percent_in_words(draft: Draft, pair: Pair) -> None:
    endings = [", which cut waste {}", "; lowered returns {}"] if "by" in pair[0] else []
    two_spellings(draft, endings or [", with {} of orders on time"], pair, r"\d|hal[fv]|third")


_COUNTS = """
    25 = twenty-five
    14 = fourteen
    100 = one hundred
    100 = a hundred
    200 = two hundred
    1,000 = one thousand
    1000 = a thousand
    3,000 = three thousand
    2,000,000 = two million
    2 million = 2M
    12 = a dozen
    24 = two dozen
    6 = half a dozen
    150 = one hundred and fifty
    75 = seventy-five
    45,000 = 45K
    12 = twelve (12)
    2 = a couple of
"""


@wordings("L5", either_way(_COUNTS), part=DEVELOPMENT)
def another_count(draft: Draft, pair: Pair) -> None:
    endings = [" for {} members", ", serving {} guests", "; logged {} calls"]
    two_spellings(draft, endings, pair, rf"\d|{'|'.join(p.split()[-1] for p in pair)}")


@wordings("L5", ["{} ({})", "{}"], part=DEVELOPMENT)
def figure_spelt(draft: Draft, wording: str) -> None:
    path, match = draft.find(COUNT)
    values = [str(value) for value in NUMBER_VALUES]
    if match[1] not in values:
        raise NotHere
    word = NUMBER_WORDS[values.index(match[1])]
    draft.swap(path, match.start(), match.end(), wording.format(word, match[1]))


_MONTHS = "January February March April May June July August September October November December"


@wordings(
    "L12",
    [
        *("{abbr} {y}", "{name} {y}", "{name}, {y}", "{abbr}. {y}", "{abbr} '{yy}", "{abbr}-{yy}"),
        *("{m:02}/{y}", "{m}/{y}", "{m:02}-{y}", "{m:02}.{y}", "{m:02}/{yy}", "{m}/{yy}"),
        *("{y}/{m:02}", "{y}.{m:02}", "{y}-{m:02}-01", "{y} {name}", "{y} {abbr}", "{y}-{m}"),
        *("{up} {y}", "{low} {y}", "1 {name} {y}", "{name} 1, {y}", "{name} 1st, {y}", "{y}"),
        *("01/{m:02}/{y}", "{m:02}/01/{y}", "{abbr}, {y}", "{abbr}-{y}", "{name} of {y}"),
        *("{abbr}/{y}", "{m:02} / {y}", "({abbr} {y})", "{y}{m:02}", "Q{q} {y}", "{name}{y}"),
    ],
    part=DEVELOPMENT,
)
def another_date(draft: Draft, wording: str) -> None:
    dates = [
        *draft.fields("work", "startDate"),
        *draft.fields("work", "endDate"),
        *draft.fields("education", "startDate"),
        *draft.fields("education", "endDate"),
        *draft.fields("certificates", "date"),
        *draft.fields("awards", "date"),
        *draft.fields("projects", "startDate"),
    ]
    path, text = draft.pick((p, d) for p, d in dates if re.fullmatch(r"\d{4}-\d\d", d))
    year, month = int(text[:4]), int(text[5:])
    name = _MONTHS.split()[month - 1]
    short = "Sept" if month == 9 else name[:3]
    values = {"y": year, "yy": text[2:4], "m": month, "name": name, "abbr": short}
    values |= {"up": name.upper(), "low": name.lower(), "q": (month + 2) // 3}
    draft.put(path, wording.format(**values))


@wordings(
    "L12",
    ["Present", "present", "Current", "now", "to date", "Today", "Till date", "Ongoing", "-", ""],
    part=DEVELOPMENT,
)
def still_there_in_words(draft: Draft, word: str) -> None:
    work = draft.tailored.get("work", [])
    at = draft.pick(i for i, e in enumerate(work) if e.get("startDate") and not e.get("endDate"))
    draft.put(f"/work/{at}/endDate", word)


_DEGREES = """
    B.S. = BS
    B.S. = Bachelor of Science degree
    BSc = Bachelor of Science
    BSc (Hons) = BSc Honours
    B.A. = Bachelor of Arts (B.A.)
    M.A. = Master of Arts
    M.Sc. = Master of Science (MSc)
    MBA = Master of Business Administration
    MBA = M.B.A.
    Ph.D. = Doctor of Philosophy
    PhD = Doctorate
    J.D. = Juris Doctor
    MD = Doctor of Medicine
    M.Ed. = Master of Education
    BBA = Bachelor of Business Administration
    B.Com = Bachelor of Commerce
    MSW = Master of Social Work
    MPH = Master of Public Health
    MPA = Master of Public Administration
    BFA = Bachelor of Fine Arts
    B.Tech = Bachelor of Technology
    M.Eng. = Master of Engineering
    AAS = Associate of Applied Science
    A.A. = Associate of Arts
    LL.B. = Bachelor of Laws
    BArch = Bachelor of Architecture
    Associate's Degree = Associate degree
    Bachelor's = Bachelor's degree
    Masters Degree = Master's degree
    High School Diploma = high school diploma
    Bachelors of Science = Bachelor of Science
    MSN = Master of Science in Nursing
    MCA = Master of Computer Applications
    PharmD = Doctor of Pharmacy
"""
_WEAKER_DEGREES = """
    Bachelor of Science = Bachelor's degree
    B.A. (Hons) = B.A.
    M.S. = Master's degree
    Master of Arts = Masters
"""


@wordings("L13", [*either_way(_DEGREES), *one_way(_WEAKER_DEGREES)], part=DEVELOPMENT)
def another_degree(draft: Draft, pair: Pair) -> None:
    path = draft.pick(draft.fields("education", "institution"))[0]
    path = path.replace("institution", "studyType")
    draft.both(path, pair[0])
    draft.put(path, pair[1])


_COMPANIES = """
    {} Company = {} Co.
    {}, Inc. = {} Inc
    {} Incorporated = {}, Inc.
    {} LLC = {}
    {} L.L.C. = {} LLC
    {}, LLP = {} LLP
    The {} = {}
    {} International = {} Intl.
    {} Brothers = {} Bros.
    {} Manufacturing = {} Mfg.
    {} Group = {} Grp.
    {} Pvt. Ltd. = {} Private Limited
    {} PLC = {} plc
    {} S.A. = {} SA
    St. {} = Saint {}
    {} Medical Center = {} Med. Ctr.
    {} Medical Center = {} Medical Centre
    {} & Associates = {} and Assoc.
    {} Services = {} Svcs
    {} Department = {} Dept.
    {} Association = {} Assn.
    {} University = {} Univ.
    {} AG = {}
    {} Technologies, Inc. = {} Technologies
"""


@wordings("L14", either_way(_COMPANIES), part=DEVELOPMENT)
def another_company_spelling(draft: Draft, pair: Pair) -> None:
    path, name = draft.pick((p, n) for p, n in draft.fields("work", "name") if len(n) < 40)
    if re.search(r"\b(?:Inc|LLC|LLP|Ltd|Limited|Corp|Co|Pvt|GmbH|St)\b|^The |\(", name):
        raise NotHere
    draft.both(path, pair[0].format(name))
    draft.put(path, pair[1].format(name))


_CERTIFICATES = """
    Project Management Professional (PMP) = PMP
    PMP = Project Management Professional
    Registered Nurse (RN) = RN
    RN License = Registered Nurse
    CPR = Cardiopulmonary Resuscitation
    Certified Nursing Assistant = CNA
    Commercial Driver's License (CDL) = CDL
    Certified Information Security Manager = CISM
    AWS Certified Solutions Architect – Associate = AWS Certified Solutions Architect - Associate
    AWS Certified Solutions Architect – Associate = AWS Solutions Architect Associate
    Certified ScrumMaster = Certified Scrum Master (CSM)
    OSHA 30-Hour = OSHA 30
    ServSafe Manager = ServSafe Manager Certification
    Certified Kubernetes Administrator = CKA
    SHRM-CP = SHRM Certified Professional (SHRM-CP)
    CompTIA Security+ = Security+
    ITIL v4 Foundation = ITIL 4 Foundation
    Six Sigma Green Belt = Certified Six Sigma Green Belt
    Lean Six Sigma Green Belt = Lean Six-Sigma Green Belt
    CMA = Certified Management Accountant
    PHR = Professional in Human Resources
    BLS = BLS Certification
"""


@wordings("L15", either_way(_CERTIFICATES), part=DEVELOPMENT)
def another_certificate_spelling(draft: Draft, pair: Pair) -> None:
    draft.absent(*pair)
    held = draft.tailored.get("certificates", [])
    at = draft.rng.randrange(len(held) + 1)
    draft.both("/certificates", [*held[:at], {"name": pair[0]}, *held[at:]])
    draft.tailored["certificates"] = [*held[:at], {"name": pair[1]}, *held[at:]]
    draft.put(f"/certificates/{at}/name", pair[1])
