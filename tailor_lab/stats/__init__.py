"""Statistics for experiments: numbers in, numbers out, each with its source."""

from tailor_lab.stats.adjustment import cuped
from tailor_lab.stats.anytime import betting_sequence, confidence_sequence
from tailor_lab.stats.clusters import clustered, design_effect, icc
from tailor_lab.stats.dunnett import dunnett
from tailor_lab.stats.equivalence import equivalence
from tailor_lab.stats.estimate import Estimate, NotEnoughData
from tailor_lab.stats.means import paired, unpaired
from tailor_lab.stats.moments import Moments, grouped_moments, merged, unpaired_moments
from tailor_lab.stats.multiplicity import adjust
from tailor_lab.stats.permutation import permutation
from tailor_lab.stats.power import minimum_detectable, power, sample_size
from tailor_lab.stats.proportions import paired_proportions, proportions, sample_ratio
from tailor_lab.stats.quantiles import quantile_difference
from tailor_lab.stats.ranks import mann_whitney, wilcoxon
from tailor_lab.stats.ratios import ratio
from tailor_lab.stats.resampling import bootstrap
from tailor_lab.stats.sequential import group_sequential

__all__ = [
    "Estimate",
    "Moments",
    "NotEnoughData",
    "adjust",
    "betting_sequence",
    "bootstrap",
    "clustered",
    "confidence_sequence",
    "cuped",
    "design_effect",
    "dunnett",
    "equivalence",
    "group_sequential",
    "grouped_moments",
    "icc",
    "mann_whitney",
    "merged",
    "minimum_detectable",
    "paired",
    "paired_proportions",
    "permutation",
    "power",
    "proportions",
    "quantile_difference",
    "ratio",
    "sample_ratio",
    "sample_size",
    "unpaired",
    "unpaired_moments",
    "wilcoxon",
]
