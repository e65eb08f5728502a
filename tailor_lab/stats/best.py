"""Which variant is best: each one against the best of the others, on the same items.

Comparing every variant with the baseline cannot name one to take; comparing all pairs asks more
than needed. Hsu's intervals for "this one minus the best of the others" hold for all at once and
yield two sets: those that may be the best, and those that are surely within a margin of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Estimate, Floats, Numbers, check_level
from tailor_lab.stats.estimators.flips import (
    ROOM,
    complete_items,
    flipped,
    tail_share,
    unit_residuals,
)
from tailor_lab.stats.estimators.resampling import check_resamples


@dataclass(frozen=True)
class BestOf:
    """Variants against the best of the others; indices are positions in what was given."""

    estimates: tuple[Estimate, ...]
    """Each mean minus the best of the other means; above 0 where this one is better. p is against
    this variant being the best: below 1 - `level` it is not."""
    may_be_best: tuple[int, ...]
    """Those that cannot be ruled out; the best is among them with chance `level`."""
    within_margin: tuple[int, ...]
    """Those that are surely less than `margin` worse than the best."""

    @property
    def best(self) -> int | None:
        """The one that is shown to be the best, or None where several may be."""
        return self.may_be_best[0] if len(self.may_be_best) == 1 else None


def compare_with_best(
    variants: Sequence[Numbers],
    *,
    margin: float = 0.0,
    better: Literal["higher", "lower"] = "higher",
    clusters: Numbers | None = None,
    level: float = 0.95,
    resamples: int = 9_999,
    seed: int = 0,
) -> BestOf:
    """Each of two or more `variants` against the best of the others, on the same items.

    All have shape (n,), as have the labels in `clusters`; items without a finite value in each are
    left out. Positive differences are better, whichever direction `better` names. `margin` is the
    loss, in the unit of the values, that does not matter. The critical values come from joint sign
    flips of centred differences, all of them where `resamples` covers them. Raises `NotEnoughData`
    below two complete items or two clusters, `InputError` for fewer than two variants.
    Source: Hsu (1996), Multiple Comparisons, §4.2; Edwards and Hsu (1983), JASA 78, for intervals
    with critical values of their own; flips as in `max_t`.

    >>> weak = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    >>> strong = [3.1, 3.9, 5.3, 6.2, 6.7, 8.4, 9.2, 9.8]
    >>> compare_with_best([weak, strong]).best
    1
    """
    check_level(level)
    check_resamples(resamples)
    if len(variants) < 2:
        raise InputError("Give two variants or more; a single one has no other to be best of.")
    if margin < 0 or not math.isfinite(margin):
        raise InputError(f"margin is {margin}; it must be 0 or more, in the unit of the values.")
    if better not in {"higher", "lower"}:
        raise InputError(f'better is {better!r}; use "higher" or "lower".')
    table, index, notes = complete_items(variants, clusters)
    table = table if better == "higher" else -table
    n, k = table.shape
    means = table.mean(axis=0)
    residuals, _ = unit_residuals(table, index)
    drawn, _ = flipped(residuals, resamples, seed)
    units = len(residuals)
    # Standard errors of all differences, and how far each control lies behind its rivals.
    pairwise = residuals[:, :, None] - residuals[:, None, :]
    norms = np.sqrt((pairwise**2).sum(axis=0))
    errors = norms / n * math.sqrt(units / (units - 1))
    certain = norms <= 1e-12 * max(1e-300, float(np.abs(table).max())) * math.sqrt(n)
    upper, p_values, reach = np.zeros(k), np.ones(k), np.full(k, math.inf)
    for i in range(k):
        rivals = np.flatnonzero(~certain[i])
        if not len(rivals):
            upper[i] = math.inf
            continue
        worst = _as_t((drawn[:, rivals] - drawn[:, [i]]) / norms[i, rivals], units).max(axis=1)
        reach[i] = _critical(worst, 1 - level)
        behind = (means[rivals] - means[i]) / errors[i, rivals]
        p_values[i] = tail_share(worst, float(behind.max()), exact=False)
        ahead = means[i] - means[rivals] + reach[i] * errors[i, rivals]
        upper[i] = max(0.0, float(ahead.min()))
    candidates = [i for i in range(k) if p_values[i] > 1 - level]
    estimates = []
    for i in range(k):
        value = float(means[i] - np.delete(means, i).max())
        low = 0.0
        for j in (j for j in candidates if j != i):
            known = not certain[i, j] and math.isfinite(reach[j])
            loss = means[i] - means[j] - reach[j] * errors[i, j] if known else -math.inf
            low = min(low, float(loss))
        high = float(upper[i]) if i in candidates else 0.0
        estimates.append(
            Estimate(
                value, low if math.isfinite(low) else None, high if math.isfinite(high) else None,
                float(p_values[i]), n, f"best of {k} (Hsu, sign flips)", level, notes,
            )
        )  # fmt: skip
    within = [i for i, e in enumerate(estimates) if e.low is not None and e.low >= -margin]
    return BestOf(tuple(estimates), tuple(candidates), tuple(within))


def _as_t(ratios: Floats, units: int) -> Floats:
    """Sums over root sums of squares in the scale of t."""
    return np.asarray(ratios * math.sqrt(units - 1) / np.sqrt(np.maximum(units - ratios**2, 1e-12)))


def _critical(worst: Floats, alpha: float) -> float:
    """The value beyond which p is at most `alpha`; infinite where there are too few flips."""
    allowed = math.floor(alpha * (len(worst) + 1) + ROOM) - 1
    return math.inf if allowed < 0 else float(np.sort(worst)[::-1][allowed]) + ROOM
