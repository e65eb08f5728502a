"""The cache: memory before a shared tier, single flight, exact values, no pickle."""

from tailor_lab.cache.cache import Cache
from tailor_lab.cache.disk import Disk
from tailor_lab.cache.errors import UncacheableError
from tailor_lab.cache.memory import Memory
from tailor_lab.cache.redis import Redis
from tailor_lab.cache.stats import CacheRequest, CacheStats
from tailor_lab.cache.ttl import score_ttl

__all__ = [
    "Cache",
    "CacheRequest",
    "CacheStats",
    "Disk",
    "Memory",
    "Redis",
    "UncacheableError",
    "score_ttl",
]
