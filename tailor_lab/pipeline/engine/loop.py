"""One event loop for all coroutine stages, on a thread of its own, started when first needed."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from tailor_lab.pipeline.errors import StageTimeoutError

CLOSING_S = 1.0
"""A coroutine that blocks the loop cannot be ended from outside; it is left behind after this."""


class EventLoop:
    """Runs coroutines for threads that wait for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coroutine: Coroutine[Any, Any, Any], timeout: float | None) -> Any:
        """What the coroutine returns; it is cancelled after `timeout` seconds.

        The coroutine sees the context variables of the calling thread.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self._started())
        try:
            return future.result(timeout)
        except TimeoutError:
            if future.done():
                raise
            future.cancel()
            raise StageTimeoutError(too_long(timeout)) from None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="pipeline-loop", daemon=True
                )
                self._thread.start()
            return self._loop

    def close(self) -> None:
        """Cancels what still runs and ends the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_end(loop), loop)
        thread.join(CLOSING_S)
        if not thread.is_alive():
            loop.close()


async def _end(loop: asyncio.AbstractEventLoop) -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=CLOSING_S / 2)
    loop.call_soon(loop.stop)


def too_long(timeout: float | None) -> str:
    """The sentence for a stage that took longer than it may."""
    return f"it took longer than its timeout of {timeout:g} s"
