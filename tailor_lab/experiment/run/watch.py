"""Watches runs as they finish, so that what cannot succeed ends at once.

Two things end runs early. An error of the server, such as a wrong key, would meet every run alike:
nothing more begins. The same failure in all of a variant's first runs would most likely meet the
rest of them too: that variant is paused. Both are found out on the worker that finished the run,
before it takes the next, and runs that have begun send nothing more (`RequestBreaker`).
"""

import copy
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tailor_lab.experiment.run.recorder import over_budget
from tailor_lab.llm.breaker import RequestBreaker, RunStoppedError
from tailor_lab.llm.errors import BudgetError, LLMError, scrub
from tailor_lab.pipeline import Run
from tailor_lab.pipeline.batch import Tally
from tailor_lab.pipeline.run import StageRecord

PAUSE_AFTER = 5
"""So many of a variant's first runs must fail alike before it is paused."""


_SAYING_NOTHING = {BudgetError.__name__, RunStoppedError.__name__}
"""Errors of requests that were not sent."""


class RunListener(Protocol):
    """Who hears of runs that were made."""

    def stage_finished(self, record: StageRecord) -> None:
        """Hears of a stage."""
        ...

    def run_finished(self, run: Run) -> None:
        """Hears of a run."""
        ...


@dataclass(frozen=True)
class Pause:
    """Why a group of runs, such as a variant's, was paused."""

    failed: int
    """How many runs had failed, all of them alike."""
    said: str
    """What the last of them said."""


class Watch:
    """Hears of each finished run, and says which are not to begin.

    `group_of` gives the group of an item by its id; `listener` hears of the runs that were made.
    With a `pause_after` of 0 nothing is paused; a group in `proven` never is.
    """

    def __init__(
        self,
        listener: RunListener,
        group_of: Mapping[str, str],
        *,
        pause_after: int = PAUSE_AFTER,
        proven: Iterable[str] = (),
    ) -> None:
        everything = RequestBreaker()
        self.breakers: Mapping[str, RequestBreaker] = {
            group: RequestBreaker(parent=everything) for group in set(group_of.values())
        }
        """Of the clients of each group."""
        self.stopped: LLMError | None = None
        """The error of the server that ended it all."""
        self.paused: dict[str, Pause] = {}
        self._listener = listener
        self._group_of = group_of
        self._pause_after = pause_after
        self._proven = set(proven)
        self._failures: dict[tuple[str, str], list[str]] = {}
        self._sound: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def stage_finished(self, record: StageRecord) -> None:
        """Counts the stage, then passes it on."""
        with self._lock:
            self._count(record)
        self._listener.stage_finished(record)

    def run_finished(self, run: Run) -> None:
        """Passes the run on, unless nothing was found out by it."""
        cause = cause_of(run)
        if isinstance(cause, LLMError) and cause.of_server:
            self.stopped = self.stopped or cause
        if not not_made(run):
            self._listener.run_finished(run)

    def ends(self, tally: Tally) -> bool:
        """Whether nothing more is to begin: the budget is used up, or the server refuses all."""
        spent = tally.last is not None and over_budget(tally.last)
        return spent or self.stopped is not None

    def skips(self, item: Mapping[str, Any]) -> bool:
        """Whether a run is not to begin any more."""
        return self.stopped is not None or self._group_of[str(item["id"])] in self.paused

    def _count(self, record: StageRecord) -> None:
        """Counts how a stage went: a run is not finished before its last, which may be late."""
        group, stage = self._group_of[record.item_id], record.stage
        if not self._pause_after or group in self._proven or (group, stage) in self._sound:
            return
        if record.status in {"ok", "cached"}:
            self._sound.add((group, stage))
        elif record.status == "failed" and record.error_type not in _SAYING_NOTHING:
            failures = self._failures.setdefault((group, stage), [])
            failures.append(str(record.error_type))
            if failures[0] != failures[-1]:
                self._sound.add((group, stage))
            elif len(failures) == self._pause_after:
                self._pause(group, record)

    def _pause(self, group: str, record: StageRecord) -> None:
        said = scrub(record.error or str(record.error_type))
        said = said if said.endswith((".", "!", "?", "…")) else f"{said}."
        self.paused[group] = Pause(self._pause_after, said)
        # Runs that have begun and asked nothing yet would ask otherwise.
        self.breakers[group].open(said)


def cause_of(run: Run) -> BaseException | None:
    """What a failed run's stage raised."""
    return run.error.__cause__ or run.error if run.error is not None else None


def not_made(run: Run) -> bool:
    """Whether a run says nothing of its item or variant: its request was refused like any other."""
    cause = cause_of(run)
    of_server = isinstance(cause, LLMError) and cause.of_server
    return over_budget(run) or of_server or isinstance(cause, RunStoppedError)


def ended_early(error: LLMError, made: int, wanted: int, what: str = "runs") -> LLMError:
    """The server's error, with how far things had come and how they go on."""
    if not made:
        return error
    told = copy.copy(error)
    told.args = (
        f"{error} {made} of {wanted} missing {what} were made and are kept; run it again to go on.",
    )
    return told


def pauses(
    paused: Mapping[str, Pause],
    left: Mapping[str, int],
) -> list[str]:
    """A sentence for each variant that was paused while it had more to do: how many are `left`."""
    return [
        f'Variant "{name}" is paused: all of its first {pause.failed} runs failed alike, and '
        f"{left[name]} more were not started. The last failure: {pause.said} Mend its cause and "
        "run again to go on; pause_after=0 (--pause-after 0) makes them all the same."
        for name, pause in paused.items()
        if left.get(name)
    ]
