"""Wording rules: phrases that a tailored line may not claim unless its source has their words.

A rule is a YAML file, its words with the lines that must be flagged and those that must pass;
`data/rules` holds the shipped ones, and a folder of one's own may be added. One algorithm reads
them all: a phrase is flagged unless some text of the source has all of its words, in any form.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tailor_lab.data_files import read_data_file
from tailor_lab.data_files.fragments import spelt_out
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.facts.report import Severity

_ALL = frozenset({"all", "every", "everyone", "everybody"})
_SMALL = frozenset({"the", "a", "an", "by", "in", "on", "of", "to", "at", "for", "across", "as"})


class Phrase(NamedTuple):
    """A word or phrase and where it stands."""

    text: str
    start: int
    end: int


class Example(NamedTuple):
    """A line of a source, the line made of it, and the phrase that is flagged there, if known."""

    source: str
    tailored: str
    says: str = ""


@dataclass(frozen=True)
class PhraseRule:
    """Words that need the source's own, with the examples that show it."""

    id: str
    about: str
    why: str
    kind: str
    severity: Severity
    reason: str
    pattern: re.Pattern[str]
    flags: tuple[Example, ...]
    passes: tuple[Example, ...]
    precision: tuple[int, int] = (0, 0)
    """Counted flags, and those of them that were right."""

    def find(self, text: str, sources: Sequence[str]) -> list[Phrase]:
        """The phrases of a text that none of the sources has.

        >>> (rule,) = (rule for rule in shipped_rules() if rule.id == "reach.phrase")
        >>> [phrase.text for phrase in rule.find("Cut waste company-wide", ["Cut waste"])]
        ['company-wide']
        """
        phrases = [Phrase(m.group(), m.start(), m.end()) for m in self.pattern.finditer(text)]
        if not phrases:
            return []
        known = [_content(source) for source in sources]
        return [p for p in phrases if not any(_content(p.text) <= words for words in known)]


def _content(text: str) -> set[str]:
    """The words of a text in whatever form, "every" being "all"."""
    found = set(re.findall(r"\w+", text.casefold())) - _SMALL
    return {"all" if word in _ALL else re.sub(r"(?:e?[sd]|e)$", "", word) for word in found}


def shipped_rules() -> tuple[PhraseRule, ...]:
    """The rules that come with the package, by their ids."""
    return _rules_of(shipped("data/rules"))


@lru_cache(maxsize=1)
def _rules_of(folder: Path) -> tuple[PhraseRule, ...]:
    return load_rules(folder)


def load_rules(folder: str | Path) -> tuple[PhraseRule, ...]:
    """The rules of a folder, by their ids.

    Raises `InputError` with file, line and key for a file that is no rule, or where the folder
    holds none.
    """
    files = sorted(Path(folder).glob("*.yaml"))
    if not files:
        raise InputError(f"{folder} holds no rules; a rule is a .yaml file in it.")
    return tuple(read_rule(file) for file in files)


def read_rule(path: Path) -> PhraseRule:
    """The rule in a file. Raises `InputError` with line and key where there is none."""
    data = read_data_file(path, shipped("data/rules") / "rule.schema.json")
    counted = data.get("precision", {"flags": 0, "right": 0})
    return PhraseRule(
        id=path.stem,
        about=data["about"],
        why=data["why"].strip(),
        kind=data["kind"],
        severity=data["severity"],
        reason=data.get("reason", "the source does not say so"),
        pattern=_pattern(data["words"], data.get("lists", {})),
        flags=tuple(Example(**example) for example in data["flags"]),
        passes=tuple(Example(**example) for example in data["passes"]),
        precision=(counted["flags"], counted["right"]),
    )


def _pattern(words: Sequence[str], lists: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    expanded = "|".join(spelt_out(word, lists) for word in words)
    return re.compile(rf"(?<!\w)(?:{expanded})(?!\w)", re.IGNORECASE)
