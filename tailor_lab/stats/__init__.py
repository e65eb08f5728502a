"""Statistics for experiments: numbers in, numbers out, each with its source."""

from tailor_lab.stats.clusters import clustered, design_effect, icc
from tailor_lab.stats.equivalence import equivalence
from tailor_lab.stats.estimate import Estimate, NotEnoughData
from tailor_lab.stats.means import paired, unpaired
from tailor_lab.stats.multiplicity import adjust
from tailor_lab.stats.power import minimum_detectable, power, sample_size
from tailor_lab.stats.proportions import paired_proportions, proportions, sample_ratio
from tailor_lab.stats.ratios import ratio

__all__ = [
    "Estimate",
    "NotEnoughData",
    "adjust",
    "clustered",
    "design_effect",
    "equivalence",
    "icc",
    "minimum_detectable",
    "paired",
    "paired_proportions",
    "power",
    "proportions",
    "ratio",
    "sample_ratio",
    "sample_size",
    "unpaired",
]
