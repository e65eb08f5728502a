"""Markdown: text of users stays text."""

import re

from tailor_lab.markup import visible


def escaped(value: object) -> str:
    """The value as one line of Markdown in which nothing is markup and no table cell ends."""
    text = visible(" ".join(str(value).splitlines()))
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)
