"""Which fields the stored events have, told by the columns of what was sealed last."""

from __future__ import annotations

from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.corpus.stored import uncovered
from tocsin.journal.sealed.archive import Shelf

FILES = 64
"""Files that are looked at, those of the newest events."""


def fields_seen(shelf: Shelf) -> frozenset[str]:
    """Names of fields; those that no schema names have no columns, and are not among them."""
    files = uncovered(shelf)
    files.sort(key=lambda file: file.end, reverse=True)
    found: set[str] = set()
    for file in files[:FILES]:
        with suppress(OSError, pa.ArrowException):
            found.update(pq.read_schema(file.path).names)
    return frozenset(name for name in found if name == "@timestamp" or name[:1] not in {"_", "@"})
