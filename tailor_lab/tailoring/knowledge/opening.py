"""Which knowledge counts where a caller of a public function names none."""

import warnings
from pathlib import Path

from tailor_lab.settings import current_home, imported_knowledge
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.loading import load_knowledge


def opened(knowledge: Knowledge | None) -> Knowledge:
    """The knowledge itself, or, for None, that of the current settings' home.

    For the functions of the face alone: whatever they call is given the knowledge that they opened.
    """
    return knowledge_of(current_home()) if knowledge is None else knowledge


def knowledge_of(home: Path) -> Knowledge:
    """The shipped knowledge with what was imported into a home folder."""
    return load_knowledge(more=sorted(imported_knowledge(home).glob("*.yaml")))


def default_knowledge() -> Knowledge:
    """The knowledge of the current settings; deprecated, it is asked for by its owner's name."""
    warnings.warn(
        "default_knowledge() goes away: use load_knowledge() for the shipped knowledge, or "
        "Lab().knowledge for that of a home folder.",
        DeprecationWarning,
        stacklevel=2,
    )
    return opened(None)
