"""The dashboard: live views of the run log in a browser, on this machine alone, read-only.

`views` asks the log and says what a page consists of; `app` guards and serves the pages; `serve`
runs the server. docs/decisions/0023-dashboard.md says why the charts are drawn by the server.
"""

from tailor_lab.dashboard.serve import DEFAULT_PORT, serve

__all__ = ["DEFAULT_PORT", "serve"]
