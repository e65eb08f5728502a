"""Experiments: what is compared, how it runs, and what may be concluded."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tailor_lab.experiment.analysis.comparison import Comparison
    from tailor_lab.experiment.analysis.procedure import compare
    from tailor_lab.experiment.analysis.result import Result
    from tailor_lab.experiment.assignment import assign
    from tailor_lab.experiment.definition import read_definition
    from tailor_lab.experiment.design import Experiment, Judge, Metric, Variant
    from tailor_lab.experiment.run.prepare import Bench
    from tailor_lab.experiment.run.runner import run_experiment, warm_experiment

_HOMES = {
    "assign": "assignment",
    "Bench": "run.prepare",
    "Comparison": "analysis.comparison",
    "Experiment": "design",
    "Judge": "design",
    "Metric": "design",
    "Result": "analysis.result",
    "Variant": "design",
    "compare": "analysis.procedure",
    "read_definition": "definition",
    "run_experiment": "run.runner",
    "warm_experiment": "run.runner",
}

__all__ = [
    "Bench",
    "Comparison",
    "Experiment",
    "Judge",
    "Metric",
    "Result",
    "Variant",
    "assign",
    "compare",
    "read_definition",
    "run_experiment",
    "warm_experiment",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
