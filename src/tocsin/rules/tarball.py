"""Read a tar archive as a stream of members, within bounds, without touching the disk.

Python's ``tarfile`` reads whole extended headers into memory, however long they say they are; this
reader, for names and contents of plain files only, never holds more than it was asked for. Links
are named but not followed; devices and sparse files are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

BLOCK = 512
_LONGEST_NAME = 64 << 10
_PIECE = 1 << 16
_PLAIN = b"0\x007"
_LINKS = b"12"


class TarError(ValueError):
    """No tar archive, or a damaged one; the message says what is wrong."""


class Stream(Protocol):
    """Bytes, read in order."""

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes, fewer only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class TarMember:
    """A plain file, or a link, which has no bytes.

    ``peek(most)`` gives so many bytes of its beginning, once; ``read(most)`` all of its bytes, None
    if it is longer than ``most``.
    """

    name: str
    size: int
    peek: Callable[[int], bytes]
    read: Callable[[int], bytes | None]
    link: bool = False


def is_tar(head: bytes) -> bool:
    """Whether a first block is that of a tar archive: its checksum is right."""
    try:
        return len(head) >= BLOCK and any(head[:BLOCK]) and _checked(head[:BLOCK])
    except TarError:
        return False


def tar_members(stream: Stream) -> Iterator[TarMember]:
    """The plain files and links of an archive, in order; read each before the next, or leave it.

    Raises `TarError` where the archive is damaged or ends early; members before that were given.
    """
    name: str | None = None
    size: int | None = None
    while True:
        header = stream.read(BLOCK)
        if not header or not any(header):
            return
        if len(header) < BLOCK or not _checked(header):
            raise TarError("the archive is damaged: no header where one must be")
        kind = header[156:157]
        length = _number(header[124:136])
        if kind == b"L":
            name = _text(_extension(stream, length).rstrip(b"\0"))
            continue
        if kind == b"x":
            found = _records(_extension(stream, length))
            name = _text(found[b"path"]) if b"path" in found else name
            size = _decimal(found[b"size"]) if b"size" in found else size
            continue
        length = length if size is None or kind not in _PLAIN else size
        body = _Body(stream, length)
        if kind in _PLAIN or kind in _LINKS:
            told = name if name is not None else _name(header)
            yield TarMember(told, length, body.peek, body.read, link=kind in _LINKS)
        body.finish()
        name = size = None


class _Body:
    """What follows a header, padded to whole blocks."""

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream = stream
        self._size = size
        self._left = -(-size // BLOCK) * BLOCK
        self._ahead = b""

    def peek(self, most: int) -> bytes:
        self._ahead = self._next(min(most, self._size))
        return self._ahead

    def read(self, most: int) -> bytes | None:
        if self._size > most:
            return None
        return self._ahead + self._next(self._size - len(self._ahead))

    def _next(self, size: int) -> bytes:
        content = self._stream.read(size)
        if len(content) < size:
            raise TarError("the archive ends early")
        self._left -= size
        return content

    def finish(self) -> None:
        while self._left > 0:
            piece = self._stream.read(min(_PIECE, self._left))
            if not piece:
                raise TarError("the archive ends early")
            self._left -= len(piece)


def _checked(header: bytes) -> bool:
    return _number(header[148:156]) == sum(header[:148]) + sum(header[156:]) + 8 * ord(" ")


def _number(field: bytes) -> int:
    """A number in octal digits, or in base 256 as large files have it."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    digits = field.strip(b" \0")
    if any(digit not in b"01234567" for digit in digits):
        raise TarError("the archive is damaged: a length is no number")
    return int(digits or b"0", 8)


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 18:
        raise TarError("the archive is damaged: a length is no number")
    return int(digits)


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0")[0]
    prefix = header[345:500].split(b"\0")[0] if header[257:262] == b"ustar" else b""
    return _text(prefix + b"/" + name if prefix else name)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _extension(stream: Stream, size: int) -> bytes:
    """What an extended header holds."""
    if size > _LONGEST_NAME:
        raise TarError("the archive is damaged: a header is longer than any name")
    body = _Body(stream, size)
    content = body.read(size) or b""
    body.finish()
    return content


def _records(content: bytes) -> dict[bytes, bytes]:
    """The records ``LENGTH KEY=VALUE NEWLINE`` of an extended header."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(content):
        digits, _, _ = content[at:].partition(b" ")
        length = _decimal(digits)
        key, equals, value = content[at + len(digits) + 1 : at + length].partition(b"=")
        if not key or not equals or at + length > len(content) or not value.endswith(b"\n"):
            raise TarError("the archive is damaged: an extended header cannot be read")
        found[key] = value[:-1]
        at += length
    return found
