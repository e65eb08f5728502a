"""Titles and employers by meaning: what is abbreviated is spelt out, and words may change places.

"Sr. Mgr, Sales & Ops" and "Senior Sales and Operations Manager" are one title. A title that drops a
rank which the source gives ("Senior") says less; one that drops what makes it smaller ("Assistant",
"Intern", "(contract)") or adds a word says more.
"""

import calendar
import re
import unicodedata
from functools import lru_cache
from itertools import islice, product
from typing import Literal

Relation = Literal["same", "weaker", "shorter", "other"]

_SHORT = """
sr snr = senior
jr jnr = junior
mgr mngr = manager
asst assist = assistant
assoc assocs associates = associate
dir = director
vp = vice president
svp = senior vice president
evp = executive vice president
avp = assistant vice president | associate vice president
eng engr = engineer | engineering
dev = developer | development
admin = administrator | administrative | administration
coord = coordinator
supv supvr supr = supervisor
exec = executive
rep = representative
spec = specialist
tech = technician | technology | technical
acct = account | accountant | accounting
acctg = accounting
op ops operation = operations
mktg mkt = marketing
mfg = manufacturing
maint = maintenance
dept = department
prod = product | production
proj = project
prog = program | programmer
programme = program
programmes = programs
bus biz = business
intl = international
natl = national
reg = regional | registered
info = information
sys systems = system
svc svcs services = service
govt = government
comm comms communication = communications | commercial
cust = customer
gen = general
sec = secretary | security
prof = professor | professional
temp = temporary
mgmt = management
leader = lead
sales = sale
hr = human resources
it = information technology
qa = quality assurance
qc = quality control
ux = user experience
ui = user interface
ml = machine learning
ai = artificial intelligence
pr = public relations
ar = accounts receivable
ap = accounts payable
rd = research development
bi = business intelligence
bd = business development
pm = project manager | product manager | program manager
gm = general manager
rn = registered nurse
lpn = licensed practical nurse
cna = certified nursing assistant
np = nurse practitioner
pa = physician assistant | personal assistant
cpa = certified public accountant
ceo = chief executive officer
cto = chief technology officer
cfo = chief financial officer
coo = chief operating officer
cio = chief information officer
cmo = chief marketing officer | chief medical officer
cpo = chief product officer
ciso = chief information security officer
dba = database administrator
sre = site reliability engineer
swe = software engineer
sde = software development engineer
sdet = software development engineer test
ta = teaching assistant
ra = research assistant
sysadmin = system administrator
hrbp = human resources business partner
csr = customer service representative
ba = business analyst
emt = emergency medical technician
sme = subject matter expert
frontend = front end
backend = back end
fullstack = full stack
cofounder = co founder
cochair = co chair
ecommerce = e commerce
parttime = part time
fulltime = full time
sub = substitute
i = 1
ii = 2
iii = 3
iv = 4
v = 5
bros = brothers
assn = association
grp = group
ctr centre = center
med = medical
hosp = hospital
univ = university
inst = institute
pvt = private
saint = st
labs laboratory laboratories = lab
technologies = technology
corporation = corp
incorporated = inc
limited = ltd
company = co
"""
"""What stands for what in titles and names, in either of several senses; the last rows only bring
two forms together."""

_MEANING = {
    short: [sense.split() for sense in senses.split(" | ")]
    for row in _SHORT.strip().splitlines()
    for shorts, senses in [row.split(" = ")]
    for short in shorts.split()
}
_MONTHS = [
    {short.casefold(), name.casefold()}
    for short, name in zip(calendar.month_abbr[1:], calendar.month_name[1:], strict=True)
]
_FORMS: dict[str, frozenset[str]] = {}
for _one, _senses in _MEANING.items():
    for _sense in _senses:
        if len(_sense) == 1 and len(_one) > 1:
            _FORMS[_one] = _FORMS.get(_one, frozenset()) | {_sense[0]}
            _FORMS[_sense[0]] = _FORMS.get(_sense[0], frozenset()) | {_one}
_FORMS |= {name: frozenset(both - {name}) for both in _MONTHS for name in both}
_READINGS = 32
"""How many senses of one text are looked at."""
_SMALL = frozenset({"and", "of", "the", "in", "for", "a", "an", "at", "level", "grade"})
_LEGAL_FORMS = frozenset(
    {
        "inc",
        "corp",
        "llc",
        "llp",
        "lp",
        "ltd",
        "gmbh",
        "co",
        "ag",
        "plc",
        "private",
        "sa",
        "bv",
        "kg",
    }
)
_HIGHER = frozenset({"senior", "principal", "staff", "lead", "head", "chief", "executive"})
_LOWER = frozenset(
    {
        *("junior", "assistant", "associate", "intern", "internship", "trainee", "apprentice"),
        *("deputy", "acting", "interim", "vice", "co", "part", "time", "contract", "contractor"),
        *("temporary", "freelance", "freelancer", "volunteer", "student", "entry", "graduate"),
        *("seasonal", "summer", "winter", "substitute", "adjunct", "visiting", "honorary"),
        *("unpaid", "relief", "casual", "aide", "helper", "support", "under", "cover", "probation"),
        *("month", "months", "week", "weeks", "diem", "placement", "fellow", "to", "operations"),
        *("apprenticeship", "aspiring", "former", "ex", "sous", "member", "probationary"),
        *("provisional", "candidate", "resident", "agency", "coop"),
    }
)
_PART = re.compile(r"\s*(?:,|\(|\)|\s[-–—|/]\s|\bat\b)\s*")
_WORD = re.compile(r"[^\W_]+(?:[+#]+)?")


def title_relation(ours: str, theirs: str) -> Relation:
    """How a title stands to the source's: the same, weaker, merely shorter, or another.

    >>> title_relation("Sr. Mgr, Sales", "Senior Sales Manager")
    'same'
    >>> title_relation("Senior Engineer", "Engineer"), title_relation("Engineer", "Senior Engineer")
    ('weaker', 'other')
    >>> title_relation("Assistant Manager", "Manager"), title_relation("Nurse, ICU", "Nurse")
    ('other', 'shorter')
    """
    found = {
        _relation(ours, source, claimed)
        for source in meanings(ours)
        for claimed in meanings(theirs)
    }
    order: tuple[Relation, ...] = ("same", "weaker", "shorter")
    return next((relation for relation in order if relation in found), "other")


def _relation(ours: str, source: tuple[str, ...], claimed: tuple[str, ...]) -> Relation:
    if not claimed or not source:
        return "other"
    # "Sous-Chef" and "Souschef" are one, too.
    if sorted(source) == sorted(claimed) or "".join(source) == "".join(claimed):
        return "same"
    left = list(source)
    for word in claimed:
        if word not in left:
            return "other"
        left.remove(word)
    if set(left) <= _HIGHER and source[-1] in claimed:
        return "weaker"
    if not set(left) & _LOWER and not any(word.isdigit() for word in left):
        first = _PART.split(ours)[0]
        if any(set(words) <= set(claimed) for words in meanings(first)):
            return "shorter"
    return "other"


def same_name(ours: str, theirs: str) -> bool:
    """Whether two spellings name one organisation: legal forms and abbreviations do not count."""
    one, two = _organisations(ours), _organisations(theirs)
    return bool(one & two) or bool({"".join(n) for n in one} & {"".join(n) for n in two})


def same_words(ours: str, theirs: str) -> bool:
    """Whether two texts have the same words in the same order, abbreviations spelt out."""
    return bool(set(meanings(ours)) & set(meanings(theirs)))


@lru_cache(maxsize=8192)
def spellings(word: str) -> frozenset[str]:
    """Other forms of a single word: "mgr" for "manager", "sept" and "september".

    >>> sorted(spellings("senior"))
    ['snr', 'sr']
    """
    return _FORMS.get(word, frozenset())


@lru_cache(maxsize=8192)
def meanings(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of a title spelt out in every sense, without those that carry no meaning.

    >>> meanings("VP, R&D"), meanings("Full-Stack Dev")
    ((('vice', 'president', 'research', 'development'),), \
(('full', 'stack', 'developer'), ('full', 'stack', 'development')))
    """
    senses = (_MEANING.get(word, [[word]]) for word in _words(text))
    return tuple(
        tuple(word for part in choice for word in part if word not in _SMALL)
        for choice in islice(product(*senses), _READINGS)
    )


def _words(text: str) -> list[str]:
    """The words of a text without case, accents and the dots of initials."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    plain = re.sub(r"['’]s?\b", "", plain)
    # "V.P." and "R&D", "A/P": initials are one word.
    plain = re.sub(r"\b(?:[a-z]\.){2,}|\b(?:[a-z]\.)+[a-z]\b", _without_marks, plain)
    plain = re.sub(r"\b[a-z][&/][a-z]\b", _without_marks, plain)
    return _WORD.findall(plain.replace("&", " and "))


def _without_marks(match: re.Match[str]) -> str:
    return re.sub(r"\W", "", match.group())


def _organisations(text: str) -> set[tuple[str, ...]]:
    found = {tuple(w for w in words if w not in _LEGAL_FORMS) for words in meanings(text)}
    return found - {()}
