"""Open archives of rules in memory: ``.zip``, ``.tar`` and gzip of either form of text.

Archives come from anywhere, so nothing of them is believed: names are labels, links are passed
over, and the number of members, their length and what they unfold to are bounded.
"""

from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.rules.page import GLANCE, begins_with_rule
from tocsin.rules.sources import MOST_BYTES, MOST_FILES, VERSIONS, SourceFile, label
from tocsin.rules.tarball import BLOCK, is_tar, tar_members

MOST_MEMBER = 32 << 20
"""The longest member that is read."""
MOST_UNFOLDED = 1 << 30
"""The most that an archive may unfold to, what is passed over included."""
MOST_RATIO = 250
"""The most that it may unfold to against its own length, once it is longer than `FREE`."""
FREE = 64 << 20
MOST_WANTED = 256 << 20
"""The most that the rule files of an archive may be long together."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    OverflowError,
    RuntimeError,
)
"""What Python's readers of zip and gzip are known to raise for damaged ones."""


class _RefusedError(ValueError):
    """The archive passes a bound."""


def unpacked(file: SourceFile) -> Iterator[SourceFile | Diagnostic]:
    """The texts in a file: of an archive its rule files, else the file itself.

    A damaged or excessive archive gives what could be read and an error (``RULE002``).
    """
    total = 0
    try:
        for found in _texts(file):
            if isinstance(found, SourceFile):
                total += len(found.content)
                if total > max(MOST_WANTED, len(file.content)):
                    raise _RefusedError(f"its rule files are longer than {MOST_WANTED >> 20} MiB")
            yield found
    except _BROKEN as error:
        yield _damaged(file.name, error)


def _texts(file: SourceFile) -> Iterator[SourceFile | Diagnostic]:
    if file.content.startswith(_ZIP):
        yield from _zip(file)
    elif file.content.startswith(b"\x1f\x8b"):
        yield from _gzip(file)
    elif is_tar(file.content):
        yield from _tar(file, io.BytesIO(file.content))
    else:
        yield file


def _damaged(name: str, error: Exception) -> Diagnostic:
    return Diagnostic(
        code="RULE002",
        message=f"cannot read all of the archive {name}: {error}",
        hint="fetch it again; what could be read of it is used",
        file=name,
    )


def _wanted(name: str) -> bool:
    return name.endswith((".toml", f"/{VERSIONS}")) or name == VERSIONS


def _may_be_wanted(name: str) -> bool:
    """Whether a member is JSON that may hold rules; if it does not, nothing is told of it."""
    return name.endswith(".json") and not _wanted(name)


def _is_archive(name: str) -> bool:
    return name.endswith((".zip", ".tar", ".tar.gz", ".tgz"))


def _passed_over(name: str, inner: int, links: int) -> Iterator[Diagnostic]:
    """Tell of what an archive holds that is not opened: archives, and links in place of rules."""
    for number, kind in (inner, "archive"), (links, "link"):
        if number:
            kinds = kind if number == 1 else f"{kind}s"
            yield Diagnostic(
                code="RULE012",
                message=f"{name}: passed over {number:,} {kinds} inside it",
                severity=Severity.INFO,
                hint="unpack it, and name what is in it",
                file=name,
            )


def _too_long(name: str) -> Diagnostic:
    return Diagnostic(
        code="RULE002",
        message=f"{name} is longer than {MOST_MEMBER >> 20} MiB and is left out",
        severity=Severity.WARNING,
        file=name,
    )


def _zip(file: SourceFile) -> Iterator[SourceFile | Diagnostic]:
    if file.content.count(_ENTRY) > MOST_FILES:
        raise _RefusedError(f"it has more than {MOST_FILES} members")
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        entries = archive.infolist()
        links = 0
        for entry in entries:
            if stat.S_ISLNK(entry.external_attr >> 16):
                links += _wanted(entry.filename)
                continue
            if not _is_member(archive, entry):
                continue
            name = f"{file.name}/{label(entry.filename)}"
            if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
                yield _damaged(name, ValueError("it is encrypted, or packed in an unusual way"))
                continue
            if entry.file_size > MOST_MEMBER:
                yield _too_long(name)
                continue
            try:
                with archive.open(entry) as stream:
                    content = stream.read(MOST_MEMBER + 1)
            except _BROKEN as error:
                yield _damaged(name, error)
                continue
            yield SourceFile(name, content)
    yield from _passed_over(file.name, sum(_is_archive(entry.filename) for entry in entries), links)


def _is_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is one of rules, by its name and, as JSON, its content."""
    if not _may_be_wanted(entry.filename):
        return _wanted(entry.filename)
    if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
        return False
    try:
        with archive.open(entry) as stream:
            return begins_with_rule(stream.read(GLANCE))
    except _BROKEN:
        return False


def _gzip(file: SourceFile) -> Iterator[SourceFile | Diagnostic]:
    with gzip.GzipFile(fileobj=io.BytesIO(file.content)) as unfolded:
        stream = _Metered(unfolded, len(file.content))
        if is_tar(stream.peek(BLOCK)):
            yield from _tar(file, stream)
            return
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _RefusedError(f"it unfolds to more than {MOST_BYTES >> 20} MiB")
    yield SourceFile(file.name, content, named=file.named)


def _tar(file: SourceFile, stream: io.BytesIO | _Metered) -> Iterator[SourceFile | Diagnostic]:
    inner = links = 0
    for number, member in enumerate(tar_members(stream)):
        if number >= MOST_FILES:
            raise _RefusedError(f"it has more than {MOST_FILES} members")
        inner += _is_archive(member.name)
        maybe = _may_be_wanted(member.name)
        if not maybe and not _wanted(member.name):
            continue
        if member.link:
            links += not maybe
            continue
        name = f"{file.name}/{label(member.name)}"
        if maybe and not begins_with_rule(member.peek(GLANCE)):
            continue
        content = member.read(MOST_MEMBER)
        yield _too_long(name) if content is None else SourceFile(name, content)
    yield from _passed_over(file.name, inner, links)


class _Metered:
    """A stream that stops when it has unfolded too much."""

    def __init__(self, stream: gzip.GzipFile, packed: int) -> None:
        self._stream = stream
        self._packed = packed
        self._unfolded = 0
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        self._ahead = self.read(size)
        return self._ahead

    def read(self, size: int, /) -> bytes:
        pieces = [self._ahead[:size]]
        self._ahead = self._ahead[size:]
        size -= len(pieces[0])
        while size > 0 and (piece := self._stream.read(min(size, 1 << 20))):
            self._unfolded += len(piece)
            self._check()
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _check(self) -> None:
        most = max(FREE, MOST_RATIO * self._packed)
        if self._unfolded > min(most, MOST_UNFOLDED):
            raise _RefusedError(
                f"{self._packed:,} bytes unfold to more than {self._unfolded:,}, as no rules do"
            )


def is_deprecated(name: str) -> bool:
    """Whether a label is that of a file in a folder of deprecated rules."""
    return "_deprecated" in name.split("/")
