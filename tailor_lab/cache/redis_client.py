"""Connections to a Redis server, a cluster of them, or a unix socket."""

import threading
from typing import Any

TIMEOUT_S = 0.25


def connect(url: str) -> Any:
    """A client for the URL, which waits at most a quarter of a second for an answer."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # A connection that the server dropped is opened anew once; a time-out is not waited for twice.
    retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    options = {"retry": retry, "socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    scheme, _, rest = url.partition("://")
    if scheme.endswith("+cluster"):
        return Cluster(scheme.removesuffix("+cluster"), rest, options)
    if scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("not a scheme that is known")
    return redis.Redis.from_url(url, **options)


def address(url: str) -> str:
    """Host and port of a URL, and nothing of what may be secret."""
    return url.rpartition("@")[2].rpartition("//")[2].partition("?")[0]


class Cluster:
    """A client of a cluster, made with the first request: making it asks a node for the others.

    `rest` is what follows `redis+cluster://`: the name and password, nodes parted by commas of
    which one must answer, and options.
    """

    def __init__(self, scheme: str, rest: str, options: dict[str, Any]) -> None:
        account, at, place = rest.rpartition("@")
        nodes, slash, tail = place.partition("/") if "/" in place else place.partition("?")
        self._urls = [f"{scheme}://{account}{at}{node}{slash}{tail}" for node in nodes.split(",")]
        self._options = options
        self._client: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client or self._made(), name)

    def close(self) -> None:
        """Closes the connections that there are."""
        if self._client is not None:
            self._client.close()

    def _made(self) -> Any:
        import redis
        from redis.cluster import RedisCluster

        with self._lock:
            for url in self._urls:
                if self._client is not None:
                    break
                try:
                    self._client = RedisCluster.from_url(url, **self._options)
                except (redis.exceptions.RedisClusterException, redis.RedisError) as error:
                    failure = error
            if self._client is None:
                raise redis.ConnectionError("no node of the cluster answers") from failure
            return self._client
