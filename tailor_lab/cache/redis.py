"""The Redis tier: shared by machines. A server that does not answer is asked again later.

After a failure a breaker keeps requests away from the server until it answers in the background,
so that a dead server costs one time-out and not one a request.
"""

import json
import math
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from tailor_lab.cache.breaker import Breaker
from tailor_lab.cache.tier import TierError

TIMEOUT_S = 0.25
LEASE_S = 1.5
_PREFIX = "tailor_lab:"
_TAGS, _EDGES = f"{_PREFIX}tags", f"{_PREFIX}dependencies"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"
_RENEW = (
    "if redis.call('get', KEYS[1]) == ARGV[1] "
    "then return redis.call('pexpire', KEYS[1], ARGV[2]) end"
)
_RAISE = (
    "for i = 1, #ARGV, 2 do local at = tonumber(redis.call('zscore', KEYS[1], ARGV[i]) or 0); "
    "if tonumber(ARGV[i + 1]) > at then redis.call('zadd', KEYS[1], ARGV[i + 1], ARGV[i]) end end"
)


@dataclass(frozen=True)
class Redis:
    """How to reach a Redis or Valkey server; the URL is a secret, for it may hold a password."""

    url: str | SecretStr
    tls: bool = False

    def open(self) -> "RedisTier":
        """The tier; it connects with the first request."""
        url = self.url.get_secret_value() if isinstance(self.url, SecretStr) else self.url
        if self.tls and url.startswith("redis://"):
            url = "rediss://" + url.removeprefix("redis://")
        return RedisTier(url)


class RedisTier:
    """Bytes by key on a server, with a circuit breaker in front."""

    name = "redis"

    def __init__(self, url: str) -> None:
        import redis

        self.evictions = 0
        """The server evicts by its own rules; it is not asked for the count."""
        self._client: Any = _client(url)
        self._errors = (redis.RedisError, OSError)
        self._breaker = Breaker(self._client.ping, self._errors)
        self.address = _without_password(url)

    def get(self, key: str) -> bytes | None:
        """The bytes of a key, or None."""
        with self._speaking():
            data: bytes | None = self._client.get(_PREFIX + key)
            return data

    def set(self, key: str, data: bytes, stale_until: float) -> None:
        """Keeps bytes under a key until `stale_until`."""
        left = stale_until - time.time()
        expires = {} if math.isinf(left) else {"px": max(1, int(left * 1000))}
        with self._speaking():
            self._client.set(_PREFIX + key, data, **expires)

    def delete(self, key: str) -> bool:
        """Forgets a key and says whether it was there."""
        with self._speaking():
            return bool(self._client.delete(_PREFIX + key))

    def clear(self, namespace: str | None = None) -> int:
        """Forgets everything, or one namespace, and returns how many entries."""
        pattern = f"{_PREFIX}{namespace}:*" if namespace else f"{_PREFIX}*"
        with self._speaking():
            return sum(int(self._client.delete(key)) for key in self._scan(pattern))

    def usage(self) -> tuple[int, int]:
        """Entries of this cache on the server, and their bytes as far as the server says (0)."""
        with self._speaking():
            return sum(1 for _ in self._scan(f"{_PREFIX}*")), 0

    def _scan(self, pattern: str) -> Iterator[Any]:
        return iter(self._client.scan_iter(pattern, count=1000))

    def raise_tags(self, versions: Mapping[str, int]) -> bool:
        """Raises the versions of tags, and says that it did."""
        pairs = [part for tag, version in versions.items() for part in (tag, version)]
        with self._speaking():
            self._client.eval(_RAISE, 1, _TAGS, *pairs)
        return True

    def tag_versions(self, since: int) -> Mapping[str, int]:
        """The tags whose version was raised beyond `since`."""
        with self._speaking():
            # Not beyond but from: two processes may raise different tags to the same version.
            found = self._client.zrangebyscore(_TAGS, since, "+inf", withscores=True)
            return {tag.decode(): int(version) for tag, version in found}

    def add_dependencies(self, edges: Iterable[tuple[str, str]]) -> None:
        """Notes pairs of a tag and one that it depends on."""
        members = [json.dumps(edge) for edge in edges]
        if members:
            with self._speaking():
                self._client.sadd(_EDGES, *members)

    def dependencies(self) -> frozenset[tuple[str, str]]:
        """All pairs of a tag and one that it depends on."""
        with self._speaking():
            pairs = [json.loads(member) for member in self._client.smembers(_EDGES)]
            return frozenset((str(tag), str(other)) for tag, other in pairs)

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Keeps every other client from computing the same key meanwhile.

        The lock is a lease that is renewed while its holder lives, so that a dead one frees it
        within two seconds.
        """
        name, token = f"{_PREFIX}lock:{key}", uuid.uuid4().hex
        while not self._take(name, token):
            time.sleep(0.02)
        done = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(name, token, done), daemon=True)
        renewal.start()
        try:
            yield
        finally:
            done.set()
            with suppress(*self._errors):
                self._client.eval(_RELEASE, 1, name, token)

    def _take(self, name: str, token: str) -> bool:
        with self._speaking():
            return bool(self._client.set(name, token, nx=True, px=int(LEASE_S * 1000)))

    def _renew(self, name: str, token: str, done: threading.Event) -> None:
        while not done.wait(LEASE_S / 3):
            with suppress(*self._errors):
                self._client.eval(_RENEW, 1, name, token, int(LEASE_S * 1000))

    def close(self) -> None:
        """Closes the connections."""
        self._breaker.close()
        self._client.close()

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        self._breaker.check()
        try:
            yield
        except self._errors as error:
            why = f"Redis at {self.address} does not answer"
            self._breaker.trip(why)
            raise TierError(why) from error


def _client(url: str) -> Any:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # A connection that the server dropped is opened anew once; a time-out is not waited for twice.
    once = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    timeouts = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    return redis.Redis.from_url(url, retry=once, **timeouts)


def _without_password(url: str) -> str:
    """Host and port of a URL, and nothing of what may be secret."""
    return url.rpartition("@")[2].rpartition("//")[2].partition("?")[0]
