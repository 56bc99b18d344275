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
from tocsin.columns.cells import Bytes
from tocsin.columns.content import BYTES, content_hash
from tocsin.columns.pool import Pool
from tocsin.columns.vector import WIDTH

FEW = 64
"""Fewer findings are not worth a kernel that may have to be compiled first."""

TOGETHER = 64
"""Findings that are read together, about: what their texts take stays in the processor's cache."""

LARGE = 1 << 18
"""Bytes of an event that is read on its own, by Python."""

_POOL = Pool()
_PADDING = bytes(WIDTH)


Read: TypeAlias = tuple[str, Excerpt | None]
"""What was read of a finding's only event: `tocsin.columns.content.content_hash` of it, empty where
the event has a name already; and the excerpt, None where Python has to parse the event.
"""


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

    def read(self, findings: Sequence[Finding]) -> list[Read]:
        """What the findings' only events say; of findings with several events, nothing."""
        events = [_only(finding) for finding in findings]
        small = [
            number
            for number, event in enumerate(events)
            if event is not None and len(event.content) < LARGE
        ]
        if len(small) < FEW and not self._spans:
            return [_alone(event) for event in events]
        if len(small) == len(findings):
            return self._together(findings)
        reads = iter(self._together([findings[number] for number in small]))
        some = set(small)
        return [
            next(reads) if number in some else _alone(event) for number, event in enumerate(events)
        ]

    def _together(self, findings: Sequence[Finding]) -> list[Read]:
        """What single events say, read by the kernel; those in doubt are hashed by Python."""
        events = [event for finding in findings for event in finding.events if event is not None]
        numbers = self._numbers
        asks = [
            numbers.get(rule) or self._number(rule)
            for rule in [finding.rule for finding in findings]
        ]
        unnamed = [not event.id for event in events]
        self._paths.settle()
        contents = [event.content for event in events]
        ends = np.cumsum([0, *map(len, contents)], dtype=np.int64)
        size = int(ends[-1]) * TIMES + len(contents) * MORE + WIDTH
        text = np.frombuffer(_POOL.block(size), np.uint8, size)
        places = np.empty((len(contents), 4), np.int64)
        last = excerpts(
            _joined(contents),
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
        return _cut(text[:last].tobytes(), places, events)

    def _number(self, rule: int) -> int:
        """The number, from 1, of the fields of a rule, which are asked for from now on."""
        first = len(self._asked)
        self._asked += map(self._paths.row, self._fields(rule) or ())
        if not self._spans:
            self._spans.append((0, 0))
        number = self._numbers[rule] = len(self._spans)
        self._spans.append((first, len(self._asked)))
        return number


def _only(finding: Finding) -> SourceEvent | None:
    """The only event of a finding, if it is whole."""
    events = finding.events
    event = events[0] if len(events) == 1 else None
    return event if event is not None and event.content else None


def _alone(event: SourceEvent | None) -> Read:
    return ("" if event is None or event.id else content_hash(event.content)), None


def _joined(contents: Sequence[bytes]) -> Bytes:
    return np.frombuffer(b"".join((*contents, _PADDING)), np.uint8)


def _fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = array.view()
    array.flags.writeable = False
    return array


def _cut(text: bytes, ends: npt.NDArray[np.int64], events: Sequence[SourceEvent]) -> list[Read]:
    """The texts as they lie one behind the other."""
    found: list[Read] = []
    begin = 0
    for (canonical, values, sentence, rest), event in zip(ends.tolist(), events, strict=True):
        if canonical > begin:
            digest = blake2b(text[begin:canonical], digest_size=BYTES).hexdigest()
        else:
            digest = "" if event.id else content_hash(event.content)
        found.append(
            (digest, (text[canonical:values], text[values:sentence], text[sentence:rest]))
            if rest > canonical
            else (digest, None)
        )
        begin = rest
    return found
