r"""A frame: what is written and read as one, and its form on disk.

A frame begins with two line breaks, which stand nowhere within its lines: no event can imitate one.

=========  =======  ===============================================================
bytes      type     what
=========  =======  ===============================================================
0-3        text     ``\n\nTJ``
4, 5       2 u8     version of the form; kind
6-7        u16      bytes of the source
8-23       4 u32    bytes of the whole frame; lines; bytes of the names; of the note
24-47      3 i64    the frame's own position; accepted; mark
48-51      u32      CRC-32 of all behind the header
52-55      u32      CRC-32 of the header before
56-        text     source, names (JSON: indexes, ids), note, u32 length of each line
then       text     ``\n``, and each line with ``\n`` behind it
=========  =======  ===============================================================

All numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np
import orjson

from tocsin.columns.checksum import checksum
from tocsin.columns.vector import WIDTH
from tocsin.inputs.batch import BYTES, buffer
from tocsin.journal.errors import FrameError
from tocsin.journal.lines import Lines, Names
from tocsin.journal.newlines import joined

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

MAGIC = b"\n\nTJ"
VERSION = 1
LARGEST = 128 << 20
"""The most bytes of a frame."""

_BREAK = 0x0A
_HEAD = struct.Struct("<4sBBHIIIIqqqI")
_CHECK = struct.Struct("<I")
HEADER = _HEAD.size + _CHECK.size
"""Bytes before the body of a frame."""


class Kind(IntEnum):
    """What a frame is about."""

    GAP = 0
    """Never written: what a reader gives for bytes that cannot be read any more; `note` says why,
    the frame's end is where it goes on."""
    EVENTS = 1
    MARK = 2
    RULES = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """Something that reached the engine.

    ``accepted``: ms since 1970, when it was taken; a journal never lets it go backwards.
    ``source``: who gave it, for people. ``lines``: JSON objects as they came, none of them empty,
    none with a line break in it. ``names``: ``_index`` and ``_id`` of each line, empty where it
    has none. ``mark``: the watermark of a `MARK`, ms since 1970. ``note``: small JSON on one line.
    """

    kind: Kind
    accepted: int
    source: str = ""
    lines: Sequence[bytes] = ()
    names: Sequence[tuple[str, str]] | None = None
    mark: int = 0
    note: bytes = b""


class Placed(NamedTuple):
    """A frame that was read: the position behind it, and the place of each of its lines."""

    frame: Frame
    position: int
    places: Ints


class Packed(NamedTuple):
    """A frame ready to be written anywhere."""

    frame: Frame
    source: int
    names: int
    note: int
    body: bytes | memoryview

    @property
    def size(self) -> int:
        """Bytes of the frame."""
        return HEADER + len(self.body)

    def header(self, position: int, accepted: int) -> bytes:
        """What stands before the body of a frame at this position."""
        frame = self.frame
        head = _HEAD.pack(
            MAGIC,
            VERSION,
            frame.kind,
            self.source,
            self.size,
            len(frame.lines),
            self.names,
            self.note,
            position,
            accepted,
            frame.mark,
            checksum(self.body),
        )
        return head + _CHECK.pack(crc32(head))


class Header(NamedTuple):
    """What the header of a frame says."""

    kind: int
    source: int
    size: int
    lines: int
    names: int
    note: int
    position: int
    accepted: int
    mark: int
    check: int


def pack(frame: Frame) -> Packed:
    """A frame as it will stand on disk.

    Raises
    ------
    FrameError
        It is too large, a line is empty or has a line break, or the names are not as many.
    """
    lines = frame.lines
    if frame.kind not in (Kind.EVENTS, Kind.MARK, Kind.RULES):
        raise FrameError(f"a journal takes no frame of kind {frame.kind!r}")
    if isinstance(lines, Lines):
        lengths = lines.sizes.astype(np.uint32)
    else:
        lengths = np.fromiter(map(len, lines), np.uint32, len(lines))
    if not lengths.all():
        raise FrameError("a line is empty")
    source, names = frame.source.encode("utf-8", "replace"), _names_text(frame)
    prefix = b"".join((source, names, frame.note, lengths.astype("<u4").tobytes()))
    size = len(prefix) + int(lengths.sum(dtype=np.int64)) + len(lines) + 1
    if HEADER + size > LARGEST:
        raise FrameError(f"a frame has at most {LARGEST} bytes")
    if len(source) > 0xFFFF or b"\n" in source or b"\n" in frame.note:
        raise FrameError("the source or the note has a line break, or the source is too long")
    body = _body(prefix, lines, size)
    return Packed(frame, len(source), len(names), len(frame.note), body)


def _body(prefix: bytes, lines: Sequence[bytes], size: int) -> bytes | memoryview:
    """What stands behind the header of a frame: so many bytes."""
    if isinstance(lines, Lines) and lines.readable:
        room = size + WIDTH
        out = buffer(room) if room < BYTES else np.empty(room, np.uint8)
        out[: len(prefix)] = np.frombuffer(prefix, np.uint8)
        out[len(prefix)] = _BREAK
        broken = joined(lines.data, lines.starts, lines.ends, out, len(prefix) + 1)
        body: bytes | memoryview = out.data[:size]
    else:
        body = b"\n".join((prefix, *lines, b""))
        broken = body.count(b"\n", len(prefix)) != len(lines) + 1
    if broken:
        raise FrameError("a line has a line break within it")
    return body


def _names_text(frame: Frame) -> bytes:
    if frame.names is None:
        return b""
    if len(frame.names) != len(frame.lines):
        raise FrameError("there are not as many names as lines")
    names = Names.of(frame.names)
    try:
        # Joined, since JSON would take numbers as well.
        _ = "".join(names.indexes), "".join(names.ids)
        return orjson.dumps([names.indexes, names.ids])
    except (orjson.JSONEncodeError, TypeError) as error:
        raise FrameError(f"a name is no text: {error}") from None


def header_at(data: memoryview, at: int, position: int) -> Header | None:
    """The header that stands here in a buffer; None if none does that belongs to the position."""
    if len(data) < at + HEADER or data[at : at + 4] != MAGIC:
        return None
    (check,) = _CHECK.unpack_from(data, at + _HEAD.size)
    if crc32(data[at : at + _HEAD.size]) != check:
        return None
    _, version, *rest = _HEAD.unpack_from(data, at)
    header = Header(*rest)
    if version != VERSION or header.position != position or not _fits(header):
        return None
    return header


def _fits(header: Header) -> bool:
    """Whether the parts have room in the whole."""
    least = HEADER + header.source + header.names + header.note + 6 * header.lines + 1
    return least <= header.size <= LARGEST


def sound(data: memoryview, at: int, header: Header) -> bool:
    """Whether the frame stands whole in the buffer and is as it was written."""
    end = at + header.size
    return end <= len(data) and checksum(data[at + HEADER : end]) == header.check


def unpack(data: Bytes, at: int, header: Header) -> Placed:
    """The frame here, which is `sound`; its lines stay in the buffer."""
    view = data.data
    source = at + HEADER
    names = source + header.source
    note = names + header.names
    lengths = note + header.note
    first = lengths + 4 * header.lines + 1
    sizes = np.frombuffer(data[lengths : first - 1], "<u4").astype(np.int64)
    ends = np.cumsum(sizes + 1) + (first - 1)
    starts = ends - sizes
    frame = Frame(
        Kind(header.kind),
        header.accepted,
        str(view[source:names], "utf-8", "replace"),
        Lines(data, starts, ends),
        _names(bytes(view[names:note]), header.lines),
        header.mark,
        bytes(view[note:lengths]),
    )
    return Placed(frame, header.position + header.size, starts + (header.position - at))


def _names(text: bytes, count: int) -> Names | None:
    if not text:
        return None
    indexes, ids = orjson.loads(text)
    return Names(count, indexes, ids)
