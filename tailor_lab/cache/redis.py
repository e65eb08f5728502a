"""The Redis tier: shared by machines. A server that does not answer is asked again later.

After a failure the tier stays away from the server for a while that doubles with every further
failure, so that a dead server costs one time-out and not one a request.
"""

import math
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from tailor_lab.cache.tier import TierError

TIMEOUT_S = 0.25
LEASE_S = 2.0
_PREFIX = "tailor_lab:"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


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
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry_on_timeout=False,
            health_check_interval=30,
        )
        self._errors = (redis.RedisError, OSError)
        self._pause = 0.0
        self._away_until = 0.0
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
        renewal = threading.Thread(target=self._renew, args=(name, done), daemon=True)
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

    def _renew(self, name: str, done: threading.Event) -> None:
        while not done.wait(LEASE_S / 3):
            with suppress(*self._errors):
                self._client.pexpire(name, int(LEASE_S * 1000))

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        if time.monotonic() < self._away_until:
            raise TierError(f"Redis at {self.address} does not answer")
        try:
            yield
        except self._errors as error:
            self._pause = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, 2 * self._pause))
            self._away_until = time.monotonic() + self._pause
            raise TierError(f"Redis at {self.address} does not answer") from error
        self._pause = 0.0


def _without_password(url: str) -> str:
    """Host and port of a URL, and nothing of what may be secret."""
    return url.rpartition("@")[2].rpartition("//")[2].partition("?")[0]
