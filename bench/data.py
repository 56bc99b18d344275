"""The benchmarks' events on disk: made once for each seed and shape, kept under ``bench/.data``.

Their names hold a hash of the generator: what another version of it made is not taken for this one's.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow.parquet
from pyarrow import Table

from bench.corpus import Corpus

FOLDER = Path(__file__).parent / ".data"
MAKER = hashlib.sha256((Path(__file__).parent / "corpus.py").read_bytes()).hexdigest()[:8]


def ndjson(seed: int, shape: str, count: int) -> Path:
    """A file of so many events."""
    path = FOLDER / f"{shape}-{seed}-{count}-{MAKER}.ndjson"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.writelines(Corpus(seed, shape).lines(count))
        part.rename(path)
    return path


def parquet(seed: int, count: int) -> Path:
    """The same plain events as Parquet, in row groups of 50,000."""
    path = FOLDER / f"plain-{seed}-{count}-{MAKER}.parquet"
    if not path.exists():
        corpus = Corpus(seed)
        part = path.with_suffix(".part")
        FOLDER.mkdir(exist_ok=True)
        first = _table([corpus.event() for _ in range(min(count, 50_000))])
        with pyarrow.parquet.ParquetWriter(part, first.schema) as writer:
            writer.write_table(first)
            for start in range(50_000, count, 50_000):
                rows = [corpus.event() for _ in range(min(50_000, count - start))]
                writer.write_table(Table.from_pylist(rows, schema=first.schema))
        part.rename(path)
    return path


def _table(events: list[dict[str, Any]]) -> Table:
    """The events with all their columns: of itself a table takes those of the first event."""
    names = list(dict.fromkeys(name for event in events for name in event))
    return Table.from_pydict({name: [event.get(name) for event in events] for name in names})
