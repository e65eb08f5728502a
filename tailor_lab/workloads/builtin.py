"""The pipelines that an experiment can name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tailor_lab.errors import InputError
from tailor_lab.pipeline import Pipeline
from tailor_lab.tailoring.edits import MODES
from tailor_lab.tailoring.findings import POLICIES
from tailor_lab.tailoring.stages import tailoring_pipeline
from tailor_lab.workloads import caching


@dataclass(frozen=True)
class BuiltIn:
    """A pipeline that comes with the package."""

    make: Callable[[], Pipeline]
    needs: tuple[str, ...]
    """The fields that each of its items must have."""
    measured: frozenset[str]
    """The numbers that it gives of each run."""
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The inputs that take one of a few words."""

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline itself."""
        return self.make()


def built_in(name: str) -> BuiltIn:
    """The built-in pipeline of that name."""
    if name not in _BUILT_IN:
        known = " or ".join(f'"{known}"' for known in _BUILT_IN)
        raise InputError(
            f'There is no pipeline "{name}"; use {known}, or pass a Pipeline in Python.'
        )
    return _BUILT_IN[name]


_TAILORING = frozenset(
    {
        "claims",
        "confidence",
        "cost_usd",
        "diff_count",
        "duration_ms",
        "fabrication_premium",
        "improvement",
        "input_tokens",
        "output_tokens",
        "repairs",
        "reverted",
        "score_after",
        "score_after_raw",
        "score_before",
        "target_met",
        "tokens_used",
        "unsound_citations",
        "unsupported_proposed",
        "unsupported_claims",
    }
)
_BUILT_IN: Mapping[str, BuiltIn] = {
    "tailoring": BuiltIn(
        tailoring_pipeline,
        ("resume", "job"),
        _TAILORING,
        {"mode": MODES, "findings": POLICIES},
    ),
    "caching": BuiltIn(caching.caching_pipeline, ("pairs",), caching.MEASURED),
}
