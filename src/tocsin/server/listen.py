"""Listening: the socket, TLS, and the server's life."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from tocsin.server.limits import Limits
from tocsin.server.protocol import bounded
from tocsin.server.tls import Tls

BACKLOG = 512
PATIENCE = 10
"""Seconds that open requests get when the server is to stop."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0: any that is free."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def address(text: str) -> Address:
    """``HOST:PORT``, ``[IPV6]:PORT`` or ``PORT``. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon:
        host = "127.0.0.1"
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"write an IPv6 address as [{host}]:{port}")
    if not port.isdecimal() or len(port) > 5 or int(port) > 65_535 or not host:
        raise ValueError(f"{text!r} is not HOST:PORT")
    return Address(host, int(port))


def bound(where: Address) -> socket.socket:
    """A listening socket. Raises OSError if the address cannot be had."""
    family, *_, place = socket.getaddrinfo(
        where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    try:
        return socket.create_server(place[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "something else listens there" if taken else os.strerror(error.errno or 0)
        told = f"{where} cannot be had: {why}; choose another with --listen"
        raise OSError(error.errno, told) from error


class Server(uvicorn.Server):
    """uvicorn's server, whose caller minds the signals."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def between(self, deed: Callable[[], None]) -> None:
        """Have something done soon, in the thread of all connections; from any other."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended
                self._loop.call_soon_threadsafe(deed)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's."""
        yield

    @property
    def context(self) -> ssl.SSLContext | None:
        """What connections get their certificate from; None without TLS, or before it serves."""
        return self.config.ssl if self.started else None

    def stop(self) -> None:
        """Let requests that have begun end, then return from `serve`; safe from any thread."""
        self.should_exit = True


def server(app: ASGIApp, limits: Limits, tls: Tls | None = None) -> Server:
    """A server of an application; `serve` it with the sockets that it listens on."""
    return Server(
        uvicorn.Config(
            app,
            http=bounded(limits),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=None,
            backlog=BACKLOG,
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=PATIENCE,
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else tls.key,
        )
    )
