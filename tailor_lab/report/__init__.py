"""Reports: what an experiment found, in a file that can be sent on and verified."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tailor_lab.report.summary import pull_request_summary
    from tailor_lab.report.verify import Check, verify_report
    from tailor_lab.report.write import write_report

_HOMES = {
    "Check": "verify",
    "pull_request_summary": "summary",
    "verify_report": "verify",
    "write_report": "write",
}

__all__ = ["Check", "pull_request_summary", "verify_report", "write_report"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
