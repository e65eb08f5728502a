"""Numbers the decision pages and writes their index.

`python -m tools.decisions` writes `docs/decisions/index.md`; a test fails where it is out of date.
`python -m tools.decisions docs/decisions/PAGE.md` gives that page the next number first: it is
renamed, its status line is added if it has none, and every link in the project follows it.
"""

import datetime
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "decisions"
NUMBERED = re.compile(r"(?P<number>\d{4})-(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\.md")
STATUS = re.compile(
    r"^Status: (?P<status>accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\))"
    r" · Date: (?P<date>\d{4}-\d{2}-\d{2})$",
    re.MULTILINE,
)
MIND = "What would change our mind"
UNNUMBERED = {"index.md", "template.md"}
OPENING = """\
# Decisions

What was decided, why, what was measured, and what would change our mind. A new decision starts from
[the template](template.md).

| number | decision | status | date |
|---|---|---|---|
"""


class DecisionError(Exception):
    """A page that does not follow the template."""


@dataclass(frozen=True)
class Decision:
    """One page: its file and what its first lines state."""

    path: Path
    number: int
    title: str
    status: str
    date: datetime.date

    @classmethod
    def read(cls, path: Path) -> Self:
        """The decision on a page. Raises `DecisionError` where a part is missing."""
        named = NUMBERED.fullmatch(path.name)
        if not named:
            raise DecisionError(
                f"{path.name} has no number: "
                f"run python -m tools.decisions docs/decisions/{path.name}"
            )
        text = path.read_text(encoding="utf-8")
        title = re.match(r"# (.+)\n", text)
        status = STATUS.search(text)
        if not title or not status:
            raise DecisionError(
                f"{path.name} needs a title and below it a line "
                '"Status: accepted · Date: YYYY-MM-DD".'
            )
        if MIND not in text:
            raise DecisionError(f'{path.name} does not state "{MIND}".')
        date = datetime.date.fromisoformat(status["date"])
        return cls(path, int(named["number"]), title[1], status["status"], date)


def decisions(folder: Path = FOLDER) -> list[Decision]:
    """Every decision in order.

    Raises `DecisionError` for a page that breaks the template and for a gap in the numbers.
    """
    pages = sorted(path for path in folder.glob("*.md") if path.name not in UNNUMBERED)
    found = [Decision.read(path) for path in pages]
    numbers = [decision.number for decision in found]
    if numbers != list(range(1, len(found) + 1)):
        raise DecisionError(f"The numbers are not 1 to {len(found)}, each once: {numbers}")
    return found


def index(folder: Path = FOLDER) -> str:
    """The index page."""
    rows = (
        f"| {d.number:04} | [{d.title}]({d.path.name}) | {d.status} | {d.date} |\n"
        for d in decisions(folder)
    )
    return OPENING + "".join(rows)


def give_number(page: Path) -> Path:
    """Renames a page to the next free number, everywhere it is named, and returns the new path."""
    taken = [int(m["number"]) for p in FOLDER.glob("*.md") if (m := NUMBERED.fullmatch(p.name))]
    target = FOLDER / f"{max(taken, default=0) + 1:04}-{page.name}"
    text = page.read_text(encoding="utf-8")
    if not STATUS.search(text):
        title, _, rest = text.partition("\n")
        today = datetime.datetime.now(tz=datetime.UTC).date()
        page.write_text(f"{title}\n\nStatus: accepted · Date: {today}\n{rest}", encoding="utf-8")
    _git("mv", str(page), str(target))
    # Pages of this folder name each other without the folder.
    elsewhere = re.compile(rf"(?<=decisions/){re.escape(page.name)}")
    beside = re.compile(rf"(?<=\]\(){re.escape(page.name)}(?=[)#])")
    for name in _git("ls-files", "--", "*.md", "*.py", "*.toml", "*.yml", "*.yaml", "*.ipynb"):
        file = ROOT / name
        before = file.read_text(encoding="utf-8")
        after = elsewhere.sub(target.name, before)
        if file.parent == FOLDER:
            after = beside.sub(target.name, after)
        if after != before:
            file.write_text(after, encoding="utf-8")
    return target


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main() -> None:
    """Numbers the pages named on the command line, then writes the index."""
    for name in sys.argv[1:]:
        give_number(Path(name).resolve())
    (FOLDER / "index.md").write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except DecisionError as error:
        sys.exit(str(error))
