"""Experiments on LLM résumé tailoring: is it better, by how much, at what cost, and is it true?

The names that a notebook imports are here and are loaded when they are first used.
"""

from typing import TYPE_CHECKING

from tailor_lab import identity, moved
from tailor_lab.answers import ANSWERED_BY
from tailor_lab.lazy import lazy_names
from tailor_lab.questions import answered_by

__version__ = identity.version()

if TYPE_CHECKING:
    from tailor_lab.cache import Cache, Disk, Memory, Redis
    from tailor_lab.errors import InputError, TailorLabError
    from tailor_lab.experiment import Comparison, Experiment, Judge, Metric, Result, Variant
    from tailor_lab.lab import Lab
    from tailor_lab.llm import LLM, Prompt
    from tailor_lab.pipeline import Pipeline, stage
    from tailor_lab.report import verify_report, write_report
    from tailor_lab.runlog import RunLog

__all__ = [
    "LLM",
    "Cache",
    "Comparison",
    "Disk",
    "Experiment",
    "InputError",
    "Judge",
    "Lab",
    "Memory",
    "Metric",
    "Pipeline",
    "Prompt",
    "Redis",
    "Result",
    "RunLog",
    "TailorLabError",
    "Variant",
    "stage",
    "verify_report",
    "write_report",
]

moved.install()
answered_by(ANSWERED_BY)

__getattr__, __dir__ = lazy_names(__name__)
