"""What makes a comparison one that must not be read."""

from tailor_lab.experiment.analysis.data.pairs import Pairs
from tailor_lab.experiment.outcomes.metric_result import MetricResult
from tailor_lab.experiment.verdict import counted

MOST_MISSING = 0.05
FEWEST_CLUSTERS = 6
FEWEST_ITEMS = 6
"""As few differences pass for surer than they are: of two items one in four null ones ships."""
UNEVEN_P = 0.001


def gate(pairs: Pairs, result: MetricResult) -> str | None:
    """Why this comparison must not be read, or None."""
    planned = pairs.n + pairs.missing
    lost = uneven(pairs, result)
    if lost is not None:
        return lost
    if planned and pairs.missing / planned > MOST_MISSING:
        return f"{pairs.missing} of {planned} pairs are missing, more than {MOST_MISSING:.0%}"
    if pairs.n_clusters is not None and pairs.n_clusters < FEWEST_CLUSTERS:
        verb = "is" if pairs.n_clusters == 1 else "are"
        there = counted(pairs.n_clusters, "clusters")
        return f"{there} {verb} too few for a verdict; use {FEWEST_CLUSTERS}"
    if pairs.smallest < FEWEST_ITEMS:
        verb = "is" if pairs.smallest == 1 else "are"
        there = counted(pairs.smallest, "items")
        return f"{there} {verb} too few for a verdict; use {FEWEST_ITEMS}"
    return None


def uneven(pairs: Pairs, result: MetricResult) -> str | None:
    """Whether far more values are lost under one variant: what is left is then another sample.

    Were they lost by chance, each would as likely be of one variant as of the other, in proportion
    to the runs of each: an exact binomial test.
    """
    from scipy.stats import binomtest

    # Runs that were never attempted count as items; those that were count one by one.
    absent_a, absent_b = _absent(pairs)
    lost_a, lost_b = pairs.lost_a + absent_a, pairs.lost_b + absent_b
    total, runs = lost_a + lost_b, pairs.runs_a + pairs.runs_b + absent_a + absent_b
    if not total or not runs:
        return None
    share = (pairs.runs_a + absent_a) / runs
    if not 0 < share < 1 or binomtest(lost_a, total, share).pvalue >= UNEVEN_P:
        return None
    return (
        f"{counted(lost_b, 'runs')} of {result.variant} and {lost_a} of {result.baseline} have no "
        f"{result.metric.name}, more than chance allows"
    )


def _absent(pairs: Pairs) -> tuple[int, int]:
    """Items without any run, under the baseline and under the variant."""
    if pairs.independent:
        return 0, 0
    return max(0, pairs.missing_a - pairs.lost_a), max(0, pairs.missing_b - pairs.lost_b)
