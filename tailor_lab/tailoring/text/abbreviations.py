"""One name in several lengths: initials, shortened words, initials beside what they stand for.

"UNM" and "University of New Mexico", "D. Md." and "District of Maryland" are one. A word is taken
for a shortened one only if it ends in a dot, so that "Mar" and "Market" stay two.
"""

import re

from tailor_lab.tailoring.text.lexicon import words
from tailor_lab.tailoring.text.spellings import spellings
from tailor_lab.tailoring.text.words import WORD, plain_words

_SMALL = frozenset(words("stop_words", "small"))
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+\.?")


def initials(text: str, *, small: bool = False) -> str:
    """The first letters of the words that count, or with `small` of all.

    >>> initials("Request for proposal"), initials("Request for proposal", small=True)
    ('rp', 'rfp')
    """
    found = plain_words(text)
    return "".join(word[0] for word in found if small or word not in _SMALL)


def letters(text: str) -> str:
    """The letters and digits of a text, without case."""
    return re.sub(r"[\W_]+", "", text.casefold())


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` is made of the first letters of `long`, small words counting or not.

    >>> abbreviates("COSHH", "Control of Substances Hazardous to Health")
    True
    """
    found = letters(short)
    if not 1 < len(found) <= 6 or " " in short.strip():
        return False
    spelt = plain_words(long)
    # "GPhC" and "BSc": what follows a capital belongs to the same word.
    chunks = re.findall(r"[A-Z][a-z]*", short)
    if any(len(c) > 1 for c in chunks) and len(chunks) > 1 and "".join(chunks) == short.strip():
        content = [word for word in spelt if word not in _SMALL]
        starts = zip(content, chunks, strict=False)
        if len(content) == len(chunks) and all(w.startswith(c.casefold()) for w, c in starts):
            return True
    pattern = "".join(f"{word[0]}{'?' if word in _SMALL else ''}" for word in spelt)
    return re.fullmatch(pattern, found) is not None


def without_own_initials(text: str) -> str:
    """The text without brackets that only repeat its words as initials.

    >>> without_own_initials("Newly Qualified Teacher (NQT)"), without_own_initials("Teacher (ICT)")
    ('Newly Qualified Teacher', 'Teacher (ICT)')
    """
    for match in re.finditer(r"\s*\(([^()]{2,8})\)", text):
        if abbreviates(match[1], text[: match.start()]):
            return (text[: match.start()] + text[match.end() :]).strip()
    return text


def by_initials(text: str) -> str:
    """The text with words whose initials stand behind them in brackets by these initials alone.

    >>> by_initials("Basic Life Support (BLS) provider"), by_initials("Life (and) Support")
    ('BLS provider', 'Life (and) Support')
    """
    match = re.search(r"\s*\(([^()\s]{2,8})\)", text)
    if match is None:
        return text
    starts = [word.start() for word in WORD.finditer(text[: match.start()])]
    for start in reversed(starts):
        if abbreviates(match[1], text[start : match.start()]):
            return f"{text[:start]}{match[1]}{text[match.end() :]}".strip()
    return text


def contracts(one: str, other: str) -> bool:
    """Whether two names are one, words of either being shortened.

    >>> contracts("U.S. District Court, D. Md.", "United States District Court of Maryland")
    False
    >>> contracts("Univ. of Calif.", "University of California")
    True
    """
    return _contracted(one, other) or _contracted(other, one)


def _contracted(short: str, long: str) -> bool:
    ours = [t for t in _TOKEN.findall(short) if t.casefold() not in _SMALL]
    theirs = [t.rstrip(".").casefold() for t in _TOKEN.findall(long)]
    return bool(ours) and _fits(ours, [t for t in theirs if t not in _SMALL])


def _fits(short: list[str], long: list[str]) -> bool:
    """Whether the words of `short` stand one after the other for those of `long`."""
    if not short or not long:
        return not short and not long
    word = letters(short[0])
    if (word == long[0] or word in spellings(long[0])) and _fits(short[1:], long[1:]):
        return True
    if not short[0].endswith("."):
        return False
    several = len(word)
    if several > 1 and word == "".join(w[0] for w in long[:several]):
        return _fits(short[1:], long[several:])
    rest = iter(long[0])
    shortened = word[0] == long[0][0] and all(letter in rest for letter in word)
    return shortened and _fits(short[1:], long[1:])
