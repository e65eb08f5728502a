"""Who gets which variant in a live product: the same one each time, with nothing to store."""

from collections.abc import Mapping
from hashlib import sha256

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment

_PARTS = 2**64


def assign(unit: str, experiment: Experiment, *, shares: Mapping[str, float] | None = None) -> str:
    """The variant of a unit (a user, an account), by a hash: sticky across processes and machines.

    `shares` are the variants' parts of the traffic, equal by default; they must add up to 1.
    Experiments of different names or seeds assign independently of one another. Raises
    `InputError` for shares of unknown variants or that do not add up.

    >>> from tailor_lab import Metric, Variant
    >>> live = Experiment("live", [], [Variant("a"), Variant("b")], Metric("improvement"))
    >>> assign("user-17", live) == assign("user-17", live)
    True
    """
    names = [variant.name for variant in experiment.variants]
    parts = checked_shares(experiment, shares)
    text = f"{experiment.name}\x1f{experiment.seed}\x1f{unit}"
    point = int.from_bytes(sha256(text.encode()).digest()[:8], "big") / _PARTS
    edge = 0.0
    for name in names:
        edge += parts[name]
        if point < edge:
            return name
    return names[-1]


def checked_shares(experiment: Experiment, shares: Mapping[str, float] | None) -> dict[str, float]:
    """The share of each variant, equal where none are given."""
    names = [variant.name for variant in experiment.variants]
    if shares is None:
        return dict.fromkeys(names, 1 / len(names))
    unknown = sorted(set(shares) - set(names))
    if unknown:
        raise InputError(
            f'Experiment "{experiment.name}" has no variant "{unknown[0]}"; '
            f"it has {', '.join(names)}."
        )
    parts = {name: float(shares.get(name, 0.0)) for name in names}
    if any(part < 0 for part in parts.values()) or abs(sum(parts.values()) - 1) > 1e-9:
        raise InputError(f"The shares add up to {sum(parts.values()):g}; they must add up to 1.")
    return parts
