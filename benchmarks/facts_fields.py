"""Fabrications in fields: F5 to F9, F11 to F15, F20, F23 and F24 of the study.

Each function is a template, or one for each wording that it is given; see `facts_cases`. What is
invented in a field is also invented in a sentence of the summary, as models do.
"""

import re

from benchmarks.facts_cases import Draft, NotHere, Place, template, wordings
from benchmarks.facts_prose import unheld_skill

_RANKS = "senior|lead|principal|staff|head|director|chief|manager|vp|president|partner|executive"


def _title(draft: Draft) -> tuple[str, str]:
    """Path and text of a title without a rank, in work or as the headline."""
    label = draft.tailored.get("basics", {}).get("label") or ""
    titles = [*draft.fields("work", "position"), ("/basics/label", label)]
    fitting = [(p, t) for p, t in titles if t and not re.search(_RANKS, t.casefold())]
    return draft.pick((p, t) for p, t in fitting if len(t) < 60)


@wordings(
    "F5",
    [
        "Senior {}",
        "Lead {}",
        "Principal {}",
        "Head of {}",
        "Chief {}",
        "{} Manager",
        "{} (Team Lead)",
        "Director, {}",
        "Managing {}",
        "Sr. {}",
    ],
)
def higher_title(draft: Draft, wording: str) -> None:
    path, title = _title(draft)
    word = re.sub(r"[{}(),.]", "", wording).split()[0]
    draft.absent(word)
    draft.put(path, wording.format(title))


@wordings("F5", [r"^Junior ", r"\bII?$", r"^Assistant |^Associate ", r" Assistant$|, Assistant"])
def lower_word_dropped(draft: Draft, pattern: str) -> None:
    titles = draft.fields("work", "position")
    if draft.rng.random() < 0.7:
        path, title = _title(draft)
        word = {"^J": "Junior {}", r"\b": "{} I", "^A": "Assistant {}", " A": "{} Assistant"}
        draft.both(path, word[pattern[:2]].format(title))
        titles = [(path, draft.get(path))]
    path, title = draft.pick((p, t) for p, t in titles if re.search(pattern, t))
    new = re.sub(pattern, "III" if "II" in pattern else "", title).strip()
    draft.put(path, new)


@wordings("F5", ["Senior {} with a broad view.", "Seasoned lead {}.", "Former head {}."])
def rank_in_summary(draft: Draft, wording: str) -> None:
    _, title = _title(draft)
    draft.absent(next(w for w in ("senior", "lead", "head") if w in wording.casefold()))
    draft.summarise(wording.format(title))


_FUNCTIONS = [
    "Data Scientist",
    "Product Manager",
    "Business Development",
    "Scrum Master",
    "UX Designer",
    "Solution Architect",
    "Compliance Officer",
    "Nurse Practitioner",
    "Site Reliability Engineer",
    "Financial Advisor",
    "Curriculum Specialist",
    "Procurement Specialist",
]


@wordings("F6", ["{t} and {f}", "{t} / {f}", "{f}", "{t} & {f}", "{f} ({t})", "{t}, {f}"])
def another_function(draft: Draft, wording: str) -> None:
    path, title = _title(draft)
    function = draft.pick(f for f in _FUNCTIONS if f.casefold() not in str(draft.source).casefold())
    draft.put(path, wording.format(t=title, f=function))


@template("F6")
def posting_s_title(draft: Draft) -> None:
    path, title = _title(draft)
    wanted = re.split(r"[,(–]", draft.posting.title)[0].strip()
    common = set(wanted.casefold().split()) & set(title.casefold().split())
    draft.absent(wanted)
    if len(common) > 1 or re.search(_RANKS, wanted.casefold()):
        raise NotHere
    draft.put(path, wanted)


@wordings("F6", ["Engineer", "Strategist", "Consultant", "Architect", "Auditor"])
def last_word_changed(draft: Draft, word: str) -> None:
    path, title = _title(draft)
    draft.absent(word)
    if " " not in title:
        raise NotHere
    draft.put(path, f"{title.rpartition(' ')[0]} {word}")


_EMPLOYERS = [
    "Deloitte",
    "Siemens",
    "Northwind Traders",
    "Kaiser Permanente",
    "Cargill",
    "JPMorgan Chase",
    "Maersk",
    "Pfizer",
    "Brightwater Partners",
    "Accenture",
    "Halcyon Biotech",
    "Unilever",
    "Stonegate Capital",
    "Procter & Gamble",
    "Meridian Health Alliance",
    "Oracle",
    "Redwood Academy Trust",
    "FedEx",
]


def _employer(draft: Draft) -> str:
    text = str(draft.source).casefold()
    return draft.pick(name for name in _EMPLOYERS if name.casefold() not in text)


def _role(draft: Draft) -> str:
    titles = [title for _, title in draft.fields("work", "position")]
    return draft.pick(titles or ["Consultant"])


@wordings("F7", [("2008-03", "2010-06"), ("2010-01", None), ("2012", "2013"), (None, None)])
def entry_added(draft: Draft, dates: tuple[str | None, str | None]) -> None:
    entry = {"name": _employer(draft), "position": _role(draft)}
    entry |= {k: v for k, v in zip(("startDate", "endDate"), dates, strict=True) if v}
    draft.add("/work", entry, draft.rng.choice([0, 99]))


@wordings(
    "F7",
    [
        ["Improved daily routines", "Worked closely with colleagues"],
        ["Reported to the head of department"],
        ["Supported clients and kept records"],
        [],
    ],
)
def entry_with_bullets(draft: Draft, bullets: list[str]) -> None:
    entry = {"name": _employer(draft), "position": _role(draft), "highlights": bullets}
    draft.add("/work", {**entry, "startDate": "2009-05", "endDate": "2011-02"}, 99)


@wordings(
    "F7",
    ["Formerly with {}.", "Previously at {}.", "Started out at {}.", "Career includes time at {}."],
)
def employer_in_summary(draft: Draft, wording: str) -> None:
    draft.summarise(wording.format(_employer(draft)))


@wordings("F7", [", on secondment to {}", ", after joining from {}", ", as earlier at {}"])
def employer_in_bullet(draft: Draft, wording: str) -> None:
    path, _ = draft.pick(draft.bullets())
    draft.append(path, wording.format(_employer(draft)))


@wordings("F8", ["{e}", "{e} ({n})", "{e}, formerly {n}", "{n} / {e}", "{e} – {n}", "{n} at {e}"])
def other_employer(draft: Draft, wording: str) -> None:
    path, name = draft.pick(draft.fields("work", "name"))
    draft.put(path, wording.format(e=_employer(draft), n=name))


@template("F8")
def posting_s_company(draft: Draft) -> None:
    path, _ = draft.pick(draft.fields("work", "name"))
    draft.absent(draft.posting.company)
    draft.put(path, draft.posting.company)


@template("F8")
def employers_exchanged(draft: Draft) -> None:
    names = draft.fields("work", "name")
    (a, one) = draft.pick(names)
    (b, two) = draft.pick((p, n) for p, n in names if n != one)
    draft.put(a, two)
    draft.put(b, one)


@wordings("F8", ["International", "Global", "Nova", "Pacific"])
def first_word_changed(draft: Draft, word: str) -> None:
    path, name = draft.pick((p, n) for p, n in draft.fields("work", "name") if n.count(" ") >= 1)
    draft.absent(word)
    draft.put(path, f"{word} {name.partition(' ')[2]}")


def _year(date: str, by: int) -> str:
    return f"{int(date[:4]) + by}{date[4:]}"


@wordings("F9", [-1, -3, -2])
def earlier_start(draft: Draft, years: int) -> None:
    path, date = draft.pick(draft.fields("work", "startDate"))
    draft.put(path, _year(date, years))


@wordings("F9", [1, 3, 2])
def later_end(draft: Draft, years: int) -> None:
    path, date = draft.pick(draft.fields("work", "endDate"))
    draft.put(path, _year(date, years))


@wordings("F9", [None, "present", "Present"])
def still_there(draft: Draft, end: str | None) -> None:
    path, _ = draft.pick(draft.fields("work", "endDate"))
    draft.put(path, end)


@wordings("F9", ["later end", "earlier start"])
def gap_closed(draft: Draft, how: str) -> None:
    work = draft.tailored.get("work", [])
    gaps = [
        (i, work[i + 1]["endDate"], work[i]["startDate"])
        for i in range(len(work) - 1)
        if work[i + 1].get("endDate") and work[i].get("startDate")
    ]
    i, end, start = draft.pick((i, e, s) for i, e, s in gaps if e < s)
    if how == "later end":
        draft.put(f"/work/{i + 1}/endDate", start)
    else:
        draft.put(f"/work/{i}/startDate", end)


@wordings("F9", [-2, -5])
def some_months_earlier(draft: Draft, months: int) -> None:
    path, date = draft.pick((p, d) for p, d in draft.fields("work", "startDate") if len(d) >= 7)
    month = int(date[:4]) * 12 + int(date[5:7]) - 1 + months
    draft.put(path, f"{month // 12}-{month % 12 + 1:02}")


@wordings("F9", ["with the company since {}", "in this role since {}"])
def since_in_prose(draft: Draft, wording: str) -> None:
    path, _ = draft.pick((p, t) for p, t in draft.bullets() if p.startswith("/work"))
    start = draft.get("/".join(path.split("/")[:3])).get("startDate") or "2012"
    year = int(start[:4]) - draft.rng.randrange(2, 6)
    draft.absent(str(year))
    draft.append(path, ", " + wording.format(year))


@wordings("F11", ["Ph.D.", "Master of Science", "MBA", "Doctorate", "M.S.", "Executive MBA"])
def higher_degree(draft: Draft, degree: str) -> None:
    path, held = draft.pick(draft.fields("education", "studyType"))
    draft.absent(degree, "doctor", "master")
    if re.match(r"M|D|Ph", held) and degree != "Ph.D.":
        raise NotHere
    draft.put(path, degree)


@wordings("F11", ["Computer Engineering", "Economics", "Biomedical Science", "Psychology", "Law"])
def other_field(draft: Draft, field: str) -> None:
    path, _ = draft.pick(draft.fields("education", "area"))
    draft.absent(field)
    draft.put(path, field)


@wordings("F11", ["{} and Data Science", "{} with Economics", "{} & Management", "{}, Law"])
def added_field(draft: Draft, wording: str) -> None:
    path, area = draft.pick(draft.fields("education", "area"))
    draft.put(path, wording.format(area))


@wordings(
    "F11",
    [
        "Holds a PhD.",
        "Master's degree in business.",
        "MBA graduate.",
        "Doctorate in a related field.",
    ],
)
def degree_in_summary(draft: Draft, wording: str) -> None:
    draft.absent("master", "mba", "m.s.", "phd", "ph.d", "doctor", "m.b.a", "msc", "m.tech", "mca")
    draft.summarise(wording)


@wordings("F11", [{"studyType": "Master of Science"}, {"studyType": "MBA", "endDate": "2019-06"}])
def degree_added(draft: Draft, entry: dict[str, str]) -> None:
    draft.absent("master", "mba")
    _, school = draft.pick(draft.fields("education", "institution"))
    draft.add("/education", {"institution": school, **entry}, draft.rng.choice([0, 99]))


_SCHOOLS = [
    "Stanford University",
    "University of Oxford",
    "MIT",
    "Harvard University",
    "ETH Zürich",
    "Cornell University",
    "University of Michigan",
    "London School of Economics",
    "Duke University",
    "Princeton University",
]


@wordings("F12", _SCHOOLS)
def other_school(draft: Draft, school: str) -> None:
    path, _ = draft.pick(draft.fields("education", "institution"))
    draft.absent(school)
    draft.put(path, school)


@wordings("F12", ["{}, Stanford University", "{} (joint programme with Yale)", "Oxford–{}"])
def school_extended(draft: Draft, wording: str) -> None:
    path, school = draft.pick(draft.fields("education", "institution"))
    draft.put(path, wording.format(school))


@wordings("F12", ["Educated at {}.", "{} graduate.", "Alumna of {}.", "Studied at {}."])
def school_in_summary(draft: Draft, wording: str) -> None:
    school = draft.pick(_SCHOOLS)
    draft.absent(school)
    draft.summarise(wording.format(school))


_CERTIFICATES = [
    "PMP",
    "Certified ScrumMaster",
    "AWS Certified Solutions Architect – Professional",
    "CFA",
    "CISA",
    "SHRM-CP",
    "Lean Six Sigma Master Black Belt",
    "Certified Information Security Manager",
    "PRINCE2 Practitioner",
    "Certified Emergency Nurse",
    "Google Cloud Professional Data Engineer",
    "Certified Public Accountant",
    "ITIL 4 Foundation",
    "APICS CPIM",
    "Certified Ethical Hacker",
    "National Board Certification",
]


def _certificate(draft: Draft) -> str:
    text = str(draft.source).casefold()
    return draft.pick(name for name in _CERTIFICATES if name.casefold() not in text)


@wordings("F13", [{}, {"date": "2022-05"}, {"issuer": "Professional Board"}, {"date": "2019"}])
def certificate_added(draft: Draft, more: dict[str, str]) -> None:
    draft.add("/certificates", {"name": _certificate(draft), **more}, draft.rng.choice([0, 99]))


@wordings("F13", ["{}-certified.", "{} certified professional.", "Holds {}.", "Certified: {}."])
def certificate_in_summary(draft: Draft, wording: str) -> None:
    draft.summarise(wording.format(_certificate(draft)))


@wordings("F13", [", as a {} holder", " ({} certified)", ", having earned {}"])
def certificate_in_bullet(draft: Draft, wording: str) -> None:
    path, _ = draft.pick(draft.bullets())
    draft.append(path, wording.format(_certificate(draft)))


@wordings(
    "F13", ["{} (in progress)", "{} candidate", "{} (expected 2027)", "{}, studying for exam"]
)
def certificate_completed(draft: Draft, wording: str) -> None:
    name = _certificate(draft)
    held = list(draft.tailored.get("certificates", ()))
    draft.both("/certificates", [*held, {"name": wording.format(name)}])
    draft.tailored["certificates"] = [*held, {"name": name}]
    draft.places.append(Place(f"/certificates/{len(held)}/name", 0, None))


@wordings("F13", [("Associate", "Professional"), ("Green Belt", "Black Belt"), ("10", "30")])
def certificate_raised(draft: Draft, words: tuple[str, str]) -> None:
    path, name = draft.pick(
        (p, n) for p, n in draft.fields("certificates", "name") if words[0] in n
    )
    draft.put(path, name.replace(*words))


def _leaked(draft: Draft) -> str:
    """A skill that the posting was labelled with and no word of the source comes near."""
    words = {word[:5] for word in re.findall(r"[a-z0-9+#]+", str(draft.source).casefold())}
    wanted = [s for s in draft.posting.skills if s not in {"SQL", "EHR", "EMR", "LMS", "WMS"}]
    found = [
        skill
        for skill in wanted
        if not {word[:5] for word in re.findall(r"[a-z0-9+#]+", skill.casefold())} & words
    ]
    return draft.pick(_not_implied(draft, found))


def _not_implied(draft: Draft, skills: list[str]) -> list[str]:
    """Leaves out what another spelling or a narrower skill of the source supports."""
    from tailor_lab.tailoring import default_knowledge
    from tailor_lab.tailoring.knowledge.matcher import default_matcher

    known = default_knowledge()
    have = set(default_matcher().names(re.split(r"[\[\]{}]|', '", str(draft.source)), listed=True))
    have |= {wider for name in have for wider in known.broader(name)}
    return [skill for skill in skills if (known.canonical(skill) or skill) not in have]


def _list_skill(draft: Draft, skill: str, how: str) -> None:
    """Puts a skill into the list of skills, in one of the ways models do."""
    groups = [i for i, g in enumerate(draft.tailored.get("skills", ())) if g.get("keywords")]
    if how == "own group" or not groups:
        draft.add("/skills", {"name": "Further skills", "keywords": [skill]}, 99)
        return
    path = f"/skills/{draft.pick(groups)}/keywords"
    if how in {"last", "first"}:
        draft.add(path, skill, 0 if how == "first" else None)
        return
    at = draft.rng.randrange(len(draft.get(path)))
    held = draft.get(f"{path}/{at}")
    draft.put(
        f"{path}/{at}",
        {"instead": skill, "joined": f"{held}, {skill}"}.get(how, f"{held} / {skill}"),
    )


_WAYS = ["last", "first", "own group", "instead", "joined", "with a stroke"]


@wordings("F14", _WAYS)
def leaked_skill(draft: Draft, how: str) -> None:
    _list_skill(draft, _leaked(draft), how)


@wordings("F15", _WAYS)
def unheld_skill_listed(draft: Draft, how: str) -> None:
    _list_skill(draft, unheld_skill(draft), how)


@wordings(
    "F20",
    [
        "Employee of the Year",
        "Innovation Award",
        "Best Paper Award",
        "President's Award for Excellence",
        "Golden Apple Award",
        "Hackathon Winner",
    ],
)
def award_added(draft: Draft, title: str) -> None:
    draft.absent(title)
    draft.add("/awards", {"title": title, "date": "2021"})


@wordings("F20", ["A field guide to better practice", "Measuring what matters in daily work"])
def publication_added(draft: Draft, name: str) -> None:
    draft.add("/publications", {"name": name, "publisher": "Journal of Applied Practice"})


@wordings(
    "F20",
    [
        ", winning the company's Innovation Award",
        ", for which I was named Employee of the Month",
        ", patented in 2020",
        ", published in a peer-reviewed journal",
        ", recognised with a national award",
        ", co-inventor on two patents",
        ", awarded first prize at an industry competition",
        ", featured in Forbes",
    ],
)
def honour_in_bullet(draft: Draft, wording: str) -> None:
    draft.absent("award", "patent", "prize", "publish", "forbes", "employee of")
    path, _ = draft.pick(draft.bullets())
    draft.append(path, wording)


@wordings("F20", ["Award-winning professional.", "Holder of three patents.", "Published author."])
def honour_in_summary(draft: Draft, sentence: str) -> None:
    draft.absent("award", "patent", "publish", "author")
    draft.summarise(sentence)


_FLUENCY = ["Basic", "Conversational", "Intermediate", "Fluent", "Native"]


@wordings("F23", [1, 2, 3])
def higher_fluency(draft: Draft, steps: int) -> None:
    level = draft.rng.randrange(len(_FLUENCY) - steps)
    spoken = draft.tailored.get("languages") or []
    language = draft.rng.choice(["Portuguese", "Dutch", "Hindi", "Italian", "Mandarin"])
    if not spoken or draft.rng.random() < 0.5:
        draft.absent(language)
        spoken = [*spoken, {"language": language}]
    at = len(spoken) - 1
    spoken = [*spoken[:-1], {**spoken[-1], "fluency": _FLUENCY[level]}]
    draft.both("/languages", spoken)
    draft.tailored["languages"] = [dict(entry) for entry in spoken]
    draft.put(f"/languages/{at}/fluency", _FLUENCY[level + steps])


@wordings("F23", ["Fluent", "Native", "Professional working proficiency", "Conversational"])
def language_added(draft: Draft, fluency: str) -> None:
    language = draft.rng.choice(["Portuguese", "Dutch", "Hindi", "Italian", "Mandarin"])
    draft.absent(language)
    draft.add("/languages", {"language": language, "fluency": fluency})


@wordings(
    "F23",
    [
        "Holds an active Top Secret clearance.",
        "Bilingual in English and Portuguese.",
        "US citizen with Secret clearance.",
        "Speaks fluent Mandarin.",
        "Authorised to work in the EU without sponsorship.",
        "TS/SCI cleared.",
        "Native speaker of Italian.",
        "Green card holder.",
    ],
)
def standing_in_summary(draft: Draft, sentence: str) -> None:
    draft.absent("clearance", "citizen", "portuguese", "mandarin", "italian", "visa", "cleared")
    draft.summarise(sentence)


_MINOR = r"\b(?:Intern|Co-op|Trainee|Apprentice|Contract|Temporary|Volunteer|Freelance)\b"
_MARKS = [
    "{} Intern",
    "Contract {}",
    "{} (part-time)",
    "Temporary {}",
    "{} (internship)",
    "Trainee {}",
    "{} (contract)",
    "Volunteer {}",
    "{}, Co-op",
    "Freelance {}",
    "Apprentice {}",
    "{} (temporary)",
]


@wordings("F24", _MARKS)
def mark_dropped(draft: Draft, mark: str) -> None:
    work = draft.tailored.get("work", [])
    at = draft.pick(range(len(work)))
    path = f"/work/{at}/position"
    title = work[at].get("position") or draft.tailored.get("basics", {}).get("label") or "Assistant"
    if re.search(_MINOR, title) or len(title) > 60:
        raise NotHere
    draft.both(path, mark.format(title))
    draft.put(path, title)


@wordings("F24", ["{} (full-time)", "Permanent {}", "Full-time {}", "{}, permanent position"])
def made_permanent(draft: Draft, wording: str) -> None:
    work = draft.tailored.get("work", [])
    at = draft.pick(range(len(work)))
    path = f"/work/{at}/position"
    title = work[at].get("position") or draft.tailored.get("basics", {}).get("label") or "Assistant"
    if re.search(_MINOR, title) or len(title) > 60:
        raise NotHere
    mark = draft.rng.choice(["{} Intern", "Contract {}", "Temporary {}"])
    draft.both(path, mark.format(title))
    draft.put(path, wording.format(title))
