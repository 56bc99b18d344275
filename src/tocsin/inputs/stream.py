"""The decompressed bytes of one input, whatever stands around them.

gzip (also several members in a row) and zstd (also several frames) are told by their first bytes,
never by a name. A stream that breaks off gives everything before the break; then
`ByteStream.trouble` says what happened. Nothing here raises for what stands in the data, only for
a copy of them that cannot be kept (`CopyError`).
"""

from __future__ import annotations

import zlib
from typing import BinaryIO, Protocol

import zstandard

from tocsin.inputs.spool import CopyError

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPABLE = (b"\x2a\x4d\x18", 0x50)

INPUT = 1 << 18
"""Bytes that are read from a file at once."""

ZSTD_INPUT = 4 << 10
"""Bytes given to the zstd decoder at once: it has no bound on its output, and four bytes can stand
for 128 KiB, so that this many can never become more than 128 MiB."""

GZIP_OUTPUT = 1 << 20


class _Decoder(Protocol):
    """Turns a file's bytes into what they stand for, piece by piece."""

    trouble: str | None

    def read(self) -> bytes:
        """The next bytes, of any number; none at the end or after trouble."""
        ...


class _Raw:
    """The bytes of a file, with a beginning that was already looked at."""

    def __init__(self, file: BinaryIO, beginning: bytes) -> None:
        self._file = file
        self._beginning = beginning
        self.position = 0
        self.trouble: str | None = None

    def read(self, size: int = INPUT) -> bytes:
        if self._beginning:
            piece, self._beginning = self._beginning[:size], self._beginning[size:]
        else:
            try:
                piece = self._file.read(size) or b""
            except CopyError:
                raise
            except OSError as error:
                self.trouble = f"cannot be read further: {error.strerror or error}"
                piece = b""
        self.position += len(piece)
        return piece

    def skip(self, size: int) -> None:
        """Pass over bytes of a file that can seek."""
        behind = len(self._beginning)
        self._beginning = self._beginning[size:]
        if size > behind:
            self._file.seek(size - behind, 1)
        self.position += size

    def drain(self, room: memoryview) -> int:
        """Move what is left of the beginning into `room`."""
        piece, self._beginning = self._beginning[: len(room)], self._beginning[len(room) :]
        room[: len(piece)] = piece
        self.position += len(piece)
        return len(piece)


class _Gzip:
    def __init__(self, raw: _Raw) -> None:
        self._raw = raw
        self._member = zlib.decompressobj(wbits=31)
        self._waiting = b""
        self.trouble: str | None = None

    def read(self) -> bytes:
        while self.trouble is None:
            if self._member.eof:
                self._waiting = self._waiting.lstrip(b"\0")
                if not self._waiting:
                    self._waiting = self._raw.read()
                    if not self._waiting:
                        break
                    continue
                if not GZIP.startswith(self._waiting[:3]):
                    self.trouble = "something else follows the gzip data"
                    break
                self._member = zlib.decompressobj(wbits=31)
            if not self._waiting:
                self._waiting = self._raw.read()
                if not self._waiting:
                    self.trouble = self._raw.trouble or "the gzip data break off"
                    break
            piece = self._step()
            if piece:
                return piece
        self.trouble = self.trouble or self._raw.trouble
        return b""

    def _step(self) -> bytes:
        try:
            piece = self._member.decompress(self._waiting, GZIP_OUTPUT)
        except zlib.error:
            self.trouble = "the gzip data are damaged"
            return b""
        self._waiting = (
            self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        )
        return piece


class _Zstd:
    def __init__(self, raw: _Raw) -> None:
        self._raw = raw
        self._decoder = zstandard.ZstdDecompressor()
        self._frame = self._decoder.decompressobj()
        self._begun = False
        self._waiting = b""
        self.trouble: str | None = None

    def read(self) -> bytes:
        while self.trouble is None:
            if not self._waiting:
                self._waiting = self._raw.read(ZSTD_INPUT)
            if not self._waiting:
                if self._begun:
                    self.trouble = self._raw.trouble or "the zstd data break off"
                break
            piece = self._step()
            if piece:
                return piece
        self.trouble = self.trouble or self._raw.trouble
        return b""

    def _step(self) -> bytes:
        try:
            piece = self._frame.decompress(self._waiting)
        except zstandard.ZstdError as error:
            large = "memory" in str(error)
            self.trouble = (
                "the zstd data need a window of more than 128 MiB"
                if large
                else "the zstd data are damaged, or something else follows them"
            )
            return b""
        self._begun = not self._frame.eof
        self._waiting = self._frame.unused_data if self._frame.eof else b""
        if self._frame.eof:
            self._frame = self._decoder.decompressobj()
        return piece


class ByteStream:
    """The bytes of an input, decompressed; read with `readinto`, looked ahead at with `peek`.

    Attributes
    ----------
    compression
        ``""``, ``"gzip"`` or ``"zstd"``.
    delivered
        Decompressed bytes given out so far.
    trouble
        Why the stream ended early, None as long as nothing went wrong.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        beginning, self.trouble = _beginning(file)
        self._raw = _Raw(file, beginning)
        self._ahead = bytearray()
        self.delivered = 0
        self.compression = _compression(beginning)
        self._decoder: _Decoder = self._raw
        if self.compression == "gzip":
            self._decoder = _Gzip(self._raw)
        elif self.compression == "zstd":
            self._decoder = _Zstd(self._raw)

    @property
    def position(self) -> int:
        """Bytes taken from the file so far, compressed ones where it is."""
        return self._raw.position

    def peek(self, size: int) -> bytes:
        """The next bytes without taking them: at least `size`, fewer only if there are no more."""
        while len(self._ahead) < size:
            piece = self._decoder.read()
            if not piece:
                self.trouble = self.trouble or self._decoder.trouble
                break
            self._ahead += piece
        return bytes(self._ahead[:size])

    def readinto(self, room: memoryview) -> int:
        """Fill `room` from its beginning; how many bytes it got, fewer than fit only at the end."""
        have = 0
        size = len(room)
        if self._ahead:
            have = min(size, len(self._ahead))
            room[:have] = self._ahead[:have]
            del self._ahead[:have]
        if self._decoder is self._raw and have < size:
            have += self._plain(room[have:])
        while have < size:
            piece = self._decoder.read()
            if not piece:
                self.trouble = self.trouble or self._decoder.trouble
                break
            fits = min(size - have, len(piece))
            room[have : have + fits] = piece[:fits]
            have += fits
            self._ahead += piece[fits:]
        self.delivered += have
        return have

    def skip(self, size: int) -> None:
        """Pass over the next bytes, by seeking where the file can."""
        ahead = min(size, len(self._ahead))
        del self._ahead[:ahead]
        self.delivered += ahead
        size -= ahead
        if self._decoder is self._raw and size > INPUT and self._file.seekable():
            self._raw.skip(size)
            self.delivered += size
            return
        room = memoryview(bytearray(min(size, INPUT)))
        while size and (got := self.readinto(room[: min(size, len(room))])):
            size -= got

    def push_back(self, piece: bytes) -> None:
        """Give back bytes that were read last."""
        self._ahead = bytearray(piece) + self._ahead
        self.delivered -= len(piece)

    def _plain(self, room: memoryview) -> int:
        """Read straight into place once the looked-at beginning is used up."""
        have = self._raw.drain(room)
        readinto = getattr(self._file, "readinto", None)
        if readinto is None:
            return have
        try:
            while have < len(room) and (got := readinto(room[have:])):
                have += got
                self._raw.position += got
        except OSError as error:
            self.trouble = f"cannot be read further: {error.strerror or error}"
        return have


def _beginning(file: BinaryIO) -> tuple[bytes, str | None]:
    """The first bytes of a file: four if there are so many, more if they come along."""
    found = b""
    try:
        while len(found) < len(ZSTD) and (piece := file.read(INPUT)):
            found += piece
    except OSError as error:
        return found, f"cannot be read: {error.strerror or error}"
    return found, None


def _compression(beginning: bytes) -> str:
    if beginning.startswith(GZIP):
        return "gzip"
    tail, first = ZSTD_SKIPPABLE
    skippable = beginning[1:4] == tail and beginning[0] & 0xF0 == first
    return "zstd" if beginning.startswith(ZSTD) or skippable else ""
