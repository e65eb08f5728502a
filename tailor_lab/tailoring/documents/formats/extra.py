"""PDF and DOCX need libraries of an extra; where they are missing, this says how to get them."""

from collections.abc import Iterator
from contextlib import contextmanager

from tailor_lab.errors import InputError

_LIBRARIES = frozenset({"docx", "fpdf", "pypdf"})


@contextmanager
def documents_extra(form: str) -> Iterator[None]:
    """Turns the missing import of a library for `form` into a sentence."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _LIBRARIES:
            raise
        raise InputError(
            f"Reading and writing {form} needs more libraries: "
            'pip install "tailor-lab[documents]". JSON, Markdown and text work without.'
        ) from None
