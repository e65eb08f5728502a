"""Experiments: what is compared, how it runs, and what may be concluded."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tailor_lab.experiment.analysis.procedure import compare
    from tailor_lab.experiment.assignment import assign
    from tailor_lab.experiment.comparison import Comparison
    from tailor_lab.experiment.definition import read_definition
    from tailor_lab.experiment.design import Experiment, Judge, Metric, Variant
    from tailor_lab.experiment.plan import Bench
    from tailor_lab.experiment.result import Result
    from tailor_lab.experiment.run.runner import run_experiment, warm_experiment
    from tailor_lab.experiment.workload import Kept, Measure, Output, Workload

_HOMES = {
    "assign": "assignment",
    "Bench": "plan",
    "Comparison": "comparison",
    "Experiment": "design",
    "Judge": "design",
    "Kept": "workload",
    "Measure": "workload",
    "Metric": "design",
    "Output": "workload",
    "Result": "result",
    "Variant": "design",
    "Workload": "workload",
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
    "Kept",
    "Measure",
    "Metric",
    "Output",
    "Result",
    "Variant",
    "Workload",
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
