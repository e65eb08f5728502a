"""What the head of a posting says: its title and where the work is.

Postings name them in their first lines, with or without a label: "Location: Santa Fe, NM", "Nurse –
London, UK (hybrid)", "WAREHOUSE SUPERVISOR. Grove City OH. We're growing!".
"""

import re

from tailor_lab.tailoring.knowledge.detection import title_family

_LONGEST_TITLE = 100
_HEAD_LINES = 5
_LABEL = re.compile(r"(?:job\s+|position\s+)?(?:title|position|role)\s*[:–-]\s*", re.IGNORECASE)
# A first line that opens a section and names no job.
_HEADING = re.compile(
    r"(?:the\s+|our\s+|your\s+)?(?:job|role|position|company|minimum|basic|preferred|key|required"
    r"|desired|essential|main)?\s*(?:descriptions?|summary|overview|posting|title|details|opening"
    r"|advert(?:isement)?|vacancy|qualifications?|requirements?|responsibilities|duties|skills"
    r"|benefits|experience|education|location|nice\s+to\s+haves?|role|position|job)"
    r"|about\s+(?:us|you|the\s+\w+|our\s+\w+)|who\s+(?:we|you)\s+are"
    r"|what\s+(?:you|we)\b.*|we\s+are\s+hiring|now\s+hiring|urgent(?:ly)?\s+hiring",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"(?:the\s+|our\s+)?(?:job|role|position)?\s*(?:description|summary|overview|posting|details"
    r"|opening|advert(?:isement)?|vacancy|title)|(?:now|we\s+are|urgent(?:ly)?)\s+hiring",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*•·▪◦‣●○■□–—+]|\(?\d{1,2}[.)])\s+")

_STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM"
    " NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC ON BC QC AB MB NS NB SK"
).replace(" ", "|")
_COUNTRIES = (
    r"UK|U\.K\.|United\s+Kingdom|England|Scotland|Wales|Northern\s+Ireland|Ireland|USA?|U\.S\.(?:A\.)?"
    r"|United\s+States|Canada|Australia|New\s+Zealand|India|Germany|France|Spain|Italy|Netherlands"
    r"|Switzerland|Austria|Belgium|Luxembourg|Sweden|Norway|Denmark|Finland|Poland|Portugal|Greece"
    r"|Czechia|Romania|Hungary|Singapore|Japan|Brazil|Mexico|South\s+Africa|UAE|Israel|Kenya|Nigeria"
    r"|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia"
    r"|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts"
    r"|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New\s+Hampshire|New\s+Jersey"
    r"|New\s+Mexico|New\s+York|North\s+Carolina|North\s+Dakota|Ohio|Oklahoma|Oregon|Pennsylvania"
    r"|Rhode\s+Island|South\s+Carolina|South\s+Dakota|Tennessee|Texas|Utah|Vermont|Virginia"
    r"|Washington|West\s+Virginia|Wisconsin|Wyoming|Ontario|Quebec|Alberta|British\s+Columbia"
)
_TOWN = r"[A-Z][\w.'’]+(?:[ -](?:[A-Z][\w.'’]+|upon|on|of|de|la|le|am|an|der)){0,3}"
_MODE = r"(?:hybrid|remote|on-?\s?site|in\s+(?:the\s+)?office|US|USA|UK|EU|Europe|anywhere)"
_SUFFIX = rf"(?:\s*\(\s*(?i:{_MODE})[^)\n]{{0,30}}\))?"
_WITH_COMMA = re.compile(rf"{_TOWN},\s*(?:(?:{_STATES})\b|(?:{_COUNTRIES})(?!\w)){_SUFFIX}")
_WITHOUT_COMMA = re.compile(rf"({_TOWN})\s+(?:{_STATES}){_SUFFIX}")
_REMOTE = re.compile(
    r"(?:fully\s+|100\s?%\s+)?remote(?:\s*\([^)\n]{2,30}\)|\s*[,:–-]\s*[A-Z][\w ]{1,30}"
    r"|\s+(?:in|within|from)\s+(?:the\s+)?[A-Z][\w ]{1,30})?",
    re.IGNORECASE,
)
_BASED = re.compile(
    rf"\b(?i:(?:is\s+|be\s+|position\s+|role\s+)?(?:based|located)\s+(?:in|at|near)|work\s+from\s+our)\s+"
    rf"((?:downtown\s+|central\s+)?{_TOWN}(?:,\s*(?:(?:{_STATES})\b|(?:{_COUNTRIES})(?!\w)))?{_SUFFIX})"
)
_LABELLED = re.compile(
    r"^\W*(?:job\s+|work\s+)?(?:location|where|based in|office)\s*[:–-]\s*(.{2,60})$",
    re.IGNORECASE | re.MULTILINE,
)
_PIECES = re.compile(r"\s+[–—|·•-]\s*|\s*[|·•;\t]\s*|(?<=[a-z)A-Z]{2})\.(?:\s+|$)|[()]")


def title_of(text: str) -> str:
    """The title that a posting's first lines give, or an empty text.

    >>> title_of("Job description\\nTitle: Staff Nurse"), title_of("Minimum qualifications\\n- BSN")
    ('Staff Nurse', '')
    """
    for raw in text.splitlines():
        line = raw.strip("#*_ \t")
        if not line or _GENERIC.fullmatch(line.rstrip(" :.!")):
            continue
        if _BULLET.match(raw) or _HEADING.fullmatch(line.rstrip(" :?!")):
            return ""
        line = _LABEL.sub("", line, count=1) if _LABEL.match(line) else line
        if len(line) <= _LONGEST_TITLE and not line.endswith("."):
            return line
        return _leading_title(line)
    return ""


def _leading_title(line: str) -> str:
    """The sentence before the prose of a posting in one paragraph, where it names a job."""
    first = re.split(r"[.!:]\s+|\s+[–—|-]\s+", line, maxsplit=1)[0].rstrip(".!")
    named = first.isupper() or (title_family(first) is not None and first[:1].isupper())
    prose = re.search(r"\b(?:we|you|our|is|are|seeks?|hiring)\b", first, re.IGNORECASE)
    return first if named and not prose and len(first.split()) <= 8 else ""


def location_of(text: str, title: str = "") -> str | None:
    """Where the work is, by a label, the first lines, or "based in"; else None.

    >>> location_of("Nurse\\nMercy Valley Medical Center, Santa Fe, NM\\nRequirements:\\n- Epic")
    'Santa Fe, NM'
    """
    labelled = _LABELLED.search(text)
    if labelled:
        return labelled.group(1).strip(" *_")
    lines = [line.strip() for line in text.splitlines() if line.strip()][:_HEAD_LINES]
    for line in (title, *lines):
        found = _in_head(line[:240])
        if found:
            return found
    based = _BASED.search(text)
    return based.group(1).strip() if based else None


def _in_head(line: str) -> str | None:
    found = _WITH_COMMA.search(line)
    # "Physician Assistant, PA" is a trade and its letters.
    if found and title_family(found.group().rpartition(",")[0]) is None:
        return found.group().strip()
    for piece in filter(None, _PIECES.split(line)):
        bare = str(piece).strip(" .,")
        alone = _WITHOUT_COMMA.fullmatch(bare)
        if alone and title_family(alone.group(1)) is None:
            return bare
        if _REMOTE.fullmatch(bare):
            whole = _REMOTE.search(line, line.index(bare))
            return whole.group().strip() if whole else bare
    return None
