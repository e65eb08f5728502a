"""The least that a cache must be for the client: wrap with single flight, get and set."""

import json
import threading
from collections.abc import Callable
from typing import Any


class MemoryCache:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def wrap(self, namespace: str, key_parts: Any, fetch: Callable[[], Any], **_: Any) -> Any:
        key = json.dumps([namespace, key_parts], sort_keys=True)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self.values:
                self.values[key] = json.dumps(fetch())
            return json.loads(self.values[key])

    def get(self, namespace: str, key_parts: Any, default: Any = None) -> Any:
        text = self.values.get(json.dumps([namespace, key_parts], sort_keys=True))
        return default if text is None else json.loads(text)

    def set(self, namespace: str, key_parts: Any, value: Any, **_: Any) -> None:
        self.values[json.dumps([namespace, key_parts], sort_keys=True)] = json.dumps(value)
