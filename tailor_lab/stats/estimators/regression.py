"""Regression adjustment: covariates from before the change take out what they explain."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import (
    Estimate,
    Floats,
    Numbers,
    at_least,
    check_level,
    from_t,
    numbers,
    same_length,
)
from tailor_lab.stats.estimators.clusters import bell_mccaffrey, covariance, few_clusters


def regression_adjusted(
    a: Numbers,
    b: Numbers,
    covariates_a: Sequence[Numbers],
    covariates_b: Sequence[Numbers],
    *,
    level: float = 0.95,
) -> Estimate:
    """Mean of `b` minus mean of `a` in independent groups, adjusted for covariates.

    `a` has shape (m,), `b` shape (n,); `covariates_a` and `covariates_b` are as many columns of
    those shapes, measured before the change. Each group gets slopes of its own, and the difference
    is taken at the mean of all; the standard error is HC2. Rows without all finite values are left
    out. Raises `NotEnoughData` where a group has no more rows than coefficients.
    Raises `InputError` where covariates are missing, constant, or repeat each other.
    Source: Lin (2013), Annals of Applied Statistics 7(1), eq. 6; MacKinnon and White (1985), HC2.

    >>> a, b = [1.0, 2.0, 3.0, 4.2], [3.0, 4.0, 5.0, 6.1]
    >>> round(regression_adjusted(a, b, [[0, 1, 2, 3]], [[0, 1, 2, 3]]).value, 3)
    1.975
    """
    check_level(level)
    if len(covariates_a) != len(covariates_b) or not covariates_a:
        raise InputError("Give both groups the same covariates, one or more.")
    first, lost_a = _rows(a, covariates_a, "a")
    second, lost_b = _rows(b, covariates_b, "b")
    lost = lost_a + lost_b
    notes = (f"{lost} rows without all finite values were left out.",) if lost else ()
    k = len(covariates_a)
    at_least(min(len(first), len(second)), k + 2, "complete rows in each group")
    everything = np.vstack([first, second])
    treated = np.repeat([0.0, 1.0], [len(first), len(second)])
    centred = everything[:, 1:] - everything[:, 1:].mean(axis=0)
    design = np.column_stack([np.ones(len(treated)), treated, centred, centred * treated[:, None]])
    value, se = _hc2(design, everything[:, 0], at=1)
    df = len(treated) - 2 * k - 2
    n, what = len(treated), f"regression adjusted by {k} covariates (Lin, HC2)"
    return from_t(
        value, se, df, n=n, method=what, level=level, warnings=notes,
        largest=float(np.abs(everything[:, 0]).max()), equal=f"{n} values, once adjusted,",
    )  # fmt: skip


def paired_adjusted(
    a: Numbers,
    b: Numbers,
    covariates: Sequence[Numbers],
    *,
    clusters: Numbers | None = None,
    level: float = 0.95,
) -> Estimate:
    """Mean of `b` minus `a` on the same items, adjusted for covariates of the items.

    All have shape (n,). The value is the mean difference itself; what the covariates explain of the
    differences leaves the standard error, which is HC2. It describes these items, not items with
    other covariates. With `clusters` the standard error is CR2 on what the covariates leave, larger
    by the slopes' share of the clusters, with one degree of freedom less for each slope; no degrees
    below 1 are used. Raises `NotEnoughData` where there are no more pairs (or clusters) than
    coefficients.
    Raises `InputError` where covariates are missing, constant, or repeat each other.
    Source: Lin (2013), applied to differences; MacKinnon and White (1985), HC2; CR2 as in
    `clustered`.

    >>> round(paired_adjusted([0.0] * 4, [1.0, 2.0, 3.0, 4.1], [[0, 1, 2, 3]]).value, 3)
    2.525
    """
    check_level(level)
    if not covariates:
        raise InputError("Give one covariate or more.")
    first, second = numbers(a, "a"), numbers(b, "b")
    if len(first) != len(second):
        raise InputError(f"a has {len(first)} values and b has {len(second)}; pairs need as many.")
    rows, lost = _rows(second - first, covariates, "differences")
    notes = (f"{lost} pairs without all finite values were left out.",) if lost else ()
    k = len(covariates)
    at_least(len(rows), k + 2, "complete pairs")
    centred = rows[:, 1:] - rows[:, 1:].mean(axis=0)
    design = np.column_stack([np.ones(len(rows)), centred])
    value, se = _hc2(design, rows[:, 0], at=0)
    what, df = f"paired, adjusted by {k} covariates (HC2)", float(len(rows) - k - 1)
    if clusters is not None:
        labels = same_length(first, clusters, "cluster labels")
        columns = [second - first, *(numbers(c, "a covariate") for c in covariates)]
        _, index = np.unique(
            labels[np.isfinite(np.column_stack(columns)).all(axis=1)], return_inverse=True
        )
        se, df = _cr2(design, rows[:, 0], index)
        what = f"paired, adjusted by {k} covariates (CR2)"
        notes = (*notes, *few_clusters(int(index.max()) + 1))
    largest = float(max(np.abs(values[np.isfinite(values)]).max() for values in (first, second)))
    return from_t(
        value, se, df, n=len(rows), method=what, level=level, warnings=notes,
        largest=largest, equal=f"{len(rows)} differences, once adjusted,",
    )  # fmt: skip


def adjusted_differences(
    differences: Numbers,
    covariates: Mapping[str, Numbers],
    means: Mapping[str, float] | None = None,
) -> tuple[Floats, tuple[str, ...], int]:
    """The differences without what covariates explain of them, notes, and how many were used.

    With the `means` of the covariates among all the items that matter, by name, the differences are
    those at these means, and spread as the mean of items that are like those does: the slopes, and
    how far the items' own means lie from `means`, make them wider. Without them they say something
    of these items only, not of others like them.

    `differences` has shape (n,), and so has each of `covariates`, under its name. The mean of the
    finite differences stays what it is, their variance never grows, and a difference that is not
    finite stays nan. A missing value of a covariate is taken as the mean of the others, which takes
    nothing out. Covariates that are constant, that repeat what others hold, or that leave fewer
    than two degrees of freedom for the error are left out, with a note each. Every estimator of
    differences works on the result, but does not count the slopes that were estimated: with many
    covariates for few items its interval is too narrow.
    Raises `InputError` where a covariate has another length.
    Source: Lin (2013), Annals of Applied Statistics 7(1), applied to differences; for missing
    covariates Zhao and Ding (2024), JASA 119.

    >>> values, notes, used = adjusted_differences([1.0, 2.0, 3.0, 4.4], {"length": [0, 1, 2, 3]})
    >>> values.round(2).tolist(), notes, used
    ([2.68, 2.56, 2.44, 2.72], (), 1)
    """
    values = numbers(differences, "differences")
    kept = np.isfinite(values)
    known = values[kept]
    basis = np.ones((len(known), 1))
    # Where the wanted means lie in each direction of the basis.
    place = np.ones(1)
    notes: list[str] = []
    for name, covariate in covariates.items():
        every = numbers(covariate, f"covariate {name}")
        if len(every) != len(values):
            raise InputError(f"Covariate {name} has {len(every)} values; give {len(values)}.")
        column, missing = _filled(every[kept])
        wanted = 0.0 if means is None else means[name] - _centre(every[kept])
        # In units of its spread, so that neither its unit nor its offset decides what is rounding.
        spread = float(column.std()) if len(column) else 0.0
        if not spread > 1e-12 * float(np.abs(every[kept][np.isfinite(every[kept])]).max(initial=0)):
            notes.append(f"{name} is constant or unknown; it was not used.")
            continue
        column, wanted = column / spread, wanted / spread
        # Gram-Schmidt twice: what the covariates before it leave of this one.
        lengths = np.linalg.norm(basis, axis=0)
        for _ in range(2):
            shared = basis.T @ column / lengths**2
            column, wanted = column - basis @ shared, wanted - float(place @ shared)
        if float(column.std()) < 1e-6:
            notes.append(f"{name} repeats other covariates; it was not used.")
        elif len(known) < basis.shape[1] + 3:
            notes.append(f"{name} was not used: {len(known)} differences are too few for it.")
        else:
            basis, place = np.column_stack([basis, column]), np.append(place, wanted)
            if missing:
                notes.append(f"{missing} missing values of {name} were taken as its mean.")
    lengths = np.linalg.norm(basis[:, 1:], axis=0)
    directions, used = basis[:, 1:] / lengths, len(lengths)
    result = np.full(len(values), np.nan)
    rest = known - directions @ (directions.T @ known)
    if means is not None and used:
        away, n = place[1:] / lengths, len(known)
        mean = float(rest.mean())
        # Of a prediction at a point: Draper and Smith (1998), Applied Regression Analysis, 5.4.
        wider = math.sqrt((n - 1) / (n - 1 - used) * (1 + n * float(away @ away)))
        rest = mean + float(away @ (directions.T @ known)) + (rest - mean) * wider
    result[kept] = rest
    return result, tuple(notes), used


def _centre(column: Floats) -> float:
    finite = column[np.isfinite(column)]
    return float(finite.mean()) if len(finite) else 0.0


def _filled(column: Floats) -> tuple[Floats, int]:
    """Centred, with 0 (the mean) where it is not finite, and how many those are."""
    finite = np.isfinite(column)
    return np.where(finite, column - _centre(column), 0.0), int((~finite).sum())


def _rows(values: Numbers, covariates: Sequence[Numbers], name: str) -> tuple[Floats, int]:
    columns = [numbers(values, name), *(numbers(c, f"a covariate of {name}") for c in covariates)]
    if len({len(column) for column in columns}) > 1:
        raise InputError(f"Every covariate of {name} needs a value for each row.")
    table = np.column_stack(columns)
    kept = table[np.isfinite(table).all(axis=1)]
    return kept, len(table) - len(kept)


def _cr2(design: Floats, values: Floats, index: NDArray[np.intp]) -> tuple[float, float]:
    """Standard error of the mean of what the design's slopes leave, and degrees of freedom."""
    k, sizes = design.shape[1] - 1, np.bincount(index)
    groups = len(sizes)
    at_least(groups, k + 2, "clusters")
    slopes = np.linalg.lstsq(design, values, rcond=None)[0][1:]
    left = values - design[:, 1:] @ slopes
    # Slopes of covariates that are the same within clusters take freedom of the clusters.
    taken = (groups - 1) / (groups - 1 - k)
    variance = float(covariance(left[:, None], index)[0, 0]) * taken
    return math.sqrt(variance), max(1.0, bell_mccaffrey(sizes / len(values)) - k)


def _hc2(design: Floats, values: Floats, *, at: int) -> tuple[float, float]:
    """One coefficient of least squares and its HC2 standard error."""
    inverse = np.linalg.pinv(design.T @ design)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError("A covariate is constant or repeats another; leave it out.")
    coefficients = inverse @ design.T @ values
    residuals = values - design @ coefficients
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    weights = residuals**2 / np.maximum(1 - leverage, 1e-12)
    spread = inverse @ (design.T * weights) @ design @ inverse
    return float(coefficients[at]), math.sqrt(max(0.0, float(spread[at, at])))
