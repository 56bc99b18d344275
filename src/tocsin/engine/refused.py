"""Events of a plain iterable that are none: nobody holds an input that counts them, so it warns."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tocsin.inputs.source import Events

_Found = TypeVar("_Found")


class Refused:
    """Told of each refused event; ``after`` warns once of all of them.

    It says nothing where the events were an input from the beginning: that one keeps ``rejects``.
    """

    def __init__(self, given: object, source: Events) -> None:
        self._watching = not isinstance(given, Events)
        self._number = 0
        self._first = ""
        if self._watching:
            source.on_reject = self

    def __call__(self, file: str, line: int, reason: str, content: bytes) -> None:  # noqa: ARG002
        """An event by its number from 1, and why it was refused."""
        if not self._number:
            self._first = f"number {line:,}: {reason}"
        self._number += 1

    def after(self, found: Iterable[_Found]) -> Iterator[_Found]:
        """What was found, and a warning when all of it has been taken."""
        yield from found
        if self._watching and self._number:
            several = "event was" if self._number == 1 else "events were"
            told = f"{self._number:,} {several} refused; {self._first}"
            warnings.warn(told, stacklevel=2)
