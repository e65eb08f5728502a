"""The time of day, which in this process never goes back.

Entries carry wall-clock times, for other processes read them. A wall clock that is set back would
make them fresh for longer, so time here goes on at least as fast as the monotonic clock.
"""

import time

_START = time.time() - time.monotonic()
AHEAD_S = 2.0
"""How far the clocks of two machines may differ before an entry counts as made in the future."""


def now() -> float:
    """Seconds since the epoch."""
    return max(time.time(), _START + time.monotonic())
