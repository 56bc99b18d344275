"""Know what is no text of a rule by how it begins, so that it can be said what to do with it."""

from __future__ import annotations

_UNPACK = "unpack it, or pack the rules as .zip or .tar.gz"
_KINDS = (
    (b"\xff\xfe", "text in UTF-16", "save it in UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it in UTF-8"),
    (b"BZh", "packed with bzip2", _UNPACK),
    (b"\xfd7zXZ\x00", "packed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "an archive of 7-Zip", _UNPACK),
    (b"Rar!\x1a\x07", "an archive of RAR", _UNPACK),
    (b"PAR1", "Parquet", "name a file of rules"),
    (b"SQLite format 3\x00", "a database of SQLite", "name a file of rules"),
)


def foreign(content: bytes) -> tuple[str, str] | None:
    """What bytes are that cannot be read as rules, and what to do; None if nobody knows."""
    for magic, kind, hint in _KINDS:
        if content.startswith(magic):
            return kind, hint
    return None
