"""More spellings of titles, acronyms and marks for the development part: L18, L19 and L23."""

import re

from benchmarks.facts_cases import Draft, NotHere, wordings
from benchmarks.facts_more_spellings import DEVELOPMENT, either_way
from benchmarks.facts_spellings import Pair, swap_pair

_TITLES = """
    {} Manager = {} Mgr
    {} Manager = {} Mgr.
    Assistant {} = Asst. {}
    Associate {} = Assoc. {}
    Director of {} = Dir. of {}
    {} Director = {} Dir.
    Vice President of {} = VP of {}
    Vice President of {} = V.P. of {}
    Vice President, {} = {} Vice President
    {} Administrator = {} Admin
    {} Coordinator = {} Coord.
    {} Supervisor = {} Supv.
    {} Representative = {} Rep
    {} Specialist = {} Spec.
    {} Technician = {} Tech
    {} Engineer = {} Eng.
    {} Developer = {} Dev
    {} Executive = {} Exec.
    {} II = {} 2
    {} III = {} Level 3
    {} I = {} 1
    {} & Trainer = {} and Trainer
    {}/Trainer = {} / Trainer
    {}, Backend = Backend {}
    {} - Night Shift = {} (Night Shift)
    {} – Payroll = {}, Payroll
    Front-End {} = Frontend {}
    Head, {} = Head of {}
    Sr {} = Senior {}
    Jr. {} = Junior {}
    {} Assistant = {} Asst
    Chief {} = chief {}
    {} Consultant = {} consultant
    {} Operations Manager = {} Ops Manager
    Human Resources {} = HR {}
    Quality Assurance {} = QA {}
    Information Technology {} = IT {}
    {} Executive Assistant = {} Exec. Asst.
    General Manager, {} = GM, {}
    Senior Vice President, {} = SVP, {}
    Registered Nurse, {} = RN, {}
    {} Team Leader = {} Team Lead
    Part-Time {} = {} (part time)
    {} Intern = Intern, {}
    Temporary {} = Temp {}
    Full-Stack {} = Full Stack {}
"""


@wordings("L18", either_way(_TITLES), part=DEVELOPMENT)
def another_title_spelling(draft: Draft, pair: Pair) -> None:
    label = draft.tailored.get("basics", {}).get("label") or ""
    titles = [*draft.fields("work", "position"), ("/basics/label", label)]
    path, title = draft.pick((p, t) for p, t in titles if 3 < len(t) < 40)
    if re.search(r"\b(?:Sr|Jr|Senior|Junior|Lead|Manager|VP|Head|Chief)\b|[,(/–]", title):
        raise NotHere
    draft.both(path, pair[0].format(title))
    draft.put(path, pair[1].format(title))


_WHOLE_TITLES = """
    Software Engineer = SWE
    Registered Nurse = RN
    Chief Executive Officer = CEO
    Chief Technology Officer = CTO
    Chief Financial Officer = CFO
    Database Administrator = DBA
    Site Reliability Engineer = SRE
    Licensed Practical Nurse = LPN
    Certified Nursing Assistant = CNA
    Customer Service Representative = Customer Service Rep.
    Business Development Manager = Biz Dev Manager
    Teaching Assistant = TA
    Systems Administrator = Sysadmin
    Human Resources Business Partner = HRBP
    Software Development Engineer II = SDE II
    Machine Learning Engineer = ML Engineer
    User Experience Designer = UX Designer
    Public Relations Manager = PR Manager
    Research and Development Engineer = R&D Engineer
    Sous Chef = Sous-Chef
    Accounts Payable Clerk = A/P Clerk
    Sales and Marketing Manager = Marketing & Sales Manager
    Maintenance Supervisor = Supervisor, Maintenance
    Quality Control Inspector = QC Inspector
    Co-Founder = Cofounder
"""


@wordings("L18", either_way(_WHOLE_TITLES), part=DEVELOPMENT)
def whole_title_spelt_otherwise(draft: Draft, pair: Pair) -> None:
    path, _ = draft.pick(draft.fields("work", "position"))
    draft.absent(pair[0])
    draft.both(path, pair[0])
    draft.put(path, pair[1])


_ACRONYMS = """
    GIS = geographic information systems (GIS)
    HVAC = heating, ventilation and air conditioning
    CRM = customer relationship management
    OSHA = Occupational Safety and Health Administration (OSHA)
    EMR = electronic medical records (EMR)
    NLP = natural language processing (NLP)
    P&L = profit and loss (P&L)
    SOP = standard operating procedure
    KPIs = key performance indicators
    ERP = enterprise resource planning (ERP)
    SLA = service-level agreement (SLA)
    QA = quality assurance
    IEP = individualized education program (IEP)
    FP&A = financial planning and analysis (FP&A)
    B2B = business-to-business (B2B)
    API = application programming interface (API)
    PLC = programmable logic controller
    HRIS = human resources information system (HRIS)
    AR = accounts receivable (AR)
    CAD = computer-aided design (CAD)
    CNC = computer numerical control (CNC)
    RFP = request for proposal (RFP)
    TDD = test-driven development
    MVP = minimum viable product (MVP)
    GAAP = generally accepted accounting principles (GAAP)
    OEE = overall equipment effectiveness (OEE)
    FMEA = failure mode and effects analysis
    IV = intravenous (IV)
"""


@wordings("L19", either_way(_ACRONYMS), part=DEVELOPMENT)
def another_acronym(draft: Draft, pair: Pair) -> None:
    swap_pair(draft, pair)


@wordings(
    "L23",
    [
        (r"(\d),(\d{3})\b(?!,)", "\\1\u00a0\\2"),
        (r"(\d),(\d{3})\b(?!,)", "\\1\u2009\\2"),
        (r"(\d),(\d{3})\b(?!,)", r"\1'\2"),
        (r"(\d),(\d{3})\b(?!,)", r"\1.\2"),
        (r"(\d)-(\d)", "\\1–\\2"),
        (r"(\d)-(\d)", r"\1 to \2"),
        (r" - ", " – "),
        (r" – ", " — "),
        (r"(\w) & (\w)", r"\1 and \2"),
        (r"\"(\w+)\"", r"“\1”"),
        (r"(\w)-(\w)", "\\1\u2010\\2"),
        (r"(\d) (\w)", "\\1\u00a0\\2"),
        (r"(\w); (\w)", r"\1. \2"),
        (r"\.$", ""),
        (r"(\d)%", "\\1\u202f%"),
        (r"\b(\d+)-bed\b", r"\1 bed"),
    ],
    part=DEVELOPMENT,
)
def more_marks(draft: Draft, pair: Pair) -> None:
    path, match = draft.find(pair[0])
    if re.search(r"\b(?:19|20)\d\d\b", match[0]):
        raise NotHere
    draft.swap(path, match.start(), match.end(), match.expand(pair[1]))
