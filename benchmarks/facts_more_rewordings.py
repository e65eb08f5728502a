"""More rewordings for the development part: L2, L6, L8, L9, L11, L16, L17 and L20 to L22."""

import re

from benchmarks.facts_cases import Draft, NotHere, wordings
from benchmarks.facts_more_spellings import DEVELOPMENT, either_way, one_way, two_spellings
from benchmarks.facts_prose import COUNT, MONEY, PERCENT
from benchmarks.facts_rewordings import exact, opening, spans, whole_years
from benchmarks.facts_spellings import Pair

_TENSES = """
    Lead = Led
    Leads = Led
    Leading = Led
    Drive = Drove
    Oversee = Oversaw
    Coordinate = Coordinated
    Supervise = Supervised
    Support = Supported
    Assist = Assisted
    Write = Wrote
    Teach = Taught
    Develop = Developed
    Sell = Sold
    Direct = Directed
    Own = Owned
    Head = Headed
    Organize = Organized
    Implementing = Implemented
    Contributes = Contributed
    Spearheading = Spearheaded
    Mentor = Mentored
    Grew = Growing
    Responsible = Was responsible
    Collaborate = Collaborated
    Performing = Performed
    Inspecting = Inspected
    Kept = Keeping
    Started = Starting
    Won = Winning
    Took = Taking
"""


@wordings("L2", either_way(_TENSES), part=DEVELOPMENT)
def another_tense(draft: Draft, pair: Pair) -> None:
    opening(draft, pair)


_SYNONYMS = """
    Built = Created
    Built = Constructed
    Developed = Produced
    Led = Headed
    Led = Directed
    Oversaw = Supervised
    Managed = Administered
    Managed = Ran
    Helped = Supported
    Assisted = Aided
    Contributed to = Participated in
    Collaborated with = Worked with
    Improved = Enhanced
    Increased = Raised
    Increased = Boosted
    Reduced = Lowered
    Reduced = Decreased
    Reduced = Trimmed
    Launched = Introduced
    Established = Set up
    Taught = Instructed
    Trained = Taught
    Analyzed = Examined
    Performed = Carried out
    Conducted = Carried out
    Maintained = Kept up
    Organized = Arranged
    Coordinated = Organized
    Implemented = Put in place
    Wrote = Drafted
    Delivered = Provided
    Sold = Marketed
    Served = Attended to
    Repaired = Fixed
    Resolved = Solved
    Tracked = Monitored
    Checked = Inspected
    Ensured = Made sure of
    Presented = Showed
    Planned = Scheduled
    Responsible for = Accountable for
    Achieved = Reached
    Monitored = Kept an eye on
    Streamlined = Simplified
    Negotiated = Bargained
    Mentored = Guided
"""


@wordings("L16", either_way(_SYNONYMS), part=DEVELOPMENT)
def another_synonym(draft: Draft, pair: Pair) -> None:
    opening(draft, pair)


@wordings("L6", [", ", " and ", " while ", " with ", " for ", " – "], part=DEVELOPMENT)
def end_in_front(draft: Draft, joint: str) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if t.count(joint) == 1)
    one, two = text.rstrip(".").split(joint)
    if min(len(one), len(two)) < 10:
        raise NotHere
    lower = one if one[:2].isupper() or not one[1:2].islower() else one[0].lower() + one[1:]
    word = joint.strip(" ,–")
    front = f"{word} {two}" if word else two
    draft.put(path, f"{front[0].upper()}{front[1:]}, {lower}")


@wordings(
    "L8",
    ["{}; {}", "{}, {}", "{} • {}", "{} – {}", "{}, while {}", "{}. Also {}", "{} and also {}"],
    part=DEVELOPMENT,
)
def merged_otherwise(draft: Draft, wording: str) -> None:
    lists = [
        (f"/{section}/{i}/highlights", j)
        for section in ("work", "projects")
        for i, entry in enumerate(draft.tailored.get(section, ()))
        for j in range(len(entry.get("highlights", ())) - 1)
        if all(len(text) < 180 for text in entry["highlights"][j : j + 2])
    ]
    path, at = draft.pick(lists)
    values = draft.get(path)
    one, two = values[at].rstrip("."), values[at + 1]
    two = two if two[:2].isupper() else two[0].lower() + two[1:]
    values[at : at + 2] = [wording.format(one, two)]
    draft.put(f"{path}/{at}", values[at])


@wordings(
    "L11",
    [
        *("{}", "{} (used daily)", "{} (practical experience)", "{} skills", "Experience with {}"),
        *("{} – working knowledge", "Hands-on {}", "{} (basic)", "Working knowledge of {}"),
        *("{} (professional use)", "Familiar with {}", "Practical {}", "{} experience", "{} usage"),
    ],
    part=DEVELOPMENT,
)
def skill_shown(draft: Draft, wording: str) -> None:
    from tailor_lab.tailoring.knowledge.matcher import default_matcher

    listed = str(draft.tailored.get("skills", "")).casefold()
    found = [
        match.text
        for _, text in draft.bullets()
        for match in default_matcher().find(text)
        if match.text.casefold() not in listed
    ]
    skill = draft.pick(found)
    how = draft.rng.choice([str, str.lower, str.title, str.upper, str])
    keyword = wording.format(how(skill))
    if not draft.tailored.get("skills") or draft.rng.random() < 0.3:
        draft.add("/skills", {"name": "Further skills", "keywords": [keyword]})
        return
    groups = [i for i, g in enumerate(draft.tailored["skills"]) if g.get("keywords") is not None]
    draft.add(f"/skills/{draft.pick(groups)}/keywords", keyword)


_SHOWN = """
    Negotiated supplier contracts with two vendors = Contract negotiation
    Negotiated prices with growers = Negotiation
    Welded steel frames for trailers = Welding
    Trained new hires on the till = Training
    Scheduled the shifts of the kitchen = Shift scheduling
    Budgeted for the whole department = Budgeting
    Inspected incoming parts with calipers = Inspection
    Tutored pupils in reading = Tutoring
    Translated manuals from German = Translation
    Reconciled bank accounts each month = Bank account reconciliation
    Interviewed families for the survey = Interviewing
    Dispatched drivers across the county = Dispatching
    Audited the ledgers of branches = Auditing
    Forecast demand for spare parts = Demand forecasting
    Resolved complaints at the desk = Complaint resolution
    Photographed products for the shop = Photography
    Wrote grant applications = Grant writing
    Coached junior staff = Coaching
    Edited the members' magazine = Editing
    Planned lessons for year nine = Lesson planning
    Maintained the conveyor belts = Conveyor belt maintenance
    Packed and labelled orders = Packing, labelling
    Documented processes for the plant = Process documentation
    Analysed sales data for the board = Sales data analysis
    Mentored interns = Mentoring
    Designed posters and menus = Poster design
"""


@wordings("L11", one_way(_SHOWN), part=DEVELOPMENT)
def deed_listed_as_a_skill(draft: Draft, pair: Pair) -> None:
    highlights = draft.pick(
        f"/work/{i}/highlights"
        for i, entry in enumerate(draft.tailored.get("work", ()))
        if entry.get("highlights")
    )
    draft.both(highlights, [*draft.get(highlights), pair[0]])
    groups = [i for i, g in enumerate(draft.tailored.get("skills", ())) if g.get("keywords")]
    draft.add(f"/skills/{draft.pick(groups)}/keywords", pair[1])


_VAGUER = """
    38 = over 30
    38 = more than three dozen
    38 = dozens of
    240 = hundreds of
    240 = over two hundred
    4,300 = thousands of
    4,300 = more than 4,000
    4,300 = 4,000+
    97 = almost 100
    97 = nearly a hundred
    52 = about fifty
    52 = some 50
    52 = at least 50
    52 = upwards of 50
    1,248 = roughly 1,250
    1,248 = approximately 1,200
    1,248 = 1.2K
    15 = a dozen
    15 = well over ten
    15 = more than a dozen
    610 = up to 610
    610 = no fewer than 600
    610 = in excess of 600
"""


@wordings("L17", one_way(_VAGUER), part=DEVELOPMENT)
def count_made_vaguer(draft: Draft, pair: Pair) -> None:
    endings = [" for {} members", ", serving {} guests", ", with {} volunteers"]
    two_spellings(draft, endings, pair)


_VAGUER_SHARES = """
    34% = a third
    34% = about a third
    34% = over 30%
    52% = half
    52% = more than half
    52% = over 50 percent
    27% = a quarter
    27% = more than a quarter
    67% = two thirds
    67% = two-thirds
    78% = three quarters
    78% = about 80%
    78% = nearly 80%
    98.6% = 98%
    98.6% = over 98 percent
    19.7% = almost 20%
    19.7% = nearly a fifth
    41% = roughly 40%
"""


@wordings("L17", one_way(_VAGUER_SHARES), part=DEVELOPMENT)
def share_made_vaguer(draft: Draft, pair: Pair) -> None:
    two_spellings(draft, ["; cut waste by {}", ", which raised output by {}"], pair, r"\d|hal[fv]")


_VAGUER_AMOUNTS = """
    $1.94M = $1.9 million
    $1.94M = nearly $2M
    $1.94M = over $1.5M
    $2,340,000 = more than $2 million
    $2,340,000 = $2.3M
    $86,500 = over $86,000
    $86,500 = about $85K
    $86,500 = $86K
    $520K = half a million dollars
    $520K = over half a million dollars
    $520K = $0.5M
    €2.4M = millions of euros
"""


@wordings("L17", one_way(_VAGUER_AMOUNTS), part=DEVELOPMENT)
def amount_made_vaguer(draft: Draft, pair: Pair) -> None:
    two_spellings(draft, [", worth {}", "; saved {}", " for {} in all"], pair, r"[\d$€]")


_CONSEQUENCES = """
    cut lead time from 10 to 4 days = cut lead time by 60%
    cut lead time from 10 to 4 days = cut lead time by half
    cut lead time from 10 to 4 days = cut lead time by over 50%
    cut lead time from 10 to 4 days = cut lead time to 5 days
    raised output from 40 to 50 units = raised output by 25%
    raised output from 40 to 50 units = raised output by 10 units
    grew the list from 2,000 to 6,000 readers = tripled the list of readers
    grew sales from $2M to $4M = doubled sales
    grew sales from $2M to $4M = grew sales by 100%
    doubled the number of members = grew the number of members 2x
    doubled the number of members = raised the number of members by 100%
    tripled sign-ups = grew sign-ups threefold
    halved the error rate = cut the error rate by 50%
    halved the error rate = reduced the error rate by half
    cut the error rate in half = halved the error rate
    reached a 4x faster build = reached a four times faster build
    increased orders tenfold = increased orders 10x
    closed tickets within 4 hours = closed tickets within 5 hours
    closed tickets in under 4 hours = closed tickets in 4 hours
    ranked in the top 5% = ranked in the top 10%
    trained 12 nurses and 5 nurses on loan = trained 17 nurses
    one in five calls = 20% of calls
    4 out of 5 patients = 80% of patients
    lowered the reject rate from 8% to 2% = lowered the reject rate to 2%
    lowered the reject rate from 8% to 2% = lowered the reject rate by 75%
    lowered the reject rate to 2% = lowered the reject rate to under 3%
"""


@wordings("L17", one_way(_CONSEQUENCES), part=DEVELOPMENT)
def what_follows(draft: Draft, pair: Pair) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if not re.search(r"\d|hal[fv]", t))
    draft.both(path, f"{text.rstrip('. ')}; {pair[0]}")
    start = draft.get(path).rindex(pair[0])
    draft.swap(path, start, start + len(pair[0]), pair[1])


@wordings("L17", [PERCENT, COUNT, MONEY], part=DEVELOPMENT)
def figure_left_out(draft: Draft, pattern: str) -> None:
    path, match = exact(draft, rf"(?: by| within| in) (?:{pattern})(?=[.,;]|$)")
    draft.swap(path, match.start(), match.end(), "")


@wordings(
    "L20",
    [
        "{title} at {employer}, now seeking a new role.",
        "Worked at {employer} as {title}.",
        "Holds a {degree} from {school}.",
        "{degree} graduate of {school}.",
        "Former {title} with hands-on experience of {a}.",
        "Knows {a}, {b} and {c}; studied at {school}.",
        "{certificate} holder.",
        "{label} with {n} employers behind them.",
        "Speaks {language}.",
        "{label} with a background in {a} & {b}.",
        "Proficient with {a}/{b}.",
        "Most recently {title} ({employer}).",
        "Key strengths: {a}, {b}, {c}.",
    ],
    part=DEVELOPMENT,
)
def told_in_the_summary(draft: Draft, wording: str) -> None:
    work = draft.tailored.get("work", [])
    words = [w for g in draft.tailored.get("skills", ()) for w in g.get("keywords", ())]
    words = [w for w in words if len(w) < 40]
    if len(words) < 3 or not work:
        raise NotHere
    entry = draft.pick(work)
    values = dict(zip("abc", draft.rng.sample(words, 3), strict=True))
    values |= {"employer": entry.get("name") or "", "title": entry.get("position") or ""}
    values |= {"label": draft.tailored.get("basics", {}).get("label") or ""}
    names = {employer["name"] for employer in work if employer.get("name")}
    values["n"] = ["two", "three", "four", "five"][len(names) - 2] if 1 < len(names) < 6 else ""
    for name, section, key in (
        ("school", "education", "institution"),
        ("degree", "education", "studyType"),
        ("certificate", "certificates", "name"),
        ("language", "languages", "language"),
    ):
        values[name] = (draft.tailored.get(section) or [{}])[0].get(key) or ""
    for name in re.findall(r"{(\w+)}", wording):
        if not 0 < len(values[name]) < 90:
            raise NotHere
    draft.summarise(wording.format(**values))


@wordings(
    "L21",
    [
        *("{n}+ years of experience.", "Over {less} years' experience.", "{n} yrs experience."),
        *("Some {n} years in the profession.", "Nearly {more} years of experience."),
        *("A career of {n} years.", "About {n} years of practice."),
        *(
            "At least {less} years of work.",
            "{n}-year career.",
            "With {n} years in the field.",
        ),
    ],
    part=DEVELOPMENT,
)
def years_worked(draft: Draft, wording: str) -> None:
    years = whole_years(spans(draft))
    if years < 3:
        raise NotHere
    draft.summarise(wording.format(n=years, less=years - 1, more=years + 1))


@wordings(
    "L21", ["over a decade", "a decade", "more than ten years", "10+ years"], part=DEVELOPMENT
)
def a_decade(draft: Draft, words: str) -> None:
    if not 11 <= whole_years(spans(draft)) < 20:
        raise NotHere
    draft.summarise(f"Has worked for {words}.")


@wordings(
    "L21",
    ["over {n} years in this role", "for {n} years", "during {n} years at the company"],
    part=DEVELOPMENT,
)
def years_in_an_entry(draft: Draft, wording: str) -> None:
    work = draft.tailored.get("work", [])
    found = [
        (i, int(e["endDate"][:4]) - int(e["startDate"][:4]))
        for i, e in enumerate(work)
        if e.get("startDate") and e.get("endDate") and e.get("highlights")
        if e["startDate"][4:] == e["endDate"][4:]
    ]
    at, years = draft.pick((i, y) for i, y in found if y >= 2)
    draft.append(f"/work/{at}/highlights/0", f", {wording.format(n=years)}")


_BROADER = """
    PostgreSQL = relational databases
    MySQL = SQL
    Oracle Database = databases
    Django = Python
    Vue.js = JavaScript
    React = front-end development
    Kubernetes = container orchestration
    Docker = containers
    Terraform = IaC
    Jenkins = CI/CD
    GitHub Actions = continuous integration
    Azure = cloud
    PyTorch = deep learning
    scikit-learn = machine learning
    pandas = Python
    Power BI = business intelligence
    Salesforce = CRM
    HubSpot = CRM
    SAP = ERP
    QuickBooks = accounting software
    Epic = electronic health records
    Git = version control
    Excel = spreadsheets
    Selenium = test automation
    Adobe Photoshop = image editing
    Figma = prototyping
    Google Analytics = web analytics
    Spring Boot = Spring
    Express = Node.js
    Jira = issue tracking
    PLC programming = industrial automation
    MIG welding = welding
    Amazon EKS = Kubernetes
    AWS Lambda = AWS
    BigQuery = SQL
"""


@wordings("L22", one_way(_BROADER), part=DEVELOPMENT)
def broader_still(draft: Draft, pair: Pair) -> None:
    held, wider = pair
    draft.absent(wider)
    groups = [i for i, g in enumerate(draft.tailored.get("skills", ())) if g.get("keywords")]
    path = f"/skills/{draft.pick(groups)}/keywords"
    draft.both(path, [*draft.get(path), held])
    draft.add(path, wider)
