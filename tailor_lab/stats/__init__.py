"""Statistics for experiments: numbers in, numbers out, each with its source."""

from tailor_lab.stats.agreement import cohen_kappa
from tailor_lab.stats.bayes import belief, belief_in_shares
from tailor_lab.stats.best import BestOf, compare_with_best
from tailor_lab.stats.designs import (
    Clustered,
    Paired,
    PairedShares,
    RatioOfMeans,
    Shares,
    Unpaired,
)
from tailor_lab.stats.dunnett import dunnett
from tailor_lab.stats.equivalence import equivalence
from tailor_lab.stats.estimate import Estimate, NotEnoughData
from tailor_lab.stats.estimators.adjustment import cuped
from tailor_lab.stats.estimators.clustered_shares import clustered_proportions, shares_not_worse
from tailor_lab.stats.estimators.clusters import clustered, design_effect, icc
from tailor_lab.stats.estimators.effects import cliffs_delta, cohens_d, odds_ratio
from tailor_lab.stats.estimators.independent import boschloo, miettinen_nurminen
from tailor_lab.stats.estimators.means import paired, unpaired
from tailor_lab.stats.estimators.permutation import permutation
from tailor_lab.stats.estimators.proportions import paired_proportions, proportions, sample_ratio
from tailor_lab.stats.estimators.quantiles import quantile_difference
from tailor_lab.stats.estimators.ranks import mann_whitney, wilcoxon
from tailor_lab.stats.estimators.ratios import ratio
from tailor_lab.stats.estimators.regression import (
    adjusted_differences,
    paired_adjusted,
    regression_adjusted,
)
from tailor_lab.stats.estimators.resampling import bootstrap
from tailor_lab.stats.estimators.totals import ratio_of_totals
from tailor_lab.stats.groups.means import equivalence_of_groups, group_difference, group_ratio
from tailor_lab.stats.groups.shares import group_share_difference, relative_lift
from tailor_lab.stats.harm import flip_rate, harmed, pass_at, pass_hat
from tailor_lab.stats.human_labels import prediction_powered
from tailor_lab.stats.looks.anytime import betting_sequence, confidence_sequence
from tailor_lab.stats.looks.inflation import look_inflation
from tailor_lab.stats.looks.nominal import anytime_level, anytime_p, look_level, look_p
from tailor_lab.stats.looks.sequential import group_sequential
from tailor_lab.stats.multiplicity import adjust
from tailor_lab.stats.past import PastEffects, ShrunkenEffect, prior_of_effects, shrink
from tailor_lab.stats.power import minimum_detectable, power, sample_size, simulated_power
from tailor_lab.stats.several_variants import max_t
from tailor_lab.stats.shrinkage import shrunken
from tailor_lab.stats.splits import split_proportions, split_ratio
from tailor_lab.stats.summaries.comoments import (
    Comoments,
    cuped_moments,
    grouped_comoments,
    ratio_moments,
)
from tailor_lab.stats.summaries.moments import Moments, grouped_moments, merged, unpaired_moments

__all__ = [
    "BestOf",
    "Clustered",
    "Comoments",
    "Estimate",
    "Moments",
    "NotEnoughData",
    "Paired",
    "PairedShares",
    "PastEffects",
    "RatioOfMeans",
    "Shares",
    "ShrunkenEffect",
    "Unpaired",
    "adjust",
    "adjusted_differences",
    "anytime_level",
    "anytime_p",
    "belief",
    "belief_in_shares",
    "betting_sequence",
    "bootstrap",
    "boschloo",
    "cliffs_delta",
    "clustered",
    "clustered_proportions",
    "cohen_kappa",
    "cohens_d",
    "compare_with_best",
    "confidence_sequence",
    "cuped",
    "cuped_moments",
    "design_effect",
    "dunnett",
    "equivalence",
    "equivalence_of_groups",
    "flip_rate",
    "group_difference",
    "group_ratio",
    "group_sequential",
    "group_share_difference",
    "grouped_comoments",
    "grouped_moments",
    "harmed",
    "icc",
    "look_inflation",
    "look_level",
    "look_p",
    "mann_whitney",
    "max_t",
    "merged",
    "miettinen_nurminen",
    "minimum_detectable",
    "odds_ratio",
    "paired",
    "paired_adjusted",
    "paired_proportions",
    "pass_at",
    "pass_hat",
    "permutation",
    "power",
    "prediction_powered",
    "prior_of_effects",
    "proportions",
    "quantile_difference",
    "ratio",
    "ratio_moments",
    "ratio_of_totals",
    "regression_adjusted",
    "relative_lift",
    "sample_ratio",
    "sample_size",
    "shares_not_worse",
    "shrink",
    "shrunken",
    "simulated_power",
    "split_proportions",
    "split_ratio",
    "unpaired",
    "unpaired_moments",
    "wilcoxon",
]
