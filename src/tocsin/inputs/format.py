"""Tells what an input holds by how it begins, never by its name."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.answer import list_inside
from tocsin.inputs.audit import looks_like_audit
from tocsin.inputs.envelope import value_end
from tocsin.inputs.framing import PADDING
from tocsin.inputs.lines import is_json
from tocsin.inputs.listing import list_near

if TYPE_CHECKING:
    from tocsin.inputs.stream import ByteStream

AHEAD = 64 << 10
"""Bytes that are looked at."""

FAR_AHEAD = 4 << 20
"""Bytes that are looked at where the first line is longer than `AHEAD`."""


class Format(Enum):
    """How an input is read."""

    EMPTY = auto()
    LINES = auto()
    VALUES = auto()
    AUDIT = auto()
    PARQUET = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """The format, how many bytes to pass over first, and for `Format.NONE` why it is none."""

    format: Format
    skip: int = 0
    reason: str = ""


UTF16 = "UTF-16 or UTF-32 text; events are read as UTF-8"
INTERPRETED = "audit records that were made readable (ausearch -i); write them with ausearch --raw"
BINARY = "binary data, not events"
OTHERS = (
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"BZh", "bzip2 data; only gzip and zstd are read"),
    (b"\xfd7zXZ\x00", "xz data; only gzip and zstd are read"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"\x04\x22\x4d\x18", "lz4 data; only gzip and zstd are read"),
    (b"\x1f\x8b\x08", "compressed twice"),
    (b"\x28\xb5\x2f\xfd", "compressed twice"),
    (b"ElfFile\x00", "a Windows event log (EVTX), which is not read yet"),
    (b"ARROW1", "an Arrow file; write it as Parquet"),
    (b"Obj\x01", "an Avro file; write it as Parquet or JSON lines"),
    (b"ORC", "an ORC file; write it as Parquet"),
    (b"SQLite format 3\x00", "an SQLite database, not events"),
)
_BLANK = b" \t\r\n"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_INTERPRETED = re.compile(
    rb"^(?:node=\S+ )?type=\S+ msg=audit\([^)\n]{0,64}[^\d.:)\n][^)\n]{0,64}\) ?:", re.MULTILINE
)
"""An audit record with its time as people read it."""
_ARRAY = re.compile(rb"\[\s*(?:[\[\]{]|\Z)")


def detect(stream: ByteStream) -> Finding:  # noqa: C901 - a list of cases
    """The format of what a stream holds; nothing is taken from the stream."""
    ahead = stream.peek(AHEAD)
    if not ahead.strip(_BLANK):
        return Finding(Format.LINES if ahead else Format.EMPTY)
    if ahead.startswith(b"PAR1"):
        return Finding(Format.PARQUET)
    for magic, reason in OTHERS:
        if ahead.startswith(magic):
            return Finding(Format.NONE, reason=reason)
    if ahead[257:262] == b"ustar":
        return Finding(Format.NONE, reason="a tar archive; unpack it first")
    if is_wide(ahead):
        return Finding(Format.NONE, reason=UTF16)
    skip = len(codecs.BOM_UTF8) if ahead.startswith(codecs.BOM_UTF8) else 0
    text = ahead[skip:].lstrip(_BLANK)
    if text.startswith(b"{"):
        return Finding(_of_objects(stream, skip), skip)
    if _ARRAY.match(text):
        return Finding(Format.VALUES, skip)
    if looks_like_audit(ahead[skip:]):
        return Finding(Format.AUDIT, skip)
    if _INTERPRETED.search(ahead[:4096]):
        return Finding(Format.NONE, reason=INTERPRETED)
    if _is_binary(ahead[skip:]):
        return Finding(Format.NONE, reason=BINARY)
    return Finding(Format.LINES, skip)


def _is_binary(ahead: bytes) -> bool:
    """Whether it is no text. A log that was cut while it was written may begin with zero bytes."""
    sample = ahead.lstrip(b"\0" + _BLANK)[:4096]
    return not sample.startswith((b"{", b"[")) and len(_CONTROL.findall(sample)) > len(sample) // 20


def is_wide(ahead: bytes) -> bool:
    """Whether text has two or four bytes to a character."""
    if ahead.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        return True
    odd, even = ahead[1:64:2], ahead[0:64:2]
    return len(ahead) >= 4 and (odd.count(0) == len(odd)) != (even.count(0) == len(even))


def _of_objects(stream: ByteStream, skip: int) -> Format:
    """One object to a line, or objects that end where they please."""
    ahead = stream.peek(AHEAD)
    begin = ahead.index(b"{", skip)
    newline = ahead.find(b"\n", begin)
    if newline < 0:
        ahead = stream.peek(FAR_AHEAD)
        newline = ahead.find(b"\n", begin)
    data = np.frombuffer(bytearray(ahead + bytes(PADDING)), np.uint8)
    end = int(value_end(data, begin, len(ahead)))
    line_end = newline if newline >= 0 else len(ahead)
    if newline < 0 and end < 0 and len(ahead) == FAR_AHEAD:
        inside = list_inside(data, begin, len(ahead)) or list_near(data, begin, len(ahead))
        return Format.VALUES if inside else Format.LINES
    if 0 <= end <= line_end:
        behind = ahead[end:line_end].strip(_BLANK)
        return Format.VALUES if behind.startswith(b"{") else Format.LINES
    if end > 0 and is_json(ahead[begin:end]):
        behind = ahead[end:].lstrip(_BLANK)
        if not behind or behind.startswith((b"{", b"[")):
            return Format.VALUES
    return Format.LINES if _has_whole_line(ahead, begin) else Format.VALUES


def _has_whole_line(ahead: bytes, begin: int) -> bool:
    """Whether some line is an object by itself: then a first line that is none is a broken one."""
    lines = ahead[begin:].split(b"\n")[1:]
    return any(line.startswith(b"{") and len(line) > 3 and is_json(line) for line in lines)
