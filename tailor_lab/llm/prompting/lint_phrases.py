"""Phrases that circulate in published résumé prompts and make models fabricate.

The rules are `data/knowledge/lexicon/prompt_lint.yaml`: each is a kind of invention with the advice
that replaces it. A phrase counts unless its own sentence forbids it ("never estimate a metric") or
ties it to the résumé ("quantify only with numbers that the résumé states").
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tailor_lab.data_files import read_data_file
from tailor_lab.settings import shipped


class LintRule(NamedTuple):
    """A kind of invention, what to write instead, and the phrases that invite it."""

    name: str
    advice: str
    pattern: re.Pattern[str]


_PHRASES: Mapping[str, Any] = read_data_file(
    shipped("data/knowledge/lexicon/prompt_lint.yaml"), "lexicon/prompt_lint"
)
RULES: tuple[LintRule, ...] = tuple(
    LintRule(
        name=rule["name"],
        advice=rule["advice"],
        pattern=re.compile("|".join(f"(?:{p})" for p in rule["phrases"]), re.IGNORECASE),
    )
    for rule in _PHRASES["rules"]
)

_FORBIDS = re.compile(rf"\b(?:{'|'.join(_PHRASES['forbidding'])})\b[^.;:]*$", re.IGNORECASE)
_TIED = re.compile(
    r"\bonly (?:with|where|if|when|from|what|as|the)\b|"
    r"\b(?:that|which|where|as|if) the (?:r[ée]sum[ée]|source|candidate's own \w+) "
    rf"(?:{'|'.join(_PHRASES['holding'])})"
    r"\b(?! (?:no|none|nothing)\b)|"
    r"\bsupported by\b|\brather than\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\n\s*(?:\n|[-*•]\s|\d+[.)]\s)")
_END = re.compile(r"[.;](?:\s|$)|\n\s*(?:\n|[-*•]\s|\d+[.)]\s)")


def is_meant(text: str, start: int, end: int) -> bool:
    """Whether the phrase at that place is asked for, neither forbidden nor tied to the résumé."""
    before = _ITEM.split(text[:start])[-1]
    stop = _END.search(text, end)
    rest = text[start : stop.start() if stop else len(text)]
    return not _FORBIDS.search(before) and not _TIED.search(rest)
