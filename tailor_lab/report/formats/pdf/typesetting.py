"""A report as PDF, set by typst from data: text of users is never typst's markup.

The template reads one JSON file and the charts as SVG; both are given to typst in memory or in a
folder of its own, and it reaches nothing else.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.markup import SIGNS, visible
from tailor_lab.report.content import ReportContent
from tailor_lab.report.figures import Figure

_TEMPLATE = Path(__file__).parents[2] / "templates" / "report.typ"


def pdf_bytes(content: ReportContent, pictures: Mapping[str, str], generator: str) -> bytes:
    """The content as a PDF file; `pictures` are its charts as SVG.

    Raises `InputError` where typst is not installed.
    """
    try:
        import typst
    except ImportError:
        raise InputError(
            'A report in PDF needs typst: pip install "tailor-lab[report]"; or write .html and '
            "print it."
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "report.typ").write_bytes(_TEMPLATE.read_bytes())
        data = {
            **_data(content),
            "signs": SIGNS,
            "generator": generator,
            "pictures": sorted(pictures),
        }
        (place / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for name, picture in pictures.items():
            (place / f"{name}.svg").write_text(picture, encoding="utf-8")
        return bytes(typst.compile(str(place / "report.typ"), root=str(place)))


def _data(content: ReportContent) -> dict[str, Any]:
    """What the template sets, as text."""
    shown = {
        "title": content.title,
        "question": content.question or "",
        "headline": content.headline,
        "decision": vars(content.decision),
        "variants": content.setup.variants,
        "facts": content.setup.facts,
        "prompts": [asdict(diff) for diff in content.setup.prompts],
        "evidence": [_row(row) for row in content.evidence],
        "guardrails": [_row(row) for row in content.guardrails],
        "charts": list(content.evidence_charts),
        "segmentations": [
            {
                "by": part.by,
                "finding": part.finding,
                "rows": [[r.variant, r.segment, r.n, r.estimate, r.p] for r in part.rows],
            }
            for part in content.segmentations
        ],
        "course": content.course.words,
        "costs": [
            [c.variant, c.runs, c.tokens, c.cost, c.per_success, c.returned]
            for c in content.money.variants
        ],
        "note": content.money.note,
        "usage": content.money.usage,
        "changed": any(example.changes for example in content.examples),
        "examples": [_example(example) for example in content.examples],
        "limits": content.limits,
        "provenance": content.provenance.facts,
    }
    return {name: _texts(value) for name, value in shown.items()}


def _row(row: Any) -> dict[str, Any]:
    names = ("variant", "metric", "role", "colour", "sentence", "holds", "margin")
    figures = ("baseline", "value", "estimate", "p", "n")
    return {name: getattr(row, name) for name in (*names, *figures)}


def _example(example: Any) -> dict[str, Any]:
    lines = []
    for line in example.changes.told if example.changes else ():
        after = [(p.text, p.added, bool(p.flags)) for p in line.pieces_after()]
        before = [(word.text, word.kind == "removed") for word in line.words_before()]
        flags = [f"{flag.severity}: {flag.why}" for flag in line.flags]
        where = f"{line.change} {line.path}"
        lines.append({"before": before, "after": after, "flags": flags, "where": where})
    for name, text in example.outputs:
        for number, line in enumerate(text.splitlines()):
            shown = {"before": [], "after": [(line, False, False)], "flags": []}
            lines.append({**shown, "where": "" if number else name})
    kept = "" if example.outputs else "The log keeps no text of this run."
    unsupported = example.unsupported
    return {
        "head": f"{example.variant}, {example.kind}: {example.item}",
        "figures": f"{example.metric} {example.before} → {example.after} ({example.difference})"
        + ("" if unsupported is None else f"; unsupported claims: {unsupported}"),
        "rest": example.changes.rest if example.changes else kept,
        "lines": lines,
    }


def _texts(value: Any) -> Any:
    """The value with every figure as its text, and nothing in a text that hides."""
    if isinstance(value, str | Figure):
        return visible(str(value))
    if isinstance(value, Mapping):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(inner) for inner in value]
    return value
