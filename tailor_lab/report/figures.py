"""Figures: the numbers of a report, each with the text that shows it and a name to find it by.

A template never formats a number itself; it asks for a figure, and the figure goes into the page
as `<data value="3.12" data-figure="grounded.improvement">+3.12</data>`. So `tailor-lab verify` can
read every number back out of the page, compute it again from the log, and say which differ.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from tailor_lab.errors import InputError
from tailor_lab.markup import visible


@dataclass(frozen=True)
class Figure:
    """A number or word that the log gives, and how the report shows it."""

    name: str
    value: str
    text: str

    def __html__(self) -> str:
        """How a template that escapes shows the figure."""
        return (
            f'<data value="{escape(self.value)}" data-figure="{escape(self.name)}">'
            f"{escape(self.text)}</data>"
        )

    def __str__(self) -> str:
        return self.text


class Figures:
    """The figures of one report, in the order in which they were made."""

    def __init__(self) -> None:
        self._figures: dict[str, Figure] = {}

    def add(self, name: str, value: object, text: str | None = None) -> Figure:
        """Makes a figure; its value keeps all digits, its text those that are shown."""
        exact = visible(repr(value) if isinstance(value, float) else str(value))
        figure = Figure(visible(name), exact, exact if text is None else visible(text))
        self._figures[figure.name] = figure
        return figure

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._figures.values())

    def __len__(self) -> int:
        return len(self._figures)

    def __getitem__(self, name: str) -> Figure:
        return self._figures[name]

    def differences(self, page: "Page") -> list[str]:
        """In words, every figure of the page that is not what it should be."""
        found = []
        for figure in self:
            shown = page.figures.get(figure.name)
            if shown is None:
                found.append(f"{figure.name} is missing; the log gives {figure.text}")
            for value, text in shown or ():
                if value != figure.value or text != figure.text:
                    found.append(
                        f"{figure.name} is {text} ({value}) in the report; "
                        f"the log gives {figure.text} ({figure.value})"
                    )
        surplus = page.figures.keys() - self._figures.keys()
        return found + [f"{name} is in the report but not in the log" for name in sorted(surplus)]


class Page(HTMLParser):
    """A report read back: its figures and what it says about itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.figures: dict[str, list[tuple[str, str]]] = {}
        self.about: dict[str, str] = {}
        self._open: tuple[str, str] | None = None
        self._shown = ""
        self.feed(text)

    @classmethod
    def read(cls, path: Path) -> "Page":
        """The report in a file. Raises `InputError` where it is none that tailor-lab wrote."""
        try:
            page = cls(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(f"{path}: there is no such report.") from None
        except (OSError, UnicodeDecodeError):
            raise InputError(f"{path}: this is not a report in HTML.") from None
        if "tailor-lab-experiment" not in page.about:
            raise InputError(f"{path}: this is not a report that tailor-lab wrote.")
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "meta" and re.fullmatch("generator|tailor-lab-.+", values.get("name", "")):
            self.about[values["name"]] = values.get("content", "")
        if tag == "data" and "data-figure" in values:
            self._open, self._shown = (values["data-figure"], values.get("value", "")), ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self._shown += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self._open:
            name, value = self._open
            self.figures.setdefault(name, []).append((value, self._shown))
            self._open = None
