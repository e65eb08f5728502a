"""What an experiment is: variants of one pipeline, the items they run on, the metrics that decide.

Everything here is a frozen value that can be written down before any money is spent. An
`Experiment` checks itself when it is made, so that a wrong name or margin costs nothing.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from tailor_lab.errors import InputError
from tailor_lab.experiment.metric import Judge, Metric, Role, one_of, plain_name
from tailor_lab.experiment.verdict import Goal
from tailor_lab.experiment.workload import Measure, Workload
from tailor_lab.llm.parameters import refused
from tailor_lab.markup import Shown, heading, paragraph, table, visible
from tailor_lab.pipeline import Pipeline
from tailor_lab.questions import ask

if TYPE_CHECKING:
    from tailor_lab.experiment.answers import AACheck, Forecast, Null


__all__ = ["MOST_LOOKS", "Experiment", "Judge", "Metric", "Role", "Variant"]

MOST_LOOKS = 20


@dataclass(frozen=True)
class Variant:
    """A named assignment of prompt, model, mode and other inputs of the pipeline.

    `cache` names the cache namespace of the variant's model calls; by default each variant has
    its own, so that no variant is served another's answers.
    """

    name: str
    prompt: str | None = None
    model: str | None = None
    mode: str | None = None
    cache: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Further inputs of the pipeline, by name."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of its model, such as `{"temperature": 0.2}`, which go before those of the prompt;
    None takes one of the prompt's out."""

    def __post_init__(self) -> None:
        plain_name("variant", self.name)
        why = refused(self.params)
        if why is not None:
            raise InputError(f'Variant "{self.name}": params {why}.')

    @property
    def assignment(self) -> dict[str, Any]:
        """What the variant sets, without what it leaves to the defaults."""
        named = {"prompt": self.prompt, "model": self.model, "mode": self.mode}
        params = {"params": dict(self.params)} if self.params else {}
        return {**{k: v for k, v in named.items() if v is not None}, **self.parameters, **params}


@dataclass(frozen=True, repr=False)
class Experiment(Shown):
    """Items x variants x replicates through one pipeline, and the metrics that decide.

    `items` is a file (JSONL, CSV, Parquet), a folder with `resumes` and `jobs` in it, or a sequence
    of mappings with an `id`; `workload` says what runs; `cluster` names the item's field that
    groups items which share a source, such as the résumé; the first variant is the baseline unless
    `baseline` names another.
    """

    name: str
    """Under which its runs are logged."""
    items: str | Path | Sequence[Mapping[str, Any]]
    variants: Sequence[Variant]
    primary: Metric
    """The metric that decides."""
    guardrails: Sequence[Metric] = ()
    """Metrics that must not get worse by more than their margins."""
    metrics: Sequence[Metric] = ()
    """Further metrics to look at; they decide nothing and are labelled exploratory."""
    pipeline: str | Pipeline = "tailoring"
    """What runs where there is no `workload`: a `Pipeline`, or a workload's name."""
    cluster: str | None = None
    baseline: str | None = None
    replicates: int = 1
    looks: int | Literal["anytime"] = 1
    """How often the unfinished result may be looked at, at equal shares of the items; the last look
    is at the end. Or "anytime", with wider intervals."""
    seed: int = 7
    limit: int | None = None
    """Use only so many items, the first ones of the seeded order."""
    goal: Goal = "better"
    """What a variant must show on the primary metric to be shipped: "better", or "not_worse" (by
    more than the margin) for a variant that is cheaper, faster or simpler."""
    covariates: Mapping[str, float] = field(default_factory=dict)
    """Fields of the items, known before the change, that explain part of how scores differ, each
    with its mean over all the items that matter. What they explain is taken out of every score's
    differences, which are then those of items with these means."""
    paired: bool = True
    """Whether variants run on the same items. False for two independent groups."""
    question: str | None = None
    """What it is to answer, for reports."""
    source: Path | None = None
    """The file that the definition was read from; relative paths start there."""
    workload: str | Workload | None = None
    """What runs and what it measures: a `Workload`, the name of a built-in one, or
    "module:object"."""

    def __post_init__(self) -> None:
        self._check_types()
        if isinstance(self.workload, Workload):
            self._measure_as(self.workload.measures or ())
            same: tuple[object, ...] = (self.workload.name, self.workload.pipeline)
        else:
            same = (self.workload,)
        if self.workload is not None and self.pipeline not in ("tailoring", *same):
            raise InputError(f'Experiment "{self.name}": give a workload or a pipeline, not both.')
        names = [variant.name for variant in self.variants]
        if len(names) < 2:
            raise InputError(
                f'Experiment "{self.name}" has {len(names)} variant(s); a comparison needs two.'
            )
        _no_twins("variant", names, self.name)
        _no_twins("metric", [metric.name for metric in self.all_metrics], self.name)
        if self.baseline is None:
            object.__setattr__(self, "baseline", names[0])
        one_of("baseline", self.baseline, names, f'experiment "{self.name}"')
        one_of("goal", self.goal, get_args(Goal), f'experiment "{self.name}"')
        self._check_question()
        for metric in self.guardrails:
            if metric.margin is None:
                raise InputError(
                    f'Guardrail "{metric.name}" has no margin; '
                    "say how much worse is still acceptable, such as margin=0.01 or '10%'."
                )
        if self.looks != "anytime" and not (
            _is_whole(self.looks) and 1 <= int(self.looks) <= MOST_LOOKS
        ):
            raise InputError(
                f'Experiment "{self.name}": looks is {self.looks!r}; use 1 to {MOST_LOOKS} planned '
                'looks, up to five is wise, or "anytime".'
            )
        for field_name, value in (("replicates", self.replicates), ("limit", self.limit)):
            if value is not None and not (_is_whole(value) and value >= 1):
                raise InputError(
                    f'Experiment "{self.name}": {field_name} is {value!r}; use 1 or more.'
                )

    def _check_types(self) -> None:
        """Refuses values that look like what they should be and would be taken for something else.

        A text is a sequence of letters, and every text but the empty one is true.
        """
        plain_name("experiment", self.name)
        where = f'Experiment "{self.name}"'
        if not isinstance(self.paired, bool):
            raise InputError(f"{where}: paired is {self.paired!r:.60}; use True or False.")
        for name, kind in (("variants", Variant), ("guardrails", Metric), ("metrics", Metric)):
            given = getattr(self, name)
            if not isinstance(given, Sequence) or not all(isinstance(one, kind) for one in given):
                raise InputError(
                    f"{where}: {name} is {given!r:.60}; give a list of {kind.__name__}(...)."
                )
        if not isinstance(self.primary, Metric):
            raise InputError(f"{where}: primary is {self.primary!r:.60}; give a Metric(...).")

    def _check_question(self) -> None:
        """Refuses a goal that needs a margin without one, and covariates of unpaired items."""
        if self.goal == "not_worse" and self.primary.margin is None:
            raise InputError(
                f'Experiment "{self.name}": goal "not_worse" needs a margin of '
                f'"{self.primary.name}"; say how much worse is still acceptable.'
            )
        object.__setattr__(self, "covariates", _means(self.covariates, self.name))
        measured = [metric.name for metric in self.all_metrics if metric.name in self.covariates]
        if measured:
            raise InputError(
                f'Experiment "{self.name}": "{measured[0]}" is what is measured, and so no '
                "covariate, which is known before the change."
            )
        if self.covariates and not self.paired:
            raise InputError(
                f'Experiment "{self.name}": covariates need the same items under every variant; '
                "leave them out, or say paired=True."
            )

    def _measure_as(self, measures: Sequence[Measure]) -> None:
        """Lets the workload say what its metrics are."""
        object.__setattr__(self, "primary", self.primary.measured_as(measures))
        for role in ("guardrails", "metrics"):
            asked = tuple(metric.measured_as(measures) for metric in getattr(self, role))
            object.__setattr__(self, role, asked)

    @property
    def all_metrics(self) -> tuple[Metric, ...]:
        """The primary metric, the guardrails, then the exploratory ones."""
        return (self.primary, *self.guardrails, *self.metrics)

    def __str__(self) -> str:
        variants = [f"  {variant.name}: {_settings(variant)}" for variant in self.variants]
        metrics = [
            f"  {metric.name} ({self.role(metric.name)}): {_wanted(metric)}"
            for metric in self.all_metrics
        ]
        return "\n".join(map(visible, [self._head(), self._design(), *variants, *metrics]))

    def _head(self) -> str:
        return f"{self.name}: {self.question}" if self.question else self.name

    def _design(self) -> str:
        items = self.items if isinstance(self.items, str | Path) else f"{len(self.items)} given"
        limit = f", the first {self.limit:,} of a seeded order" if self.limit else ""
        clusters = f", clustered by {self.cluster}" if self.cluster else ""
        looks = "looked at any time" if self.looks == "anytime" else f"{self.looks} planned look(s)"
        return (
            f"items {items}{limit}{clusters}; {self.replicates} replicate(s); {looks}; "
            f'against "{self.baseline}"'
        )

    def _page(self) -> Iterator[str]:
        yield heading(self._head())
        yield paragraph(self._design())
        yield table(("variant", "sets"), [(v.name, _settings(v)) for v in self.variants])
        rows = [(m.name, self.role(m.name), m.kind, _wanted(m)) for m in self.all_metrics]
        yield table(("metric", "role", "kind", "wanted"), rows)

    def role(self, metric: str) -> Role:
        """What a metric is for in this experiment."""
        if metric == self.primary.name:
            return "primary"
        if any(metric == guardrail.name for guardrail in self.guardrails):
            return "guardrail"
        return "exploratory"

    def variant(self, name: str) -> Variant:
        """The variant of that name. Raises `InputError` listing the names that there are."""
        one_of("variant", name, [v.name for v in self.variants], f'experiment "{self.name}"')
        return next(variant for variant in self.variants if variant.name == name)

    def metric(self, name: str) -> Metric:
        """The metric of that name: as the experiment asks for it, else as is usual."""
        return next((m for m in self.all_metrics if m.name == name), None) or Metric(name)

    def plan(self, lab: Any = None, *, spread: float | None = None) -> "Forecast":
        """What its items can tell, what the margin needs and what that costs; spends nothing.

        `lab` is a `Lab`, by default the one of this folder, whose log says how much results vary;
        `spread`, the standard deviation of the difference, replaces what the log says.
        """
        found: Forecast = (lab or ask("experiment.lab")).plan(self, spread=spread)
        return found

    def aa(
        self,
        lab: Any = None,
        *,
        reps: int = 2_000,
        seed: int = 0,
        shift: float = 0.0,
        method: "Null" = "swapped",
    ) -> "AACheck":
        """How often the method finds a difference in the logged runs where there is none.

        Of `reps` draws about 5 % should find one; `shift` and `method` are as for `Result.aa`.
        Raises `InputError` where nothing has been run yet.
        """
        result = (lab or ask("experiment.lab")).result(self)
        found: AACheck = result.aa(reps=reps, seed=seed, shift=shift, method=method)
        return found

    def assign(self, unit: str, *, shares: Mapping[str, float] | None = None) -> str:
        """The variant of a unit of a live product: the same one each time, by a hash.

        `unit` is what is assigned, such as a user's id.
        """
        return ask("experiment.assign", unit, self, shares=shares)

    def running(self, workload: Workload) -> "Experiment":
        """The same experiment with its workload looked up, which says what its metrics are."""
        return self if self.workload is workload else replace(self, workload=workload)

    def renamed(self, name: str) -> "Experiment":
        """The same experiment under another name, with runs of its own."""
        return replace(self, name=name)


def _means(covariates: object, experiment: str) -> dict[str, float]:
    """The mean of each covariate, by name. Raises `InputError` where one has none."""
    if not covariates:
        return {}
    if not isinstance(covariates, Mapping):
        raise InputError(
            f'Experiment "{experiment}": covariates is {covariates!r:.60}; give each its mean over '
            "all the items that matter, such as {years: 6.2}. Without it they would say nothing "
            "of items other than these."
        )
    for name, mean in covariates.items():
        number = isinstance(mean, int | float) and not isinstance(mean, bool)
        if not number or not math.isfinite(mean):
            raise InputError(
                f'Experiment "{experiment}": the mean of the covariate "{name}" is {mean!r}; '
                "it must be a number."
            )
    return {str(name): float(mean) for name, mean in covariates.items()}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _no_twins(what: str, names: Sequence[str], experiment: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f'Experiment "{experiment}" names the {what} "{name}" twice.')


def _settings(variant: Variant) -> str:
    """What a variant sets, as a line."""
    return ", ".join(f"{name} {value}" for name, value in shown(variant.assignment)) or "defaults"


def shown(assignment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a variant sets, name by name, as people read it: a model's parameters one by one.

    >>> list(shown({"prompt": "plain", "params": {"temperature": 0.2, "seed": None}}))
    [('prompt', 'plain'), ('temperature', '0.2'), ('seed', 'not sent')]
    """
    for name, value in assignment.items():
        if name == "params" and isinstance(value, Mapping):
            yield from ((k, "not sent" if v is None else str(v)) for k, v in value.items())
        else:
            yield name, str(value)


def _wanted(metric: Metric) -> str:
    """Which way a metric should go, and how much matters, as a line."""
    judged = f", judged ({metric.judge.kind})" if metric.judge else ""
    margin = "" if metric.margin is None else f", margin {metric.margin}"
    return f"{metric.better} is better{margin}{judged}"
