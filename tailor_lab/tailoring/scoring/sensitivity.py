"""How much the weights of the match score matter: each varied by itself, all else as it was.

A score is a weighted mean of its components, so other weights need no new reading of the texts:
the values of the components stay, and the mean is taken anew.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tailor_lab.tailoring.scoring.scorer import Score

if TYPE_CHECKING:
    import polars as pl


def reweighted(score: Score, weights: Mapping[str, float]) -> float:
    """The verified score under other weights; components that `weights` lacks keep their own.

    It is exact, the cap for a missing must included; it may be above `score.raw` only where the
    weights are others.
    """
    judged = [(weights.get(c.name, c.weight), c.value) for c in score.components]
    total = sum(weight for weight, value in judged if value is not None)
    if not total:
        return 0.0
    value = 100 * sum(weight * value for weight, value in judged if value is not None) / total
    if any(match.requirement.must and match.credit == 0 for match in score.requirements):
        value = min(value, score.cap)
    return round(value, 6)


def sensitivity(variants: Mapping[str, Sequence[Score]], *, change: float = 0.5) -> "pl.DataFrame":
    """What becomes of each variant's mean score when a weight is changed by a share up or down.

    One row per component, change and variant: `component`, `change` (-0.5, 0.5), `variant`,
    `score` (mean under the changed weight), `shipped` (mean under the shipped weights), `shift` and
    `order_changed`, whether under this change the variants stand in another order than under the
    shipped weights; variants that are less than 0.05 points apart stand together. Raises
    `ValueError` without scores, or for a share that is not between 0 and 1.
    """
    import polars as pl

    if not 0 < change <= 1:
        raise ValueError(f"change is {change}; give a share above 0 and at most 1, such as 0.5.")
    if not variants or not all(variants.values()):
        raise ValueError("There are no scores to reweigh; give at least one for each variant.")
    shipped = {name: _mean(scores, {}) for name, scores in variants.items()}
    first = next(iter(variants.values()))[0]
    rows = []
    for component in first.components:
        for factor in (1 - change, 1 + change):
            weights = {component.name: component.weight * factor}
            means = {name: _mean(scores, weights) for name, scores in variants.items()}
            changed = _order(means) != _order(shipped)
            rows += [
                {
                    "component": component.name,
                    "change": factor - 1,
                    "variant": name,
                    "score": mean,
                    "shipped": shipped[name],
                    "shift": mean - shipped[name],
                    "order_changed": changed,
                }
                for name, mean in means.items()
            ]
    return pl.DataFrame(rows)


def _mean(scores: Sequence[Score], weights: Mapping[str, float]) -> float:
    return sum(reweighted(score, weights) for score in scores) / len(scores)


def _order(means: Mapping[str, float]) -> list[tuple[str, str, int]]:
    """Of every two variants, which is ahead."""
    return [
        (a, b, 0 if abs(means[a] - means[b]) < 0.05 else (1 if means[a] > means[b] else -1))
        for a in means
        for b in means
        if a < b
    ]
