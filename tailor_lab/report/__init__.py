"""Reports: what an experiment found, in a file that can be sent on and verified."""

from typing import TYPE_CHECKING

from tailor_lab.lazy import lazy_names

if TYPE_CHECKING:
    from tailor_lab.report.summary import pull_request_summary
    from tailor_lab.report.verify import Check, verify_report
    from tailor_lab.report.write import write_report

__all__ = ["Check", "pull_request_summary", "verify_report", "write_report"]

__getattr__, __dir__ = lazy_names(__name__)
