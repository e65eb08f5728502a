"""Charts: one function, one question. A frame goes in, an `altair.Chart` comes out.

Nothing here reads files or computes statistics; the caller brings the numbers and the finding that
the title states. Frames of any length may come: what cannot be seen is joined or left out first.
Colours are those of Okabe and Ito (2008), distinguishable with any common form of colour vision.
Altair is imported when the first chart is drawn, for it takes a while.
"""

from tailor_lab.charts.checks import coverage, false_alarms, intervals
from tailor_lab.charts.experiments import (
    before_and_after,
    decisions,
    distributions,
    estimates,
    looks,
    paired_differences,
    power_curve,
    segments,
    sensitivity,
)
from tailor_lab.charts.operations import bars, by_day, gantt, hit_ratio_by_size, scaling, trend
from tailor_lab.charts.theme import PALETTE, VERDICT_COLOURS, restyle, save

__all__ = [
    "PALETTE",
    "VERDICT_COLOURS",
    "bars",
    "before_and_after",
    "by_day",
    "coverage",
    "decisions",
    "distributions",
    "estimates",
    "false_alarms",
    "gantt",
    "hit_ratio_by_size",
    "intervals",
    "looks",
    "paired_differences",
    "power_curve",
    "restyle",
    "save",
    "scaling",
    "segments",
    "sensitivity",
    "trend",
]
