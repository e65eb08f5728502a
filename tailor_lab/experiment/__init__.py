"""Experiments: what is compared, how it runs, and what may be concluded."""

from typing import TYPE_CHECKING

from tailor_lab.lazy import lazy_names

if TYPE_CHECKING:
    from tailor_lab.experiment.analysis.verdicts.procedure import compare
    from tailor_lab.experiment.assignment import assign
    from tailor_lab.experiment.comparison import Comparison
    from tailor_lab.experiment.definition import read_definition
    from tailor_lab.experiment.design import Experiment, Judge, Metric, Variant
    from tailor_lab.experiment.plan import Bench
    from tailor_lab.experiment.result import Result
    from tailor_lab.experiment.run.runner import run_experiment, warm_experiment
    from tailor_lab.experiment.workload import Kept, Measure, Output, Workload

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

__getattr__, __dir__ = lazy_names(__name__)
