"""Shows the doctests of docstrings as code on the site: to Markdown `>>>` is a quotation."""

from typing import Any

import griffe


class Doctests(griffe.Extension):
    """Fences each run of lines from `>>>` to the next empty line."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every module, class, function and attribute that is read."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """The text with its doctests in fences."""
    lines: list[str] = []
    inside = False
    for line in [*text.splitlines(), ""]:
        starts = line.startswith(">>> ")
        if inside and not line:
            lines.append("```")
        elif starts and not inside:
            lines.append("```pycon")
        inside = starts or (inside and bool(line))
        lines.append(line)
    return "\n".join(lines).rstrip()
