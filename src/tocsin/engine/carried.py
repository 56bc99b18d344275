"""Events of what was open when an earlier run ended: their names, and some of them whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

CARRIED = -1
"""Stands for the input of a carried event; its offset is its number."""


class CarriedEvent(NamedTuple):
    """An event under its name; ``content`` is empty if it was not kept."""

    name: str
    index_name: str
    stream: str
    """The name of its data stream, where that was wanted."""
    content: bytes

    def line(self, number: int) -> bytes:
        """As a line of a file; a line's end within JSON is only space."""
        content = self.content.replace(b"\n", b" ")
        return b"%d %b\t%b\n" % (number, orjson.dumps(self[:3]), content)


@dataclass(slots=True)
class CarriedEvents:
    """Such lines, read when they are asked for. ``spans``: by number, where each line stands."""

    data: npt.NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, number: int) -> CarriedEvent:
        """The event with this number; KeyError if there is none, ValueError if it is damaged."""
        begin, end = self.spans[number]
        told, _, content = self.data[begin:end].tobytes().partition(b"\t")
        name, index_name, stream = orjson.loads(told)
        return CarriedEvent(name, index_name, stream, content)

    def size(self, number: int) -> int:
        """About how many bytes the event has."""
        begin, end = self.spans[number]
        return end - begin

    @classmethod
    def read(cls, path: Path) -> CarriedEvents:
        """The events of a file; ValueError if a line has no number."""
        found = cls()
        begin = 0
        with path.open("rb") as lines:
            for line in lines:
                number, space, _ = line[:24].partition(b" ")
                end = begin + len(line)
                found.spans[int(number)] = begin + len(number) + len(space), end - 1
                begin = end
        if found.spans:
            found.data = np.memmap(path, np.uint8, "r")
        return found
