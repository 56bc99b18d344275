"""The folder of sealed events: its files, their names, and how they come and go.

``date=2026-08-01/dataset=system.auth/<first>-<end>-<accepted>.parquet``: the journal positions that
the file covers, and when its last event was accepted, in ms. Files are made in a folder beside it
and moved here when they are whole, so whoever reads everything here reads nothing unfinished.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.inputs.batch import BYTES, ROWS
from tocsin.inputs.sealed_files import NAME
from tocsin.journal import disk
from tocsin.journal.sealed.parquet import PAGE, PAGE_ROWS

UNKNOWN = "unknown"
MIXED = "mixed"
"""The data set, or day, of events that are alone in theirs where there are too many (`groups`)."""

LONGEST = 100
"""The most characters of a data set's folder; a longer name is cut and told apart by a hash."""

_ODD = re.compile(rb"[^a-z0-9._-]|\A\.|\.\Z")
_MOST_ACCEPTED = 10**13 - 1


class SealedFile(NamedTuple):
    """A file: what it covers, when its last event was accepted (ms), and its size."""

    path: Path
    first: int
    end: int
    accepted: int
    bytes: int


def folder_name(dataset: str) -> str:
    """A data set's name as a name of a folder, whatever it holds: ``%`` and hex for odd bytes.

    Different names differ also where the file system ignores case.
    """
    raw = dataset.encode("utf-8", "replace")
    text = _ODD.sub(lambda odd: b"%%%02X" % odd[0][0], raw).decode()
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 21]}..{sha256(raw).hexdigest()[:16]}"
        text = re.sub(r"%[0-9A-F]?\.\.", "..", text)
    return text or UNKNOWN


def file_name(first: int, end: int, accepted: int) -> str:
    """The name of a file of events."""
    return f"{first:020d}-{end:020d}-{min(max(accepted, 0), _MOST_ACCEPTED):013d}.parquet"


def rows_together(table: pa.Table) -> int:
    """How many rows of a table are written so that they can be read together.

    Twice what a batch has: a smaller group costs more to write than to read a part of.
    """
    return max(1, min(2 * ROWS, 4 * BYTES * table.num_rows // max(table.nbytes, 1)))


def room_together() -> tuple[int, int]:
    """The most rows, and bytes of events without their columns, of a group of rows; as above."""
    return 2 * ROWS, 3 * BYTES


class Shelf:
    """The sealed events below a folder, to be read; whoever writes there may be another process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> Iterator[SealedFile]:
        """All files, in order of their paths."""
        for path in sorted(self.folder.glob("date=*/dataset=*/*.parquet")):
            found = NAME.fullmatch(path.name)
            if found is not None:
                first, end, accepted = map(int, found.groups())
                with suppress(FileNotFoundError):
                    yield SealedFile(path, first, end, accepted, path.stat().st_size)


class Archive(Shelf):
    """The sealed events below a folder; the folder beside it takes what is not ready.

    Attributes
    ----------
    unsettled
        Something was interrupted, and `settle` is to be called.
    """

    unsettled = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._making = folder.with_name(folder.name + ".making")
        for each in (folder, self._making):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.settle()

    def place(self, day: str, dataset: str) -> Path:
        """The folder of a day's events of a data set."""
        return self.folder / f"date={day}" / f"dataset={folder_name(dataset)}"

    def writer(self, name: str, schema: pa.Schema) -> pq.ParquetWriter:
        """Writes a file that nobody sees until it is published under the same name."""
        plain = [field.name for field in schema if field.name not in ("_source", "_id", "_place")]
        # how many rows have a field is told without reading it (`tocsin.journal.sealed.facts`)
        told = [
            f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
            for field in schema
            if field.name != "_source"
        ]
        self.fresh(name).close()
        return pq.ParquetWriter(
            self._making / name,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=plain,
            write_statistics=told,
            data_page_size=PAGE,
            write_batch_size=PAGE_ROWS,
        )

    def fresh(self, name: str) -> BinaryIO:
        """A file, empty and open, that nobody sees until it is published under the same name."""
        file = self._making / name
        with suppress(FileNotFoundError):
            file.unlink()
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, disk.MODE), "wb")

    def publish(self, moves: Iterable[tuple[str, Path]]) -> None:
        """Move finished files to where they are read; they are on disk when this returns."""
        changed = set()
        moves = list(moves)
        for name, _ in moves:
            _sync_file(self._making / name)
        for name, target in moves:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._making / name).replace(target)
            changed |= {target.parent, target.parent.parent, self.folder}
        for folder in changed:
            disk.sync_folder(folder)

    def remove(self, files: Iterable[Path]) -> None:
        """Remove files, and the folders that are empty then."""
        changed = set()
        for path in files:
            with suppress(FileNotFoundError):
                path.unlink()
            changed.add(path.parent)
        for folder in changed:
            with suppress(OSError):
                disk.sync_folder(folder)
            with suppress(OSError):
                folder.rmdir()
                folder.parent.rmdir()

    # One file in place of several

    @property
    def _plan(self) -> Path:
        return self._making / "replacing"

    def replace(self, name: str, target: Path, parts: Iterable[Path]) -> None:
        """Publish a finished file that holds what several files hold, and remove these.

        Whatever happens between, `settle` finds out; nothing else may be done before.
        """
        self.unsettled = True
        _sync_file(self._making / name)
        parts = list(parts)
        plan = self._making / "plan"
        text = "\n".join(path.relative_to(self.folder).as_posix() for path in (target, *parts))
        plan.write_text(text, encoding="utf-8")
        _sync_file(plan)
        plan.replace(self._plan)
        disk.sync_folder(self._making)
        self.publish([(name, target)])
        self.remove(parts)
        self._plan.unlink()
        self.unsettled = False

    def settle(self) -> None:
        """Finish or undo what an interruption left: no event is there twice afterwards."""
        with suppress(FileNotFoundError):
            first, *rest = self._plan.read_text(encoding="utf-8").split("\n")
            if (self.folder / first).exists():
                self.remove(self.folder / part for part in rest)
            self._plan.unlink()
        for left in self._making.iterdir():
            left.unlink()
        self.unsettled = False


def _sync_file(path: Path) -> None:
    file = disk.open_again(path)
    try:
        disk.sync(file)
    finally:
        os.close(file)
