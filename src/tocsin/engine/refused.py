"""What could not be read, told in the log of ``tocsin`` where nobody else would tell it.

Events of a plain iterable that are none: nobody holds an input that counts them. Of an input from
`tocsin.read` it is the files that could not be opened: its ``problems`` are easily not looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TypeVar

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
            several = "event was" if self._number == 1 else "events were"
            _log.warning("%s %s refused; %s", f"{self._number:,}", several, self._first)
        for problem in dict.fromkeys(self._source.problems):
            _log.warning("not read: %s: %s", problem.file, problem.reason)
