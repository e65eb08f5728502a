"""The run log: everything recorded, nothing lost, asked in SQL."""

from tailor_lab.runlog.answers.costs import Costs
from tailor_lab.runlog.answers.effectiveness import Effectiveness
from tailor_lab.runlog.answers.engagement import Engagement
from tailor_lab.runlog.answers.system import System
from tailor_lab.runlog.answers.trend import Trend
from tailor_lab.runlog.errors import QueryError, RowError, RunLogError
from tailor_lab.runlog.follow import RunProgress
from tailor_lab.runlog.log import RunLog
from tailor_lab.runlog.storage.check import LogCheck

# Their names up to 0.1.
Check = LogCheck
Progress = RunProgress

__all__ = [
    "Check",
    "Costs",
    "Effectiveness",
    "Engagement",
    "LogCheck",
    "Progress",
    "QueryError",
    "RowError",
    "RunLog",
    "RunLogError",
    "RunProgress",
    "System",
    "Trend",
]
