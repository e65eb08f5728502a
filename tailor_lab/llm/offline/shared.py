"""Words that a résumé and a posting share beyond the known terms.

A text of a trade that the vocabulary does not know still shares its nouns with the posting. What is
found stands word for word in the résumé, so that naming it claims nothing new.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

_WORD = re.compile(r"[^\W\d_][\w'’-]*", re.UNICODE)
_SHORTEST = 6
# Long words that every posting and every résumé has.
_COMMON = frozenset(
    """
    ability across additional always another applicants around background because become before
    behind benefits better between bringing brings building business candidate candidates career
    change clearly closely colleague colleagues coming common company complete consistently course
    current currently degree department different during either employee employees employer
    environment especially everyone everything example excellent experience experienced familiar
    follow following further general getting giving having helped helping highly important improve
    improved include included including instead interest joined keeping knowledge larger leading
    making manage managed management manager managing matter members minimum monthly months nothing
    number offers office operations opportunity others ourselves people person please position
    prefer preferred problem problems process professional provide provided quality quarter
    questions rather really reduced regular related reliable report reported reporting reports
    required requirements responsibilities responsible result results salary second section senior
    service services several should simple single skills someone something sometimes standard
    started strong success support supported supporting system systems taking talent things
    through together toward towards training travel turned twelve twenty understand understanding
    usually various weekly whether willing within without working writing written yearly
    themselves against already annual decide decision decisions details developed development
    every individual little longer looking nearly online paid partner partners performance period
    answer charge eleven explain numbers quantitative taught owners evening document
    personal project projects raised record records review reviews running shared starting
    learned learning memory midsize minute minutes morning moving private public purpose quickly
    """.split()  # noqa: SIM905 -- a table of words
)


def shared_words(own: Iterable[str], posting: str, *, most: int) -> list[str]:
    """What the résumé's lines and the posting both say: pairs of words first, then long words.

    >>> shared_words(["Ran the front desk and its scheduling"], "Scheduling, front desk", most=3)
    ['front desk', 'scheduling']
    """
    lines = list(own)
    wanted_pairs = {pair for _, pair in _pairs(posting)}
    wanted = Counter(word.casefold() for word in _WORD.findall(posting))
    pairs = [surface for line in lines for surface, pair in _pairs(line) if pair in wanted_pairs]
    taken = {word.casefold() for pair in pairs for word in pair.split()}
    words = [
        word
        for line in lines
        for word in _WORD.findall(line)
        if word.islower() and word in wanted and word not in taken and _says_something(word)
    ]
    # What the posting says most often comes first; of equals, what the résumé says first.
    words.sort(key=lambda word: -wanted[word])
    found = {text.casefold(): text for text in (*pairs, *words)}
    return list(found.values())[:most]


def _pairs(text: str) -> list[tuple[str, tuple[str, str]]]:
    """Each two words that stand side by side and say something, as written and folded."""
    places = list(_WORD.finditer(text))
    found = []
    for first, second in pairwise(places):
        beside = text[first.end() : second.start()] == " "
        both = (first.group(), second.group())
        plain = all(len(w) > 3 and w.islower() and w not in _COMMON | _FUNCTION for w in both)
        if beside and plain:
            found.append((" ".join(both), both))
    return found


_FUNCTION = frozenset(
    """
    also been each from have into just like long made make more most much only over same some such
    than that their them then there these they this those very well were what when where which
    while will with year years your about after both came does down even ever keep kept know many
    must need next once ours paid part take took used uses want ways went work works worked good
    great help hour hours week weeks month day days under until upon who whom whose
    """.split()  # noqa: SIM905 -- a table of words
)


def _says_something(word: str) -> bool:
    verb_like = word.endswith(("ed", "ly"))
    return len(word) >= _SHORTEST and word not in _COMMON and not verb_like
