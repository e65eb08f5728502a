"""Reads prompts critically: phrases that invite invention, data outside blocks, no truth rule.

The phrases are those that circulate in published résumé prompts and make models fabricate.
"""

import difflib
import re
from dataclasses import dataclass
from typing import Any, Literal

from tailor_lab.llm.offline.instructions import Instructions
from tailor_lab.llm.offline.model import estimate_tokens
from tailor_lab.llm.prompts import Prompt

_NEGATION = re.compile(r"\b(?:never|not|no|don't|without|avoid|nor)\b[^.;:]*$", re.IGNORECASE)
_DATA = ("resume", "job", "requirements", "facts")


@dataclass(frozen=True)
class Finding:
    """One thing to look at in a prompt."""

    line: int
    rule: str
    severity: Literal["warning", "note"]
    text: str
    """What stands there."""
    advice: str


_INVITING: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (rule, advice, re.compile(pattern, re.IGNORECASE))
    for rule, advice, pattern in (
        (
            "invites-numbers",
            "Ask for the numbers that the résumé gives; a bare achievement has none to give.",
            r"quantif\w+|add (?:numbers|metrics|percentages)|\[?x\]? ?%|measurable results",
        ),
        (
            "invites-skills",
            "Ask for the requirements that the résumé supports; the rest must stay missing.",
            (
                r"(?:include|add|cover|insert) (?:in [^.]{0,30})?(?:every|all)\b[^.]{0,40}"
                r"(?:keyword|requirement|skill)"
            ),
        ),
        (
            "invites-scope",
            "Ask for active verbs of the same scope: contributed is not led.",
            (
                r"(?:strong|leadership|powerful) (?:\w+ )?verbs|emphasi[sz]e leadership|"
                r"take credit|sound (?:more )?senior"
            ),
        ),
        (
            "invites-title",
            "Titles are facts; ask for the job's title words only where the résumé holds them.",
            r"match (?:the )?(?:title|job title)|(?:change|adjust|adapt) (?:the )?(?:job )?titles?",
        ),
        (
            "invites-exaggeration",
            "Say what is true and relevant; exaggeration comes by itself.",
            (
                r"irresistible|embellish|exaggerat\w+|perfect (?:match|candidate|fit)|"
                r"passes? every filter|beat the ats|stand out at any"
            ),
        ),
        (
            "placeholder",
            "A placeholder in the output is a number waiting to be invented.",
            r"\[(?:number|insert|amount|percent)[^\]]*\]",
        ),
    )
)
_PRINTED = re.compile(r"{{\s*(\w+)[^}]*}}")


def lint(prompt: Prompt) -> list[Finding]:
    """What a careful reader would object to, in the order of the file."""
    findings: list[Finding] = []
    for _, text, first in prompt.sections:
        for rule, advice, pattern in _INVITING:
            for match in pattern.finditer(text):
                if not _NEGATION.search(text[: match.start()]):
                    line = first + text.count("\n", 0, match.start())
                    findings.append(Finding(line, rule, "warning", match.group(), advice))
        for match in _PRINTED.finditer(text):
            if match.group(1) in _DATA and "block(" not in match.group():
                line = first + text.count("\n", 0, match.start())
                advice = (
                    f'Print it as a block: {{{{ {match.group(1)} | block("{match.group(1)}") }}}}.'
                )
                findings.append(Finding(line, "data-as-text", "warning", match.group(), advice))
    told = Instructions.read("\n\n".join(t for role, t, _ in prompt.sections if role == "system"))
    if prompt.output == "rewrite" and not told.grounded:
        advice = 'Add a rule such as "Use only facts in the résumé."'
        findings.append(Finding(prompt.sections[0][2], "no-truth-rule", "note", "", advice))
    return sorted(findings, key=lambda finding: (finding.line, finding.rule))


def diff(first: Prompt, second: Prompt, **values: Any) -> str:
    """The difference of two prompts as a unified diff; of their messages where values are given."""
    a, b = (_lines(prompt, values) for prompt in (first, second))
    return "\n".join(difflib.unified_diff(a, b, first.name, second.name, lineterm=""))


def token_counts(prompt: Prompt, **values: Any) -> dict[str, int]:
    """About how many tokens each message of the filled-in prompt has, and all together."""
    counts: dict[str, int] = {}
    for message in prompt.render(**values):
        role = message["role"]
        counts[role] = counts.get(role, 0) + 4 + estimate_tokens(message["content"])
    return {**counts, "total": sum(counts.values())}


def _lines(prompt: Prompt, values: dict[str, Any]) -> list[str]:
    if values:
        texts = [(message["role"], message["content"]) for message in prompt.render(**values)]
    else:
        texts = [(role, text) for role, text, _ in prompt.sections]
    return [line for role, text in texts for line in (f"# {role}", *text.strip().splitlines())]
