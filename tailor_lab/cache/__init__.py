"""The cache: memory before a shared tier, single flight, exact values, no pickle.

`Trace` and `replay` ask what other policies and sizes would have made of the same requests.
"""

from tailor_lab.cache.cache import Cache
from tailor_lab.cache.errors import UncacheableError
from tailor_lab.cache.policies import Policy
from tailor_lab.cache.stats import CacheRequest, CacheStats
from tailor_lab.cache.tiers.disk import Disk
from tailor_lab.cache.tiers.memory import Memory
from tailor_lab.cache.tiers.redis import Redis
from tailor_lab.cache.traces.replay import replay
from tailor_lab.cache.traces.trace import Trace
from tailor_lab.cache.ttl import score_ttl
from tailor_lab.cache.warm import Warmed

__all__ = [
    "Cache",
    "CacheRequest",
    "CacheStats",
    "Disk",
    "Memory",
    "Policy",
    "Redis",
    "Trace",
    "UncacheableError",
    "Warmed",
    "replay",
    "score_ttl",
]
