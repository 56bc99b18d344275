"""Audit records as auditd hands them out: to a plug-in on its standard input, or on a socket.

Nothing can be asked for again here: what was read and is not yet in the journal is lost with the
process, as is what auditd could not hand out meanwhile. Whoever needs every record follows the log.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tocsin.follow.joining import Joining
from tocsin.follow.taken import Counts, Writer, frame_of
from tocsin.journal.errors import JournalError

if TYPE_CHECKING:
    from tocsin.inputs.report import RejectHook
    from tocsin.journal.frame import Frame

CHUNK = 256 << 10
"""Bytes that are read at once."""

LONGEST = 1 << 20
"""The longest record that is read; the kernel's have less than 9 KiB."""

TOO_LONG = "longer than 1 MiB"

BINARY = "records in binary; `format = string`, or `string` among the arguments, gives text"
"""What is said where auditd hands out its own structures."""

HEADERS = tuple(struct.pack("=II", version, 16) for version in (0, 1))
"""How these begin: the version of the protocol, and the size of a header."""

ENDED = "has ended; no records come any more"

RETRY = (0.5, 30.0)
"""Seconds before a socket is tried again: after the first failure, and at most."""


_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""One that takes any file, where there is one: not only those with small numbers."""


class Readable(Protocol):
    """What records come from: a pipe or a socket."""

    def fileno(self) -> int: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Records:
    """Join the records of a stream.

    Parameters
    ----------
    name
        What the source is called: ``audit:stdin``, ``audit:/run/audispd_events``.
    connect
        Opens the stream. Raises OSError.
    again
        Whether it is opened again when it has ended; else `ended` says that it has.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Readable],
        journal: Writer,
        reject: RejectHook,
        *,
        again: bool = False,
    ) -> None:
        self.name = name
        self.counts = Counts()
        self.ended = False
        self._connect = connect
        self._again = again
        self._journal = journal
        self._tell = reject
        self._stream: Readable | None = None
        self._joining = Joining()
        self._rest = b""
        self._passing = False
        self._binary = False
        self._line = 0
        self._offset = 0
        self._waiting: Frame | None = None
        self._retry_at = float("-inf")
        self._delay = RETRY[0]
        self._now = 0

    def step(self, now: int, clock: float) -> bool:
        """Take what is there, up to a batch: see `tocsin.follow.taken.Follower`."""
        self._now = now
        if self._waiting is not None and not self._append(self._waiting):
            return False
        if self._stream is None and not self._open(clock):
            return False
        events: list[bytes] = []
        text = self._read()
        if text:
            events = [] if self._is_binary(text) else self._records(self._rest + text, clock)
        elif text is not None:
            events = self._stop(clock)
        events += self._joining.expire(clock, torn=bool(self._rest))
        if events:
            self._append(frame_of(self.name, events, None, now))
        return bool(text) or bool(events)

    def wait(self, seconds: float) -> None:
        """Wait until something is there, or for so long."""
        if self._stream is None or self._waiting is not None:
            time.sleep(seconds)
        else:
            _is_ready(self._stream, seconds)

    def close(self) -> None:
        """Let go of the stream; events that wait for more records are written as they are."""
        if self._waiting is None or self._append(self._waiting):
            events = self._joining.finish()
            if events:
                self._append(frame_of(self.name, events, None, self._now))
        self._let_go()

    def _let_go(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _open(self, clock: float) -> bool:
        if self.ended or clock < self._retry_at:
            return False
        try:
            self._stream = self._connect()
        except OSError as error:
            self._later(clock, error.strerror or str(error))
            return False
        self.counts.begun += 1
        self.counts.problem = ""
        self._binary = False
        return True

    def _later(self, clock: float, problem: str) -> None:
        self.counts.failed(f"{self.name}: {problem}")
        self._retry_at = clock + self._delay
        self._delay = min(2 * self._delay, RETRY[1])

    def _read(self) -> bytes | None:
        """What is there now; nothing at the end of the stream, None if there is nothing yet."""
        if self._stream is None or not _is_ready(self._stream, 0):
            return None
        try:
            return os.read(self._stream.fileno(), CHUNK)
        except BlockingIOError:
            return None
        except OSError as error:
            self.counts.failed(f"{self.name}: {error.strerror or error}")
            return b""

    def _stop(self, clock: float) -> list[bytes]:
        """The stream has ended: the rest of what was read."""
        events = self._records(self._rest + b"\n", clock) if self._rest else []
        self._passing = False
        events += self._joining.finish()
        self._let_go()
        if self._again:
            self._later(clock, "the other side closed the connection")
        else:
            self.ended = True
            self.counts.failed(f"{self.name}: {ENDED}")
        return events

    def _is_binary(self, text: bytes) -> bool:
        """Whether a stream is none of text: it is told of once, and nothing of it is taken."""
        if not self._binary and not self._rest and text.startswith(HEADERS):
            self._binary = True
            self._refuse(BINARY, text)
            self.counts.failed(f"{self.name}: {BINARY}")
        return self._binary

    def _records(self, text: bytes, clock: float) -> list[bytes]:
        events: list[bytes] = []
        self._delay = RETRY[0]
        if self._passing:  # what follows in a line that was too long is no record, whatever it says
            _, found, text = text.partition(b"\n")
            self._passing = not found
        *lines, self._rest = text.split(b"\n")
        for line in lines:
            events += self._record(line, clock)
        if len(self._rest) > LONGEST:
            events += self._record(self._rest, clock)
            self._rest, self._passing = b"", True
        return events

    def _record(self, line: bytes, clock: float) -> list[bytes]:
        self._line += 1
        events: list[bytes] = []
        if len(line) > LONGEST:
            self._refuse(TOO_LONG, line)
        else:
            events = self._joining.feed(line.rstrip(b"\0"), self._offset, clock)
        for reason, content in self._joining.rejected():
            self._refuse(reason, content)
        self._offset += len(line) + 1
        return events

    def _refuse(self, reason: str, content: bytes) -> None:
        self.counts.rejected += 1
        self._tell(self.name, self._line, reason, content)

    def _append(self, frame: Frame) -> bool:
        try:
            self._journal.append(frame)
        except JournalError as error:
            self.counts.failed(f"the journal takes nothing: {error}")
            self._waiting = frame
            return False
        self._waiting = None
        self.counts.problem = f"{self.name}: {ENDED}" if self.ended else ""
        self.counts.took(frame.lines)
        return True


def _is_ready(stream: Readable, seconds: float) -> bool:
    """Whether there is something to read, now or within so long."""
    with _Selector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def open_socket(path: str) -> socket.socket:
    """A connection to auditd's `af_unix` plug-in.

    Raises
    ------
    OSError
        Nobody listens there.
    """
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found.connect(path)
    except OSError:
        with contextlib.suppress(OSError):
            found.close()
        raise
    found.setblocking(False)
    return found
