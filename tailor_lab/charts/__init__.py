"""Charts: one function, one question. A frame goes in, an `altair.Chart` comes out.

Nothing here reads files or computes statistics; the caller brings the numbers and the finding that
the title states. Colours are those of Okabe and Ito (2008), distinguishable with any common form
of colour vision. Altair is imported when the first chart is drawn, for it takes a while.
"""

from tailor_lab.charts.experiments import (
    before_and_after,
    distributions,
    estimates,
    looks,
    paired_differences,
    power_curve,
    segments,
    sensitivity,
)
from tailor_lab.charts.operations import bars, gantt, hit_ratio_by_size, trend
from tailor_lab.charts.theme import PALETTE, VERDICT_COLOURS, save

__all__ = [
    "PALETTE",
    "VERDICT_COLOURS",
    "bars",
    "before_and_after",
    "distributions",
    "estimates",
    "gantt",
    "hit_ratio_by_size",
    "looks",
    "paired_differences",
    "power_curve",
    "save",
    "segments",
    "sensitivity",
    "trend",
]
