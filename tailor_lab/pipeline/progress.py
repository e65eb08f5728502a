"""Progress of a batch on the terminal or in a notebook; silent where nobody looks."""

import sys
from types import TracebackType
from typing import Any

from tailor_lab.pipeline.run import Run, StageRecord


class Progress:
    """A bar that counts finished items and failures; a listener of the scheduler."""

    def __init__(self, total: int | None, *, shown: bool | None = None) -> None:
        self._failed = 0
        self._bar: Any = None
        self._total = total
        self._shown = sys.stderr.isatty() if shown is None else shown

    def __enter__(self) -> "Progress":
        if self._shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=self._total, unit=" items", file=sys.stderr, leave=False)
        return self

    def stage_finished(self, record: StageRecord) -> None:
        """Stages move nothing; only finished items do."""

    def run_finished(self, run: Run) -> None:
        """One item more."""
        if self._bar is None:
            return
        if not run.ok:
            self._failed += 1
            self._bar.set_postfix(failed=self._failed)
        self._bar.update(1)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()
