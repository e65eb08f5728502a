"""The weights and tables of the match score, as `data/knowledge/score.yaml` gives them."""

from collections.abc import Mapping
from typing import Any

from tailor_lab.tailoring.knowledge.base import Knowledge


def settings_of(knowledge: Knowledge) -> Mapping[str, Any]:
    """The weights and tables that go with a knowledge base.

    What a project has imported into it changes scores, so it is in the version.

    >>> from tailor_lab.tailoring import load_knowledge
    >>> settings_of(load_knowledge())["weights"]["required skills"]
    35
    """
    version = "+".join((str(knowledge.score["version"]), *knowledge.imported))
    return {**knowledge.score, "version": version}
