"""Alerts as syslog messages of RFC 5424, over UDP, TCP, TLS or a local socket.

A message holds the whole alert as JSON; where that is too long for the way, a few of its fields. On
TCP and TLS messages are framed by their length (RFC 6587, 5425). Syslog has no acknowledgement:
what the network or the other side loses after it was sent is lost, as in any syslog.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Mapping, Sequence
from enum import StrEnum
from selectors import EVENT_READ, DefaultSelector
from typing import Any

import orjson

from tocsin.alerts.iso import iso
from tocsin.sinks.http import Tls
from tocsin.sinks.sink import TAKEN, Change, Outcome, UnreachableError

FACILITIES: Mapping[str, int] = {
    "kern": 0,
    "user": 1,
    "daemon": 3,
    "auth": 4,
    "syslog": 5,
    "authpriv": 10,
    "audit": 13,
    "alert": 14,
    **{f"local{number}": 16 + number for number in range(8)},
}
SEVERITIES: Mapping[str, int] = {"critical": 2, "high": 3, "medium": 4, "low": 5}
"""Of syslog: critical, error, warning, notice."""

SHORT = (
    "@timestamp",
    "kibana.alert.uuid",
    "kibana.alert.rule.uuid",
    "kibana.alert.rule.name",
    "kibana.alert.severity",
    "kibana.alert.risk_score",
    "kibana.alert.reason",
)
"""The fields of an alert that is too long."""


class Way(StrEnum):
    """How messages travel."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    UNIX = "unix"


LONGEST = {Way.UDP: 8 << 10, Way.TCP: 1 << 20, Way.TLS: 1 << 20, Way.UNIX: 64 << 10}
"""Bytes of a message, by the way it takes."""

SHORTER = (8 << 10, 2 << 10)
"""Bytes of a message that the system called too long."""

TOO_LONG = "the alert is too long for a message, in short, too"


class Syslog:
    """Sends messages to one place.

    Parameters
    ----------
    way, host, port
        Where to; of a local socket ``host`` is the path.
    node
        What this machine is called in the messages.
    longest
        The most bytes of a message; 0 for what is usual on the way.
    """

    def __init__(
        self,
        way: Way,
        host: str,
        port: int = 0,
        *,
        node: str,
        facility: str = "local0",
        tls: Tls | None = None,
        timeout: float = 10.0,
        longest: int = 0,
    ) -> None:
        self.batch = 200
        self._way = way
        self._where = host, port
        self._node = node[:255] or "-"
        self._facility = FACILITIES[facility]
        self._context = (tls or Tls()).context() if way is Way.TLS else None
        self._timeout = timeout
        self._longest = longest or LONGEST[way]
        self._socket: socket.socket | None = None
        self._framed = way in {Way.TCP, Way.TLS}

    def send(self, changes: Sequence[Change], now: int) -> Outcome:  # noqa: ARG002
        """Send alerts, each as a message."""
        try:
            connection = self._connected()
            refused = [change for change in changes if not self._sent(connection, change)]
        except OSError as error:
            self.close()
            raise UnreachableError(f"{self._where[0]}: {_words(error)}") from error
        why = f"{self._where[0]}: {TOO_LONG}"
        return Outcome([(change, why) for change in refused]) if refused else TAKEN

    def _sent(self, connection: socket.socket, change: Change) -> bool:
        """Send an alert, in short if it is too long for the way; False if that is too long, too.

        Raises
        ------
        OSError
            Nothing can be sent.
        """
        for longest in (self._longest, *SHORTER):
            message = self._message(change, min(longest, self._longest))
            if self._framed:
                message = b"%d %s" % (len(message), message)
            try:
                connection.sendall(message)
            except OSError as error:
                if error.errno != errno.EMSGSIZE:
                    raise
            else:
                return True
        return False

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _message(self, change: Change, longest: int) -> bytes:
        alert = change.alert
        priority = 8 * self._facility + SEVERITIES.get(alert.severity, 5)
        header = f"<{priority}>1 {iso(alert.timestamp)} {_word(self._node)} tocsin - alert - "
        body = alert.document
        if len(header) + len(body) > longest:
            body = shortened(body, longest - len(header))
        return header.encode("ascii") + body

    def _connected(self) -> socket.socket:
        """The connection, made anew if the other side has closed it."""
        if self._socket is not None and self._framed and _is_closed(self._socket):
            self.close()
        if self._socket is None:
            self._socket = self._connect()
        return self._socket

    def _connect(self) -> socket.socket:
        host, port = self._where
        if self._way is Way.UNIX:
            return self._local(host)
        if self._way is Way.UDP:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM
            )[0]
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(self._timeout)
            connection.connect(address)
            return connection
        connection = socket.create_connection(self._where, timeout=self._timeout)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._context is not None:
            try:
                return self._context.wrap_socket(connection, server_hostname=host)
            except OSError:
                connection.close()
                raise
        return connection

    def _local(self, path: str) -> socket.socket:
        """A local socket: datagrams, or a stream with framed messages."""
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            connection = socket.socket(socket.AF_UNIX, kind)
            connection.settimeout(self._timeout)
            try:
                connection.connect(path)
            except OSError as error:
                connection.close()
                if kind is socket.SOCK_STREAM or error.errno != errno.EPROTOTYPE:
                    raise
            else:
                self._framed = kind is socket.SOCK_STREAM
                return connection
        raise OSError("no such kind of socket")


def shortened(document: bytes, room: int) -> bytes:
    """A few fields of an alert as JSON; the reason is cut so that all has room."""
    told: dict[str, Any] = orjson.loads(document)
    few = {name: told[name] for name in SHORT if name in told}
    few["tocsin.shortened"] = True
    text = orjson.dumps(few)
    reason = few.get("kibana.alert.reason")
    if len(text) > room and isinstance(reason, str):
        kept = max(len(reason.encode()) - (len(text) - room) - 8, 0)
        few["kibana.alert.reason"] = reason.encode()[:kept].decode(errors="ignore") + "…"
        text = orjson.dumps(few)
    return text


def _word(text: str) -> str:
    """A name as a header of syslog takes it: visible ASCII."""
    return "".join(letter if "!" <= letter <= "~" else "_" for letter in text)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed the connection; what it said is read and dropped."""
    with DefaultSelector() as selector:
        selector.register(connection, EVENT_READ)
        while selector.select(0):
            if not connection.recv(4096):
                return True
    return False


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
