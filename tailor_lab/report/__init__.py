"""Reports: what an experiment found, in a file that can be sent on and verified."""

from tailor_lab.report.render import write_report
from tailor_lab.report.summary import pull_request_summary
from tailor_lab.report.verify import Check, verify_report

__all__ = ["Check", "pull_request_summary", "verify_report", "write_report"]
