"""The run log: everything recorded, nothing lost, asked in SQL."""

from tailor_lab.runlog.check import Check
from tailor_lab.runlog.costs import Costs
from tailor_lab.runlog.effectiveness import Effectiveness
from tailor_lab.runlog.engagement import Engagement
from tailor_lab.runlog.errors import QueryError, RowError, RunLogError
from tailor_lab.runlog.follow import Progress
from tailor_lab.runlog.log import RunLog
from tailor_lab.runlog.system import System
from tailor_lab.runlog.trend import Trend

__all__ = [
    "Check",
    "Costs",
    "Effectiveness",
    "Engagement",
    "Progress",
    "QueryError",
    "RowError",
    "RunLog",
    "RunLogError",
    "System",
    "Trend",
]
