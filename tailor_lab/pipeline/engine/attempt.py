"""One attempt at a stage: its condition, its cache, its timeout, and what came of it.

An error is an outcome, never an exception: one item's failure must not stop the others.
"""

import inspect
import random
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from types import CoroutineType
from typing import Any, Literal

from tailor_lab.pipeline.context import CURRENT, StageContext
from tailor_lab.pipeline.engine.loop import EventLoop, too_long
from tailor_lab.pipeline.errors import StageTimeoutError
from tailor_lab.pipeline.graph import Work
from tailor_lab.pipeline.stage import Stage

LONGEST_WAIT_S = 10.0
"""No two attempts are further apart than this."""


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """What one attempt gave, or all attempts where a stage travelled with its rules."""

    status: Literal["ok", "cached", "skipped", "failed"]
    value: Any
    error: BaseException | None
    started: float
    seconds: float
    """How long a worker was busy with it."""
    attempts: int = 1


def attempt(work: Work, context: StageContext, loop: EventLoop) -> StageOutcome:
    """Calls a stage once, by its rules."""
    started, clock = time.time(), time.perf_counter()
    token = CURRENT.set(context)
    try:
        status, value = _bounded(work, loop)
    except BaseException as error:  # a stage may raise what it likes
        if isinstance(error, KeyboardInterrupt) and _on_main_thread():
            raise
        return StageOutcome("failed", None, error, started, time.perf_counter() - clock)
    else:
        return StageOutcome(status, value, None, started, time.perf_counter() - clock)
    finally:
        CURRENT.reset(token)


def may_retry(made: Stage[..., Any], outcome: StageOutcome, attempts: int) -> bool:
    """Whether a stage is to be tried again after this many attempts."""
    return (
        outcome.error is not None
        and attempts <= made.retries
        and isinstance(outcome.error, made.retry_on)
    )


def backoff(attempts: int) -> float:
    """Seconds to wait before the next attempt: doubling, with full jitter.

    Source: Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015).
    """
    return random.uniform(0.0, min(LONGEST_WAIT_S, 0.1 * 2.0 ** min(attempts, 32)))


def _bounded(work: Work, loop: EventLoop) -> tuple[Any, Any]:
    made = work.stage
    timeout = made.timeout
    # A coroutine is cancelled on its loop; its condition and its cache may stand still too.
    alone = made.when is None and made.cache is None
    if timeout is None or (alone and inspect.iscoroutinefunction(made.function)):
        return _body(work, loop)
    # A thread cannot be stopped from outside, only left behind: so the attempt gets one of its
    # own, a daemon that cannot keep the process alive, and the worker goes on without it.
    status, value = _on_own_thread(lambda: _body(work, loop), timeout, work.stage.name)
    return status, value


def _body(work: Work, loop: EventLoop) -> tuple[Any, Any]:
    made = work.stage
    if made.when is not None and not made.when(**(work.condition or {})):
        return "skipped", None
    if made.cache is None or work.cache is None:
        return "ok", _call(work, loop)
    called: list[bool] = []

    def fetch() -> Any:
        called.append(True)
        return _call(work, loop)

    key = made.cache.key
    parts = {name: v for name, v in work.arguments.items() if key is None or name in key}
    value = work.cache.wrap(made.cache.namespace, parts, fetch, **made.cache.options)
    return ("ok" if called else "cached"), value


def _call(work: Work, loop: EventLoop) -> Any:
    value = work.stage.function(**work.arguments)
    if isinstance(value, CoroutineType):
        return loop.run(value, work.stage.timeout)
    return value


def _on_own_thread(body: Callable[[], Any], timeout: float, name: str) -> Any:
    box: list[tuple[bool, Any]] = []
    done = threading.Event()
    context = copy_context()

    def run() -> None:
        try:
            box.append((True, context.run(body)))
        except BaseException as raised:  # noqa: BLE001 (raised again on the worker's thread)
            box.append((False, raised))
        done.set()

    threading.Thread(target=run, name=f"stage-{name}", daemon=True).start()
    if not done.wait(timeout):
        raise StageTimeoutError(too_long(timeout))
    succeeded, value = box[0]
    if not succeeded:
        raise value
    return value


def _on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
