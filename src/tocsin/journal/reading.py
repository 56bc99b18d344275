"""Reads frames out of segments, checks them, and goes on behind what is damaged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson

from tocsin.inputs.batch import buffer
from tocsin.inputs.framing import PADDING
from tocsin.journal.disk import open_to_read, read_into
from tocsin.journal.errors import JournalError
from tocsin.journal.frame import (
    HEADER,
    MAGIC,
    Frame,
    Header,
    Kind,
    Placed,
    header_at,
    sound,
    unpack,
)

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes
    from tocsin.journal.segments import Segment, Segments

FILES = 4
"""Segments that are kept open."""

LOOK = 1 << 20
"""Bytes in which the next frame is looked for at a time, behind damage."""

LEAST = 4 << 10
"""Bytes that are read at least."""

HEADERS = 64 << 10
"""Bytes in which headers are looked for at a time."""

PAGE = 4 << 10
"""Bytes that are given up together where the disk cannot read."""

_TRIES = 3

_NOWHERE = np.empty(0, np.int64)


class Damage(NamedTuple):
    """Bytes from one position to before another that cannot be read any more."""

    begin: int
    end: int
    reason: str

    @property
    def told(self) -> tuple[int, int, str]:
        """How many bytes, where, and why."""
        return self.end - self.begin, self.begin, self.reason


class Reading:
    """Reads of the frames up to a position that somebody else knows to be durable.

    `on_damage` is called for each damage, each time it is met.
    """

    def __init__(
        self, segments: Segments, on_damage: Callable[[Damage], None] | None = None
    ) -> None:
        self.segments = segments
        self._on_damage = on_damage
        self._open: dict[int, int] = {}
        self._lock = Lock()

    def read(self, position: int, durable: int, most_bytes: int) -> list[Placed]:
        """The frames from a position on, about as many bytes as asked for; one at least."""
        if position >= durable:
            return []
        segment = self.segments.holding(position)
        if segment is None:
            first = self.segments.firsts[0] if self.segments.firsts else durable
            return [self._gap(Damage(position, min(first, durable), "removed"))]
        limit = durable if segment.next is None else min(segment.next, durable)
        size = min(max(most_bytes, LEAST), limit - position)
        data, have = self._bytes(segment, position, size)
        found = list(_frames(data, have, position))
        if found:
            return found
        header = header_at(data.data[:have], 0, position)
        if header is not None and size < header.size <= limit - position:
            data, have = self._bytes(segment, position, header.size)
            found = list(_frames(data, have, position))
        return found or [self._damaged(segment, position, limit, header)]

    def _damaged(
        self, segment: Segment, position: int, limit: int, header: Header | None
    ) -> Placed:
        """A gap in place of what stands here, up to the next frame."""
        self.forget()
        if header is not None and position + header.size <= limit:
            return self._gap(Damage(position, position + header.size, "checksum"))
        end = self.next_frame(segment, position + 1, limit)
        return self._gap(Damage(position, end, "no frame"))

    def _gap(self, damage: Damage) -> Placed:
        if self._on_damage is not None:
            self._on_damage(damage)
        note = orjson.dumps({"bytes": damage.end - damage.begin, "reason": damage.reason})
        return Placed(Frame(Kind.GAP, 0, note=note), damage.end, _NOWHERE)

    def next_frame(self, segment: Segment, begin: int, limit: int) -> int:
        """Where a header stands, from a position on; the limit if none does."""
        while begin + HEADER <= limit:
            data, have = self._bytes(segment, begin, min(LOOK, limit - begin))
            if have < HEADER:
                return limit
            view = data.data[:have]
            content = bytes(view)
            at = content.find(MAGIC)
            while at >= 0 and at + HEADER <= have:
                if header_at(view, at, begin + at) is not None:
                    return begin + at
                at = content.find(MAGIC, at + 1)
            begin += have - HEADER + 1
        return limit

    def headers(self, segment: Segment, position: int, limit: int) -> Iterator[tuple[int, Header]]:
        """Positions and headers of a segment's frames from a position on; contents unread."""
        if segment.next is not None:
            limit = min(segment.next, limit)
        base, view = 0, memoryview(b"")
        while position < limit:
            if position - base + HEADER > len(view):
                data, have = self._bytes(segment, position, min(HEADERS, limit - position))
                base, view = position, data.data[:have]
            header = header_at(view, position - base, position)
            if header is None or position + header.size > limit:
                position = self.next_frame(segment, position + 1, limit)
                continue
            yield position, header
            position += header.size

    def one(self, segment: Segment, position: int, durable: int) -> Placed | None:
        """The frame at a position, None if none that is sound stands there."""
        limit = durable if segment.next is None else min(segment.next, durable)
        data, have = self._bytes(segment, position, min(HEADER, limit - position))
        header = header_at(data.data[:have], 0, position)
        if header is None or position + header.size > limit:
            return None
        data, have = self._bytes(segment, position, header.size)
        return next(_frames(data, have, position), None)

    def _bytes(self, segment: Segment, position: int, size: int) -> tuple[Bytes, int]:
        """A padded buffer with bytes of a segment, and how many there are."""
        data = buffer(size + PADDING)[: size + PADDING]
        room = data.data[:size]
        with self._lock:
            try:
                file = self._file(segment)
            except OSError as error:
                raise JournalError(f"{segment.path} cannot be opened: {error}") from error
            have = _read(file, position - segment.first, room)
        data[have:] = 0
        return data, have

    def _file(self, segment: Segment) -> int:
        file = self._open.pop(segment.first, None)
        if file is None:
            file = open_to_read(segment.path)
            while len(self._open) >= FILES:
                os.close(self._open.pop(next(iter(self._open))))
        self._open[segment.first] = file
        return file

    def forget(self) -> None:
        """Close the files; they are opened again when needed."""
        with self._lock:
            for file in self._open.values():
                with suppress(OSError):
                    os.close(file)
            self._open.clear()


def _read(file: int, at: int, room: memoryview) -> int:
    """Fill the room; zeros stand in place of pages that the disk cannot give."""
    for _ in range(_TRIES):
        with suppress(OSError):
            return read_into(file, at, room)
    have = 0
    while have < len(room):
        page = room[have : have + PAGE]
        try:
            size = read_into(file, at + have, page)
        except OSError:
            page[:] = bytes(len(page))
            size = len(page)
        if not size:
            break
        have += size
    return have


def _frames(data: Bytes, have: int, position: int) -> Iterator[Placed]:
    """The whole sound frames with which a buffer begins."""
    view = data.data[:have]
    at = 0
    while (header := header_at(view, at, position + at)) is not None and sound(view, at, header):
        yield unpack(data, at, header)
        at += header.size
