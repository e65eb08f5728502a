"""Questions that a value is asked but that a room above it answers.

`experiment.plan()`, `batch.timeline()` or `lab.report(...)` read well as methods, yet a value must
not import what plans, draws or reports on it: then every room would know every other. So the value
asks by name, and the package's face, which stands above all rooms, says where the answer is. The
answering module is imported when the question is asked, not before.

>>> answered_by({"greeting": "textwrap:dedent"})
>>> ask("greeting", "  hello")
'hello'
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

_PLACES: dict[str, str] = {}


def answered_by(places: Mapping[str, str]) -> None:
    """Says for each question where its answer is: "module:function"."""
    _PLACES.update(places)


def ask(question: str, *args: Any, **kwargs: Any) -> Any:
    """What the function that answers `question` returns for these arguments.

    Raises `LookupError` where nothing answers it: a mistake in the package's face.
    """
    module, _, function = _PLACES[question].partition(":")
    return getattr(import_module(module), function)(*args, **kwargs)


def places() -> Mapping[str, str]:
    """All questions with the place of their answer."""
    return dict(_PLACES)
