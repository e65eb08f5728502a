"""Skills, titles, industries and levels: read, matched, detected and imported."""

from tailor_lab.tailoring.knowledge.base import (
    CURATED,
    Credential,
    Industry,
    Knowledge,
    Level,
    Skill,
    TitleFamily,
    default_knowledge,
    fold,
    imported_folder,
    load_knowledge,
    read_skills,
)

__all__ = [
    "CURATED",
    "Credential",
    "Industry",
    "Knowledge",
    "Level",
    "Skill",
    "TitleFamily",
    "default_knowledge",
    "fold",
    "imported_folder",
    "load_knowledge",
    "read_skills",
]
