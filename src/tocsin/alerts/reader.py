"""Reads the events of many findings at once: what names them, and what their alerts take over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.alerts.excerpt import MORE, TIMES, excerpts
from tocsin.alerts.finding import Excerpt, Finding, SourceEvent
from tocsin.alerts.lookup import Paths
from tocsin.alerts.tree import room
from tocsin.columns.content import BYTES, content_hash
from tocsin.columns.pool import Pool
from tocsin.columns.vector import WIDTH

FEW = 64
"""Fewer findings are not worth a kernel that may have to be compiled first."""

TOGETHER = 256
"""Findings that are read together, about."""

MOST, BYTES_TOGETHER = 1024, 4 << 20
"""The most findings, and bytes of their events, that are read together."""

LARGE = 1 << 18
"""Bytes of an event that is read on its own, by Python."""

_POOL = Pool()
_PADDING = bytes(WIDTH)


Read: TypeAlias = Callable[[Sequence[Finding]], tuple[Sequence[str], Sequence[Excerpt | None]]]
"""Reads findings, and gives of each the `tocsin.columns.content.content_hash` of its only event,
empty where that has a name already; and the excerpt, None where Python has to parse the event."""


class Reader:
    """Reads events of findings.

    Parameters
    ----------
    fields
        By rule number, the fields whose values alerts of the rule need; None where its alerts take
        over something else than one whole event.
    """

    def __init__(self, fields: Callable[[int], Sequence[str] | None]) -> None:
        self._fields = fields
        self._paths = Paths()
        self._asked: list[int] = []
        self._spans: list[tuple[int, int]] = []
        self._numbers: dict[int, int] = {}
        self._tree = room()

    def read(self, findings: Sequence[Finding]) -> tuple[list[str], list[Excerpt | None]]:
        """What the findings' only events say, as `Read`; nothing of findings with several."""
        events = [event for finding in findings for event in finding.events if event is not None]
        contents = [event.content for event in events]
        sizes = [*map(len, contents)]
        if len(findings) > 1 and (len(findings) > MOST or sum(sizes) > BYTES_TOGETHER):
            return self._halves(findings)
        if (
            len(events) == len(findings)
            and (len(events) >= FEW or self._spans)
            and 0 < min(sizes) <= max(sizes) < LARGE
        ):
            return self._together([finding.rule for finding in findings], events, contents, sizes)
        return self._apart(findings)

    def _halves(self, findings: Sequence[Finding]) -> tuple[list[str], list[Excerpt | None]]:
        middle = len(findings) // 2
        digests, found = self.read(findings[:middle])
        others, more = self.read(findings[middle:])
        return digests + others, found + more

    def _apart(self, findings: Sequence[Finding]) -> tuple[list[str], list[Excerpt | None]]:
        """As ``read``, where not all findings are alike."""
        digests = [""] * len(findings)
        found: list[Excerpt | None] = [None] * len(findings)
        small: dict[int, SourceEvent] = {}
        for number, finding in enumerate(findings):
            event = finding.events[0] if len(finding.events) == 1 else None
            if event is None or not event.content:
                continue
            if len(event.content) < LARGE:
                small[number] = event
            elif not event.id:
                digests[number] = content_hash(event.content)
        events = [*small.values()]
        if len(small) >= FEW or (small and self._spans):
            contents = [event.content for event in events]
            read = self._together(
                [findings[number].rule for number in small],
                events,
                contents,
                [*map(len, contents)],
            )
        else:
            hashes = ["" if event.id else content_hash(event.content) for event in events]
            read = hashes, [None] * len(events)
        for number, digest, excerpt in zip(small, *read, strict=True):
            digests[number], found[number] = digest, excerpt
        return digests, found

    def _together(
        self,
        rules: Sequence[int],
        events: Sequence[SourceEvent],
        contents: Sequence[bytes],
        sizes: Sequence[int],
    ) -> tuple[list[str], list[Excerpt | None]]:
        """What single events say, read by the kernel; those in doubt are hashed by Python."""
        numbers = self._numbers
        asks = [numbers.get(rule) or self._number(rule) for rule in rules]
        unnamed = [not event.id for event in events]
        self._paths.settle()
        ends = np.cumsum([0, *sizes], dtype=np.int64)
        size = int(ends[-1]) * TIMES + len(sizes) * MORE + WIDTH
        text = np.frombuffer(_POOL.block(size), np.uint8, size)
        places = np.empty((len(sizes), 3), np.int64)
        excerpts(
            np.frombuffer(b"".join((*contents, _PADDING)), np.uint8),
            _fixed(ends[:-1]),
            _fixed(ends[1:]),
            _fixed(np.array(unnamed)),
            _fixed(np.array(asks, np.int64)),
            _fixed(np.array(self._spans, np.int64)),
            _fixed(np.array(self._asked, np.int64)),
            _fixed(self._paths.rows),
            self._paths.names,
            self._tree,
            text,
            places,
        )
        return _cut(text.data, places, events)

    def _number(self, rule: int) -> int:
        """The number, from 1, of the fields of a rule, which are asked for from now on."""
        first = len(self._asked)
        self._asked += map(self._paths.row, self._fields(rule) or ())
        if not self._spans:
            self._spans.append((0, 0))
        number = self._numbers[rule] = len(self._spans)
        self._spans.append((first, len(self._asked)))
        return number


def _fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = array.view()
    array.flags.writeable = False
    return array


def _cut(
    text: memoryview, ends: npt.NDArray[np.int64], events: Sequence[SourceEvent]
) -> tuple[list[str], list[Excerpt | None]]:
    """The texts as they lie one behind the other."""
    digests: list[str] = []
    found: list[Excerpt | None] = []
    begin = 0
    for (canonical, values, body), event in zip(ends.tolist(), events, strict=True):
        if canonical > begin:
            digests.append(blake2b(text[begin:canonical], digest_size=BYTES).hexdigest())
        else:
            digests.append("" if event.id else content_hash(event.content))
        found.append(
            (text[canonical:values].tobytes(), text[values:body].tobytes())
            if body > canonical
            else None
        )
        begin = body
    return digests, found
