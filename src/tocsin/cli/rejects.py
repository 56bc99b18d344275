"""Lines that are no events: written to a file where one is named, and counted by reason.

Also what events seem to come from that have a time, but no field of ECS.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import orjson

from tocsin.cli.sink import Sink
from tocsin.inputs.likeness import likeness
from tocsin.inputs.report import SAMPLE

if TYPE_CHECKING:
    from tocsin.columns.cells import Batch
    from tocsin.inputs.source import Events

_PLACES = 3
_KINDS = 1_000
_LOOKS = 1_000
"""Lines that are looked at for what they may be."""
_PEEKS = 100
"""Events that are looked at for the same."""
_MAPPED = frozenset({"data_stream", "ecs", "event"})
"""What nearly every event has that a shipper made."""
_BYTE = re.compile(r" \(byte \d+\)$")


class Rejects:
    """Told of each refused line; ``reasons`` and ``places`` keep what the summary tells.

    ``likeness``: what the first of them that is known seems to come from. ``foreign``: the same of
    events that are accepted, but have nothing of ECS.
    """

    def __init__(self, sink: Sink | None) -> None:
        self.reasons: Counter[str] = Counter()
        self.places: dict[str, list[str]] = {}
        self.likeness = ""
        self.foreign = ""
        self._peeked = 0
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

    def watch(self, source: Events) -> None:
        """Look at the first event of each of the first batches of an input, too."""
        before = source.on_batch

        def look(batch: Batch) -> None:
            if self._peeked < _PEEKS and len(batch):
                self._peeked += 1
                self.foreign = self.foreign or _foreign(batch.event(0))
            if before is not None:
                before(batch)

        source.on_batch = look

    def _count(self, file: str, line: int, reason: str) -> None:
        if reason not in self.places and len(self.places) >= _KINDS:
            reason = "other reasons"
        self.reasons[reason] += 1
        places = self.places.setdefault(reason, [])
        if len(places) < _PLACES:
            places.append(f"{file}:{line}")


def _foreign(event: bytes) -> str:
    """What an event seems to come from; empty if that is not known, or it has fields of ECS."""
    try:
        found = orjson.loads(event)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(found, dict) or any(key.partition(".")[0] in _MAPPED for key in found):
        return ""
    return likeness(event[:SAMPLE])
