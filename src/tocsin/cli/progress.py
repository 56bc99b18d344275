"""A progress line on a terminal while events pass; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tocsin.cli.console import console
from tocsin.inputs.source import Events

_EVERY = 0.1


class Reading:
    """Shows share of the input, events a second, and what was found so far.

    Parameters
    ----------
    source
        The input; it knows how far it has been read.
    noun
        What is found: ``alerts`` or ``matches``.
    """

    def __init__(self, source: Events, noun: str) -> None:
        self._source = source
        self._noun = noun
        self._shown = sys.stderr.isatty()
        self._began = time.monotonic()
        self._last = 0.0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[share]}"),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=console(stderr=True),
            transient=True,
            disable=not self._shown,
        )
        self._task = self._bar.add_task("reading", total=None, share="", told="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._bar.stop()

    @property
    def seconds(self) -> float:
        """How long reading has gone on."""
        return time.monotonic() - self._began

    def batch(self, events: int, found: int | None = None) -> None:
        """So many events have passed, with so many findings (None: nobody knows yet)."""
        now = time.monotonic()
        if not self._shown or now - self._last < _EVERY:
            return
        self._last = now
        rate = events / max(now - self._began, 1e-6)
        told = f"{events:,} events · {rate:,.0f}/s"
        if found is not None:
            told += f" · {found:,} {self._noun}"
        done, total = self._source.progress()
        share = f"{min(1.0, done / total):.0%}" if total else ""
        self._bar.update(self._task, completed=done, total=total or None, share=share, told=told)
