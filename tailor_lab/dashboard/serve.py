"""Runs the dashboard's server until it is interrupted."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from tailor_lab.errors import InputError

if TYPE_CHECKING:
    from tailor_lab.lab import Lab

DEFAULT_PORT = 8686


def serve(lab: "Lab", *, port: int = DEFAULT_PORT, announce: Callable[[str], None] = print) -> None:
    """Serves the dashboard of a lab on 127.0.0.1 until Ctrl-C; port 0 takes a free one.

    `announce` is told the address, which holds a token that is good for this server alone. Raises
    `InputError` where the port is taken or starlette and uvicorn are not installed.
    """
    try:
        import uvicorn

        from tailor_lab.dashboard.app import application
    except ImportError:
        raise InputError(
            'The dashboard needs starlette and uvicorn: pip install "tailor-lab[dashboard]".'
        ) from None
    with _listening(port) as listening:
        taken = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        server = uvicorn.Server(
            uvicorn.Config(
                application(lab, token, taken),
                access_log=False,  # a line of it would hold the token
                log_level="warning",
                server_header=False,
                ws="none",
                timeout_graceful_shutdown=2,
            )
        )
        announce(f"http://127.0.0.1:{taken}/?token={token}")
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def _listening(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        raise InputError(
            f"Port {port} of this machine cannot be used ({error}); "
            "choose another with --port, or --port 0 for any that is free."
        ) from None
    return listening
