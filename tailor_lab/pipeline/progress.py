"""Progress of a batch on the terminal or in a notebook; silent where nobody looks."""

import sys
from types import TracebackType
from typing import Any

from tailor_lab.pipeline.batch import Tally


class Progress:
    """A bar of finished items with rate, time to go, failures and cost so far."""

    def __init__(self, total: int | None, *, shown: bool | None = None) -> None:
        self._bar: Any = None
        self._total = total
        self._shown = _somebody_looks() if shown is None else shown

    def __enter__(self) -> "Progress":
        if self._shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=self._total, unit=" items", file=sys.stderr, leave=False)
        return self

    def advance(self, tally: Tally) -> None:
        """One item more."""
        if self._bar is None:
            return
        notes: dict[str, str] = {}
        if tally.failed:
            notes["failed"] = str(tally.failed)
        if tally.cost_usd:
            notes["cost"] = f"{tally.cost_usd:.4f} USD"
        self._bar.set_postfix(notes, refresh=False)
        self._bar.update(1)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()


def _somebody_looks() -> bool:
    return sys.stderr.isatty() or _in_notebook()


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this process; asked without importing IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
