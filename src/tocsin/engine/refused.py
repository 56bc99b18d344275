"""What could not be read, told in the log of ``tocsin`` where nobody else would tell it.

Events of a plain iterable that are none: nobody holds an input that counts them. Of an input from
`tocsin.read` it is the files that could not be opened: its ``problems`` are easily not looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tocsin.engine.statistics import Statistics
from tocsin.inputs.origin import MemoryOrigin
from tocsin.inputs.source import Events

_Found = TypeVar("_Found")
_log = logging.getLogger("tocsin")


class Refused:
    """Told of each refused event; ``after`` tells of all of them once."""

    def __init__(self, given: object, source: Events) -> None:
        self._source = source
        self._counted = isinstance(given, Events)
        self._number = 0
        self._first = ""
        if not self._counted:
            source.on_reject = self

    def __call__(self, file: str, line: int, reason: str, content: bytes) -> None:  # noqa: ARG002
        """An event by its number from 1, and why it was refused."""
        if not self._number:
            self._first = f"number {line:,}: {reason}"
        self._number += 1

    def after(self, found: Iterable[_Found]) -> Iterator[_Found]:
        """What was found; when all of it has been taken, the log is told."""
        yield from found
        if self._number and not self._counted:
            _log.warning("%s refused; %s", _were(self._number), self._first)
        for problem in dict.fromkeys(self._source.problems):
            _log.warning("not read: %s: %s", problem.file, problem.reason)


def tell_beside(counts: Statistics) -> None:
    """Tell the log what of the history and the indicators was refused, or not read at all."""
    refused = (
        ("history", counts.history_rejected, counts.history_rejects),
        ("indicators", counts.indicators.get("rejected", 0), counts.indicator_rejects),
    )
    for name, number, rejects in refused:
        if number:
            first = rejects[0]
            where = "number " if first.file == MemoryOrigin.name else f"{first.file}:"
            told = f"{_were(number)} refused among the {name}"
            _log.warning("%s; %s%s: %s", told, where, f"{first.line:,}", first.reason)
    for option, why in counts.unused:
        _log.warning("%s: not read: %s", option.removeprefix("--"), why)
    for file, reason in dict.fromkeys(counts.inputs):
        _log.warning("not read: %s: %s", file, reason)


def _were(number: int) -> str:
    return f"{number:,} event was" if number == 1 else f"{number:,} events were"
