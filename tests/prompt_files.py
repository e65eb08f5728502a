"""Prompts of a project of its own, for tests of what holds where a prompt says nothing."""

from pathlib import Path

from tailor_lab.llm.prompting.prompts import find_prompts


def without_limits(project: Path) -> None:
    """Writes the shipped prompts into a project, without how long an answer may be."""
    folder = project / "experiments" / "prompts"
    folder.mkdir(parents=True)
    for name, path in find_prompts().items():
        text = path.read_text(encoding="utf-8").replace(", max_tokens: 2400", "")
        assert "max_tokens" not in text
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
