"""A metric: a number of each run, which way is better, what difference matters, who gives it."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from tailor_lab.errors import InputError
from tailor_lab.experiment.verdict import OF_BASELINE, POINTS, amount
from tailor_lab.experiment.workload import Better, Kind, Measure
from tailor_lab.questions import ask

Role = Literal["primary", "guardrail", "exploratory"]
"""What a metric is for in an experiment."""

_UNITS: Mapping[str, str] = MappingProxyType(
    {"_ms$": "ms", "_s$": "s", "_usd$": "USD", "tokens": "tokens", "_rate$": "share"}
)
"""The units of metrics that no workload measures, by how names with a unit end."""
_LEFT_OPEN = ("kind", "better", "unit")
"""What of a metric follows from what its workload measures, where nobody says it."""


@dataclass(frozen=True)
class Judge:
    """Who gives a metric that no stage measures: a model that compares outputs, or grades them.

    With a `question` it is pairwise: the variant's output against the baseline's, in both orders,
    worth 1, 0 or -1 for a win, a tie or a loss. With `criteria`, mappings of `name`, `question` and
    where wanted `low` and `high`, it is a rubric, worth 0 to 1. `stage` names the stage whose
    result is judged: by default the tailored résumé, else the last stage's.
    """

    question: str | None = None
    criteria: Sequence[Mapping[str, Any]] = ()
    model: str | None = None
    prompt: str | None = None
    """The prompt that it uses; None means `usual_prompt`."""
    stage: str | None = None

    def __post_init__(self) -> None:
        asks = isinstance(self.question, str) and bool(self.question.strip())
        if asks == bool(self.criteria) or not (asks or self.question is None):
            raise InputError(
                "A judge needs a question, to compare two outputs by, or criteria, to grade one by."
            )
        if self.criteria:
            object.__setattr__(self, "criteria", _criteria(self.criteria))

    @property
    def kind(self) -> Literal["pairwise", "rubric"]:
        """Whether it compares two outputs or grades one."""
        return "rubric" if self.criteria else "pairwise"

    @property
    def usual_prompt(self) -> str:
        """The prompt that it uses where none is named."""
        return f"judge-{self.kind}"


@dataclass(frozen=True)
class Metric:
    """A named number of each run: what it measures, which way is better, what matters.

    `margin` is the smallest difference worth acting on: in the metric's own unit, or a share of
    the baseline such as "10%". For `kind="binary"` a run counts as 1 where its value is above 0,
    and a margin that is a number is a share of the runs: 0.05 for five percentage points.
    With a `judge` the number is what a model says of the run's output.
    """

    name: str
    """A column of the runs, a stage that returns a number, or a key of what one returns."""
    kind: Kind | None = None
    margin: float | str | None = None
    better: Better | None = None
    judge: Judge | None = None
    unit: str = ""
    """Its unit as an axis shows it, where one is known; of a binary metric "share"."""
    bounds: tuple[float, float] | None = None
    """Least and largest value that a score can have, such as (0, 100).

    Where they are named, a loss is excluded only if losses that so few items need not show are too:
    of 40 items without a catastrophe, up to 7 % of all may be one.
    """
    _usual: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False, kw_only=True)
    """What nobody said, with what it was taken to be; a workload may say otherwise."""

    def __post_init__(self) -> None:
        plain_name("metric", self.name)
        # What a copy has changed is said now.
        still = {name: word for name, word in self._usual.items() if getattr(self, name) == word}
        object.__setattr__(self, "_usual", still)
        unsaid = [name for name in _LEFT_OPEN if not getattr(self, name)]
        if unsaid:
            usual: Measure | None = ask("experiment.measure", self.name)
            self._take(unsaid, usual or Measure(self.name, unit=_unit_of(self.name)))
        one_of("kind", self.kind, get_args(Kind), f'metric "{self.name}"')
        one_of("better", self.better, get_args(Better), f'metric "{self.name}"')
        self._check_margin()
        if self.bounds is not None:
            object.__setattr__(self, "bounds", _bounds(self.name, self.kind, self.bounds))

    @property
    def margin_value(self) -> float:
        """The margin as a number: a share where `margin_is_relative`, else in the metric's unit.

        Raises `InputError` for a text that is no share.
        """
        try:
            if not isinstance(self.margin, str):
                # True is a number to Python, and no margin to anybody.
                given = "no number" if isinstance(self.margin, bool) else self.margin
                return float(0.0 if given is None else given)
            share, sign, rest = self.margin.strip().partition("%")
            # Without the sign it is no share, and which unit was meant is not known.
            return float(share if sign and not rest else "no share") / 100
        except (TypeError, ValueError):
            raise InputError(
                f'Metric "{self.name}": margin is {self.margin!r:.60}; '
                'it must be a number or a share such as "10%".'
            ) from None

    def _check_margin(self) -> None:
        """Raises `InputError` for a margin that is none, or that no share can differ by."""
        if self.margin is None:
            return
        if not 0 < self.margin_value < math.inf:
            raise InputError(
                f'Metric "{self.name}": margin is {self.margin}; it must be above 0 and finite.'
            )
        if self.kind == "binary" and not self.margin_is_relative and self.margin_value >= 1:
            share, meant = self.margin_value / 100, ""
            if share < 1:
                verb = "is" if self.margin_value == 1 else "are"
                meant = f"; {amount(share, POINTS)} {verb} {amount(share, '')}"
            raise InputError(
                f'Metric "{self.name}": margin is {self.margin}; of a binary metric it is a share '
                f"of runs between 0 and 1{meant}."
            )

    def largest_loss(self, mean: float) -> float | None:
        """How much an item of the baseline's `mean` can lose; None where no `bounds` are named."""
        if self.bounds is None:
            return None
        low, high = self.bounds
        return max(0.0, mean - low if self.better == "higher" else high - mean)

    def measured_as(self, measures: Sequence[Measure]) -> "Metric":
        """The metric as the `measures` of a workload describe it, where nobody said otherwise."""
        known = next((measure for measure in measures if measure.name == self.name), None)
        if known is None:
            return self
        found = replace(self)
        found._take(list(self._usual), known)
        # What is pass or fail is known only now.
        found._check_margin()
        return found

    def _take(self, names: Sequence[str], measure: Measure) -> None:
        """Takes what nobody said from a measure; the kind first, for a share is a unit."""
        for name in names:
            share = name == "unit" and self.kind == "binary"
            object.__setattr__(self, name, "share" if share else getattr(measure, name))
        taken = {name: str(getattr(self, name)) for name in names}
        object.__setattr__(self, "_usual", {**self._usual, **taken})

    @property
    def margin_is_relative(self) -> bool:
        """Whether the margin is a share of the baseline's mean."""
        return isinstance(self.margin, str)

    @property
    def is_share(self) -> bool:
        """Whether it is a number from 0 to 1, which people write in per cent."""
        return self.kind == "binary" or self.unit == "share"

    def margin_unit(self, *, relative: bool) -> str:
        """The unit of a margin; with `relative` of one that is a share of the baseline.

        Points of a share and per cent of the baseline are never both "%".
        """
        if relative:
            return "%" if self.kind in {"cost", "latency"} else OF_BASELINE
        return POINTS if self.is_share else self.unit


def _bounds(name: str, kind: str | None, bounds: object) -> tuple[float, float]:
    """The least and largest value as numbers. Raises `InputError` for anything else."""
    if kind != "score":
        raise InputError(f'Metric "{name}": only a score has bounds, and its kind is {kind}.')
    try:
        low, high = (float(end) for end in bounds)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        low, high = math.nan, math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(
            f'Metric "{name}": bounds is {bounds}; it must be the least and the largest value that '
            "it can have, such as [0, 100]."
        )
    return low, high


def _unit_of(name: str) -> str:
    return next((unit for ending, unit in _UNITS.items() if re.search(ending, name)), "")


def _criteria(given: Any) -> tuple[dict[str, Any], ...]:
    from pydantic import ValidationError

    from tailor_lab.llm.judges import Criterion

    try:
        listed = [Criterion.model_validate(dict(one)) for one in given]
    except (TypeError, ValueError, ValidationError):
        raise InputError(
            "Each criterion of a judge needs a name and a question, and may have low and high."
        ) from None
    if len({one.name for one in listed}) < len(listed) or any(o.low >= o.high for o in listed):
        raise InputError("Criteria need names of their own, and a low that is below high.")
    return tuple(one.model_dump() for one in listed)


def plain_name(what: str, name: object) -> None:
    """Raises `InputError` for a name that a table or a sentence could not show on its line."""
    if not isinstance(name, str):
        raise InputError(f"The name of {_an(what)} is {name!r:.60}; it must be a text.")
    if not name.strip():
        raise InputError(f"{_an(what).capitalize()} needs a name.")
    if len(name.splitlines()) > 1 or name.splitlines()[0] != name:
        raise InputError(
            f"The name of {_an(what)} is {name!r:.60}; it must be one line, without line breaks."
        )


def _an(what: str) -> str:
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def one_of(what: str, value: object, allowed: Sequence[object], where: str) -> None:
    """Raises `InputError` for a value that is not among those that are allowed."""
    if value not in allowed:
        names = ", ".join(str(name) for name in allowed)
        raise InputError(f"{where[0].upper()}{where[1:]}: {what} is {value!r}; use one of {names}.")
