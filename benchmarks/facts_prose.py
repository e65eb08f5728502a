"""Fabrications in figures and prose: F1 to F4, F10, F16 to F19, F21 and F22 of the study.

Each function is a template, or one for each wording that it is given; see `facts_cases`.
"""

import re

from benchmarks.facts_cases import Draft, NotHere, template, wordings

PERCENT = r"(?<![\d.$–-])(\d{1,3}(?:\.\d+)?)\s?%(?! percent)"
COUNT = r"(?<![\w$.,/#–-])(\d{1,3}(?:,\d{3})+|\d{1,4})(?= [a-z]{3,})"
MONEY = r"\$(\d[\d,]*(?:\.\d+)?)\s?([KMB]\b|million\b|billion\b)?"
NUMBER_WORDS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "fifteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
]
NUMBER_WORD = rf"\b({'|'.join(NUMBER_WORDS)})\b(?! ?(?:percent|thousand|hundred))"
_FIGURE = re.compile(rf"\d|{NUMBER_WORD}|\bhal(?:f|ved)\b|\bdoubl|\btripl", re.IGNORECASE)
_PREPARED_PERCENT = (
    ", which cut errors by {}%",
    ", raising attendance by {}%",
    "; complaints fell by {}%",
    ", {}% faster than before",
    ", for {}% of all requests",
)
_PREPARED_MONEY = (
    ", within a budget of $240,000",
    ", worth $1.2M a year",
    ", on contracts of $85K",
    ", which saved $36,500",
    ", against a plan of $4.5 million",
    ", for accounts of $75,000",
)


def a_percent(draft: Draft, before: str = "") -> tuple[str, re.Match[str]]:
    """A percentage in prose, which the source is given first where chance wants it."""
    if draft.rng.random() < 0.5:
        path, text = draft.pick((p, t) for p, t in draft.bullets() if not _FIGURE.search(t))
        added = draft.rng.choice(_PREPARED_PERCENT).format(draft.rng.randrange(4, 43))
        draft.both(path, text.rstrip(". ") + added)
    return draft.find(before + PERCENT)


def _percent(draft: Draft, change: str) -> None:
    """Replaces a percentage by what `change` makes of it."""
    path, match = a_percent(draft)
    value = float(match[1])
    larger = {
        "double": round(value * 2),
        "half as much again": round(value * 1.5),
        "plus ten": round(value) + 10,
        "plus three": round(value) + 3,
        "to ninety": 90 + draft.rng.randrange(9),
        "triple": round(value * 3),
    }[change]
    if not value < larger < 100:
        raise NotHere
    spelling = draft.rng.choice(["{}%", "{}%", "{} percent"])
    new = spelling.format(larger)
    draft.absent(f"{larger}%")
    draft.swap(path, match.start(), match.end(), new)


wordings("F1", ["double", "plus ten", "triple", "half as much again", "plus three", "to ninety"])(
    _percent
)


@template("F1")
def as_a_multiple(draft: Draft) -> None:
    path, match = a_percent(draft, r"\bby ")
    draft.absent("3x")
    draft.swap(path, match.start(), match.end(), "3x")


@template("F1")
def nearly_all(draft: Draft) -> None:
    path, match = a_percent(draft)
    if float(match[1]) > 85:
        raise NotHere
    draft.swap(path, match.start(), match.end(), "nearly 100%")


def _count(draft: Draft) -> tuple[str, re.Match[str], int]:
    path, match = draft.find(COUNT)
    value = int(match[1].replace(",", ""))
    if value < 2 or 1900 <= value <= 2100:
        raise NotHere
    return path, match, value


@wordings("F2", [10, 2, 5, 3, 100])
def times(draft: Draft, factor: int) -> None:
    path, match, value = _count(draft)
    draft.absent(f"{value * factor:,}")
    draft.swap(path, match.start(), match.end(), f"{value * factor:,}")


@wordings("F2", ["over {}", "{}+", "more than {}", "nearly {}", "at least {}"])
def hedged_larger(draft: Draft, wording: str) -> None:
    path, match, value = _count(draft)
    larger = value + draft.rng.choice([value // 2 + 1, value, 5 * value])
    draft.absent(f"{larger:,}")
    draft.swap(path, match.start(), match.end(), wording.format(f"{larger:,}"))


@wordings("F2", ["hundreds of", "thousands of"])
def vague_larger(draft: Draft, words: str) -> None:
    path, match, value = _count(draft)
    if value >= 100:
        raise NotHere
    draft.swap(path, match.start(), match.end(), words)


@wordings("F2", [3, 5])
def larger_word(draft: Draft, steps: int) -> None:
    path, match = draft.find(NUMBER_WORD)
    at = NUMBER_WORDS.index(match[1]) + steps
    if at >= len(NUMBER_WORDS):
        raise NotHere
    draft.absent(NUMBER_WORDS[at])
    draft.swap(path, match.start(), match.end(), NUMBER_WORDS[at])


def _money(draft: Draft) -> tuple[str, re.Match[str]]:
    """An amount of money, which the source is given first where it has none to choose from."""
    if draft.rng.random() < 0.6:
        path, text = draft.pick((p, t) for p, t in draft.bullets() if not _FIGURE.search(t))
        added = draft.rng.choice(_PREPARED_MONEY)
        draft.both(path, text.rstrip(". ") + added)
    return draft.find(MONEY)


@wordings("F3", [2, 10, 3, 1.4])
def money_times(draft: Draft, factor: float) -> None:
    path, match = _money(draft)
    value = float(match[1].replace(",", "")) * factor
    text = f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
    draft.absent(f"${text}")
    draft.swap(path, match.start(1), match.end(1), text)


@wordings("F3", [("M", "B"), ("K", "M"), ("million", "billion"), ("M", " billion"), ("K", "MM")])
def larger_unit(draft: Draft, units: tuple[str, str]) -> None:
    path, match = _money(draft)
    if match[2] != units[0]:
        raise NotHere
    draft.swap(path, match.start(2), match.end(2), units[1])


@wordings("F3", ["more than ${}K", "${}M", "nearly ${} million", "$10M"])
def money_spelt_larger(draft: Draft, wording: str) -> None:
    path, match = _money(draft)
    value = float(match[1].replace(",", ""))
    value *= {"K": 1e3, "M": 1e6, "B": 1e9, "million": 1e6, "billion": 1e9}.get(match[2], 1)
    per = 1e3 if "K" in wording else 1e6
    larger = f"{value * 2 / per:.3g}"
    if value >= 1e7 or (per == 1e6 and value < 2e5) or "e" in larger:
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording.format(larger))


_INVENTED_ENDINGS = [
    ", cutting costs by {p}%",
    ", saving {h} hours a week",
    ", resulting in a {p}% increase in efficiency",
    ", serving {n} users",
    " with {q}% accuracy",
    ", improving throughput {k}x",
    ", {p} percent faster than before",
    " for {n} clients",
    ", generating ${m}K in new revenue",
    ", reducing errors by {p}%",
    ", saving the company ${m},000 a year",
    " across {h} sites",
    ", within {h} weeks",
    ", doubling output",
    " – a {p}% improvement on the year before",
    ", cutting the time needed in half",
    " ({n}+ cases handled)",
    ", lifting satisfaction scores to {q}%",
]


@wordings("F4", _INVENTED_ENDINGS)
def invented_figure(draft: Draft, ending: str) -> None:
    path, _ = draft.pick((p, t) for p, t in draft.bullets() if not _FIGURE.search(t))
    rng = draft.rng
    values = {
        "p": rng.randrange(11, 68),
        "q": rng.randrange(95, 99),
        "h": rng.randrange(13, 29),
        "n": rng.randrange(121, 989),
        "k": rng.randrange(4, 9),
        "m": rng.randrange(110, 960),
    }
    for name in re.findall(r"{(\w)}", ending):
        draft.absent(str(values[name]))
    draft.append(path, ending.format(**values))


@wordings("F4", ["Saved ${m},000 a year: ", "In under {h} days, ", "On {n} occasions, "])
def invented_opening(draft: Draft, opening: str) -> None:
    path, text = draft.pick((p, t) for p, t in draft.bullets() if not _FIGURE.search(t))
    values = {"m": draft.rng.randrange(110, 980), "h": draft.rng.randrange(17, 29)}
    values["n"] = draft.rng.randrange(121, 989)
    for name in re.findall(r"{(\w)}", opening):
        draft.absent(str(values[name]))
    draft.swap(path, 0, 1, opening.format(**values) + text[0].lower())


_YEARS = re.compile(rf"\b(\d+|{'|'.join(NUMBER_WORDS)})\+? (?:years|yrs)\b", re.IGNORECASE)


def _too_many_years(draft: Draft) -> int:
    """More years than have passed since the first date in the source."""
    found = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", str(draft.source))]
    first = min((year for year in found if year > 1960), default=2005)
    return 2027 - first + draft.rng.randrange(2, 9)


@wordings(
    "F10",
    [
        "{n}+ years of experience.",
        "Brings more than {n} years of experience to the role.",
        "Over {n} years in the field.",
        "A professional with {n} years' experience.",
        "{n} yrs of hands-on experience.",
        "Track record spanning {n} years.",
        "More than four decades of experience.",
        "Forty years of professional practice.",
    ],
)
def years_in_summary(draft: Draft, wording: str) -> None:
    years = _too_many_years(draft)
    draft.absent(f"{years} y", f"{years}+", "decades", "forty")
    draft.summarise(wording.format(n=years))


@wordings("F10", ["{n}", "{n}+", "over {n}", "nearly {n}"])
def years_raised(draft: Draft, wording: str) -> None:
    summary = draft.tailored.get("basics", {}).get("summary") or ""
    places = [*draft.bullets(), ("/basics/summary", summary)]
    path, match = draft.pick((p, m) for p, text in places for m in _YEARS.finditer(text))
    years = _too_many_years(draft)
    draft.absent(f"{years} y")
    draft.swap(path, match.start(1), match.end(1), wording.format(n=years))


SKILLS = [
    "Rust",
    "Elixir",
    "COBOL",
    "Haskell",
    "Fortran",
    "Solidity",
    "MATLAB",
    "Perl",
    "Scala",
    "Erlang",
    "SolidWorks",
    "AutoCAD",
    "Revit",
    "Blender",
    "Unreal Engine",
    "Unity",
    "Figma",
    "Photoshop",
    "InDesign",
    "After Effects",
    "Marketo",
    "Pardot",
    "Zendesk",
    "Workday",
    "PeopleSoft",
    "Anaplan",
    "Alteryx",
    "Qlik Sense",
    "Stata",
    "SPSS",
    "Bloomberg Terminal",
    "Hadoop",
    "Flink",
    "Cassandra",
    "Neo4j",
    "OpenShift",
    "Pulumi",
    "Chef",
    "Nagios",
    "Datadog",
    "Selenium",
    "LoadRunner",
    "Burp Suite",
    "Metasploit",
    "QRadar",
    "Meditech",
    "Kronos",
    "Blackboard",
    "Moodle",
    "LabVIEW",
    "Simulink",
    "CATIA",
    "Primavera P6",
    "ArcGIS",
    "Kofax",
    "UiPath",
    "Dynamics 365",
]


def unheld_skill(draft: Draft) -> str:
    """A technology that neither the source nor the posting names."""
    text = f"{draft.source} {draft.posting.text}".casefold()
    return draft.pick(skill for skill in SKILLS if skill.casefold() not in text)


@wordings(
    "F16",
    [
        " using {s}",
        ", with {s} and careful testing",
        " ({s})",
        " in {s}",
        ", automating the routine parts in {s}",
        "; introduced {s} for the purpose",
        " with the help of {s}",
        ", integrating {s}",
        " via {s}",
        ", which included training colleagues in {s}",
    ],
)
def skill_at_the_end(draft: Draft, wording: str) -> None:
    path, _ = draft.pick(draft.bullets())
    draft.append(path, wording.format(s=unheld_skill(draft)))


@wordings("F16", ["Used {s} to ", "With {s}, ", "Working in {s}, ", "Applied {s} and "])
def skill_at_the_front(draft: Draft, wording: str) -> None:
    path, text = draft.pick(draft.bullets())
    opening = wording.format(s=unheld_skill(draft)) + text[0].lower()
    draft.swap(path, 0, 1, opening)
    place = draft.places[-1]
    draft.places[-1] = place._replace(end=len(opening) - 1)


@wordings(
    "F16", ["Proficient in {s}.", "Expert in {s}.", "Comfortable with {s}.", "Fluent in {s}."]
)
def skill_in_summary(draft: Draft, wording: str) -> None:
    draft.summarise(wording.format(s=unheld_skill(draft)))


_LOWER = (
    r"Contributed to|Supported|Support|Helped with|Helped|Help with|Assisted with|Assisted in"
    r"|Assisted|Took part in|Participated in|Involved in|Worked on|Learned|Maintained|Maintain"
    r"|Responsible for|Wrote|Built|Set up|Processed|Process|Answered|Answer|Documented|Cleaned"
)
_PREPARED = {
    "Contributed to": "the",
    "Helped with": "the",
    "Assisted with": "the",
    "Took part in": "the",
    "Supported": "the",
    "Participated in": "the",
}


def _low_verb(draft: Draft) -> tuple[str, re.Match[str]]:
    """A bullet that opens with a modest verb; given to the source where chance wants it."""
    if draft.rng.random() < 0.5:
        path, text = draft.pick(draft.bullets())
        verb = draft.rng.choice(list(_PREPARED))
        rest = re.sub(r"^(?:\w+ed|Led|Built|Wrote|Ran|Cut|Set up|\w+) (?:the |a |an )?", "", text)
        draft.both(path, f"{verb} {_PREPARED[verb]} {rest}")
        pattern = rf"^{verb}(?= )"
    else:
        pattern = rf"^(?:{_LOWER})(?= )"
    return draft.find(pattern)


@wordings(
    "F17",
    [
        "Led",
        "Spearheaded",
        "Headed",
        "Directed",
        "Owned",
        "Took full ownership of",
        "Was solely responsible for",
        "Championed and led",
        "Oversaw",
        "Was the lead on",
    ],
)
def stronger_verb(draft: Draft, verb: str) -> None:
    path, match = _low_verb(draft)
    draft.swap(path, match.start(), match.end(), verb)


@wordings("F17", ["Single-handedly ", "Led the team that ", "As project lead, ", "In charge, "])
def stronger_opening(draft: Draft, opening: str) -> None:
    path, text = draft.pick(
        (p, t) for p, t in draft.bullets() if re.match(r"(?:\w+ed|Wrote|Built|Set up) ", t)
    )
    draft.swap(path, 0, 1, opening + text[0].lower())


_TEAM = r"(?i)(?<=team of )\d+|(?<=lead )\d+|(?<=manage )\d+|(?<=managed )\d+|(?<=led )\d+"


@wordings("F18", [2, 3, 10])
def larger_team(draft: Draft, factor: int) -> None:
    if draft.rng.random() < 0.7:
        path, text = draft.pick((p, t) for p, t in draft.bullets() if not _FIGURE.search(t))
        size = draft.rng.randrange(3, 9)
        draft.both(path, text.rstrip(". ") + f", with a team of {size}")
    path, match = draft.find(_TEAM)
    size = int(match[0]) * factor
    draft.absent(f" {size}")
    draft.swap(path, match.start(), match.end(), str(size))


@wordings(
    "F18",
    [
        ", managing a team of {n}",
        ", with a budget of ${n}M",
        ", leading {n} people",
        ", supervising {n} staff",
        " with {n} direct reports",
        " on a ${n}0K budget",
        ", heading a group of {n} specialists",
        ", with P&L responsibility of ${n} million",
    ],
)
def invented_team(draft: Draft, wording: str) -> None:
    path, _ = draft.pick((p, t) for p, t in draft.bullets() if not _FIGURE.search(t))
    size = draft.rng.randrange(13, 79)
    draft.absent(f" {size}", f"${size}")
    draft.append(path, wording.format(n=size))


@wordings(
    "F19",
    [
        ", adopted company-wide",
        ", used across the organisation",
        ", rolled out globally",
        "; now the industry standard",
        ", relied on by every team in the company",
        " for Fortune 500 clients",
        ", in use on three continents",
        ", setting the benchmark for the industry",
        ", later adopted by all regional offices",
        ", which became the standard practice nationwide",
        ", with enterprise-wide impact",
        ", recognised throughout the sector",
        ", deployed in all branches",
        ", used by teams worldwide",
    ],
)
def invented_reach(draft: Draft, wording: str) -> None:
    draft.absent("company-wide", "worldwide", "globally", "nationwide", "organisation", "industry")
    path, _ = draft.pick(draft.bullets())
    draft.append(path, wording)


@wordings("F19", ["Industry-leading ", "World-class ", "Company-wide: ", "Best-in-class work: "])
def reach_in_front(draft: Draft, opening: str) -> None:
    draft.absent(opening.strip(" :"))
    path, text = draft.pick(draft.bullets())
    draft.swap(path, 0, 1, opening + text[0].lower())


def _two_employers(draft: Draft) -> tuple[str, str, str]:
    """Path and text of a bullet with a figure, and the index of another employer's entry."""
    work = draft.tailored.get("work", [])
    found = [
        (f"/work/{i}/highlights/{j}", text, str(k))
        for i, entry in enumerate(work)
        for j, text in enumerate(entry.get("highlights", ()))
        if re.search(PERCENT, text) or re.search(MONEY, text) or re.search(COUNT, text)
        for k, other in enumerate(work)
        if other.get("name") != entry.get("name") and other.get("highlights")
    ]
    return draft.pick(found)


@wordings("F21", [0, 99, 1])
def bullet_moved(draft: Draft, at: int) -> None:
    path, text, other = _two_employers(draft)
    draft.get(path.rpartition("/")[0]).remove(text)
    draft.add(f"/work/{other}/highlights", text, at)


@wordings("F21", [0, 99, 1])
def bullet_copied(draft: Draft, at: int) -> None:
    _, text, other = _two_employers(draft)
    draft.add(f"/work/{other}/highlights", text, at)


@wordings("F21", ["; {}", ", and {}", " – {}", ". {}"])
def clause_moved(draft: Draft, wording: str) -> None:
    _, text, other = _two_employers(draft)
    clause = draft.pick(c for c in re.split(r"[;:,] ", text) if re.search(r"\d", c))
    highlights = f"/work/{other}/highlights"
    at = draft.rng.randrange(len(draft.get(highlights)))
    draft.append(f"{highlights}/{at}", wording.format(clause[0].lower() + clause[1:]))


_COMPARED = re.compile(
    r"(?:about|around|some|nearly|almost|up to|over|than|least|of|top) \$?$", re.IGNORECASE
)
_COMPARATORS = (
    (r"\b(?:about|around|some|nearly|almost|up to) (?=\$?\d)", "over "),
    (r"\b(?:about|around|some|nearly|almost|up to) (?=\$?\d)", "more than "),
    (r"\b(?:about|around|some|nearly|almost|up to) (?=\$?\d)", "at least "),
    (r"\b(?:about|around|some|nearly|almost|up to) (?=\$?\d)", "well over "),
)


@wordings("F22", _COMPARATORS)
def comparator_changed(draft: Draft, change: tuple[str, str]) -> None:
    pattern, new = change
    if draft.rng.random() < 0.7:
        path, match = draft.find(rf"(?:{PERCENT}|{COUNT})")
        text = draft.get(path)
        if _COMPARED.search(text[: match.start()]):
            raise NotHere
        word = draft.rng.choice(["about ", "up to ", "nearly ", "almost ", "around "])
        draft.both(path, text[: match.start()] + word + text[match.start() :])
    path, match = draft.find(pattern)
    draft.swap(path, match.start(), match.end(), new)
    place = draft.places[-1]
    figure = re.match(r"\$?[\d,.]*\d", draft.get(path)[place.end :])
    draft.places[-1] = place._replace(end=place.end + len(figure[0]) if figure else place.end)


@wordings(
    "F22", ["{}+", "more than {}", "over {}", "well over {}", "upwards of {}", "in excess of {}"]
)
def comparator_added(draft: Draft, wording: str) -> None:
    path, match = draft.find(rf"(?:{PERCENT}|{COUNT})")
    before = draft.get(path)[: match.start()]
    if wording != "{}+" and not re.search(r"[a-z] $", before):
        raise NotHere
    if _COMPARED.search(before):
        raise NotHere
    draft.swap(path, match.start(), match.end(), wording.format(match[0]))
