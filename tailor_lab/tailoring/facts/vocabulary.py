"""The words, initials, ranks and credentials of a source, ready to be asked for."""

import re

from tailor_lab.tailoring.facts.credentials import degree, degrees_in, held_credentials, pending
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import find_credentials
from tailor_lab.tailoring.text.abbreviations import initials
from tailor_lab.tailoring.text.spellings import spellings
from tailor_lab.tailoring.text.words import tokens

_COMMON = frozenset(
    {
        "i",
        "the",
        "a",
        "an",
        "and",
        "of",
        "for",
        "in",
        "on",
        "with",
        "to",
        *("percent", "pct", "million", "billion", "thousand", "mn", "bn", "usd", "eur", "gbp"),
        *("inr", "chf", "k", "m", "b", "mm", "us", "dollar", "euro", "pound", "rupee", "lakh"),
        *("also", "while", "key", "former", "currently", "here", "this", "that", "it", "he", "she"),
    }
)


class Vocabulary:
    """All that the source says, ready to be asked for words, initials and credentials."""

    def __init__(self, texts: list[tuple[str, str]], knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.text = "\n".join(text for _, text in texts)
        self.folded = self.text.casefold()
        self.words = set(tokens(self.text))
        # What is in progress is named, but not held.
        held = [(path, text) for path, text in texts if not pending(text)]
        self.held = "\n".join(text for _, text in held).casefold()
        self.ranks = {rank for path, text in held for rank, _, _ in _degrees(path, text)}
        self.named_ranks = {rank for path, text in texts for rank, _, _ in _degrees(path, text)}
        self.credentials = {name for _, text in texts for name in held_credentials(text, knowledge)}
        self.named = {name for name, _ in find_credentials(self.text, knowledge)}
        capitals = re.findall(r"\b([A-Z][A-Z&.]+)s?\b", self.text)
        self.short = {re.sub(r"\W", "", word).casefold() for word in capitals}
        self._phrases: str | None = None

    def has(self, word: str) -> bool:
        """Whether the source has this word, in whatever form or abbreviation."""
        parts = tokens(word)
        return all(
            part in self.words or part in _COMMON or bool(spellings(part) & self.words)
            for part in parts
        )

    def spells_out(self, letters: str) -> bool:
        """Whether words that follow each other in the source begin with these letters."""
        if self._phrases is None:
            self._phrases = initials(self.text)
        return 1 < len(letters) <= 6 and letters in self._phrases


def _degrees(path: str, text: str) -> list[tuple[str, int, int]]:
    """The ranks of degrees that a text names; a field of an education may be a degree as such."""
    whole = degree(text) if path.startswith("/education/") and len(text) < 60 else None
    found = degrees_in(text)
    return [(whole.rank, 0, len(text)), *found] if whole else found
