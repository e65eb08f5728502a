"""The page that benchmarks write their tables to."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Replaces the section's last text by this one, and prints it."""
    begin, end = f"<!-- {section}:begin -->", f"<!-- {section}:end -->"
    whole = page.read_text() if page.exists() else "# Benchmarks\n"
    if begin not in whole:
        whole += f"\n{begin}\n{end}\n"
    before, after = whole.split(begin)[0], whole.split(end)[1]
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}")
    print(text)
