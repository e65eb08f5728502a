"""Designs to plan for: what each makes of n items.

Each says how precise n items are and how likely they show a difference. `n` counts items: pairs
where the same items are under both variants, items a group where the groups are independent.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from tailor_lab.errors import InputError


class Design(Protocol):
    """What `power`, `sample_size` and `minimum_detectable` need to know."""

    @property
    def largest(self) -> float:
        """A difference larger than any that matters, in the unit of the difference."""

    def power(self, n: int, difference: float, alpha: float) -> float:
        """The chance that n items show the difference, two-sided at `alpha`."""


@dataclass(frozen=True)
class Paired:
    """The same items under both variants: `sd` of the differences, or both and `correlation`.

    >>> round(Paired(sd_a=1.0, sd_b=1.0, correlation=0.5).spread, 3)
    1.0
    """

    sd: float | None = None
    sd_a: float | None = None
    sd_b: float | None = None
    correlation: float | None = None

    def __post_init__(self) -> None:
        """Refuses what does not make a spread."""
        if not self.spread > 0:
            raise InputError(f"The spread of the differences is {self.spread}; it must be above 0.")

    @property
    def spread(self) -> float:
        """The standard deviation of the differences.

        Raises `InputError` where what was given does not say it.
        """
        if self.sd is not None:
            return self.sd
        if self.sd_a is None or self.sd_b is None or self.correlation is None:
            raise InputError("Give sd, or sd_a, sd_b and correlation.")
        if not -1 <= self.correlation <= 1:
            raise InputError(f"correlation is {self.correlation}; it must lie between -1 and 1.")
        both = 2 * self.correlation * self.sd_a * self.sd_b
        return math.sqrt(max(0.0, self.sd_a**2 + self.sd_b**2 - both))

    @property
    def largest(self) -> float:
        """A hundred standard deviations."""
        return 100 * self.spread

    def power(self, n: int, difference: float, alpha: float) -> float:
        """By the non-central t."""
        if n < 2:
            return 0.0
        return _t_power(difference / self.spread * math.sqrt(n), n - 1, alpha)


@dataclass(frozen=True)
class Unpaired:
    """Two independent groups of n items each, with standard deviations `sd` and `sd_b`.

    Source: Cohen (1988), ch. 2; degrees of freedom of Welch (1947) where the spreads differ.
    """

    sd: float
    sd_b: float | None = None

    def __post_init__(self) -> None:
        """Refuses spreads that are not above 0."""
        _positive(sd=self.sd, sd_b=self.sd if self.sd_b is None else self.sd_b)

    @property
    def largest(self) -> float:
        """A hundred standard deviations."""
        return 100 * self.sd

    def power(self, n: int, difference: float, alpha: float) -> float:
        """By the non-central t."""
        if n < 2:
            return 0.0
        first, second = self.sd**2, (self.sd if self.sd_b is None else self.sd_b) ** 2
        df = (n - 1) * (first + second) ** 2 / (first**2 + second**2)
        return _t_power(difference / math.sqrt((first + second) / n), df, alpha)


@dataclass(frozen=True)
class Clustered:
    """Paired differences of spread `sd` in clusters of `size` items that are alike by `icc`.

    The degrees of freedom are those of the clusters. Source: Donner and Klar (2000), Design and
    Analysis of Cluster Randomization Trials, ch. 5.
    """

    sd: float
    icc: float
    size: float

    def __post_init__(self) -> None:
        """Refuses an icc outside 0 to 1 and clusters of less than one item."""
        _positive(sd=self.sd)
        if not 0 <= self.icc <= 1 or self.size < 1:
            raise InputError("icc must lie between 0 and 1, and size be 1 or more.")

    @property
    def design_effect(self) -> float:
        """How many times more items the clusters need."""
        return 1 + (self.size - 1) * self.icc

    @property
    def largest(self) -> float:
        """A thousand standard deviations."""
        return 1000 * self.sd

    def power(self, n: int, difference: float, alpha: float) -> float:
        """By the non-central t with a degree of freedom less than clusters."""
        clusters = n / self.size
        if clusters < 2:
            return 0.0
        error = self.sd * math.sqrt(self.design_effect / n)
        return _t_power(difference / error, clusters - 1, alpha)


@dataclass(frozen=True)
class PairedShares:
    """Pass or fail on the same items, of which the share `discordant` passes under one only.

    Source: Connor (1987), Biometrics 43(1), for McNemar's test.
    """

    discordant: float

    def __post_init__(self) -> None:
        """Refuses a share outside 0 to 1."""
        if not 0 < self.discordant <= 1:
            raise InputError(f"discordant is {self.discordant}; it must lie between 0 and 1.")

    @property
    def largest(self) -> float:
        """All that differ differ the same way."""
        return self.discordant

    def power(self, n: int, difference: float, alpha: float) -> float:
        """By the normal approximation."""
        if n < 2 or difference > self.discordant + 1e-12:
            return 0.0 if n < 2 else 1.0
        null = math.sqrt(self.discordant / n)
        true = math.sqrt(max(1e-300, (self.discordant - difference**2) / n))
        return _z_power(difference, null, true, alpha)


@dataclass(frozen=True)
class Shares:
    """Pass or fail in two independent groups of n, the baseline passing with share `baseline`.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, §4.2, as
    in R's power.prop.test.
    """

    baseline: float

    def __post_init__(self) -> None:
        """Refuses a share outside 0 to 1."""
        if not 0 < self.baseline < 1:
            raise InputError(f"baseline is {self.baseline}; it must lie between 0 and 1.")

    @property
    def largest(self) -> float:
        """To the farther end of 0 to 1."""
        return max(self.baseline, 1 - self.baseline) * (1 - 1e-9)

    def power(self, n: int, difference: float, alpha: float) -> float:
        """By the normal approximation, towards whichever side has room, the middle if both have.

        Raises `InputError` where neither side has room for the difference.
        """
        if n < 2:
            return 0.0
        up = self.baseline + difference <= 1
        other = self.baseline + difference if up else self.baseline - difference
        if other < 0:
            raise InputError(f"No share differs from {self.baseline} by {difference}.")
        mean = (self.baseline + other) / 2
        null = math.sqrt(2 * mean * (1 - mean) / n)
        true = math.sqrt((self.baseline * (1 - self.baseline) + other * (1 - other)) / n)
        return _z_power(difference, null, max(true, 1e-150), alpha)


@dataclass(frozen=True)
class RatioOfMeans:
    """A ratio of means on the same items; the difference is of its factor, 0.1 for 10 % less.

    `cv_a` and `cv_b` are the coefficients of variation (standard deviation over mean).
    `correlation` is that of the two arms over the items, 0 to 1 as a rule.
    Source: the delta method on the log ratio; Deng, Knoblich and Lu (2018), KDD.
    """

    cv_a: float
    cv_b: float
    correlation: float = 0.0

    def __post_init__(self) -> None:
        """Refuses coefficients that are not above 0, and correlations that are none."""
        _positive(cv_a=self.cv_a, cv_b=self.cv_b)
        if not -1 <= self.correlation <= 1:
            raise InputError(f"correlation is {self.correlation}; it must lie between -1 and 1.")

    @property
    def largest(self) -> float:
        """All of it."""
        return 1 - 1e-9

    def power(self, n: int, difference: float, alpha: float) -> float:
        """By the t distribution of the log ratio."""
        if n < 2 or difference >= 1:
            return 0.0 if n < 2 else 1.0
        both = 2 * self.correlation * self.cv_a * self.cv_b
        spread = math.sqrt(max(1e-300, self.cv_a**2 + self.cv_b**2 - both))
        return _t_power(-math.log1p(-difference) / spread * math.sqrt(n), n - 1, alpha)


def _t_power(shift: float, df: float, alpha: float) -> float:
    from scipy.special import nctdtr
    from scipy.stats import norm, t

    critical = float(t.ppf(1 - alpha / 2, df))
    below = float(nctdtr(df, shift, critical))
    # Far from its centre the function gives nan or noise; there the normal limit decides it.
    return 1 - below if 0 <= below <= 1 else float(norm.sf(critical - shift))


def _z_power(difference: float, null: float, true: float, alpha: float) -> float:
    from scipy.stats import norm

    critical = float(norm.ppf(1 - alpha / 2)) * null
    return float(norm.sf((critical - difference) / true))


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise InputError(f"{name} is {value}; it must be above 0.")
