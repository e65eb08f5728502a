"""The one splitter of sentences and clauses: where a text ends one thought and begins the next.

A sentence ends at a full stop, question or exclamation mark with white space behind it, and at the
end of a line. A dot with a small letter behind it ends nothing, nor does that of an abbreviation
("Dr. Lee"), of initials, of a list's number or of a day ("3. Mai"). A semicolon ends a clause and
no sentence.
"""

import re
from collections.abc import Iterator

from tailor_lab.tailoring.text.lexicon import any_of, lexicon, words

Span = tuple[int, int]

_BREAK = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s|$)|[;\n]")
_BEFORE_DOT = re.compile(r"(?<!\w)(?:[^\W\d_]\.)*[^\W_]+$")
_INITIAL = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_LONGEST_WORD = 24
_ANYWHERE = frozenset(words("sentence_dots", "anywhere"))
_BEFORE_NAMES = frozenset(words("sentence_dots", "before_a_name", "multiples"))
_BEFORE_NUMBERS = frozenset(words("sentence_dots", "before_a_number"))
_INSIDE = frozenset(words("sentence_dots", "inside"))
# "Limited" may as well open a sentence, as a verb.
_LEGAL_FORMS = frozenset(words("legal_forms", "certain", "short")) - {"limited"}
_MONTHS = {
    language: frozenset(name for names in entry["months"] for name in names)
    for language, entry in lexicon("dates")["languages"].items()
}
_ALL_MONTHS = frozenset().union(*_MONTHS.values())
_BEFORE_DAY = re.compile(rf"\b(?:{any_of('sentence_dots', 'before_a_day')})\s$", re.IGNORECASE)
_NEXT_WORD = re.compile(r"\s+([^\W\d_]+)")


def sentence_spans(text: str, *, clauses: bool = False) -> Iterator[Span]:
    """The places of the sentences of a text, or of its clauses, without the space around them.

    Time grows with the length of the text.
    """
    start = 0
    for match in _BREAK.finditer(text):
        mark = match.group()
        if mark == ";" and not clauses:
            continue
        if mark[0] == "." and not _dot_ends(text, match.start(), match.end()):
            continue
        end = match.start() if mark == "\n" else match.end()
        yield from _trimmed(text, start, end)
        start = match.end()
    yield from _trimmed(text, start, len(text))


def sentences(text: str, *, clauses: bool = False) -> list[str]:
    """The sentences of a text, in order; with `clauses` cut at semicolons, too.

    >>> sentences("Ran e.g. the U.S. office for Acme Inc. in Leeds. Won a prize!")
    ['Ran e.g. the U.S. office for Acme Inc. in Leeds.', 'Won a prize!']
    >>> sentences("Led 3 teams; cut costs", clauses=True)
    ['Led 3 teams;', 'cut costs']
    """
    return [text[low:high] for low, high in sentence_spans(text, clauses=clauses)]


def sentence_at(text: str, low: int, high: int | None = None, *, clauses: bool = False) -> Span:
    """The place of the sentence, or of the sentences, that hold a place of the text.

    >>> "One. Two three. Four."[slice(*sentence_at("One. Two three. Four.", 9))]
    'Two three.'
    """
    high = low if high is None else high
    line_start = text.rfind("\n", 0, low) + 1
    line_end = text.find("\n", high)
    line_end = len(text) if line_end < 0 else line_end
    start, end = line_start, line_end
    for first, last in sentence_spans(text[line_start:line_end], clauses=clauses):
        if line_start + first <= low:
            start = line_start + first
        if line_start + last >= high:
            end = line_start + last
            break
    return start, end


def first_clause(text: str) -> str:
    """The text up to the mark that ends its first clause, space in front of it included.

    >>> first_clause(" stops a day; 3 crews. More")
    ' stops a day'
    """
    end = next((last for _, last in sentence_spans(text, clauses=True)), len(text))
    return text[:end].rstrip(".;!?")


def _dot_ends(text: str, dot: int, behind: int) -> bool:
    """Whether a dot with white space behind it ends a sentence."""
    word = _BEFORE_DOT.search(text, max(0, dot - _LONGEST_WORD), dot)
    following = text[behind : behind + 4].lstrip()
    if word is None or not following:
        return True
    folded = word.group().casefold()
    if folded in _ANYWHERE:
        return False
    # A small letter goes on with the sentence: "5 yrs. min.", "Acme Inc. in Leeds".
    if folded in _BEFORE_NAMES or following[0].islower():
        return False
    opens = following[0].isupper() or not following[0].isalnum()
    if folded in _BEFORE_NUMBERS and following[0].isdigit():
        return False
    after = _NEXT_WORD.match(text, behind)
    next_word = after.group(1).casefold() if after else ""
    if folded in _INSIDE and next_word in _LEGAL_FORMS:
        return False
    if _is_day(folded, next_word, text[max(0, word.start() - 8) : word.start()]):
        return False
    if _INITIAL.fullmatch(word.group()) or folded in _INSIDE:
        # "J. Lee", "the U.S. office"; but "in the U.S. She", "for Acme Inc. Later".
        return opens and (len(folded) > 1 or following[0] == "\n")
    # "1. First item" at the head of a line.
    head = text[max(0, dot - _LONGEST_WORD - 1) : dot - len(folded)].rstrip(" \t")
    return not folded.isdigit() or (bool(head) and not head.endswith("\n"))


def _is_day(number: str, month: str, before: str) -> bool:
    """Whether a number with a dot is the day of a month: "3. Dezember", "am 3. April".

    "A team of 12. May was busy" holds no day: an English month needs a word such as "am" before it.
    """
    if not number.isdecimal() or not 1 <= int(number) <= 31 or month not in _ALL_MONTHS:
        return False
    return month not in _MONTHS["en"] or _BEFORE_DAY.search(before) is not None


def _trimmed(text: str, low: int, high: int) -> Iterator[Span]:
    while low < high and text[low].isspace():
        low += 1
    while high > low and text[high - 1].isspace():
        high -= 1
    if low < high:
        yield low, high
