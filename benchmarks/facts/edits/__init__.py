"""What can be done to a résumé, by name: the algorithms that the case files call with wordings.

An edit is a function of a draft, of one wording of a case file where it takes wordings, and of
keyword-only options, which the case file may set. A new edit is one function here.
"""

from benchmarks.facts.edits import (
    credentials,
    dates,
    figures,
    general,
    prose,
    skills,
    summary,
    titles,
)
from benchmarks.facts.edits.registry import EDITS

__all__ = [
    "EDITS",
    "credentials",
    "dates",
    "figures",
    "general",
    "prose",
    "skills",
    "summary",
    "titles",
]
