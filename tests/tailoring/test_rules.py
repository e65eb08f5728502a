"""Every fact rule of `data/rules` does what its own examples say."""

from pathlib import Path

import pytest

from tailor_lab import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.facts import PhraseRule, load_rules, verify
from tailor_lab.tailoring.facts.phrases import Example

RULES = load_rules(shipped("data/rules"))
RULE = """about: Says that a list of five is long.
why: A test needs a rule of its own.
kind: length
severity: block
lists: {often: [always, never]}
words: ["{often} ever"]
flags: [{source: Swept, tailored: Swept always ever}]
passes: [{source: Swept, tailored: Swept ever}]
"""


def resume(line: str) -> dict:
    return {"work": [{"name": "Hale", "highlights": [line]}]}


def claims(rule: PhraseRule, example: Example, *more: PhraseRule) -> list[str]:
    """What a rule flags in an example."""
    report = verify(resume(example.source), resume(example.tailored), rules=[*more, rule])
    return [claim.text for claim in report.flagged if claim.rule == rule.id]


@pytest.mark.parametrize(
    ("rule", "example"),
    [(r, e) for r in RULES for e in r.flags],
    ids=[f"{r.id}: {e.tailored}" for r in RULES for e in r.flags],
)
def test_what_a_rule_must_flag_is_flagged(rule: PhraseRule, example: Example) -> None:
    found = claims(rule, example)
    assert found
    assert example.says in "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "example"),
    [(r, e) for r in RULES for e in r.passes],
    ids=[f"{r.id}: {e.tailored}" for r in RULES for e in r.passes],
)
def test_what_a_rule_must_pass_passes(rule: PhraseRule, example: Example) -> None:
    assert not claims(rule, example)


def test_a_rule_of_ones_own_flags_with_its_kind_and_severity(tmp_path: Path) -> None:
    (tmp_path / "length.ever.yaml").write_text(RULE)
    (rule,) = load_rules(tmp_path)
    report = verify(resume("Swept"), resume("Swept never ever"), rules=[*RULES, rule])
    (claim,) = (claim for claim in report.blocked if claim.rule == "length.ever")
    assert (claim.text, claim.kind, claim.confidence) == ("never ever", "length", 0.5)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("severity: block", "severity: loud", "line 4: /severity must be one of review, block"),
        ("why: A test needs a rule of its own.\n", "", 'lacks the key "why"'),
        ("{often} ever", "{rarely} ever", 'line 6: /words/0 names the list "rarely", which is not'),
        ("{often} ever", "(ever", "line 6: /words/0 is no regular expression: missing ), unterm"),
        ("[always, never]", "['[a']", "line 5: /lists/often/0 is no regular expression: untermin"),
        ("never]", "'{often}']", "line 5: /lists/often/1 refers to itself: often → often"),
        ("{often} ever", "(?:ever)?", "line 6: /words/0 also matches the empty text: '(?:ever)?'"),
        ("kind: length", "kind: length\nknid: x", "line 4: /knid is not a known key"),
    ],
)
def test_a_broken_rule_is_named_with_its_key(tmp_path: Path, old, new, says) -> None:
    (tmp_path / "broken.yaml").write_text(RULE.replace(old, new))
    with pytest.raises(InputError, match=r"^broken\.yaml") as refused:
        load_rules(tmp_path)
    assert says in str(refused.value)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no rules"):
        load_rules(tmp_path)
