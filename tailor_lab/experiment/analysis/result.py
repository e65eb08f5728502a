"""The result of an experiment: its runs as a frame, and what can be asked of them.

A result is read from the log, never from memory, so that a notebook that was restarted, a report
and a colleague see the same numbers. Of the attempts at a cell the first that finished counts; of
one that never finished, the last failure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from tailor_lab import charts, stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.aa import AACheck, aa
from tailor_lab.experiment.analysis.comparison import Comparison
from tailor_lab.experiment.analysis.early.looks import look_sizes
from tailor_lab.experiment.analysis.early.peeking import Peeking, peeking
from tailor_lab.experiment.analysis.early.stopping import Stopping, stopping
from tailor_lab.experiment.analysis.history import looks_of
from tailor_lab.experiment.analysis.procedure import compare
from tailor_lab.experiment.analysis.segments import Segments, segments
from tailor_lab.experiment.analysis.table import RunTable
from tailor_lab.experiment.design import Experiment, Judge, Metric, Variant
from tailor_lab.experiment.run.cells import digest
from tailor_lab.experiment.run.judges import bias_notes, judge_kinds, judgements
from tailor_lab.markup import Shown, paragraph

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from tailor_lab.pipeline import Performance
    from tailor_lab.runlog import RunLog

_ATTEMPTS = """
    select * from runs
    where experiment = ? and cell in (select unnest(?))
    qualify row_number() over (
        partition by cell order by status = 'ok' desc,
        case when status = 'ok' then recorded_at end, recorded_at desc
    ) = 1
    order by cell
"""
_SCORES = """
    select run_id, metric, kind, value from scores
    where experiment = ? and run_id in (select unnest(?))
"""
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
_WORDS = {-1: "loss", 0: "tie", 1: "win"}


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
    def stopping(self) -> Stopping | None:
        """What was spared by deciding early; None where the plan was run to its end."""
        return stopping(self)

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
        metrics = None
        if metric is not None:
            known = {m.name: m for m in self.experiment.all_metrics}
            metrics = [known.get(metric, Metric(metric))]
        order = self.plan.get("order")
        if unplanned and order:
            self._note_look(baseline or self.experiment.baseline or "")
        found = compare(
            self.frame,
            self.experiment,
            metrics=metrics,
            baseline=baseline,
            plan_hash=self.plan_hash,
            order=order,
            unplanned=self.unplanned_looks() if order else (),
        )
        return replace(found, warnings=(*found.warnings, *bias_notes(self)))

    def judgements(self, metric: str) -> "pl.DataFrame":
        """What the judge of a metric said: `item_id`, `variant`, `value` and `label`."""
        return judgements(self, metric)

    def labelled(self, metric: str = "human_preferred") -> "Result":
        """The result of the items alone that people have labelled, to compare by their labels.

        Raises `InputError` where nobody has labelled a run yet.
        """
        import polars as pl

        if metric not in self.frame.columns:
            raise InputError(f'No run has a label "{metric}" yet. Label some: Lab().review(...).')
        items = self.frame.filter(pl.col(metric).is_not_null())["item_id"].unique()
        order = [item for item in self.plan["order"] if item in set(items)]
        frame = self.frame.filter(pl.col("item_id").is_in(order))
        return replace(self, frame=frame, plan={**self.plan, "order": order})

    def agreement(self, judge: str, people: str = "human_preferred") -> stats.Estimate:
        """Cohen's kappa of two pairwise metrics over the runs that have both: win, tie or loss.

        People who differ on a run count by the sign of their mean.
        `judge` and `people` name the metrics. Raises `InputError` where no run has one of them.
        """
        import polars as pl

        missing = [name for name in (judge, people) if name not in self.frame.columns]
        if missing:
            raise InputError(f'No run has the metric "{missing[0]}" yet.')
        pairs = self.frame.filter(self.frame["variant"] != self.experiment.baseline)
        both = pairs.select(judge, people).drop_nulls().cast(pl.Float64).to_numpy()
        words = [[_WORDS[int(np.sign(value))] for value in column] for column in both.T]
        return stats.cohen_kappa(*words, categories=list(_WORDS.values()))

    def looks(self, metric: str | None = None) -> "pl.DataFrame":
        """How the estimate moved: a row per variant and look that the finished items allow.

        Columns: `variant`, `items`, `value`, `low`, `high`, `decided` and `margin`. An experiment
        that is watched all the time is shown at up to 20 sizes.
        """
        return looks_of(self, metric)

    def looks_chart(self, metric: str | None = None) -> "alt.Chart":
        """The estimate of each variant over the looks, and the moment of decision.

        Raises `InputError` before the first look.
        """
        frame = self.looks(metric)
        name = metric or self.experiment.primary.name
        if frame.is_empty():
            raise InputError(f'Experiment "{self.experiment.name}" has not come to a look yet.')
        first = frame.filter(frame["decided"]).sort("items").head(1)
        title = f"{name} is not decided after {max(frame['items'].to_list())} items"
        if first.height:
            title = f"{first['variant'][0]} was decided at {first['items'][0]} items"
        subtitle = f"{name}, difference with its interval"
        return charts.looks(frame, title=title, subtitle=subtitle, unit=Metric(name).unit)

    def unplanned_looks(self) -> list[int]:
        """After how many items somebody looked without having planned to, rising."""
        found = self.log.sql(_UNPLANNED, [self.experiment.name, self.plan_hash])
        return [int(items) for (items,) in found.iter_rows()]

    def _note_look(self, baseline: str) -> None:
        """Writes down that somebody looks now, unless a look is due here anyway."""
        table = RunTable(self.frame, self.experiment, self.plan["order"])
        ready = min(
            table.ready(baseline, v.name) for v in self.experiment.variants if v.name != baseline
        )
        planned = look_sizes(self.experiment.looks, len(self.plan["order"]))
        if ready >= 2 and self.experiment.looks != "anytime" and ready not in planned:
            self.log.record(
                "scores",
                {
                    "experiment": self.experiment.name,
                    "plan_hash": self.plan_hash,
                    "metric": "items at an unplanned look",
                    "kind": "look",
                    "value": ready,
                },
            )

    def differences(self, variant: str, metric: str | None = None) -> "pl.DataFrame":
        """A row per item: `item_id`, `baseline`, `variant` (the two values) and `difference`.

        Raises `InputError` for a variant or a metric that there is not.
        """
        import polars as pl

        name = metric or self.experiment.primary.name
        self.experiment.variant(variant)
        if name not in self.frame.columns:
            raise InputError(f'The runs have no metric "{name}".')
        means = (
            self.frame.filter(pl.col("status") == "ok")
            .group_by("item_id", "variant")
            .agg(pl.col(name).cast(pl.Float64).mean().alias("value"))
        )
        a = means.filter(pl.col("variant") == self.experiment.baseline)
        b = means.filter(pl.col("variant") == variant)
        return (
            a.select("item_id", baseline="value")
            .join(b.select("item_id", variant="value"), on="item_id")
            .with_columns(difference=pl.col("variant") - pl.col("baseline"))
            .drop_nulls("difference")
            .sort("item_id")
        )

    def segments(self, by: str, metric: str | None = None) -> Segments:
        """The difference by a column of the runs or an attribute of the items; exploratory."""
        return segments(self, by, metric)

    def aa(self, *, reps: int = 2_000, metric: str | None = None, seed: int = 0) -> AACheck:
        """How often the method finds a difference on these very data with labels swapped."""
        return aa(self, reps=reps, metric=metric, seed=seed)

    def peeking(
        self,
        *,
        looks: Sequence[int] = (1, 2, 5, 10, 20),
        reps: int = 500,
        metric: str | None = None,
        seed: int = 0,
    ) -> Peeking:
        """How often each way of looking early cries wolf on these very data; see `aa`.

        `looks` are the numbers of looks to try.
        """
        return peeking(self, looks=looks, reps=reps, metric=metric, seed=seed)

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


def read_result(
    log: "RunLog",
    experiment: Experiment,
    plan: Mapping[str, Any],
    plan_hash: str,
    *,
    performance: "Performance | None" = None,
) -> Result:
    """The result of a plan from the log."""
    cells = list(plan["cells"])
    runs = log.sql(_ATTEMPTS, [experiment.name, cells])
    scores = log.sql(_SCORES, [experiment.name, runs["run_id"].to_list()])
    if scores.height:
        scores = _of_their_judges(scores, judge_kinds(plan))
        # Several people may have labelled a run: their mean counts.
        wide = scores.pivot("metric", index="run_id", values="value", aggregate_function="mean")
        fresh = [name for name in wide.columns if name == "run_id" or name not in runs.columns]
        runs = runs.join(wide.select(fresh), on="run_id", how="left")
    if experiment.cluster and experiment.cluster not in runs.columns:
        runs = runs.rename({"cluster": experiment.cluster})
    return Result(experiment, plan, plan_hash, runs, log, performance)


def _of_their_judges(scores: "pl.DataFrame", kinds: Mapping[str, str]) -> "pl.DataFrame":
    """The scores without those that another judge once gave under the same metric's name."""
    import polars as pl

    for metric, kind in kinds.items():
        scores = scores.filter((pl.col("metric") != metric) | (pl.col("kind") == kind))
    return scores


def latest_plan(log: "RunLog", name: str, plan_hash: str | None = None) -> tuple[Any, str]:
    """The newest plan of that name in the log, and its hash. Raises `InputError` if none is."""
    import json

    rows = log.sql(
        "select plan, plan_hash from experiments where experiment = ? "
        "and (? is null or plan_hash = ?) order by recorded_at desc limit 1",
        [name, plan_hash, plan_hash],
    )
    if rows.is_empty():
        known = log.sql("select distinct experiment from experiments order by 1")
        names = ", ".join(known["experiment"].to_list()) or "none yet"
        raise InputError(
            f'There is no experiment "{name}" in the log; there is: {names}. '
            "Run it first: tailor-lab run DEFINITION."
        )
    plan, digest_ = rows.row(0)
    return (json.loads(plan) if isinstance(plan, str) else plan), digest_


def _variant_of_plan(record: Mapping[str, Any]) -> Variant:
    known = {k: record[k] for k in ("name", "prompt", "model", "mode", "cache") if k in record}
    rest = {k: v for k, v in record.items() if k not in known and k != "prompt_hash"}
    return Variant(**known, parameters=rest)


def experiment_of_plan(plan: Mapping[str, Any]) -> Experiment:
    """The experiment as far as a comparison needs it, from its record in the log."""
    by_role: dict[str, list[Metric]] = {"primary": [], "guardrail": [], "exploratory": []}
    for record in plan["metrics"]:
        judge = Judge(**record["judge"]) if record.get("judge") else None
        metric = Metric(record["name"], record["kind"], record["margin"], record["better"], judge)
        by_role[record["role"]].append(metric)
    return Experiment(
        name=plan["name"],
        items=[{"id": item} for item in plan.get("order") or ()],
        variants=[_variant_of_plan(variant) for variant in plan["variants"]],
        primary=by_role["primary"][0],
        guardrails=by_role["guardrail"],
        metrics=by_role["exploratory"],
        cluster=plan["cluster"],
        baseline=plan["baseline"],
        replicates=plan["replicates"],
        looks=plan["looks"],
        seed=plan["seed"],
        question=plan["question"],
    )
