"""A progress line on a terminal while events pass; nothing where stderr is no terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tocsin.engine.statistics import Statistics
from tocsin.inputs.source import Events

_EVERY = 0.1


class ScanProgress:
    """Shows share of the input, events a second and findings so far."""

    def __init__(self, source: Events) -> None:
        console = Console(stderr=True)
        self._source = source
        self._shown = console.is_terminal
        self._began = time.monotonic()
        self._last = 0.0
        self._bar = Progress(
            TextColumn("scanning"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not self._shown,
        )
        self._task = self._bar.add_task("scan", total=None, told="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, counts: Statistics) -> None:
        """Told of the counts after each batch."""
        now = time.monotonic()
        if not self._shown or now - self._last < _EVERY:
            return
        self._last = now
        rate = counts.events / max(now - self._began, 1e-6)
        done, total = self._source.progress()
        self._bar.update(
            self._task,
            completed=done,
            total=total or None,
            told=f"{counts.events:,} events · {rate:,.0f}/s · {counts.alerts:,} alerts",
        )
