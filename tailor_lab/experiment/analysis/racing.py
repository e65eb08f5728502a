"""Elimination in a race: which variants may still be the best, and which need no more runs.

Each round compares every variant with the leader (the highest mean so far) on the items that both
have run. With m the margin of the primary metric and U the upper bound of "this one minus the
leader", turned so that up is better:

- U < 0: it is worse than the leader, and out;
- U < m: it cannot be better than the leader by the margin, so it pauses; it catches up and runs on
  if another variant takes the lead against which this is not shown;
- a guardrail that is shown to be violated takes a variant out, and with it what it has beaten.

The leader is named best once no other is left that may be better by the margin, and its guardrails
are met. A wrong name (a qualifying variant is better by more than m) needs a bound of that one
variant to be wrong against one of its k - 1 rivals or G guardrails at some round: so each bound has
error / (k - 1 + G) for all rounds together, spent over them (Lan and DeMets). Whichever variant is
named, a violated guardrail passes with chance error / (k - 1) each. Pairs of other variants do not
matter, which is why this costs less than all pairs.

Source: Paulson (1964), Annals of Mathematical Statistics 35(1), for the elimination; Lan and DeMets
(1983) for spending; Kim and DeMets (1987), Biometrika 74(1), for the power family.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from tailor_lab.experiment.analysis.bounds import MOST_MISSING, Scores, bounds, up
from tailor_lab.experiment.analysis.data.table import RunTable
from tailor_lab.experiment.design import Experiment, Metric
from tailor_lab.experiment.race import Elimination, Standing
from tailor_lab.experiment.result import Result
from tailor_lab.stats.looks.sequential import boundaries

POWER_OF_SPENDING = 1.5
"""Between Pocock's rule (1), which spends early, and O'Brien and Fleming's (3): by measurement."""


@dataclass(frozen=True)
class Rules:
    """What a race compares, and when."""

    variants: tuple[str, ...]
    baseline: str
    primary: Metric
    guardrails: tuple[Metric, ...]
    sizes: tuple[int, ...]
    """After how many items each round ends."""
    error: float = 0.05

    @property
    def rivals(self) -> int:
        """How many others each variant has."""
        return len(self.variants) - 1

    def tail(self, items: int, *, guardrail: bool = False) -> float | None:
        """The one-sided error of a bound on so many items; None where it is too early."""
        share = self.error / (self.rivals + (0 if guardrail else len(self.guardrails)))
        return _tails(self.sizes, share)[self.sizes.index(items)]


def start(experiment: Experiment) -> Standing:
    """The race before its first round."""
    names = [variant.name for variant in experiment.variants]
    return Standing(dict.fromkeys(names, 0), frozenset(names), experiment.baseline or names[0])


def judge_round(
    result: Result, before: Standing, size: int, *, sizes: Sequence[int], error: float
) -> Standing:
    """The race after the round that ended at `size` items, by the runs of `result`.

    `sizes` are the ends of all rounds.
    """
    experiment, names = result.experiment, tuple(before.items)
    rules = Rules(
        names,
        experiment.baseline or names[0],
        experiment.primary,
        tuple(experiment.guardrails),
        tuple(sizes),
        error,
    )
    return advance(rules, before, _scores_of(result, rules), size)


def _scores_of(result: Result, rules: Rules) -> Scores:
    table = RunTable(result.frame, result.experiment, result.plan["order"])
    values = {
        metric.name: dict(zip(rules.variants, table.columns(metric, rules.variants), strict=True))
        for metric in (rules.primary, *rules.guardrails)
    }
    return Scores(values, table.clusters)


def advance(rules: Rules, before: Standing, scores: Scores, size: int) -> Standing:
    """The race after the round that ended at `size` items."""
    ran = before.runs_next(size)
    items = {name: size if name in ran else n for name, n in before.items.items()}
    failed = {**before.failed, **_failing(rules, items, ran, before.failed, scores)}
    now = _ranked(rules, replace(before, items=items, failed=failed), scores)
    while now.next_size(rules.sizes) is None and now.best is None:
        # What is not shown to meet its guardrails by the end of the plan must not be named.
        unmet = {
            name: Elimination(items[name], "is not shown to meet its guardrails", rules.baseline)
            for name in now.alive
            if items[name] == rules.sizes[-1] and not _guardrails_met(rules, name, items, scores)
        }
        if not unmet:
            now = replace(now, best=_nameable(rules, now, scores), running=frozenset())
            break
        now = _ranked(rules, replace(now, failed={**now.failed, **unmet}), scores)
    return replace(now, rows=(*now.rows, *_rows(rules, now, scores, ran, size)))


def _ranked(rules: Rules, now: Standing, scores: Scores) -> Standing:
    """The race with its leader, what that beats, and what must run on."""
    if not now.alive:
        # Not even the baseline is left: it is worse than what fell out by its guardrails.
        return replace(now, running=frozenset())
    now = _against_leader(rules, replace(now, leader=_leader(rules, now, scores)), scores)
    contending = [n for n in now.alive if n != now.leader and n not in now.paused]
    if not contending and _guardrails_met(rules, now.leader, now.items, scores):
        return replace(now, best=now.leader, running=frozenset())
    running = {now.leader, *contending}
    if rules.guardrails and running != {rules.baseline}:
        running.add(rules.baseline)
    return replace(now, running=frozenset(running))


def _failing(
    rules: Rules,
    items: Mapping[str, int],
    ran: Sequence[str],
    failed: Mapping[str, Elimination],
    scores: Scores,
) -> dict[str, Elimination]:
    """Those that ran in this round and are shown to violate a guardrail, or to fail more often."""
    found = {}
    for name in ran:
        if name == rules.baseline or name in failed:
            continue
        common = min(items[name], items[rules.baseline])
        tail = rules.tail(common)
        if tail is None:
            continue
        a, b = scores.pair(rules.primary, rules.baseline, name, common)
        more = int((np.isnan(b) & ~np.isnan(a)).sum())
        fewer = int((np.isnan(a) & ~np.isnan(b)).sum())
        if more / common > MOST_MISSING and _sign_p(more, more + fewer) < tail:
            found[name] = Elimination(common, f"{more} of its {common} runs failed", None)
        for metric in rules.guardrails:
            _, high = bounds(metric, scores, rules.baseline, name, common, tail)
            if high < -metric.margin_value:
                text = f'violates the guardrail "{metric.name}"'
                found[name] = Elimination(common, text, rules.baseline)
    return found


def _leader(rules: Rules, now: Standing, scores: Scores) -> str:
    """The variant with the best mean of those that have run the most items."""
    most = max(now.items[name] for name in now.alive)
    full = [name for name in now.alive if now.items[name] == most]
    return max(full, key=lambda name: _mean(rules, scores, name, most))


def _against_leader(rules: Rules, now: Standing, scores: Scores) -> Standing:
    """The race with the leader's rivals sorted; who is shown to be better takes the lead."""
    beaten = {name: dict(rivals) for name, rivals in now.beaten.items()}
    paused: dict[str, int] = {}
    reach: dict[str, float] = {}
    for name in now.alive:
        if name == now.leader:
            continue
        common = min(now.items[name], now.items[now.leader])
        tail = rules.tail(common)
        if tail is None:
            continue
        low, high = bounds(rules.primary, scores, now.leader, name, common, tail)
        reach[name] = high
        if low > 0:
            beaten.setdefault(now.leader, {})[name] = common
            return _against_leader(rules, replace(now, beaten=beaten, leader=name), scores)
        if high < 0:
            beaten.setdefault(name, {})[now.leader] = common
        elif high < rules.primary.margin_value:
            paused[name] = common
    return replace(now, beaten=beaten, paused=paused, reach=reach)


def _guardrails_met(rules: Rules, name: str, items: Mapping[str, int], scores: Scores) -> bool:
    if name == rules.baseline or not rules.guardrails:
        return True
    common = min(items[name], items[rules.baseline])
    tail = rules.tail(common, guardrail=True)
    return tail is not None and all(
        bounds(metric, scores, rules.baseline, name, common, tail)[0] > -metric.margin_value
        for metric in rules.guardrails
    )


def _nameable(rules: Rules, now: Standing, scores: Scores) -> str | None:
    """At the end: the best whose guardrails are met and that no other may beat by the margin."""

    def beats(name: str, other: str) -> bool:
        common = min(now.items[name], now.items[other])
        tail = rules.tail(common)
        if tail is None:
            return False
        _, high = bounds(rules.primary, scores, name, other, common, tail)
        return high < rules.primary.margin_value

    fit = [
        name
        for name in now.alive
        if _guardrails_met(rules, name, now.items, scores)
        and all(beats(name, other) for other in now.alive if other != name)
    ]
    return max(fit, key=lambda name: _mean(rules, scores, name, now.items[name]), default=None)


def _rows(
    rules: Rules, now: Standing, scores: Scores, ran: Sequence[str], size: int
) -> Iterator[dict[str, object]]:
    for name in ran:
        yield {
            "items": size,
            "variant": name,
            "mean": _mean(rules, scores, name, size) * up(rules.primary),
            "reach": now.reach.get(name),
            "leads": name == now.leader,
            "runs_on": name in now.running,
        }


def _mean(rules: Rules, scores: Scores, name: str, items: int) -> float:
    """The mean of a variant, turned so that up is better; the lowest where nothing is known."""
    values = scores.values[rules.primary.name][name][:items]
    known = values[np.isfinite(values)]
    return up(rules.primary) * float(known.mean()) if len(known) else -math.inf


def _sign_p(more: int, of: int) -> float:
    from scipy.stats import binom

    return float(binom.sf(more - 1, of, 0.5))


def _spend(fraction: float, alpha: float) -> float:
    return float(alpha * min(fraction, 1.0) ** POWER_OF_SPENDING)


@lru_cache(maxsize=64)
def _tails(sizes: tuple[int, ...], share: float) -> tuple[float | None, ...]:
    """The one-sided error at each round that keeps `share` over all of them."""
    from scipy.stats import norm

    fractions = np.array(sizes) / sizes[-1]
    # Twice the share, for two sides: one side alone then errs by at most `share`.
    found = boundaries(fractions, alpha=2 * share, final=True, spend=_spend)
    return tuple(float(norm.sf(z)) if math.isfinite(z) else None for z in found)
