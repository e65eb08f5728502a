"""The paragraphs that a résumé is set from: what every format that writes one is given."""

from typing import Literal, NamedTuple

Kind = Literal["name", "label", "contact", "section", "entry", "meta", "text", "bullet"]


class Block(NamedTuple):
    """A paragraph of the outline and what it is."""

    kind: Kind
    text: str
