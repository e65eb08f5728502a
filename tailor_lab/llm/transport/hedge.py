"""Hedged requests: when an answer is late a second request is sent, and the first good one counts.

Source: Dean and Barroso (2013), "The Tail at Scale". The one that loses is not cut off: it runs to
its end on a thread of its own, is paid for, and is recorded there in the caller's context.
"""

import contextvars
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from tailor_lab.llm.transport.call import Spent

T = TypeVar("T")


def hedged(attempt: Callable[[Spent], T], spent: Spent, *, after_s: float) -> T:
    """What the first good attempt returns; a second is started after `after_s` seconds.

    `spent` grows by the attempts that had ended by then. Raises the first error where both fail.
    """
    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="hedge")
    running: dict[Future[T], Spent] = {}

    def start() -> None:
        own = Spent(attempts=spent.attempts + len(running))
        running[pool.submit(contextvars.copy_context().run, attempt, own)] = own

    start()
    done, _ = wait(running, timeout=after_s)
    if not done:
        start()
    winner: Future[T] | None = None
    pending = set(running)
    while winner is None and pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        winner = next((future for future in done if future.exception() is None), None)
    pool.shutdown(wait=False)
    for future, own in running.items():
        spent.attempts += 1
        if future.done():
            spent.usage += own.usage
            spent.add(None, own.cost_usd, answered=True)
    return (winner or next(iter(running))).result()
