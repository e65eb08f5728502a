"""Finds the skills that a text names, each with its place.

Text and spellings are cut into tokens that ignore case, plural, British or American spelling and
the marks between words, so that "Node.js", "node js" and "Node-JS" are one; "C", "C#" and "C++"
are three. The spellings form a trie over tokens, and the longest that fits wins. One pass over a
page costs less than a millisecond.

Names that are ordinary words too ("Go", "R", "Excel") count only in their exact case and where the
context speaks for them: as an item of a list of skills, behind words such as "in" or "using", or
beside a skill that is not ambiguous. In a posting, words such as "sales" and "operations" count
only where it asks for them: they also tell what the company does and with whom one works.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from typing import NamedTuple, Protocol

from tailor_lab.errors import InputError
from tailor_lab.tailoring.knowledge.values import CURATED, SOFT, Skill
from tailor_lab.tailoring.text.lexicon import any_of, words
from tailor_lab.tailoring.text.words import TOKEN, normal, tokens

_any = partial(any_of, "skill_context")

_NEAR_TOKENS = 6
_SPEAKING_BEFORE = frozenset(words("skill_context", "speaking_before"))
_SPEAKING_AFTER = frozenset(words("skill_context", "speaking_after"))
_LIST_MARK = re.compile(r"\s*(?:[,;|/•·&()\n:]|\.(?=\s|$)|\band\b|\bor\b|$)")
_ITEM_END = re.compile(r"\s*(?:[,;]|\.(?=\s|$)|$)")
_OPENS_ITEM = re.compile(r"(?:^|[.,;|/•·&(:\n]|\band|\bor)\s*$")
_SENTENCE_END = re.compile(r"[.!?•\n]\s*$")
# "C-level", "R&D", "Vitamin C", "Series C", "Go to market", "Excel at": the ordinary words.
_NEVER_AFTER = re.compile(r"\s*(?:&\s*D\b|-?\s?(?:level|suite|section)\b|\.[A-Z]\.|['’]s\b)")
_NEVER_BEFORE = re.compile(
    r"(?:vitamin|hepatitis|series|class|grade|schedule|plan|&|\w\.)\s*$", re.I
)

# What a posting says before and after a thing that it asks for.
_ASKING_BEFORE = re.compile(
    (
        rf"\b(?:{_any('asking_before')})\W+(?:(?:{_any('joined_by')})\s+)?(?:[\w/-]+,?\s+){{0,3}}$"
        rf"|\b(?:do|doing|handl(?:e|ing)|own(?:ing)?|count(?:ing)?|responsib(?:le"
        rf"|ility)\s+for|includ(?:es?|ing)|in\s+charge\s+of)\s+(?:[\w/-]+,?\s+){{0,3}}$"
    ),
    re.IGNORECASE,
)
_ASKING_AFTER = re.compile(
    rf"\s*(?:{_any('asking_after')})",
    re.IGNORECASE,
)
_WITH_PEOPLE = re.compile(
    rf"\s*(?:{_any('with_people')})s?\b",
    re.IGNORECASE,
)


class SkillMatch(NamedTuple):
    """A skill under its canonical name, and where the text names it."""

    skill: str
    start: int
    end: int
    text: str


_NEXT_SENTENCE = re.compile(r"[.!?]\s+(?=[A-Z])")


class _Node:
    __slots__ = ("exact", "next", "ordinary", "skill")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.skill: str | None = None
        """The skill whose spelling ends here, whatever its case."""
        self.exact: dict[str, str] = {}
        """Ambiguous spellings that end here, in the case that they need."""
        self.ordinary = False
        """Whether a posting also uses the spelling that ends here for all else."""


class Spelt(Protocol):
    """What has skills to find: a knowledge base."""

    @property
    def skills(self) -> Mapping[str, Skill]:
        """The skills by their canonical names."""

    @property
    def ordinary(self) -> tuple[str, ...]:
        """Spellings that a posting also uses for all else."""


class SkillMatcher:
    """Every spelling of a knowledge base, compiled for searching."""

    def __init__(self, knowledge: Spelt) -> None:
        self._skills = knowledge.skills
        self._root = _Node()
        for skill in knowledge.skills.values():
            for spelling in (skill.name, *skill.aliases):
                if spelling not in skill.ambiguous:
                    self._add(spelling, skill)
            for spelling in skill.ambiguous:
                self._node(spelling).exact[spelling] = skill.name
        for spelling in knowledge.ordinary:
            self._node(spelling).ordinary = True

    def _add(self, spelling: str, skill: Skill) -> None:
        node = self._node(spelling)
        if node.skill is None:
            node.skill = skill.name
        elif node.skill != skill.name and skill.source == CURATED:
            raise InputError(f"{spelling!r} of {skill.name!r} reads like {node.skill!r}.")

    def _node(self, spelling: str) -> _Node:
        node = self._root
        for token in tokens(spelling):
            node = node.next.setdefault(token, _Node())
        return node

    def find(self, text: str, *, listed: bool = False, posting: bool = False) -> list[SkillMatch]:
        """The skills that `text` names, in order, none overlapping another.

        `listed` says that the text is an item of a list of skills, so that even "Go" and "r" are
        taken at their word. `posting` says that it is a posting's, where ordinary words count only
        if the text asks for what they name.

        >>> from tailor_lab.tailoring.knowledge import load_knowledge
        >>> matcher = load_knowledge().matcher
        >>> [match.skill for match in matcher.find("Built it in Go on k8s; go home.")]
        ['Go', 'Kubernetes']
        """
        places = [(normal(m.group()), m.start(), m.end()) for m in TOKEN.finditer(text)]
        found: list[tuple[int, int, str, bool]] = []
        first = self._root.next
        index, count = 0, len(places)
        while index < count:
            node = first.get(places[index][0])
            best: tuple[int, str, bool] | None = None
            at = index
            while node is not None:
                at += 1
                if node.skill is not None:
                    best = (at, node.skill, False)
                elif node.exact:
                    surface = text[places[index][1] : places[at - 1][2]]
                    named = self._exact(node, surface, listed)
                    if named is not None:
                        best = (at, named, not listed)
                if best is not None and best[0] == at and node.ordinary and posting:
                    low, high = places[index][1], places[at - 1][2]
                    # "PC-DMIS programming" is one thing and not two.
                    told = bool(found) and found[-1][1] == index and text[low - 1] == " "
                    asked = listed or _asked_for(text, low, high)
                    best = best if asked and not told else (at, "", False)
                if at >= count:
                    break
                node = node.next.get(places[at][0])
                # "… and tax. Planning of …" names no tax planning.
                if node is not None and _NEXT_SENTENCE.match(text, places[at - 1][2]):
                    break
            if best is None:
                index += 1
            else:
                if best[1]:
                    found.append((index, *best))
                index = best[0]
        return self._settle(text, places, found, posting)

    def _exact(self, node: _Node, surface: str, listed: bool) -> str | None:
        if listed:
            folded = surface.casefold()
            return next((s for t, s in node.exact.items() if t.casefold() == folded), None)
        return node.exact.get(surface)

    def _settle(
        self,
        text: str,
        places: list[tuple[str, int, int]],
        found: list[tuple[int, int, str, bool]],
        posting: bool,
    ) -> list[SkillMatch]:
        """Keeps the certain ones and, of the doubtful, those for which the context speaks."""
        certain = [
            (low, high)
            for low, high, skill, doubtful in found
            if not doubtful and self._hard[skill]
        ]
        matches = []
        for low, high, skill, doubtful in found:
            start, end = places[low][1], places[high - 1][2]
            if doubtful:
                opens = posting and low == 0 and _opens(text, start, end)
                if not opens and not _context_speaks(text, places, low, high, certain):
                    continue
                certain.append((low, high))
            matches.append(SkillMatch(skill, start, end, text[start:end]))
        return matches

    @cached_property
    def _hard(self) -> dict[str, bool]:
        return {skill.name: skill.kind != SOFT for skill in self._skills.values()}

    def names(
        self, texts: Iterable[str], *, listed: bool = False, posting: bool = False
    ) -> list[str]:
        """The canonical names found in the texts, each once, in order of appearance."""
        return list(
            dict.fromkeys(
                match.skill
                for text in texts
                for match in self.find(text, listed=listed, posting=posting)
            )
        )


def _opens(text: str, start: int, end: int) -> bool:
    """Whether an ambiguous name opens a demand: "Excel, …", "Go.", "R for the odd survey"."""
    if _ITEM_END.match(text, end):
        return True
    return text[start:end].isupper() and not _NEVER_AFTER.match(text, end)


def _asked_for(text: str, start: int, end: int) -> bool:
    """Whether a posting asks for what stands here, or only speaks of it."""
    if _WITH_PEOPLE.match(text, end):
        return False
    if _ASKING_AFTER.match(text, end) or _ASKING_BEFORE.search(text, max(0, start - 48), start):
        return True
    return not text[:start].strip(" -•*·\t\"'(") and not text[end:].strip(" .;,:\t\"')")


def _context_speaks(
    text: str,
    places: list[tuple[str, int, int]],
    low: int,
    high: int,
    certain: list[tuple[int, int]],
) -> bool:
    start, end = places[low][1], places[high - 1][2]
    if _NEVER_AFTER.match(text, end) or _NEVER_BEFORE.search(text, max(0, start - 12), start):
        return False
    before = places[low - 1][0] if low else ""
    after = places[high][0] if high < len(places) else ""
    if after in _SPEAKING_AFTER:
        return True
    ends_item = bool(_LIST_MARK.match(text, end))
    beside = any(
        other_high > low - _NEAR_TOKENS and other_low < high + _NEAR_TOKENS
        for other_low, other_high in certain
    )
    if before in _SPEAKING_BEFORE and (ends_item or beside):
        return True
    starts_sentence = not low or _SENTENCE_END.search(text, max(0, start - 4), start)
    if beside and end - start > 1 and not starts_sentence:
        return True
    opens_item = bool(_OPENS_ITEM.search(text[max(0, start - 6) : start]))
    return beside and ends_item and opens_item
