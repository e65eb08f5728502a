"""The questions that a value can be asked, and the function above it that answers each.

`experiment.plan()`, `result.aa()` and `comparison.chart()` are methods of values, but what plans,
analyses and draws stands above the values and imports them. So such a method is one line,
`return ask("aa", self, …)`, and this table is the only place that names the functions. A name is
imported when its question is asked for the first time, so a value that is only written down, sent
or compared loads nothing of it. `docs/decisions/values-and-questions.md` says why.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")

_ANALYSIS = "tailor_lab.experiment.analysis"
ANSWERED_BY: Mapping[str, str] = MappingProxyType(
    {
        "aa": f"{_ANALYSIS}.aa:aa",
        "agreement": f"{_ANALYSIS}.runs:agreement",
        "assign": "tailor_lab.experiment.assignment:assign",
        "compare": f"{_ANALYSIS}.compared:compare_result",
        "differences": f"{_ANALYSIS}.runs:differences",
        "estimates_chart": f"{_ANALYSIS}.estimates:estimates_chart",
        "judgements": f"{_ANALYSIS}.judgements:judgements",
        "labelled": f"{_ANALYSIS}.runs:labelled",
        "looks": f"{_ANALYSIS}.history:looks_of",
        "looks_chart": f"{_ANALYSIS}.history:looks_chart",
        "peeking": f"{_ANALYSIS}.early.peeking:peeking",
        "segments": f"{_ANALYSIS}.segments:segments",
        "stopping": f"{_ANALYSIS}.early.stopping:stopping",
        # Above the experiments: the lab of the working folder, and the workloads that have names.
        "lab": "tailor_lab.lab:Lab",
        "measure": "tailor_lab.workloads.builtin:usual_measure",
        "workload": "tailor_lab.workloads.builtin:workload_of",
    }
)


def ask(question: str, *given: Any, **options: Any) -> T:  # type: ignore[type-var]
    """What the function above answers, as the type that the caller promises.

    The type variable stands in the result alone, so that a method of one line keeps the type that
    it declares.
    """
    found: T = _answering(question)(*given, **options)
    return found


@cache
def _answering(question: str) -> Callable[..., Any]:
    module, _, name = ANSWERED_BY[question].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
