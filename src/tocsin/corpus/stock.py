"""Where the stored events are now: parts of sealed files and of the journal, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Protocol

import pyarrow as pa

from tocsin.corpus.fresh_part import FreshPart
from tocsin.corpus.held import Held
from tocsin.corpus.part import Part
from tocsin.corpus.sealed_part import Memory, SealedFile, SealedPart, runs
from tocsin.corpus.span import ALWAYS, Span
from tocsin.corpus.stored import day_of, may_hold, uncovered
from tocsin.journal.sealed.archive import SealedFile as Listed
from tocsin.journal.sealed.archive import Shelf
from tocsin.journal.view import JournalView

FILES = 100 << 20
"""Bytes of what is known of open files that are held."""

STRETCH = 8 << 20
"""Bytes of the journal that are one part."""

MOST_STRETCHES = 64
"""Parts of the journal that are looked at; more wait there only if sealing fails."""

LASTING = 1.0
"""Seconds for which a list of files is taken as it was."""

COMMON = (
    *("event.category", "host.id", "host.name", "user.name", "process.name"),
    *("process.entity_id", "process.parent.entity_id", "process.executable"),
)
"""Columns that most pages ask."""

OFTEN = (
    *("data_stream.dataset", "event.action", "event.type", "container.id"),
    *("process.command_line", "process.args", "process.hash.sha256", "process.parent.name"),
    *("file.path", "destination.ip", "source.ip", "destination.port"),
)
"""Columns that many pages ask; they are read after those."""


class Kept(Protocol):
    """Where events are stored."""

    @property
    def archive(self) -> Shelf:
        """Those that are sealed."""

    @property
    def journal(self) -> JournalView:
        """Those that are not yet."""


class Stock:
    """The parts of a corpus; any thread may ask. ``clock``: seconds from any beginning."""

    def __init__(self, corpus: Kept, clock: Callable[[], float]) -> None:
        self._corpus = corpus
        self._clock = clock
        self._memory = Memory()
        self._files: Held[SealedFile] = Held(FILES, lambda file: file.cost)
        self._lock = Lock()
        self._listed: list[Listed] = []
        self._listed_at: float | None = None
        self._fresh: dict[int, FreshPart] = {}

    def forget(self) -> None:
        """Look again where everything is."""
        with self._lock:
            self._listed_at = None

    def warm(self, names: Sequence[str], enough: Callable[[], bool]) -> None:
        """Read columns that nobody asked for yet, those of the newest events first."""
        for part in self.parts(ALWAYS):
            for name in names:
                if enough():
                    return
                if part is not None:
                    part.column(name)

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self._list()) or any(part.rows for part in self._unsealed(0))

    def parts(self, span: Span, *, apart: bool = False) -> Iterator[Part | None]:
        """The parts that may hold events of a span; None for one that cannot be read.

        ``apart``: small ones, where each takes long.

        Raises
        ------
        FileNotFoundError
            A file went away since the files were listed.
        """
        self._memory.turn()
        self._files.turn()
        files = self._list()
        yield from self._unsealed(max((file.end for file in files), default=0))
        wanted = sorted((file for file in files if may_hold(file, span)), key=_day, reverse=True)
        for day, group in groupby(wanted, _day):
            found: list[SealedPart] = []
            for file in group:
                try:
                    opened = self._open(file.path)
                except FileNotFoundError:
                    raise
                except (OSError, pa.ArrowException):
                    yield None
                    continue
                found += [
                    SealedPart(opened, groups, self._memory)
                    for groups in runs(opened, span, apart=apart)
                ]
            for part in sorted(found, key=_newest, reverse=True):
                part.mixed = day == float("inf")
                if part.low is None or part.high is None or span.meets(part.low, part.high):
                    yield part

    def _list(self) -> list[Listed]:
        with self._lock:
            now = self._clock()
            if self._listed_at is None or now - self._listed_at > LASTING:
                self._listed = uncovered(self._corpus.archive)
                self._listed_at = now
            return self._listed

    def _open(self, path: Path) -> SealedFile:
        return self._files.get(path, lambda: SealedFile(path))

    def _unsealed(self, begin: int) -> list[FreshPart]:
        """What is in the journal from a position on, the newest first."""
        journal = self._corpus.journal
        with self._lock:
            at, end = max(begin, journal.begin), journal.end
            parts: list[FreshPart] = []
            while at < end and len(parts) < MOST_STRETCHES:
                part = self._fresh.get(at)
                if part is None or (part.end < end and part.end - at < STRETCH // 2):
                    part = FreshPart(journal, at, STRETCH)
                if part.end <= at:
                    break
                parts.append(part)
                at = part.end
            self._fresh = {part.begin: part for part in parts}
        return parts[::-1]


def _day(file: Listed) -> float:
    """Days in order; files with events of several come last, thus first where they are reversed."""
    day = day_of(file)
    return float("inf") if day is None else day


def _newest(part: SealedPart) -> float:
    return float("inf") if part.high is None else part.high
