"""The result of an experiment: its runs as a frame, and what can be asked of them.

A result is read from the log, never from memory, so that a notebook that was restarted, a report
and a colleague see the same numbers. Of the attempts at a cell the first that finished counts; of
one that never finished, the last failure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tailor_lab.experiment.comparison import Comparison
from tailor_lab.experiment.design import Experiment
from tailor_lab.identity import digest
from tailor_lab.markup import Shown, paragraph
from tailor_lab.questions import ask
from tailor_lab.stats import Estimate

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from tailor_lab.experiment.answers import AACheck, Null, Peeking, Segments, Stopping
    from tailor_lab.experiment.outcomes.past_effects import PastEvidence
    from tailor_lab.pipeline import Performance
    from tailor_lab.runlog import RunLog

_UNPLANNED = """
    select distinct value from scores
    where experiment = ? and plan_hash = ? and kind = 'look' order by 1
"""
_USAGE = """
    select
        count(*) as calls,
        count(*) filter (cache_tier is not null) as cached,
        coalesce(sum(gen_ai_usage_input_tokens + gen_ai_usage_output_tokens), 0)::bigint as tokens,
        coalesce(sum(cost_usd) filter (cache_tier is null), 0)::double as spent_usd
    from llm_requests where run_id in (select unnest(?))
"""
_SAVED = """
    select coalesce(sum(saved_usd), 0)::double as saved_usd,
        coalesce(sum(saved_ms), 0)::double / 1000 as saved_s
    from cache_requests where run_id in (select unnest(?))
"""
_ROWS = (
    "select * from stages where run_id in (select unnest(?))",
    "select * from llm_requests where run_id in (select unnest(?))",
    "select * from cache_requests where run_id in (select unnest(?))",
)


@dataclass(frozen=True, repr=False)
class Result(Shown):
    """What an experiment found; `frame` has a row per cell that was attempted."""

    experiment: Experiment
    plan: Mapping[str, Any]
    """What was planned, as JSON-like values: variants, metrics, the order of the items."""
    plan_hash: str
    frame: "pl.DataFrame"
    log: "RunLog" = field(repr=False)
    """The run log that it was read from."""
    performance: "Performance | None" = None
    """How the last session ran; None where the result was only read from the log."""

    @cached_property
    def stopping(self) -> "Stopping | None":
        """What was spared by deciding early; None where the plan was run to its end."""
        return ask("experiment.stopping", self)

    def compare(
        self,
        metric: str | None = None,
        baseline: str | None = None,
        *,
        unplanned: bool = False,
    ) -> Comparison:
        """Every variant against the baseline, on one metric or on all of them.

        An unfinished experiment is shown at its last planned look. With `unplanned` it is looked at
        as it is now: the interval is wider, the look is written to the log, and every later one
        allows for it.
        """
        return ask("experiment.compare", self, metric, baseline, unplanned=unplanned)

    def judgements(self, metric: str) -> "pl.DataFrame":
        """What the judge of a metric said: `item_id`, `variant`, `value` and `label`."""
        return ask("experiment.judgements", self, metric)

    def labelled(self, metric: str = "human_preferred") -> "Result":
        """The result of the items alone that people have labelled, to compare by their labels.

        Raises `InputError` where nobody has labelled a run yet.
        """
        return ask("experiment.labelled", self, metric)

    def agreement(self, judge: str, people: str = "human_preferred") -> Estimate:
        """Cohen's kappa of two pairwise metrics over the runs that have both: win, tie or loss.

        People who differ on a run count by the sign of their mean.
        `judge` and `people` name the metrics. Raises `InputError` where no run has one of them.
        """
        return ask("experiment.agreement", self, judge, people)

    def corrected(self, judge: str, people: str = "human_preferred") -> dict[str, Estimate]:
        """Each variant's mean difference by people's labels, made sharper by a judge's.

        `judge` and `people` name the metrics; the items that people labelled must be a random part
        of those that the judge did. The interval holds however wrong the judge is
        (`stats.prediction_powered`). Raises `InputError` where one of them labelled nothing, or
        people labelled fewer than three items.
        """
        return ask("experiment.corrected", self, judge, people)

    def past_effects(self, metric: str | None = None) -> "PastEvidence":
        """How large effects on a metric were in the log's other experiments, and this one's so.

        Raises `InputError` where the log holds fewer than five of them.
        """
        return ask("experiment.past_effects", self, metric)

    def looks(self, metric: str | None = None) -> "pl.DataFrame":
        """How the estimate moved: a row per variant and look that the finished items allow.

        Columns: `variant`, `items`, `value`, `low`, `high`, `decided` and `margin`. An experiment
        that is watched all the time is shown at up to 20 sizes.
        """
        return ask("experiment.looks", self, metric)

    def looks_chart(self, metric: str | None = None) -> "alt.Chart":
        """The estimate of each variant over the looks, and the moment of decision.

        Raises `InputError` before the first look.
        """
        return ask("experiment.looks_chart", self, metric)

    def unplanned_looks(self) -> list[int]:
        """After how many items somebody looked without having planned to, rising."""
        found = self.log.sql(_UNPLANNED, [self.experiment.name, self.plan_hash])
        return [int(items) for (items,) in found.iter_rows()]

    def differences(self, variant: str, metric: str | None = None) -> "pl.DataFrame":
        """A row per item: `item_id`, `baseline`, `variant` (the two values) and `difference`.

        Raises `InputError` for a variant or a metric that there is not.
        """
        return ask("experiment.differences", self, variant, metric)

    def segments(self, by: str, metric: str | None = None) -> "Segments":
        """The difference by a column of the runs or an attribute of the items; exploratory."""
        return ask("experiment.segments", self, by, metric)

    def aa(
        self,
        *,
        reps: int = 2_000,
        metric: str | None = None,
        seed: int = 0,
        shift: float = 0.0,
        method: "Null" = "swapped",
    ) -> "AACheck":
        """How often the method finds a difference on these very data where there is none.

        Labels are swapped at random, or, with `method="resampled"`, items are drawn from centred
        differences. With a `shift`, an improvement in the unit that is judged, they are drawn with
        that true difference, and the answer is how often the variant is found better.
        """
        return ask(
            "experiment.aa", self, reps=reps, metric=metric, seed=seed, shift=shift, method=method
        )

    def peeking(
        self,
        *,
        looks: Sequence[int] = (1, 2, 5, 10, 20),
        reps: int = 500,
        metric: str | None = None,
        seed: int = 0,
    ) -> "Peeking":
        """How often each way of looking early cries wolf on these very data; see `aa`.

        `looks` are the numbers of looks to try.
        """
        return ask("experiment.peeking", self, looks=looks, reps=reps, metric=metric, seed=seed)

    @property
    def missing(self) -> int:
        """How many of the planned runs were never attempted."""
        return len(self.plan["cells"]) - self.frame.height

    def usage(self) -> dict[str, Any]:
        """Model calls of these runs: how many, how many cached, tokens, USD spent and saved."""
        runs = [self.frame["run_id"].to_list()]
        usage = self.log.sql(_USAGE, runs).row(0, named=True)
        return {**usage, **self.log.sql(_SAVED, runs).row(0, named=True)}

    def fingerprint(self) -> str:
        """A hash of the runs and of all that the log holds of them: it changes when any of it does.

        That is their columns, scores, stages, model calls and cache requests; the texts that they
        name are known by their own hashes.
        """
        runs = self.frame["run_id"].to_list()
        parts = [digest(self.frame.sort("cell").to_dicts())]
        for query in _ROWS:
            rows = self.log.sql(query, [runs])
            lines = "\n".join(sorted(rows.write_ndjson().splitlines()))
            parts.append(sha256(lines.encode()).hexdigest())
        return digest(parts)

    def __str__(self) -> str:
        spared = f"\n{self.stopping}" if self.stopping else ""
        return f"{self.compare()}{spared}"

    def _page(self) -> Iterator[str]:
        yield from self.compare()._page()
        if self.stopping:
            yield paragraph(str(self.stopping))
