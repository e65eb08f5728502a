"""The words that numbers are written with, and the patterns that find them in a text."""

import re
from typing import Literal

Unit = Literal["percent", "money", "times", "years", "count"]
Comparator = Literal["exactly", "at least", "up to", "below", "about"]
Role = Literal["", "from", "to", "by", "in", "top"]

_ONES = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS: dict[str, float] = {word: i for i, word in enumerate(_ONES, start=1)}
WORDS |= {word: 10 * i for i, word in enumerate(_TENS, start=2)}
WORDS |= {
    "twice": 2,
    "thrice": 3,
    "zero": 0,
    "a": 1,
    "an": 1,
    "several": 2,
    "a few": 2,
    "half a": 0.5,
    "a couple of": 2,
}
MULTIPLES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "dozen": 12.0,
    "gross": 144.0,
    "lakh": 1e5,
    "crore": 1e7,
    "million": 1e6,
    "m": 1e6,
    "mm": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "mln": 1e6,
    "billion": 1e9,
    "b": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
}
VAGUE = {"dozens": 24.0, "hundreds": 200.0, "thousands": 2e3, "millions": 2e6}
"""What "hundreds of" claims at least."""
CURRENCIES = {
    **dict.fromkeys(("$", "us$", "usd", "us dollars", "dollars", "dollar"), "$"),
    **dict.fromkeys(("€", "eur", "euros", "euro"), "€"),
    **dict.fromkeys(("£", "gbp", "pounds"), "£"),
    **dict.fromkeys(("₹", "inr", "rs", "rs.", "rupees"), "₹"),
    **dict.fromkeys(("chf", "francs"), "chf"),
}
SHARES = {
    "half": 50.0,
    "third": 100 / 3,
    "quarter": 25.0,
    "fifth": 20.0,
    "tenth": 10.0,
    "sixth": 100 / 6,
    "eighth": 12.5,
}
GROWTHS = {"doubl": 2.0, "tripl": 3.0, "trebl": 3.0, "quadrupl": 4.0, "quintupl": 5.0}
COMPARATORS: tuple[tuple[Comparator, str], ...] = (
    (
        "at least",
        (
            r"over|(?:more|greater|better) than|at least|at minimum|above|exceeding|surpassing"
            r"|upwards? of|north of|in excess of|beyond|no (?:fewer|less) than|(?:a )?minimum of"
            r"|min\.|>=?|≥"
        ),
    ),
    (
        "up to",
        (
            r"up to|at most|within|(?:no|not) more than|as (?:many|much) as|(?:a )?maximum of"
            r"|max\.?|<=|≤"
        ),
    ),
    ("below", r"under|(?:less|fewer|lower) than|below|<"),
    (
        "about",
        (
            r"about|around|approximately|approx\.?|roughly|some|nearly|almost|close to|~|circa|ca\."
            r"|(?:an )?estimated|in the (?:region|order) of|on the order of|more or less"
        ),
    ),
)
_LEADS = "|".join(f"(?P<{name.replace(' ', '_')}>{words})" for name, words in COMPARATORS)
_SOME = "(?:well |just |slightly |far |clearly )?"
_ONE_WORD = "|".join(_ONES)
_TIME = "hour|shift|day|night|week|fortnight|month|quarter|season|year"
_SIMPLE = rf"(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_ONES[:9])}))?|{_ONE_WORD}|zero"
_SPELT = (
    rf"(?:(?:{_ONE_WORD}|a)\shundred(?:\s(?:and\s)?(?:{_SIMPLE}))?"
    rf"|half\sa(?=\s(?:dozen|million|billion|decade)\b)"
    rf"|(?:several|a\sfew|an?)(?=\s(?:hundred|thousand|million|billion|dozen|decade|gross\sof)\b)"
    rf"|an?(?=\s(?:(?:full|whole)\s)?(?:{_TIME})\b)"
    rf"|a\scouple\sof|twice|thrice|{_SIMPLE})"
)
_MULTIPLE = (
    r"(?:[\s-]?(?:million|billion|trillion|thousand|hundred|dozen|gross(?=\sof\b)|lakh|crore|mio|mln)\b"
    r"|\s?(?:mm|mn|bn|[kmb])\b)"
)
_BEFORE_MONEY = (
    r"(?:(?:US|CA|AU|NZ|[CA])?[$€£₹¥]|\b(?:USD|EUR|GBP|CHF|INR|CAD|AUD|Rs\.?)\s?(?:[$€£])?)"
)
_AFTER_MONEY = r"\s?(?:(?:US )?dollars?|euros?|pounds|rupees|francs|USD|EUR|GBP|CHF|INR)\b"
_OR_MORE = (
    r"or (?:more|over|above|beyond|upwards?|longer|greater|better|higher)"
    r"|and (?:above|over|up|upwards?|beyond)(?!\s\w+(?:ed|ing)\b)|minimum"
)
_OR_LESS = r"or (?:less|fewer|under|below|lower)"
NUMBER = re.compile(
    rf"(?:(?<!\w){_SOME}(?:{_LEADS})\s*)?"
    rf"(?P<money>{_BEFORE_MONEY})?\s?"
    r"(?P<value>(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|(?<![\w.,])\d{1,3}(?:[\u202f']\d{3})+"
    # "12 000": a space of any width, unless more figures follow, as in a telephone number.
    r"|(?<![\w.,+-])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?![\d-]| \d|,\d)"
    r"|(?<![\w.,])\d+(?:\.\d+)?"
    rf"|\b(?:{'|'.join(VAGUE)})(?=\sof\b)"
    rf"|\b{_SPELT}\b)"
    rf"(?P<multiple>{_MULTIPLE}(?:\s?(?:thousand|million)\b)?)?"
    r"(?P<plus>\s?\+)?"
    r"(?P<unit>[\s-]?(?:%|percent(?:age)?(?: points?)?\b|per cent\b|pct\b\.?|p\.c\.)"
    r"|\s?[x×](?!\w)|[\s-]?fold\b"
    r"|\stimes(?=\s(?:as|more|faster|the|larger|higher|greater|bigger|over|its|better)\b)"
    rf"|[\s-]?(?:years?|yrs?|decades?)\b|{_AFTER_MONEY})?"
    r"(?P<after>\+)?(?P<currency>\s(?:USD|EUR|GBP|CHF|INR)\b)?"
    rf"(?P<more>\s(?:{_OR_MORE}|plus|and more)\b)?"
    # Behind the noun: "14 stops or over".
    rf"(?=(?:[\s-][a-z][\w-]*){{1,2}}\s(?:(?P<beyond>(?:{_OR_MORE})\b)|(?P<short>{_OR_LESS}\b))|)",
    re.IGNORECASE,
)
_THAN = "off|more|less|faster|fewer|higher|lower|quicker|shorter|cheaper|smaller|larger|bigger"
CHANGED = re.compile(rf"\s(?:{_THAN})\b", re.IGNORECASE)
"""Behind a share by which something changed: "a quarter off", "a third less"."""
HALVED = re.compile(r"(?:in half|halv\w+)$", re.IGNORECASE)
SHARE = re.compile(
    rf"(?:(?<!\w){_SOME}(?:{_LEADS})\s*)?"
    r"\b(?:(?P<fraction>(?:one|two|three|four|a)[\s-](?:third|quarter|fifth|sixth|eighth|tenth)s?"
    rf"(?=\s(?:of|the|its|their|our|{_THAN})\b|[.,;)]|$|\sin\b))"
    r"|(?P<half>(?:one )?(?<!first )(?<!second )(?<!other )(?<!latter )(?<!better )half"
    rf"(?=\s(?:of|the|its|their|our|all|{_THAN})\b|[.,;)]|$)"
    r"|(?<=by )half\b|in half\b|halv(?:ed|ing|es)\b)"
    r"|(?P<growth>(?:doubl|tripl|trebl|quadrupl|quintupl)(?:ed|ing)\b"
    r"|(?:double|triple|quadruple)s?(?=\s(?:the|our|its|their|sales|revenue|output)\b))"
    r"|(?P<fold>(?:two|three|four|five|six|seven|eight|nine|ten)fold\b)"
    r"|(?P<twice>(?:twice|thrice)(?=\s(?:as|the|its)\b))"
    r"|(?P<part>(?:one|1)\sin|(?:\d{1,2}|two|three|four|five|six|seven|eight|nine)\sout\sof)"
    r"\s(?P<whole>\d{1,3}(?![\d,.:%])|two|three|four|five|six|seven|eight|nine|ten|twenty)\b)",
    re.IGNORECASE,
)
ALWAYS = re.compile(r"\b24\s?[x/*]\s?7(?:\s?[x/*]\s?365)?\b|\b365\b", re.IGNORECASE)
CALENDAR_YEAR = re.compile(r"(?:19|20)\d\d")
COUNTED_AFTER = re.compile(r"\s[a-z]{3,}s\b")
DATED_BEFORE = re.compile(
    r"\b(?:in|since|from|until|till|by|of|to|through|during|for|summer|spring|fall|autumn|winter"
    r"|year|and|[A-Z][a-z]{2,8}\.?)\s?$|[-–/'(,]\s?$"
)
NUMBERED = re.compile(
    r"(?i:\b(?:iso|rfc|form|title|section|part|level|version|grade|q|type|class|tier|phase|step"
    r"|unit|year|stage|room|route|series|chapter|article|schedule|category|soc)\b)[\s-]$|[A-Z]-$"
)
NAME_BEFORE = re.compile(r"(?<=[^.!?:;•\n\s-]\s)[A-Z][\w.+#]*[\s-]$")
CAPITAL_PAIR = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]")
GLUED = re.compile(r"(?:st|nd|rd|th|[acdegirs])\b", re.IGNORECASE)
NOUN = re.compile(
    r"[\s-]?(?:of (?:the |our |all )?)?"
    r"(?:(?:direct|new|different|active|daily|monthly|full|key|major|more)\s)?([a-z][a-z-]+)"
)
NO_NOUN = frozenset(
    {
        *("to", "of", "in", "on", "by", "per", "and", "or", "at", "with", "from", "for", "within"),
        *("each", "every", "than", "more", "out", "up", "as", "were", "was", "is", "are", "the"),
        *("across", "through", "while", "using", "over", "under", "after", "before", "during", "a"),
    }
)
ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("from", re.compile(r"\bfrom\s(?:(?:a|an|the)\s)?$", re.I)),
    ("by", re.compile(r"\bby\s(?:(?:a|an|another)\s)?$", re.I)),
    ("to", re.compile(r"\bto\s$", re.I)),
    ("in", re.compile(r"\bin\s(?:just\s|only\s)?$", re.I)),
    (
        "top",
        re.compile(r"(?:\btop\s|#|\bno\.?\s|\bnumber\s|\brank(?:ed|ing)?\s(?:as\s|in\s)?)$", re.I),
    ),
)
LOWERING = re.compile(
    r"(?<!-)\b(?:reduc|cut|lower|decreas|shorten|drop|fell|fall|shr[iau]nk|trim|slash|brought|bring|down"
    r"|declin|short)\w*\b(?!-)[^.;]*$",
    re.IGNORECASE,
)
RATE = re.compile(
    rf"[^.;:()\n]{{0,48}}?(?:\b(?:an?|per|each|every)\s(?:(?:full|single)\s)?|/\s?)(?P<each>{_TIME}|hr|yr|mo)\b"
    rf"|[^.;:()\n]{{0,48}}?\b(?P<adverb>hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly"
    rf"|annually|annual|a\.m|p\.a)\b",
    re.IGNORECASE,
)
"""What a figure is counted by, somewhere behind it in its clause."""
EACH = {"hr": "hour", "yr": "year", "mo": "month", "hourly": "hour", "daily": "day"}
EACH |= {"nightly": "night", "weekly": "week", "fortnightly": "fortnight", "monthly": "month"}
EACH |= {"quarterly": "quarter", "yearly": "year", "annually": "year", "annual": "year"}
EACH |= {"p.a": "year"}
RANGE_ON = re.compile(
    r"\s?(?:[-–—]|to)\s?\d[\d.,]*\s?(?:%|percent\b|per cent\b|pct\b)", re.IGNORECASE
)
"""Behind a figure that shares the unit of the next one: "61–74%"."""
RANGE_BACK = re.compile(r"\d\s?%?\s?[-–—]\s?$")
TIMES_TAKEN = frozenset({"hour", "day", "minute", "week", "month", "second", "hr", "min"})
