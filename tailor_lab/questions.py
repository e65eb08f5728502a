"""Questions that a value can be asked but that a room above it answers.

`experiment.plan()`, `batch.timeline()` or `comparison.chart()` read well as methods, yet a value
must not import what plans, draws or analyses it: then every room would know every other. So such a
method is one line, `return ask("experiment.aa", self, …)`, and the table of `answers.py`, which the
package's face hands over, says which function answers. A function is imported when its question is
asked for the first time. docs/decisions says why ("Values do not own the questions").

>>> answered_by({"indent": "textwrap:dedent"})
>>> ask("indent", "  hello")
'hello'
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")

_PLACES: dict[str, str] = {}


def answered_by(places: Mapping[str, str]) -> None:
    """Says for each question which function answers it: "module:function"."""
    _PLACES.update(places)


def ask(question: str, *given: Any, **options: Any) -> T:  # type: ignore[type-var]
    """What the function above answers, as the type that the caller promises.

    The type variable stands in the result alone, so that a method of one line keeps the type that
    it declares. Raises `LookupError` where nothing answers: a mistake in `answers.py`.
    """
    module, _, function = _PLACES[question].partition(":")
    found: T = getattr(import_module(module), function)(*given, **options)
    return found


def places() -> Mapping[str, str]:
    """All questions with the place of their answer."""
    return dict(_PLACES)
