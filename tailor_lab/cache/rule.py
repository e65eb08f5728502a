"""One request to the cache: what is asked for, how to compute it, how long to keep it."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tailor_lab.cache.clock import now
from tailor_lab.cache.entry import Entry
from tailor_lab.cache.ttl import Ttl


@dataclass
class CacheRule:
    """What one request asks for: its key, how to compute the value, how long to keep it."""

    namespace: str
    key: str
    check: bytes
    fetch: Callable[[], Any] = lambda: None
    ttl: Ttl = None
    stale_for: float = 0.0
    tags: Sequence[str] = ()
    cost: Any = None
    failures: Mapping[type[Exception], Ttl] = field(default_factory=dict)
    kind: Any = None


def due_early(entry: Entry, beta: float) -> bool:
    """Whether to refresh before the end: more likely the nearer it is and the dearer the value."""
    left = entry.fresh_until - now()
    return beta > 0 and -entry.seconds * beta * math.log(1.0 - random.random()) >= left
