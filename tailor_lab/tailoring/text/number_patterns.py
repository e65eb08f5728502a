"""The patterns that find numbers in a text, and what tells a count from a year or a name.

Their words are the lexicon's `numbers.yaml`.

A comma is read by its pattern, whatever the language of the text: with exactly three digits behind
it, it groups thousands ("1,250" is 1250); with one or two, or behind a lone zero ("0,125"), it is a
decimal comma ("12,5 %", "1.250,50"). Dots group where there are two or more of them ("1.250.000"),
and in a count or a sum of money where three digits follow.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Literal

from tailor_lab.tailoring.text.lexicon import any_of, lexicon, words
from tailor_lab.tailoring.text.number_words import (
    AND_A_PART,
    DIGITS,
    SPELT,
    TEENS,
    TENS,
    TO_TEN,
    UP_TO_99,
)

Unit = Literal["percent", "money", "times", "years", "count"]
Comparator = Literal["exactly", "at least", "up to", "below", "about"]
Role = Literal["", "from", "to", "by", "in", "top"]

_any = partial(any_of, "numbers")
_NUMBERS = lexicon("numbers")
VAGUE: Mapping[str, float] = _NUMBERS["vague"]
"""What "hundreds of" claims at least."""
CURRENCIES: Mapping[str, str] = {
    spelling: sign for sign, spellings in _NUMBERS["currencies"].items() for spelling in spellings
}
SHARES: Mapping[str, float] = _NUMBERS["shares"]
GROWTHS: Mapping[str, float] = _NUMBERS["growths"]
COMPARATORS: tuple[tuple[Comparator, str], ...] = (
    ("at least", _any("at_least")),
    ("up to", _any("up_to")),
    ("below", _any("below")),
    ("about", _any("about")),
)
_LEADS = "|".join(f"(?P<{name.replace(' ', '_')}>{words})" for name, words in COMPARATORS)
_SOME = "(?:well |just |slightly |far |clearly )?"
_TIME = _any("time")
PERCENT = re.compile(_any("percent"), re.IGNORECASE)
_MULTIPLE = (
    rf"(?:[\s-]?(?:{_any('multiple')})\b(?:(?<=mio|mrd|tsd|mld|mln)\.)?|\s?(?:mm|mn|bn|[kmb])\b)"
)
_BEFORE_MONEY = (
    r"(?:(?:US|CA|AU|NZ|[CA])?[$€£₹¥]|\b(?:USD|EUR|GBP|CHF|INR|CAD|AUD|Rs\.?)\s?(?:[$€£])?)"
)
_AFTER_MONEY = rf"\s?(?:(?:de\s|di\s|d['’])?(?:{_any('after_money')})\b|€(?!\s?\d))"
FRACTION_SIGNS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_OR_MORE = (
    rf"or (?:{_any('or_more')})|and (?:above|over|up|upwards?|beyond)(?!\s\w+(?:ed"
    rf"|ing)\b)|minimum"
)
_OR_LESS = r"or (?:less|fewer|under|below|lower)"
NUMBER = re.compile(
    rf"(?:(?<!\w){_SOME}(?:{_LEADS})\s*)?"
    rf"(?P<money>{_BEFORE_MONEY})?\s?"
    r"(?P<value>(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|(?<![\w.,])\d{1,3}(?:[\u202f']\d{3})+"
    # "12 000": a space of any width, unless more figures follow, as in a telephone number.
    r"|(?<![\w.,+-])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?![\d-]| \d|,\d)"
    # A decimal comma, which no list of figures ("5,10,15") has.
    r"|(?<![\w.,])(?:\d+|[1-9]\d{0,2}(?:[.\u202f' ]\d{3})+),\d{1,2}(?![\d½]|,\d|\.\d)"
    r"|(?<![\w.,])0,\d{3,}(?!,\d)"
    # Groups with dots; four of them may be an address of a network, unless zeros end it.
    r"|(?<![\w.,])[1-9]\d{0,2}(?:\.\d{3}){2}(?![.,]?\d)"
    r"|(?<![\w.,])[1-9]\d{0,2}(?:\.\d{3}){2,}\.000(?![.,]?\d)"
    rf"|(?<![\w.,])(?:\d+\s?)?[{FRACTION_SIGNS}]"
    rf"|(?:(?<![\w.,])\d+|\b(?:{UP_TO_99}))\sand\s{AND_A_PART}"
    r"|(?<![\w.,])\d+(?:\.\d+)?"
    rf"|\b(?:{'|'.join(VAGUE)})(?=\sof\b)"
    rf"|\b{SPELT}\b)"
    rf"(?P<multiple>{_MULTIPLE}(?:\s?(?:thousand|million)\b)?)?"
    r"(?P<plus>\s?\+)?"
    rf"(?P<unit>[\s-]?(?:{_any('percent')})"
    r"|\s?[x×](?!\w)|[\s-]?fold\b"
    rf"|\stimes(?=\s(?:{_any('times_as')})\b)"
    rf"|[\s-]?(?:years?|yrs?|decades?)\b|{_AFTER_MONEY})?"
    r"(?P<after>\+)?(?P<currency>\s(?:USD|EUR|GBP|CHF|INR)\b)?"
    rf"(?P<more>\s(?:{_OR_MORE}|plus|and more)\b)?"
    # Behind the noun: "14 stops or over".
    rf"(?=(?:[\s-][a-z][\w-]*){{1,2}}\s(?:(?P<beyond>(?:{_OR_MORE})\b)|(?P<short>{_OR_LESS}\b))|)",
    re.IGNORECASE,
)
_THAN = _any("than")
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
    rf"|(?P<fold>(?:{TO_TEN})fold\b)"
    r"|(?P<twice>(?:twice|thrice)(?=\s(?:as|the|its)\b))"
    r"|(?P<part>(?:one|1)\sin|(?:\d{1,2}|two|three|four|five|six|seven|eight|nine)\sout\sof)"
    rf"\s(?P<whole>\d{{1,3}}(?![\d,.:%])|{TO_TEN}|twenty)\b)",
    re.IGNORECASE,
)
ALWAYS = re.compile(r"\b24\s?[x/*]\s?7(?:\s?[x/*]\s?365)?\b|\b365\b", re.IGNORECASE)
SIGN_SHARE = re.compile(
    rf"(?:(?<!\w){_SOME}(?:{_LEADS})\s*)?(?<![\w.,])(?P<sign>[{FRACTION_SIGNS}])"
    rf"(?=\s(?:of|the|its|their|our|{_THAN})\b|[.,;)]|$)",
    re.IGNORECASE,
)
"""A fraction in one sign that is a share: "cut it by ¼"."""
AFTER_A_WHOLE = re.compile(rf"(?:\d|\b(?:{UP_TO_99}))\sand\s$", re.IGNORECASE)
"""Before a fraction that belongs to the number in front of it: "one and a quarter"."""
YEAR_IN_WORDS = re.compile(
    rf"\bnineteen[\s-](?:{TENS})(?:[\s-](?:{DIGITS}))?\b(?!-)"
    rf"|(?<=\b(?:in|by)\s)twenty[\s-](?:twenty(?:[\s-](?:{DIGITS}))?|{TEENS})\b(?!-)"
    rf"|(?<=\bsince\s)twenty[\s-](?:twenty(?:[\s-](?:{DIGITS}))?|{TEENS})\b(?!-)",
    re.IGNORECASE,
)
COUNTED_BY = re.compile(rf"\s[a-z]{{3,}}s\s(?:(?:an?|per|each|every)\s(?:{_TIME})|daily)\b")
"""Behind a figure that looks like a year but counts something: "2000 meals a day"."""
DATED_IN = re.compile(rf"\b(?:{_any('dated_in')})\s?$", re.IGNORECASE)
SCALED_ON = re.compile(
    rf"\s?[-–—]\s?(?:{_BEFORE_MONEY})?(?P<value>\d[\d.,]*)(?P<multiple>{_MULTIPLE})", re.IGNORECASE
)
"""Behind the lower end of a range whose upper end says the scale: "40-50k"."""
MONEY_BACK = re.compile(rf"(?P<money>{_BEFORE_MONEY})\s?\d[\d.,]*\s?[-–—]\s?$", re.IGNORECASE)
"""Before the upper end of a range whose lower end says the currency: "$40-50k"."""
CALENDAR_YEAR = re.compile(r"(?:19|20)\d\d")
COUNTED_AFTER = re.compile(r"\s[a-z]{3,}s\b")
DATED_BEFORE = re.compile(rf"\b(?:{_any('dated_before')})\s?$|[-–/'(,]\s?$")
NUMBERED = re.compile(rf"(?i:\b(?:{_any('numbered')})\b)[\s-]$|[A-Z]-$")
NAME_BEFORE = re.compile(r"(?<=[^.!?:;•\n\s-]\s)[A-Z][\w.+#]*[\s-]$")
CAPITAL_PAIR = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]")
GLUED = re.compile(r"(?:st|nd|rd|th|[acdegirs])\b", re.IGNORECASE)
NOUN = re.compile(
    rf"[\s-]?(?:of (?:the |our |all )?)?(?:(?:{_any('before_noun')})\s)?([a-z][a-z-]+)"
)
NO_NOUN = frozenset(words("numbers", "no_noun"))
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
    rf"(?<!-)\b(?:{_any('lowering')})\w*\b(?!-)[^.;]*$",
    re.IGNORECASE,
)
RATE = re.compile(
    (
        rf"[^.;:()\n]{{0,48}}?(?:\b(?:an?|per|each|every)\s(?:(?:full|single)\s)?"
        rf"|/\s?)(?P<each>{_TIME}|hr|yr|mo)\b"
        rf"|[^.;:()\n]{{0,48}}?\b(?P<adverb>{_any('how_often')})\b"
    ),
    re.IGNORECASE,
)
"""What a figure is counted by, somewhere behind it in its clause."""
EACH: Mapping[str, str] = _NUMBERS["each"]
RANGE_ON = re.compile(
    r"\s?(?:[-–—]|to)\s?\d[\d.,]*\s?(?:%|percent\b|per cent\b|pct\b)", re.IGNORECASE
)
"""Behind a figure that shares the unit of the next one: "61–74%"."""
RANGE_BACK = re.compile(r"\d\s?%?\s?[-–—]\s?$")
TIMES_TAKEN = frozenset(words("numbers", "times_taken"))
OF_A_MULTIPLE = re.compile(
    rf"\s?of an?\s(?P<multiple>hundred|thousand|million|billion|dozen)\b(?P<money>{_AFTER_MONEY})?",
    re.IGNORECASE,
)
"""Behind a fraction that is one of a number: "three quarters of a million"."""
