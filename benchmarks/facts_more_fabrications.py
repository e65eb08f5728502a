"""More fabrications for the development part, most of them near twins of a legitimate edit.

They stand apart from the templates that take turns, so that the test part stays what it was. What
they write is drawn from how models embellish résumés of many fields.
"""

import re

from benchmarks.facts_cases import Draft, NotHere, Place, wordings
from benchmarks.facts_more_spellings import DEVELOPMENT, one_way, two_spellings
from benchmarks.facts_prose import COUNT, PERCENT
from benchmarks.facts_spellings import Pair

_BARE = re.compile(r"\d|\bhal[fv]|doubl|tripl|\b(?:two|three|four|five|six|seven|eight|nine|ten)\b")


@wordings(
    "F4",
    [
        *(", doubling output", ", tripling sign-ups", ", halving the time it took"),
        *(", cutting the backlog in half", ", twice as fast as before", ", a threefold increase"),
        *(", reducing errors by a third", ", for three quarters of all clients"),
        *(" {k}x faster", ", {k} times the previous rate", ". Served {n} customers", " ({n})"),
        *("; {n} units shipped", " across {k} regions", ", {p}% of which were urgent"),
        *(", saving roughly {h} hours a week", ", worth over €{m}K", ", ranked #{k} of {h}"),
        *(", over {k} years", " for {h} months", ", up {p} points", ", lifting NPS to {p}"),
        *(" with a {q}.5% success rate", ", with dozens of partners", ", in {k} languages"),
        *(", from {p} to {q} percent", ", by {p}%", ". Reduced {n} Tickets", " in {k} weeks"),
        *(", bringing in ${m},000", ", with zero incidents in {k} years", " – {p} percent more"),
        *(", {n}k views", ", one in five of them new", ", by double digits: {p}%", " (+{p}%)"),
    ],
    part=DEVELOPMENT,
)
def more_invented_figures(draft: Draft, ending: str) -> None:
    path, _ = draft.pick((p, t) for p, t in draft.bullets() if not _BARE.search(t))
    rng = draft.rng
    values = {
        "p": rng.randrange(11, 68),
        "q": rng.randrange(91, 99),
        "h": rng.randrange(13, 29),
        "n": rng.randrange(121, 989),
        "k": rng.randrange(4, 9),
        "m": rng.randrange(110, 960),
    }
    for name in re.findall(r"{(\w)}", ending):
        draft.absent(f" {values[name]}", f"{values[name]}%", f"${values[name]}")
    draft.append(path, ending.format(**values))


_RAISED = """
    34% = half
    34% = two thirds
    34% = over 40%
    20% = a third
    by 40% = by half
    by half = by two thirds
    doubled the number of members = tripled the number of members
    doubled the number of members = grew the number of members 3x
    halved the error rate = cut the error rate by 60%
    cut lead time from 10 to 4 days = cut lead time by 70%
    cut lead time from 10 to 4 days = cut lead time to 2 days
    cut lead time to 4 days = cut lead time to 3 days
    raised output from 40 to 50 units = raised output by 40%
    raised output from 40 to 50 units = raised output by 20 units
    grew the list from 2,000 to 6,000 readers = quadrupled the list of readers
    lowered the reject rate from 8% to 2% = lowered the reject rate to 1%
    ranked in the top 10% = ranked in the top 5%
    closed tickets within 6 hours = closed tickets within 4 hours
    trained 12 nurses and 5 nurses on loan = trained 19 nurses
    served 47 clients = served 50 clients
    served about 40 clients = served 45 clients
    97% accuracy = 98% accuracy
    one in five calls = one in three calls
    $1.94M in sales = $2.4M in sales
    $86,500 in sales = $90K in sales
    dozens of guests = hundreds of guests
    twelve rooms = twenty rooms
    a dozen rooms = two dozen rooms
    several hundred visitors = several thousand visitors
"""


@wordings("F1", [p for p in one_way(_RAISED) if "%" in p[0] + p[1]], part=DEVELOPMENT)
def share_raised(draft: Draft, pair: Pair) -> None:
    _raised(draft, pair)


@wordings("F2", [p for p in one_way(_RAISED) if "%" not in p[0] + p[1]], part=DEVELOPMENT)
def figure_raised(draft: Draft, pair: Pair) -> None:
    _raised(draft, pair)


def _raised(draft: Draft, pair: Pair) -> None:
    if " " in pair[0] and not pair[0].startswith("by"):
        endings = ["; {}", ", and {}", " ({})"]
    else:
        endings = ["; cut waste {}" if "by" in pair[0] else "; cut waste by {}"]
    two_spellings(draft, endings, pair, _BARE.pattern + r"|hundred|dozen")


_VERBS = """
    Assisted with = Managed
    Assisted with = Directed
    Helped with = Ran
    Helped with = Drove
    Supported = Orchestrated
    Supported = Spearheaded
    Contributed to = Championed
    Contributed to = Managed
    Participated in = Led
    Took part in = Chaired
    Was part of = Headed up
    Collaborated on = Took ownership of
    Worked on = Masterminded
    Joined = Founded
    Shadowed = Supervised
    Observed = Conducted
    Learned = Taught
    Helped = Was in charge of
    Assisted = Took charge of
    Supported = Was accountable for
    Worked on = Architected
    Attended = Organised
    Built = Led the team that built
    Wrote = Directed the writing of
    Prepared = Headed the preparation of
    Processed = Oversaw the processing of
    Maintained = Was the lead for
    Filed = Supervised those who filed
    Answered = As team leader, answered
    Checked = Managed the staff who checked
    Tested = Acted as head of testing and tested
"""


@wordings("F17", one_way(_VERBS), part=DEVELOPMENT)
def deed_made_larger(draft: Draft, pair: Pair) -> None:
    path, text = draft.pick(
        (p, t) for p, t in draft.bullets() if re.match(r"[A-Z]\w+e?d (?:the |a |an )?\w", t)
    )
    rest = re.sub(r"^\w+ (?:the |a |an )?", "", text)
    if re.search(r"\b(?:led|lead|leader|head|manag\w+|supervis\w+|team|direct\w+)\b", rest, re.I):
        raise NotHere
    draft.both(path, f"{pair[0]} the {rest}")
    draft.swap(path, 0, len(pair[0]), pair[1])


@wordings(
    "F19",
    [
        *(" across the globe", " around the world", ", used by thousands of customers"),
        *(", now the standard at every site", ", for the entire organisation", ", industry-wide"),
        *(", which became best practice across the firm", ", in 14 countries", " at all locations"),
        *(", reaching a nationwide audience", ", taken up by the whole department"),
        *(", presented to the executive board", ", praised by senior leadership"),
        *(", setting a new benchmark for the sector", ", recognised across the industry"),
        *(
            ", scaled to all business units",
            ", with international reach",
            ", a first in the region",
        ),
        *(", replicated by other sites", ", that transformed the business", ", a game-changer"),
        *(" throughout Europe", ", on a national scale", ", shared with every employee"),
        *(", impacting the entire customer base", ", now a company standard", ", group-wide"),
    ],
    part=DEVELOPMENT,
)
def more_invented_reach(draft: Draft, wording: str) -> None:
    words = re.findall(r"[a-z]{5,}", wording)
    draft.absent(words[-1], "national", "global", "worldwide")
    path, _ = draft.pick(draft.bullets())
    draft.append(path, wording)


@wordings(
    "F22",
    [
        *((pattern, new) for pattern in ("about {}", "up to {}", "nearly {}", "around {}")
          for new in ("more than {}", "{}+", "exceeding {}", "no fewer than {}", "{}")),
        *(("roughly {}", "well over {}"), ("approximately {}", "at minimum {}")),
        *(("as many as {}", "{} or more"), ("close to {}", "upwards of {}")),
        *(("under {}", "over {}"), ("less than {}", "{}"), ("almost {}", "in excess of {}")),
        *(("{}", "more than {}"), ("{}", "over {}"), ("{}", "{}+"), ("{}", "in excess of {}")),
        *(("{}", "at least {}"), ("{}", "north of {}"), ("{}", "just over {}")),
        *(("an estimated {}", "{}"), ("some {}", "fully {}"), ("at most {}", "at least {}")),
        *(("a maximum of {}", "a minimum of {}"), ("fewer than {}", "beyond {}")),
    ],
    part=DEVELOPMENT,
)  # fmt: skip
def firmer(draft: Draft, pair: Pair) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if not _BARE.search(t))
    number = draft.rng.choice(["40", "120", "2,500", "35", "12"])
    thing = draft.rng.choice(["; served {} clients", ", with {} guests a night", " for {} pupils"])
    if "%" not in text and draft.rng.random() < 0.4:
        number, thing = draft.rng.choice(["15%", "40%", "8%"]), "; costs fell by {}"
    one, other = pair[0].format(number), pair[1].format(number)
    draft.both(path, text.rstrip(". ") + thing.format(one))
    start = draft.get(path).rindex(one)
    draft.swap(path, start, start + len(one), other)


@wordings(
    "F18",
    [
        *(", leading {n} people", " with {n} direct reports", ", heading a {n}-person team"),
        *(", responsible for ${n}M in revenue", " (team: {n})", ", managing {n} employees"),
        *(", with {n} subordinates", ", owning a €{n}M budget", ", mentoring {n} juniors"),
        *(", coordinating {n} contractors", " and its {n}-strong staff", ", staff of {n}"),
    ],
    part=DEVELOPMENT,
)
def more_staff(draft: Draft, wording: str) -> None:
    path, _ = draft.pick((p, t) for p, t in draft.bullets() if not _BARE.search(t))
    size = draft.rng.randrange(13, 79)
    draft.absent(f" {size}", f"${size}", f"€{size}")
    draft.append(path, wording.format(n=size))


_TITLES = """
    {} = Senior {}
    {} = Sr {}
    {} = Head {}
    {} = {} Supervisor
    {} = {} Manager
    {} = Associate Director, {}
    Assistant {} = {}
    Asst. {} = Associate {}
    Deputy {} = {}
    Acting {} = {}
    Interim {} = {}
    Associate {} = {}
    {} Assistant = {}
    Assistant to the {} = Assistant {}
    {} I = {} II
    {} II = {} III
    {} 1 = {} 2
    {} Level 1 = {} Level 3
    Junior {} = {}
    Jr. {} = {}
    Trainee {} = {}
    Graduate {} = {}
    Entry-Level {} = {}
    Assistant Vice President, {} = Vice President, {}
    Vice President, {} = Senior Vice President, {}
    Assistant Manager, {} = Manager, {}
    Manager, {} = Director, {}
    Supervisor, {} = Manager, {}
    Co-Lead {} = Lead {}
    {} = Lead {}
    {} Team Member = {} Team Lead
    {} = Staff {}
    {} = {} (Head of Unit)
    Sous {} = Executive {}
    {} Aide = {}
"""


@wordings("F5", one_way(_TITLES), part=DEVELOPMENT)
def title_raised(draft: Draft, pair: Pair) -> None:
    path, title = draft.pick((p, t) for p, t in draft.fields("work", "position") if len(t) < 40)
    if re.search(r"(?i)\b(?:sr|jr|senior|junior|lead|manager|head|chief|assistant|I+)\b", title):
        raise NotHere
    draft.both(path, pair[0].format(title))
    draft.put(path, pair[1].format(title))


@wordings(
    "F24",
    [
        *("{} (temporary)", "Seasonal {}", "Summer {}", "{} - Contractor", "Freelance {}"),
        *("{} (per diem)", "{} (maternity cover)", "Substitute {}", "Adjunct {}", "Student {}"),
        *("{} (6-month contract)", "Volunteer {}", "Relief {}", "{}, Work Placement"),
        *("{} (unpaid)", "{} Trainee", "{} – Internship", "Casual {}", "{} (Temp)", "Visiting {}"),
    ],
    part=DEVELOPMENT,
)
def another_mark_dropped(draft: Draft, mark: str) -> None:
    path, title = draft.pick((p, t) for p, t in draft.fields("work", "position") if len(t) < 50)
    draft.both(path, mark.format(title))
    draft.put(path, title)


@wordings("F9", [-1, -2, -5], part=DEVELOPMENT)
def earlier_in_another_spelling(draft: Draft, months: int) -> None:
    path, text = draft.pick((p, d) for p, d in draft.fields("work", "startDate") if len(d) == 7)
    month = int(text[:4]) * 12 + int(text[5:]) - 1 + months
    names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
    year, name, number = month // 12, names[month % 12], month % 12 + 1
    spellings = [f"{name} {year}", f"{number:02}/{year}", f"{name} '{year % 100:02}"]
    draft.put(path, draft.rng.choice(spellings))


@wordings("F9", ["Present", "now", "2031", "Dec 2030", "12/2030"], part=DEVELOPMENT)
def longer_in_another_spelling(draft: Draft, end: str) -> None:
    path, _ = draft.pick(draft.fields("work", "endDate"))
    draft.put(path, end)


@wordings("F9", [-2, 3], part=DEVELOPMENT)
def graduated_at_another_time(draft: Draft, years: int) -> None:
    path, text = draft.pick((p, d) for p, d in draft.fields("education", "endDate") if len(d) >= 4)
    draft.put(path, f"{int(text[:4]) + years}{text[4:]}")


@wordings(
    "F13",
    [
        *("{} (in progress)", "{} – expected 2027", "{} candidate", "Pursuing {}", "{} (pending)"),
        *("{} (exam scheduled)", "Studying for {}", "{} (anticipated)", "{}, not yet completed"),
    ],
    part=DEVELOPMENT,
)
def pending_is_held(draft: Draft, wording: str) -> None:
    name = draft.rng.choice(["CFA", "PMP", "CISSP", "CPA", "SHRM-CP", "ACLS", "CISM", "CMA"])
    draft.absent(name)
    held = list(draft.tailored.get("certificates", ()))
    draft.both("/certificates", [*held, {"name": wording.format(name)}])
    if draft.rng.random() < 0.5:
        draft.summarise(draft.rng.choice([f"{name} certified.", f"Holds the {name}.", f"{name}."]))
        return
    draft.tailored["certificates"] = [*held, {"name": name}]
    draft.places.append(Place(f"/certificates/{len(held)}/name", 0, None))


@wordings(
    "F11",
    [
        *("{} (in progress)", "{} (expected 2028)", "{} candidate", "Incomplete {}"),
        *("{} (not completed)", "Coursework towards {}"),
    ],
    part=DEVELOPMENT,
)
def unfinished_degree(draft: Draft, wording: str) -> None:
    path, degree = draft.pick(draft.fields("education", "studyType"))
    draft.both(path, wording.format(degree))
    draft.put(path, degree)


_NARROWER = """
    SQL = PostgreSQL
    JavaScript = React
    Kubernetes = Amazon EKS
    CRM = Salesforce
    PostgreSQL = MySQL
    AWS = Azure
    Tableau = Power BI
    Java = JavaScript
    Excel = Excel VBA
    ERP = SAP ERP
    version control = Git
    machine learning = PyTorch
    Vue.js = React
    QuickBooks = Xero
"""


@wordings("F15", one_way(_NARROWER), part=DEVELOPMENT)
def narrower_or_beside(draft: Draft, pair: Pair) -> None:
    held, claimed = pair
    draft.absent(claimed)
    groups = [i for i, g in enumerate(draft.tailored.get("skills", ())) if g.get("keywords")]
    path = f"/skills/{draft.pick(groups)}/keywords"
    draft.both(path, [*draft.get(path), held])
    draft.add(path, claimed)


@wordings(
    "F10",
    [
        *("{n}-year career.", "A career spanning {n} years.", "Some {n} years in the business."),
        *("Three decades of experience.", "Nearly {n} years of practice.", "{n}+ yrs."),
        *("Experience of {n} years and more.", "{n} years in similar roles."),
    ],
    part=DEVELOPMENT,
)
def more_years(draft: Draft, wording: str) -> None:
    found = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", str(draft.source))]
    years = 2030 - min((year for year in found if year > 1960), default=2004)
    if years > 28 and "decades" in wording:
        raise NotHere
    draft.absent(f"{years} y", f"{years}+", "decade", "thirty")
    draft.summarise(wording.format(n=years))


@wordings("F21", ["; {}", ", {}", " ({})"], part=DEVELOPMENT)
def figure_in_another_entry(draft: Draft, wording: str) -> None:
    work = draft.tailored.get("work", [])
    found = [
        (match[0], k)
        for i, entry in enumerate(work)
        for text in entry.get("highlights", ())
        for match in re.finditer(rf"(?:{PERCENT}|{COUNT} \w+)", text)
        for k, other in enumerate(work)
        if other.get("name") != entry.get("name") and other.get("highlights")
        if match[0].split()[0].rstrip("%") not in str(other)
    ]
    figure, at = draft.pick(found)
    said = f"improved results by {figure}" if "%" in figure else f"handled {figure}"
    j = draft.rng.randrange(len(work[at]["highlights"]))
    draft.append(f"/work/{at}/highlights/{j}", wording.format(said))
