"""Documents, and what they say of rules, as they are kept: compressed."""

from __future__ import annotations

import zstandard


def packer() -> zstandard.ZstdCompressor:
    """Compresses any number of documents; for one thread."""
    return zstandard.ZstdCompressor(level=1)


def size(content: bytes) -> int:
    """Bytes of the document that is kept so."""
    return zstandard.frame_content_size(bytes(content[:32]))


def unpacked(content: bytes) -> bytes:
    """A document from what is kept."""
    return zstandard.ZstdDecompressor().decompress(bytes(content))
