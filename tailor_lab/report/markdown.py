"""Markdown: text of users stays text."""

import re


def escaped(value: object) -> str:
    """The value as one line of Markdown in which nothing is markup and no table cell ends."""
    text = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", str(value))
    return text.replace("\n", " ")
