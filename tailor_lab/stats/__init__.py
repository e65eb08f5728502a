"""Statistics for experiments: numbers in, numbers out, each with its source."""

from tailor_lab.stats.adjustment import cuped
from tailor_lab.stats.agreement import cohen_kappa
from tailor_lab.stats.anytime import betting_sequence, confidence_sequence
from tailor_lab.stats.bayes import belief, belief_in_shares
from tailor_lab.stats.clusters import clustered, design_effect, icc
from tailor_lab.stats.comoments import (
    Comoments,
    cuped_moments,
    grouped_comoments,
    ratio_moments,
)
from tailor_lab.stats.designs import (
    Clustered,
    Paired,
    PairedShares,
    RatioOfMeans,
    Shares,
    Unpaired,
)
from tailor_lab.stats.dunnett import dunnett
from tailor_lab.stats.effects import cliffs_delta, cohens_d, odds_ratio
from tailor_lab.stats.equivalence import equivalence
from tailor_lab.stats.estimate import Estimate, NotEnoughData
from tailor_lab.stats.independent import boschloo, miettinen_nurminen
from tailor_lab.stats.inflation import look_inflation
from tailor_lab.stats.means import paired, unpaired
from tailor_lab.stats.moments import Moments, grouped_moments, merged, unpaired_moments
from tailor_lab.stats.multiplicity import adjust
from tailor_lab.stats.nominal import anytime_level, anytime_p, look_level, look_p
from tailor_lab.stats.permutation import permutation
from tailor_lab.stats.power import minimum_detectable, power, sample_size, simulated_power
from tailor_lab.stats.proportions import paired_proportions, proportions, sample_ratio
from tailor_lab.stats.quantiles import quantile_difference
from tailor_lab.stats.ranks import mann_whitney, wilcoxon
from tailor_lab.stats.ratios import ratio
from tailor_lab.stats.regression import paired_adjusted, regression_adjusted
from tailor_lab.stats.resampling import bootstrap
from tailor_lab.stats.sequential import group_sequential
from tailor_lab.stats.shrinkage import shrunken
from tailor_lab.stats.splits import split_proportions, split_ratio
from tailor_lab.stats.totals import ratio_of_totals

__all__ = [
    "Clustered",
    "Comoments",
    "Estimate",
    "Moments",
    "NotEnoughData",
    "Paired",
    "PairedShares",
    "RatioOfMeans",
    "Shares",
    "Unpaired",
    "adjust",
    "anytime_level",
    "anytime_p",
    "belief",
    "belief_in_shares",
    "betting_sequence",
    "bootstrap",
    "boschloo",
    "cliffs_delta",
    "clustered",
    "cohen_kappa",
    "cohens_d",
    "confidence_sequence",
    "cuped",
    "cuped_moments",
    "design_effect",
    "dunnett",
    "equivalence",
    "group_sequential",
    "grouped_comoments",
    "grouped_moments",
    "icc",
    "look_inflation",
    "look_level",
    "look_p",
    "mann_whitney",
    "merged",
    "miettinen_nurminen",
    "minimum_detectable",
    "odds_ratio",
    "paired",
    "paired_adjusted",
    "paired_proportions",
    "permutation",
    "power",
    "proportions",
    "quantile_difference",
    "ratio",
    "ratio_moments",
    "ratio_of_totals",
    "regression_adjusted",
    "sample_ratio",
    "sample_size",
    "shrunken",
    "simulated_power",
    "split_proportions",
    "split_ratio",
    "unpaired",
    "unpaired_moments",
    "wilcoxon",
]
