"""``scan --open``: events and alerts into a folder, and pages over it in the browser."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tocsin.cli.chosen import Choice
from tocsin.cli.extra import needs_server
from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.inputs.source import Events
from tocsin.rules.overlay import find_overlay

if TYPE_CHECKING:
    from tocsin.columns.cells import Batch
    from tocsin.journal.journal import Journal
    from tocsin.journal.keeper import Keeper

LARGEST = 16 << 20
"""Bytes of events that are written into the journal together."""

SOME = 4_096
"""Events likewise."""


@contextmanager
def folder(data: str | None) -> Iterator[Path]:
    """Where everything goes: a folder to keep, or one that is removed in the end."""
    needs_server("--open")
    if data is None:
        with tempfile.TemporaryDirectory(prefix="tocsin-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    path = Path(data)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"--data {data}: {error.strerror}") from error
    if (path / "journal").exists():
        raise CannotRun(
            f"--data {data}: events are there already; name another folder, or look at these with "
            f"tocsin serve --data {data}"
        )
    yield path


class Keeping:
    """Keeps the events of a scan as they are read, each once, in the folder's journal and Parquet.

    Raises
    ------
    CannotRun
        From `take` and `finish`: the disk is full.
    """

    def __init__(self, data: Path) -> None:
        from tocsin.journal.journal import Journal  # noqa: PLC0415 - only who opens pays for it
        from tocsin.journal.keeper import Keeper, Limits  # noqa: PLC0415

        self._journal: Journal = Journal(data / "journal")
        self._keeper: Keeper = Keeper(self._journal, data / "events", Limits(seal_after=0))
        self._lines: list[bytes] = []
        self._names: list[tuple[str, str]] = []
        self._size = 0
        self._next = 0

    def watch(self, source: Events) -> None:
        """Keep what this input gives, when it is read for the first time."""
        source.on_batch = self.take

    def take(self, batch: Batch) -> None:
        """Keep the events of a batch, unless they were kept before."""
        if batch.first < self._next:
            return
        self._next = batch.first + len(batch)
        for row in range(len(batch)):
            line = batch.event(row)
            if not line or b"\n" in line:
                continue
            self._lines.append(line)
            self._names.append(batch.identity(row) or ("", ""))
            self._size += len(line)
            if self._size >= LARGEST or len(self._lines) >= SOME:
                self._write()

    def finish(self) -> None:
        """Seal everything, and let go of the files."""
        from tocsin.journal.errors import JournalError  # noqa: PLC0415

        try:
            self._write()
            self._journal.turn()
            while self._keeper.step(_now()):
                pass
            self._journal.keep_from(self._journal.end)
        except JournalError as error:
            raise CannotRun(f"--open: {error}") from error

    def close(self) -> None:
        """Let go of the files."""
        self._journal.close()

    def _write(self) -> None:
        from tocsin.journal.errors import JournalError  # noqa: PLC0415
        from tocsin.journal.frame import Frame, Kind  # noqa: PLC0415

        if self._lines:
            frame = Frame(Kind.EVENTS, _now(), "scan", self._lines, self._names)
            try:
                end = self._journal.append(frame)
            except JournalError as error:
                raise CannotRun(f"--open: {error}") from error
            self._lines, self._names, self._size = [], [], 0
            self._journal.keep_from(end)
            self._keeper.step(_now())


def show(data: Path, choice: Choice, config: str | None) -> None:
    """Serve the pages of a folder until Ctrl-C, and open them in the browser."""
    from tocsin.cli.serve_engine import (  # noqa: PLC0415 - an extra
        Choosing,
        logs,
        rules_for_pages,
        shelf_for_pages,
    )
    from tocsin.server.gallery import Gallery, Shown  # noqa: PLC0415
    from tocsin.store.error import StoreError  # noqa: PLC0415

    found = config or find_overlay(Path.cwd())
    asked = Choosing(choice, None if found is None else str(found))
    quiet = partial(logs, text=True)
    shown = Shown(
        data,
        partial(rules_for_pages, asked),
        partial(shelf_for_pages, asked, data / "rules-history"),
        quiet,
        choice.text_mode,
    )
    try:
        with Gallery(shown) as gallery:
            _mind_stopping(gallery.stop)
            click.echo(f"The alerts are at {gallery.address}  (Ctrl-C ends this)", err=True)
            if _graphical():
                with suppress(webbrowser.Error, OSError):
                    webbrowser.open(gallery.address)
            gallery.serve()
    except (OSError, StoreError) as error:
        raise CannotRun(f"--open: {safe(str(error))}") from error


def _graphical() -> bool:
    """Whether a browser would have a window: one in the terminal would take it from us."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))


def _mind_stopping(stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


def _now() -> int:
    return time.time_ns() // 1_000_000
