"""Who is asking: the stage that runs on this thread, for listeners of other rooms."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageContext:
    """Which run, item, stage and attempt the code that asks is working for."""

    run_id: str
    item_id: str
    stage: str
    attempt: int


CURRENT: ContextVar[StageContext | None] = ContextVar("tailor_lab_stage", default=None)


def current() -> StageContext | None:
    """The stage that is running on this thread or in this coroutine, or None outside of any."""
    return CURRENT.get()
