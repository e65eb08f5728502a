"""Skills, titles, industries and levels: read, matched, detected and imported."""

from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.loading import load_knowledge, read_skills
from tailor_lab.tailoring.knowledge.opening import default_knowledge
from tailor_lab.tailoring.knowledge.values import (
    CURATED,
    SOFT,
    Credential,
    Industry,
    Level,
    Skill,
    TitleFamily,
    fold,
)

__all__ = [
    "CURATED",
    "SOFT",
    "Credential",
    "Industry",
    "Knowledge",
    "Level",
    "Skill",
    "TitleFamily",
    "default_knowledge",
    "fold",
    "load_knowledge",
    "read_skills",
]
