"""What past experiments of the log say of a result: how large such effects usually are."""

from dataclasses import dataclass

from tailor_lab.experiment.verdict import amount


@dataclass(frozen=True)
class Shrunk:
    """One variant's effect, drawn towards what such effects usually are. Up is better."""

    variant: str
    value: float
    """As it was estimated, in the metric's unit."""
    se: float
    """Its standard error."""
    expected: float
    """Given past effects: what another run of the same comparison would find on average."""
    holds: float | None
    """The chance that the true effect is on the better side of 0; None where past effects vary no
    more than their noise, so that nothing can be said."""


@dataclass(frozen=True)
class PastEvidence:
    """Effects of past experiments on a metric as a prior, and this experiment's in its light.

    The prior is stated, not assumed: a normal around 0 whose standard deviation is what past
    effects vary by beyond their own noise. Earlier experiments on this metric must be like this
    one; which they are is said.
    """

    metric: str
    unit: str
    experiments: tuple[str, ...]
    """Those whose effects are the prior."""
    effects: int
    """How many comparisons with a baseline they have."""
    spread: float
    """Standard deviation of the true effects, in the metric's unit."""
    variants: tuple[Shrunk, ...]
    """This experiment's effects."""

    def __str__(self) -> str:
        head = (
            f"{self.effects} past effects on {self.metric} in {len(self.experiments)} experiments "
            f"vary by {amount(self.spread, self.unit)} (standard deviation, noise taken out)."
        )
        lines = [
            f"{each.variant}: {amount(each.value, self.unit, signed=True)} would on average be "
            f"{amount(each.expected, self.unit, signed=True)} when run once more"
            + ("." if each.holds is None else f"; it is better with chance {each.holds:.1%}.")
            for each in self.variants
        ]
        return "\n".join([head, *lines])
