"""Reads prompts critically: phrases that invite invention, data outside blocks, no truth rule.

The phrases are in `lint_phrases`.
"""

import difflib
import re
from dataclasses import dataclass
from typing import Any, Literal

from tailor_lab.llm.offline.instructions import Instructions
from tailor_lab.llm.offline.model import estimate_tokens
from tailor_lab.llm.prompting.lint_phrases import RULES, is_meant
from tailor_lab.llm.prompting.prompts import Messages, Prompt

_DATA = ("resume", "job", "requirements", "facts")


@dataclass(frozen=True)
class LintFinding:
    """One thing to look at in a prompt."""

    line: int
    rule: str
    severity: Literal["warning", "note"]
    text: str
    """What stands there."""
    advice: str


_PRINTED = re.compile(r"{{\s*(\w+)[^}]*}}")


def lint(prompt: Prompt) -> list[LintFinding]:
    """What a careful reader would object to, in the order of the file."""
    findings: list[LintFinding] = []
    for _, text, first in prompt.sections:
        for rule, advice, pattern in RULES:
            for match in pattern.finditer(text):
                if is_meant(text, match.start(), match.end()):
                    line = first + text.count("\n", 0, match.start())
                    findings.append(LintFinding(line, rule, "warning", match.group(), advice))
        for match in _PRINTED.finditer(text):
            if match.group(1) in _DATA and "block(" not in match.group():
                line = first + text.count("\n", 0, match.start())
                advice = (
                    f'Print it as a block: {{{{ {match.group(1)} | block("{match.group(1)}") }}}}.'
                )
                findings.append(LintFinding(line, "data-as-text", "warning", match.group(), advice))
    told = Instructions.read("\n\n".join(t for role, t, _ in prompt.sections if role == "system"))
    if prompt.output == "rewrite" and not told.grounded:
        advice = 'Add a rule such as "Use only facts in the résumé."'
        findings.append(LintFinding(prompt.sections[0][2], "no-truth-rule", "note", "", advice))
    return sorted(findings, key=lambda finding: (finding.line, finding.rule))


def diff(first: Prompt, second: Prompt, **values: Any) -> str:
    """The difference of two prompts as a unified diff; of their messages where values are given."""
    a, b = (
        messages_as_lines(prompt.render(**values)) if values else template_as_lines(prompt)
        for prompt in (first, second)
    )
    return changed_lines(a, b, (first.name, second.name))


def changed_lines(first: list[str], second: list[str], names: tuple[str, str]) -> str:
    """The unified diff of two lists of lines, empty where they are the same."""
    return "\n".join(difflib.unified_diff(first, second, *names, lineterm=""))


def token_counts(prompt: Prompt, **values: Any) -> dict[str, int]:
    """About how many tokens each message of the filled-in prompt has, and all together."""
    counts: dict[str, int] = {}
    for message in prompt.render(**values):
        role = message["role"]
        counts[role] = counts.get(role, 0) + 4 + estimate_tokens(message["content"])
    return {**counts, "total": sum(counts.values())}


def template_as_lines(prompt: Prompt) -> list[str]:
    """A prompt's messages as its file has them."""
    return _lines([(role, text) for role, text, _ in prompt.sections])


def messages_as_lines(messages: Messages) -> list[str]:
    """Messages as they are sent."""
    return _lines([(message["role"], message["content"]) for message in messages])


def _lines(texts: list[tuple[str, str]]) -> list[str]:
    return [line for role, text in texts for line in (f"# {role}", *text.strip().splitlines())]
