"""The Redis tier: shared by machines. A server that does not answer is asked again later.

After a failure a breaker keeps requests away from the server until it answers in the background,
so that a dead server costs one time-out and not one a request. What is stored is noted in an index,
so that this cache keeps to its size on a server that it shares with others.
"""

import hashlib
import json
import math
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import SecretStr

from tailor_lab.cache.redis_client import address, connect
from tailor_lab.cache.tags import EPOCH, KEPT_S
from tailor_lab.cache.tier import TierError, Touched
from tailor_lab.cache.tiers.breaker import Breaker
from tailor_lab.cache.tiers.disk import Disk
from tailor_lab.cache.tiers.sizes import in_bytes
from tailor_lab.errors import InputError

T = TypeVar("T")
LEASE_S = 1.5
_PREFIX = "tailor_lab:"
# The braces put all that scripts touch together into one slot of a cluster.
_OWN = "{tailor_lab}:"
_DICTIONARIES = f"{_OWN}dictionaries"
_TAGS, _NEWS, _EDGES = f"{_OWN}tags", f"{_OWN}news", f"{_OWN}dependencies"
_USED, _ENDS, _SIZES, _TOTAL = (f"{_OWN}{name}" for name in ("used", "ends", "sizes", "total"))
_INDEX = (_USED, _ENDS, _SIZES, _TOTAL)
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"
_RENEW = (
    "if redis.call('get', KEYS[1]) == ARGV[1] "
    "then return redis.call('pexpire', KEYS[1], ARGV[2]) end"
)
_RAISE = """
for i = 1, #ARGV, 2 do
  local at = tonumber(redis.call('zscore', KEYS[1], ARGV[i]) or -1)
  redis.call('zadd', KEYS[1], math.max(at + 1, tonumber(ARGV[i + 1])), ARGV[i])
end
"""
_FORGET = """
local function forget(key)
  local size = tonumber(redis.call('hget', KEYS[3], key) or 0)
  redis.call('hdel', KEYS[3], key)
  redis.call('zrem', KEYS[1], key)
  redis.call('zrem', KEYS[2], key)
  return redis.call('decrby', KEYS[4], size)
end
"""
_DROP = f"{_FORGET} for i = 1, #ARGV do forget(ARGV[i]) end"
_NOTE = f"""{_FORGET}
local key, size, now, ends, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
forget(key)
if tonumber(size) > most then return {{key}} end
redis.call('zadd', KEYS[1], now, key)
if ends ~= '' then redis.call('zadd', KEYS[2], ends, key) end
redis.call('hset', KEYS[3], key, size)
local total = redis.call('incrby', KEYS[4], size)
for i = 6, #ARGV do redis.call('zadd', KEYS[1], 'XX', now, ARGV[i]) end
for _, ended in ipairs(redis.call('zrangebyscore', KEYS[2], '-inf', now, 'limit', 0, 16)) do
  total = forget(ended)
end
local victims = {{}}
while total > most and #victims < 256 do
  local oldest = redis.call('zrange', KEYS[1], 0, 0)[1]
  if not oldest then redis.call('set', KEYS[4], 0) break end
  total = forget(oldest)
  victims[#victims + 1] = oldest
end
return victims
"""


@dataclass(frozen=True)
class Redis:
    """How to reach a Redis or Valkey server and how much to keep there.

    `url` begins with `redis://`, `rediss://` (encrypted, as with `tls`), `unix://`, or
    `redis+cluster://` and `rediss+cluster://`; it is a secret, for it may hold a password.
    `fallback` is used while the server does not answer.
    """

    url: str | SecretStr
    tls: bool = False
    max_bytes: int | str = "1GB"
    fallback: Disk | None = None

    def open(self) -> "RedisTier":
        """The tier; it connects with the first request.

        Raises `InputError` for a URL that is none.
        """
        url = self.url.get_secret_value() if isinstance(self.url, SecretStr) else self.url
        if self.tls and url.startswith("redis"):
            url = "rediss" + url.removeprefix("rediss").removeprefix("redis")
        try:
            return RedisTier(url, in_bytes(self.max_bytes))
        except ValueError:
            # The URL itself is not shown: it may hold a password.
            raise InputError(
                f"{_without_secret(url)} is not the URL of a Redis server; those begin with "
                "redis://, rediss://, unix:// or redis+cluster:// and have a port up to 65535."
            ) from None


class RedisTier:
    """Bytes by key on a server, with a circuit breaker in front."""

    name = "redis"
    compress_from = 1024

    def __init__(self, url: str, max_bytes: int) -> None:
        import redis

        self.max_bytes = max_bytes
        self.evictions = 0
        """What this process evicted; the server may evict by its own rules too."""
        self.address = address(url)
        self._client: Any = connect(url)
        cluster = (redis.exceptions.ClusterError, redis.exceptions.RedisClusterException)
        self._errors = (redis.RedisError, *cluster, OSError)
        self._away = (redis.ConnectionError, redis.TimeoutError, *cluster, OSError)
        self._breaker = Breaker(self._ping, self._errors)
        self._touched = Touched()

    def get(self, key: str) -> bytes | None:
        """The bytes of a key, or None."""
        if self._breaker.open:
            self._breaker.check()
        try:
            data: bytes | None = self._client.get(_PREFIX + key)
        except self._errors as error:
            raise self._failure(error) from error
        if data is not None:
            self._touched.add(key)
        return data

    def set(self, key: str, data: bytes, stale_until: float) -> None:
        """Keeps bytes under a key until `stale_until`, making room for them."""
        left = stale_until - time.time()
        lasting = math.isinf(left)
        expires = {} if lasting else {"px": max(1, int(left * 1000))}
        ends = "" if lasting else stale_until

        def write() -> None:
            self._client.set(_PREFIX + key, data, **expires)
            facts = [key, len(data), time.time(), ends, self.max_bytes, *self._touched.take()]
            victims = self._script(_NOTE, _INDEX, facts)
            for victim in victims:
                self._client.delete(_PREFIX + victim.decode())
            self.evictions += len(victims)

        self._ask(write)

    def delete(self, key: str) -> bool:
        """Forgets a key and says whether it was there."""

        def remove() -> bool:
            self._script(_DROP, _INDEX, [key])
            return bool(self._client.delete(_PREFIX + key))

        return self._ask(remove)

    def clear(self, namespace: str | None = None) -> int:
        """Forgets everything, or one namespace, and returns how many entries."""
        pattern = f"{_PREFIX}{_literally(namespace)}:*" if namespace else f"{_PREFIX}*"

        def remove() -> int:
            count = 0
            for name in self._client.scan_iter(pattern, count=1000):
                count += int(self._client.delete(name))
                self._script(_DROP, _INDEX, [name.decode().removeprefix(_PREFIX)])
            return count

        return self._ask(remove)

    def usage(self) -> tuple[int, int]:
        """Entries that this cache keeps on the server, and their bytes."""
        return self._ask(
            lambda: (int(self._client.zcard(_USED)), int(self._client.get(_TOTAL) or 0))
        )

    def raise_versions(self, versions: Mapping[str, int]) -> None:
        """Raises the versions of names, each at least by one."""
        old = int((time.time() - KEPT_S) * 1e6)

        def write() -> None:
            for place, kept in ((_TAGS, True), (_NEWS, False)):
                pairs = [(n, v) for n, v in versions.items() if n.startswith("t") is kept]
                if pairs:
                    self._script(_RAISE, [place], [part for pair in pairs for part in pair])
            self._client.zremrangebyscore(_NEWS, "-inf", old)

        self._ask(write)

    def versions(self, since: int) -> Mapping[str, int]:
        """The names whose version is `since` or higher."""

        def read() -> Mapping[str, int]:
            pipe = self._client.pipeline(transaction=False)
            # A server that lost the versions begins anew, and says so by this one.
            pipe.zadd(_TAGS, {EPOCH: int(time.time() * 1e6)}, nx=True)
            for place in (_TAGS, _NEWS):
                pipe.zrangebyscore(place, since, "+inf", withscores=True)
            _, tags, news = pipe.execute()
            return {name.decode(): int(version) for name, version in [*tags, *news]}

        return self._ask(read)

    def add_dependencies(self, edges: Iterable[tuple[str, str]]) -> None:
        """Notes pairs of a tag and one that it depends on."""
        members = [json.dumps(edge) for edge in edges]
        if members:
            self._ask(lambda: self._client.sadd(_EDGES, *members))

    def dependencies(self) -> frozenset[tuple[str, str]]:
        """All pairs of a tag and one that it depends on."""
        members = self._ask(lambda: self._client.smembers(_EDGES))
        pairs = [json.loads(member) for member in members]
        return frozenset((str(tag), str(other)) for tag, other in pairs)

    def sample(self, count: int) -> list[bytes]:
        """Some of the entries that are stored, of those of moderate size."""

        def read() -> list[bytes]:
            keys = self._client.zrevrange(_USED, 0, count - 1)
            found = (self._client.get(_PREFIX + key.decode()) for key in keys)
            return [data for data in found if data is not None and len(data) < 16384]

        return self._ask(read)

    def add_dictionary(self, number: int, content: bytes) -> None:
        """Keeps a dictionary, unless there is one already."""

        def write() -> None:
            if not self._client.hlen(_DICTIONARIES):
                self._client.hset(_DICTIONARIES, str(number), content)

        self._ask(write)

    def dictionary(self, number: int) -> bytes | None:
        """The content of a dictionary, or None."""
        found: bytes | None = self._ask(lambda: self._client.hget(_DICTIONARIES, str(number)))
        return found

    def latest_dictionary(self) -> int | None:
        """The number of the dictionary to write with, or None."""
        numbers = self._ask(lambda: self._client.hkeys(_DICTIONARIES))
        return max(map(int, numbers), default=None)

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Keeps every other client from computing the same key meanwhile.

        The lock is a lease that is renewed while its holder lives, so that a dead one frees it
        within two seconds.
        """
        name, token = f"{_OWN}lock:{key}", uuid.uuid4().hex
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
                self._script(_RELEASE, [name], [token])

    def _take(self, name: str, token: str) -> bool:
        lease = int(LEASE_S * 1000)
        return self._ask(lambda: bool(self._client.set(name, token, nx=True, px=lease)))

    def _renew(self, name: str, token: str, done: threading.Event) -> None:
        while not done.wait(LEASE_S / 3):
            with suppress(*self._errors):
                self._script(_RENEW, [name], [token, int(LEASE_S * 1000)])

    def renew(self) -> None:
        """Nothing to do: the client opens connections of its own in a forked process."""

    def close(self) -> None:
        """Closes the connections."""
        self._breaker.close()
        self._client.close()

    def _ask(self, question: Callable[[], T]) -> T:
        self._breaker.check()
        try:
            return question()
        except self._errors as error:
            raise self._failure(error) from error

    def _ping(self) -> None:
        self._client.ping()

    def _script(self, code: str, keys: Sequence[str], facts: Sequence[Any]) -> Any:
        import redis

        try:
            return self._client.evalsha(_digest(code), len(keys), *keys, *facts)
        except redis.exceptions.NoScriptError:
            return self._client.eval(code, len(keys), *keys, *facts)

    def _failure(self, error: Exception) -> TierError:
        why = f"Redis at {self.address} {_complaint(error)}"
        if isinstance(error, self._away):
            self._breaker.trip(why)
        return TierError(why)


@cache
def _digest(code: str) -> str:
    return hashlib.sha1(code.encode(), usedforsecurity=False).hexdigest()


def _without_secret(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return f"{scheme}://…" if separator else "What REDIS_URL holds"


def _complaint(error: Exception) -> str:
    """What is wrong, without anything that the server was told."""
    import redis

    if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
        return "refuses the user or password of REDIS_URL"
    if isinstance(error, redis.exceptions.OutOfMemoryError):
        return "is full (its maxmemory is reached and it may not evict)"
    if isinstance(error, redis.ReadOnlyError):
        return "is a read-only replica"
    if isinstance(error, redis.ResponseError):
        return "refuses a command of the cache"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "shows a certificate that is not trusted (name its authority: ?ssl_ca_certs=FILE)"
    return "does not answer"


def _literally(text: str) -> str:
    """A namespace as a glob pattern that only it matches."""
    return "".join(f"\\{letter}" if letter in "*?[]\\^" else letter for letter in text)
