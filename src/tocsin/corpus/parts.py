"""The stored events in parts, the newest first: what is not sealed yet, then groups of rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.corpus.span import Span
from tocsin.inputs.batch import JsonBatch
from tocsin.inputs.parquet import ID, INDEX
from tocsin.inputs.sealed import PLACE, SOURCE, json_batch
from tocsin.journal.batch import batch
from tocsin.journal.sealed.archive import Archive, SealedFile
from tocsin.journal.view import JournalView

DAY = 86_400_000
NAMES = ("stored",)


def uncovered(archive: Archive) -> list[SealedFile]:
    """The files, without those whose events a larger file of their folder holds too."""
    kept = []
    for _, group in groupby(archive.files(), attrgetter("path.parent")):
        reached = -1
        for file in sorted(group, key=lambda file: (file.first, -file.end)):
            if file.end > reached:
                kept.append(file)
                reached = file.end
    return kept


def day_of(file: SealedFile) -> int | None:
    """When the day of a file's events begins, ms since 1970; None: they are of several."""
    day = Path(file.path).parent.parent.name.removeprefix("date=")
    try:
        return int(np.datetime64(day, "ms").astype(np.int64))
    except ValueError:
        return None


def may_hold(file: SealedFile, span: Span) -> bool:
    """Whether a file may hold events of a span, told by the day in its path."""
    day = day_of(file)
    return day is None or span.meets(day, day + DAY - 1)


def fresh(journal: JournalView, begin: int) -> Iterator[JsonBatch]:
    """The events of a journal from a position to where it ends now."""
    position, end = begin, journal.end
    while position < end and (placed := journal.read(position)):
        position = placed[-1].position
        found = batch(placed)
        if found is not None:
            yield found


def sealed(file: SealedFile) -> Iterator[JsonBatch]:
    """The events of a file, the last group of rows first; an offset is a place."""
    with pq.ParquetFile(file.path) as opened:
        for group in reversed(range(opened.num_row_groups)):
            table: pa.Table = opened.read_row_group(group, columns=[INDEX, ID, PLACE, SOURCE])
            whole = table.combine_chunks()
            yield json_batch(whole, whole.column(PLACE).to_numpy(), 0, NAMES)
