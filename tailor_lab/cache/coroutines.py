"""The way between coroutines and the cache, which waits for locks and other processes."""

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def on_own_thread(
    work: Callable[[Callable[[], T]], T], fetch: Callable[[], Awaitable[T]]
) -> T:
    """What `work` returns on a thread of its own; it is given a function that waits for `fetch`.

    `fetch` runs on the caller's loop, and all of it in the caller's context. A thread a call: in a
    pool, coroutines that wait for one another could take all threads.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    async def fetched() -> T:
        return await fetch()

    def blocking() -> T:
        return asyncio.run_coroutine_threadsafe(fetched(), loop).result()

    def tell(error: BaseException | None, value: Any) -> None:
        if answer.cancelled():
            return
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)

    def run() -> None:
        error, value = None, None
        try:
            value = context.run(work, blocking)
        except BaseException as raised:  # noqa: BLE001 (handed to the caller)
            error = raised
        # A caller that was cancelled may have closed its loop; then nobody is left to be told.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, error, value)

    threading.Thread(target=run, name="cache-awrap", daemon=True).start()
    return await answer
