"""Lines that are no events: written to a file where one is named, and counted by reason."""

from __future__ import annotations

import re
from collections import Counter

import orjson

from tocsin.cli.sink import Sink
from tocsin.inputs.likeness import likeness

_PLACES = 3
_KINDS = 1_000
_LOOKS = 1_000
"""Lines that are looked at for what they may be."""
_BYTE = re.compile(r" \(byte \d+\)$")


class Rejects:
    """Told of each refused line; ``reasons`` and ``places`` keep what the summary tells.

    ``likeness``: what the first of them that is known seems to come from.
    """

    def __init__(self, sink: Sink | None) -> None:
        self.reasons: Counter[str] = Counter()
        self.places: dict[str, list[str]] = {}
        self.likeness = ""
        self._looked = 0
        self._sink = sink

    @property
    def kept(self) -> bool:
        """Whether the lines are written to a file."""
        return self._sink is not None

    def __call__(self, file: str, line: int, reason: str, content: bytes) -> None:
        """A line of a file, counted from 1, why it was refused, and how it begins."""
        self._count(file, line, _BYTE.sub("", reason))
        if not self.likeness and self._looked < _LOOKS:
            self._looked += 1
            self.likeness = likeness(content)
        if self._sink is not None:
            told = {
                "file": file,
                "line": line,
                "reason": reason,
                "content": content.decode("utf-8", "backslashreplace"),
            }
            self._sink.write(orjson.dumps(told) + b"\n")

    def _count(self, file: str, line: int, reason: str) -> None:
        if reason not in self.places and len(self.places) >= _KINDS:
            reason = "other reasons"
        self.reasons[reason] += 1
        places = self.places.setdefault(reason, [])
        if len(places) < _PLACES:
            places.append(f"{file}:{line}")
