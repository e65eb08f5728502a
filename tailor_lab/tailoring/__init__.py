"""The tailoring of résumés to jobs: documents, score, knowledge, facts and the stages.

Everything here works without an experiment, a log or a network.
"""

from typing import TYPE_CHECKING

from tailor_lab.lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__)
