"""The tailoring of résumés to jobs: documents, score, knowledge, facts and the stages.

Everything here works without an experiment, a log or a network.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tailor_lab.tailoring.documents.load import load_resume
    from tailor_lab.tailoring.documents.write import write_resume
    from tailor_lab.tailoring.facts import Claim, FactsReport, verify
    from tailor_lab.tailoring.knowledge import default_knowledge, load_knowledge
    from tailor_lab.tailoring.posting.job import Job, load_job
    from tailor_lab.tailoring.result import TailoredResume
    from tailor_lab.tailoring.resume import Resume
    from tailor_lab.tailoring.scoring.scorer import Score, score
    from tailor_lab.tailoring.scoring.sensitivity import sensitivity
    from tailor_lab.tailoring.stages import tailor, tailoring_pipeline

_HOMES = {
    "Claim": "facts",
    "FactsReport": "facts",
    "Job": "posting.job",
    "Resume": "resume",
    "Score": "scoring.scorer",
    "TailoredResume": "result",
    "default_knowledge": "knowledge.opening",
    "load_job": "posting.job",
    "load_knowledge": "knowledge.loading",
    "load_resume": "documents.load",
    "score": "scoring.scorer",
    "sensitivity": "scoring.sensitivity",
    "tailor": "stages",
    "tailoring_pipeline": "stages",
    "verify": "facts",
    "write_resume": "documents.write",
}

__all__ = [
    "Claim",
    "FactsReport",
    "Job",
    "Resume",
    "Score",
    "TailoredResume",
    "default_knowledge",
    "load_job",
    "load_knowledge",
    "load_resume",
    "score",
    "sensitivity",
    "tailor",
    "tailoring_pipeline",
    "verify",
    "write_resume",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
