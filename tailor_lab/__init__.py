"""Experiments on LLM résumé tailoring: is it better, by how much, at what cost, and is it true?

The names that a notebook imports are here and are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tailor_lab import moved
from tailor_lab.identity import version
from tailor_lab.questions import answered_by

__version__ = version()

if TYPE_CHECKING:
    from tailor_lab.cache import Cache, Disk, Memory, Redis
    from tailor_lab.errors import InputError, TailorLabError
    from tailor_lab.experiment import Comparison, Experiment, Judge, Metric, Result, Variant
    from tailor_lab.lab import Lab
    from tailor_lab.llm import LLM, Prompt
    from tailor_lab.pipeline import Pipeline, stage
    from tailor_lab.report import verify_report, write_report
    from tailor_lab.runlog import RunLog

_HOMES = {
    "LLM": "llm",
    "Cache": "cache",
    "Comparison": "experiment",
    "Disk": "cache",
    "Experiment": "experiment",
    "InputError": "errors",
    "Judge": "experiment",
    "Lab": "lab",
    "Memory": "cache",
    "Metric": "experiment",
    "Pipeline": "pipeline",
    "Prompt": "llm",
    "Redis": "cache",
    "Result": "experiment",
    "RunLog": "runlog",
    "TailorLabError": "errors",
    "Variant": "experiment",
    "stage": "pipeline",
    "verify_report": "report",
    "write_report": "report",
}

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
answered_by(
    {
        "batch.timeline": "tailor_lab.charts:gantt",
        "job.analysis": "tailor_lab.tailoring.posting.analysis:analysis_of",
        "knowledge.read": "tailor_lab.tailoring.knowledge.loading:load_knowledge",
        "score.sensitivity": "tailor_lab.tailoring.scoring.sensitivity:sensitivity",
        "tailored.page": "tailor_lab.tailoring.page:page",
    }
)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
