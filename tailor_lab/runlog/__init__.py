"""The run log: everything recorded, nothing lost, asked in SQL."""

from tailor_lab.runlog.effectiveness import Effectiveness
from tailor_lab.runlog.errors import QueryError, RowError, RunLogError
from tailor_lab.runlog.log import RunLog

__all__ = ["Effectiveness", "QueryError", "RowError", "RunLog", "RunLogError"]
