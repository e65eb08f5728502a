"""Watching a live split: each look reads only the rows that came since the last one.

Units of a live product are assigned to variants by `assign`; their outcomes come back by `track`,
with the experiment's and the variant's name. What was counted is kept in the log as moments, which
merge; a look counts the new rows of all metrics and segments in one pass and writes the sum.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tailor_lab import stats
from tailor_lab.errors import InputError
from tailor_lab.experiment.analysis.verdicts.deciding import decide
from tailor_lab.experiment.analysis.verdicts.judging import invalid, judged_result, unjudged
from tailor_lab.experiment.assignment import checked_shares
from tailor_lab.experiment.comparison import Comparison, MetricResult, VariantResult
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.looks import Look, asked_level, at_look, look_sizes
from tailor_lab.experiment.verdict import ALPHA
from tailor_lab.markup import Shown, paragraph
from tailor_lab.runlog.tables import TABLES
from tailor_lab.stats import Estimate, Moments, NotEnoughData
from tailor_lab.stats.splits import split_proportions, split_ratio

if TYPE_CHECKING:
    import polars as pl

    from tailor_lab.runlog import RunLog

SPLIT_P = 0.001
_LAG = timedelta(seconds=5)
"""Rows younger than this wait for the next look: other processes may be writing just now."""
_ALL = ""
_BETWEEN = "\x1f"
_ANYTIME_UNITS = 100

Key = tuple[str, str, str]
"""Metric, variant, segment; the segment of everything together is empty."""

_STATE = """
    select metric, variant, segment, n, mean, squares, counted_until from moments
    where experiment = ? and segment_by = ? qualify counted_until = max(counted_until) over ()
"""
_MADE = """
    select look, metric, variant, n, mean, squares from moments
    where experiment = ? and look is not null and segment = '' order by look, recorded_at
"""


@dataclass(frozen=True, repr=False)
class Monitoring(Shown):
    """A live split as it stands: the comparison, its segments, and how much was new."""

    comparison: Comparison
    segments: "pl.DataFrame"
    """A row per variant, metric and segment; exploratory, p-values by Benjamini-Hochberg."""
    rows: int
    """Operations that were counted."""
    new_rows: int
    """Of them, those since the last look."""
    moments: Mapping[Key, Moments] = field(repr=False)
    """The sums behind it: by metric, variant and segment."""

    def __str__(self) -> str:
        return f"{self.rows:,} operations, {self.new_rows:,} of them new.\n{self.comparison}"

    def _page(self) -> Iterator[str]:
        yield from self.comparison._page()
        yield paragraph(f"{self.rows:,} operations, {self.new_rows:,} of them new.")


def monitor(
    log: "RunLog",
    experiment: Experiment,
    *,
    by: str | None = None,
    shares: Mapping[str, float] | None = None,
) -> Monitoring:
    """Looks at a live split now.

    `experiment.limit` is the planned number of operations over all variants; with `looks=1` and the
    like a verdict comes only at the planned sizes, with `looks="anytime"` at each look. `by` is a
    column of `runs` to show segments of. Operations of one user count as independent: assign and
    count by the same unit, or take one operation a user. Raises `InputError` where nothing was
    tracked for the experiment, or no limit is planned.
    """
    planned = experiment.limit
    if planned is None:
        raise InputError(
            f'Experiment "{experiment.name}" plans no number of operations; set limit=….'
        )
    if by is not None and by not in TABLES["runs"].columns:
        raise InputError(f'by is "{by}", which is no column of runs.')
    parts = checked_shares(experiment, shares)
    before, since = _state(log, experiment, by)
    until = datetime.now(UTC).replace(tzinfo=None) - _LAG
    new = _count(log, experiment, by, since, until)
    primary = experiment.primary.name
    if before and {m.name for m in experiment.all_metrics} - {key[0] for key in before}:
        # A metric that was not watched so far has no moments: everything is counted anew.
        before, new = {}, _count(log, experiment, by, None, until)
    none = Moments()
    total = {key: before.get(key, none) + new.get(key, none) for key in {**before, **new}}
    sizes = {v.name: total.get((primary, v.name, _ALL), Moments()).n for v in experiment.variants}
    rows = sum(sizes.values())
    if not rows:
        raise InputError(
            f'Nothing was tracked for experiment "{experiment.name}" yet: '
            f'log.track(experiment="{experiment.name}", variant=…, …).'
        )
    ladder = _ladder(log, experiment, rows, planned, total)
    due = ladder and experiment.looks != "anytime" and ladder[-1].moments is total
    if new or not before:
        _keep(log, experiment, by, total, until, rows if due else None)
    comparison = _compare(experiment, ladder, sizes, parts)
    fresh = sum(new.get((primary, name, _ALL), Moments()).n for name in sizes)
    return Monitoring(comparison, _segments(experiment, total), rows, fresh, total)


@dataclass(frozen=True)
class _Step:
    """A look with the moments that it saw."""

    look: Look
    moments: Mapping[Key, Moments]


def _state(
    log: "RunLog", experiment: Experiment, by: str | None
) -> tuple[dict[Key, Moments], datetime | None]:
    found: dict[Key, Moments] = {}
    until = None
    for metric, variant, segment, n, mean, squares, counted in log.sql(
        _STATE, [experiment.name, by or _ALL]
    ).iter_rows():
        found[metric, variant, segment] = Moments(n, mean, squares)
        until = counted
    return found, until


def _count(
    log: "RunLog",
    experiment: Experiment,
    by: str | None,
    since: datetime | None,
    until: datetime,
) -> dict[Key, Moments]:
    """The moments of the rows of a period: one pass for all metrics and segments."""
    names = [variant.name for variant in experiment.variants]
    columns = ", ".join(
        f'{_value(metric)} as "m{place}"' for place, metric in enumerate(experiment.all_metrics)
    )
    segment = f"coalesce(\"{by}\"::varchar, 'none')" if by else "''"
    # Names are quoted, and the column of the segments is a known one.
    query = (
        f"select variant || '{_BETWEEN}' || {segment} as place, {columns} from runs "  # noqa: S608
        "where experiment = $experiment and source = 'live' and status = 'ok' "
        "and list_contains($names, variant) and recorded_at <= $until "
        "and ($since is null or recorded_at > $since)"
    )
    values = {"experiment": experiment.name, "names": names, "until": until, "since": since}
    with log.connect() as connection:
        relation = connection.sql(query, params=values)
        wanted = [f"m{place}" for place in range(len(experiment.all_metrics))]
        found = stats.grouped_moments(relation, wanted, by="place")
    moments: dict[Key, Moments] = {}
    for (place, column), some in found.items():
        metric = experiment.all_metrics[int(column[1:])].name
        variant, _, part = place.partition(_BETWEEN)
        for key in {(metric, variant, _ALL), (metric, variant, part)}:
            moments[key] = moments.get(key, Moments()) + some
    return moments


def _value(metric: Metric) -> str:
    """A metric as SQL: a column of runs, else an attribute that was tracked with them."""
    name = metric.name.replace('"', '""')
    known = metric.name in TABLES["runs"].columns
    quoted = metric.name.replace("'", "''")
    text = f'"{name}"' if known else f"attributes->>'$.\"{quoted}\"'"
    number = f"coalesce(try_cast({text} as double), try_cast({text} as boolean)::double)"
    return f"cast({number} > 0 as double)" if metric.kind == "binary" else number


def _ladder(
    log: "RunLog", experiment: Experiment, rows: int, planned: int, total: Mapping[Key, Moments]
) -> list[_Step]:
    """The looks that were made, and the one that is due now; between two of them nothing is new."""
    if experiment.looks == "anytime":
        return [_Step(Look(1, None, rows, planned), total)]
    made: dict[int, dict[Key, Moments]] = {}
    for look, metric, variant, n, mean, squares in log.sql(_MADE, [experiment.name]).iter_rows():
        made.setdefault(int(look), {})[metric, variant, _ALL] = Moments(n, mean, squares)
    sizes = look_sizes(experiment.looks, planned)
    steps: list[tuple[int, Mapping[Key, Moments]]] = list(made.items())
    if sum(size <= rows for size in sizes) > len(steps):
        steps.append((rows, total))
    return [
        _Step(Look(k, len(sizes), min(n, planned), planned), moments)
        for k, (n, moments) in enumerate(steps, 1)
    ]


def _keep(
    log: "RunLog",
    experiment: Experiment,
    by: str | None,
    total: Mapping[Key, Moments],
    until: datetime,
    look: int | None,
) -> None:
    for (metric, variant, segment), moments in total.items():
        log.record(
            "moments",
            {
                "experiment": experiment.name,
                "metric": metric,
                "variant": variant,
                "segment_by": by or _ALL,
                "segment": segment,
                "counted_until": until,
                "look": look,
                "n": moments.n,
                "mean": moments.mean,
                "squares": moments.squares,
            },
        )


def _compare(
    experiment: Experiment,
    ladder: Sequence[_Step],
    sizes: Mapping[str, int],
    parts: Mapping[str, float],
) -> Comparison:
    baseline = experiment.baseline or experiment.variants[0].name
    others = [v.name for v in experiment.variants if v.name != baseline]
    ratio = stats.sample_ratio(list(sizes.values()), [parts[name] for name in sizes])
    broken = None
    if ratio.p is not None and ratio.p < SPLIT_P:
        counts = ", ".join(f"{name} {n:,}" for name, n in sizes.items())
        broken = f"the split is not as planned ({counts}; p = {ratio.p:.1e})"
    variants = []
    for name in others:
        results = []
        for metric in experiment.all_metrics:
            result = _result(experiment, metric, baseline, name, ladder, len(others))
            if broken:
                result = invalid(result, broken)
            results.append(result)
        variants.append(VariantResult(name, tuple(results)))
    last = ladder[-1].look if ladder else None
    notes = [] if last is None or last.final or last.of is None else [f"This is {last}."]
    return Comparison(
        experiment=experiment.name,
        baseline=baseline,
        variants=tuple(variants),
        decision=decide(variants, experiment, baseline),
        n_items=last.items if last else sum(sizes.values()),
        n_clusters=None,
        level=1 - ALPHA,
        plan_hash="",
        warnings=tuple(notes),
    )


def _result(
    experiment: Experiment,
    metric: Metric,
    baseline: str,
    variant: str,
    ladder: Sequence[_Step],
    comparisons: int,
) -> MetricResult:
    role = experiment.role(metric.name)
    level = 1 - ALPHA / (comparisons if role == "primary" else 1)
    arms = [
        tuple(
            step.moments.get((metric.name, name, _ALL), Moments()) for name in (baseline, variant)
        )
        for step in ladder
    ]
    a, b = arms[-1] if arms else (Moments(), Moments())
    relative = metric.kind in {"cost", "latency"} or metric.margin_is_relative
    empty = replace(
        unjudged(metric, experiment, variant, baseline),
        n=a.n + b.n,
        baseline_value=a.mean if a.n else None,
        variant_value=b.mean if b.n else None,
        judged_relative=relative,
        why="independent groups, so Welch's t; shares by Newcombe, ratios by Fieller",
        verdict="inconclusive",
        sentence="cannot tell yet: the first planned look is still to come",
        look=ladder[-1].look if ladder else None,
    )
    if not arms:
        return empty
    looks = [step.look for step in ladder]
    if looks[-1].of is None and min(a.n, b.n) < _ANYTIME_UNITS:
        text = f"cannot tell yet: a watched split is judged from {_ANYTIME_UNITS} a variant on"
        return replace(empty, sentence=text)
    differences = [_asked(metric, *arm, share=False) for arm in arms]
    shares = [_asked(metric, *arm, share=True) for arm in arms]
    judged = shares if relative else differences
    try:
        narrow = at_look(judged[-1], judged[:-1], looks, 1 - 2 * (1 - level))
        full = at_look(judged[-1], judged[:-1], looks, level)
        difference = at_look(differences[-1], differences[:-1], looks, level)
    except NotEnoughData as error:
        return replace(empty, sentence=f"cannot tell yet: {str(error).rstrip('.')}")
    result = replace(
        empty,
        difference=difference,
        relative=full if relative else None,
        p_adjusted=full.p,
        warnings=full.warnings,
    )
    return judged_result(result, narrow, asked_level(looks, level) or level, experiment.goal)


def _asked(metric: Metric, a: Moments, b: Moments, *, share: bool) -> Any:
    def asked(level: float) -> Estimate:
        if share:
            ratio = split_ratio(a, b, level=level)
            low, high = (None if end is None else end - 1 for end in (ratio.low, ratio.high))
            return replace(ratio, value=ratio.value - 1, low=low, high=high)
        if metric.kind == "binary":
            return split_proportions(a, b, level=level)
        return stats.unpaired_moments(a, b, level=level)

    return asked


def _segments(experiment: Experiment, total: Mapping[Key, Moments]) -> "pl.DataFrame":
    """Every segment's difference; all of it exploratory."""
    import polars as pl

    baseline = experiment.baseline or experiment.variants[0].name
    rows: list[dict[str, Any]] = []
    for (name, variant, segment), b in sorted(total.items()):
        a = total.get((name, baseline, segment), Moments())
        if segment == _ALL or variant == baseline or min(a.n, b.n) < 2:
            continue
        found = stats.unpaired_moments(a, b)
        rows.append(
            {
                "variant": variant,
                "metric": name,
                "segment": segment,
                "n": found.n,
                "difference": found.value,
                "low": found.low,
                "high": found.high,
                "p": found.p,
            }
        )
    known = [row["p"] for row in rows]
    if not known:
        return pl.DataFrame(schema=_SEGMENT_COLUMNS)
    adjusted = stats.adjust(known, "benjamini_hochberg")
    return pl.DataFrame(rows).with_columns(p_adjusted=pl.Series(adjusted))


_SEGMENT_COLUMNS = (
    "variant",
    "metric",
    "segment",
    "n",
    "difference",
    "low",
    "high",
    "p",
    "p_adjusted",
)
