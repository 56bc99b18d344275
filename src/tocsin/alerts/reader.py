"""Reads the events of many findings at once: what names them, and what their alerts take over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from tocsin.alerts.digest import DIGITS
from tocsin.alerts.excerpt import BODY
from tocsin.alerts.finding import Excerpt, Finding, SourceEvent
from tocsin.alerts.texts import Ends, Texts
from tocsin.columns.content import content_hash

FEW = 64
"""Fewer findings are not worth a kernel that may have to be compiled first."""

TOGETHER = 512
"""Findings that are read together, about."""

MOST, BYTES_TOGETHER = 1024, 4 << 20
"""The most events, and bytes of them, that are read together."""

LARGE = 1 << 18
"""Bytes of an event that is read on its own, by Python."""

Read: TypeAlias = Callable[[Sequence[Finding]], tuple[Sequence[str], Sequence[Excerpt | None]]]
"""Reads findings, and gives of each the `tocsin.columns.content.content_hash` of its only event,
empty where that has a name already; and the excerpt, None where Python has to parse the events."""

_Found: TypeAlias = tuple[list[str], list[Excerpt | None]]


class Reader:
    """Reads events of findings.

    Parameters
    ----------
    fields
        By rule number and stage, the fields whose values alerts of the rule need; None where its
        alerts take over something else than whole events.
    """

    def __init__(self, fields: Callable[[int, int], Sequence[str] | None]) -> None:
        self._fields = fields
        self.texts = Texts()
        self._numbers: dict[int, int] = {}
        self._stages: dict[tuple[int, int], tuple[int, ...]] = {}

    def read(self, findings: Sequence[Finding]) -> _Found:
        """What the findings' events say, as `Read`."""
        alone = [number for number, found in enumerate(findings) if len(found.events) == 1]
        if len(alone) == len(findings):
            return self._alone(findings)
        digests = [""] * len(findings)
        found: list[Excerpt | None] = [None] * len(findings)
        read = self._alone([findings[number] for number in alone])
        for number, digest, excerpt in zip(alone, *read, strict=True):
            digests[number], found[number] = digest, excerpt
        for some in self._several(findings):
            for number, excerpt in self._excerpts([findings[number] for number in some]):
                found[some[number]] = excerpt
        return digests, found

    def _worth(self, count: int) -> bool:
        return count >= FEW or (self.texts.used and count > 0)

    def _alone(self, findings: Sequence[Finding]) -> _Found:
        """What findings of one event each say."""
        events = [found.events[0] or _NOTHING for found in findings]
        contents = [event.content for event in events]
        sizes = [*map(len, contents)]
        if len(findings) > 1 and (len(findings) > MOST or sum(sizes) > BYTES_TOGETHER):
            middle = len(findings) // 2
            digests, read = self._alone(findings[:middle])
            others, more = self._alone(findings[middle:])
            return digests + others, read + more
        if not self._worth(len(findings)):
            return [*map(_digest, events)], [None] * len(events)
        if not 0 < min(sizes) <= max(sizes) < LARGE:
            return self._apart(findings, events, sizes)
        known = self._numbers
        asks = [known.get(found.rule) or self._number(found.rule) for found in findings]
        return _cut(*self.texts.read(events, contents, asks), events)

    def _apart(
        self, findings: Sequence[Finding], events: Sequence[SourceEvent], sizes: Sequence[int]
    ) -> _Found:
        """As ``_alone``, where some events are large, or not there."""
        small = [number for number, size in enumerate(sizes) if 0 < size < LARGE]
        digests, read = self._alone([findings[number] for number in small])
        told = dict(zip(small, digests, strict=True))
        found = dict(zip(small, read, strict=True))
        every = range(len(findings))
        return (
            [told[number] if number in told else _digest(events[number]) for number in every],
            [found.get(number) for number in every],
        )

    def _several(self, findings: Sequence[Finding]) -> Iterator[list[int]]:
        """The numbers of findings of several events that are read together."""
        some: list[int] = []
        count = size = 0
        for number, finding in enumerate(findings):
            if len(finding.events) == 1 or not self._asks(finding):
                continue
            sizes = [len(event.content) for event in finding.present]
            if not 0 < min(sizes, default=0) <= max(sizes) < LARGE:
                continue
            if some and (count + len(sizes) > MOST or size + sum(sizes) > BYTES_TOGETHER):
                yield some
                some, count, size = [], 0, 0
            some.append(number)
            count += len(sizes)
            size += sum(sizes)
        if self._worth(len(some)):
            yield some

    def _excerpts(self, findings: Sequence[Finding]) -> Iterator[tuple[int, Excerpt]]:
        """The excerpts of findings of several events, but for those in doubt, with their places."""
        events: list[SourceEvent] = []
        asks: list[int] = []
        turns: list[int] = []
        for finding in findings:
            turn = 0
            for ask, event in zip(self._asks(finding), finding.events, strict=True):
                if event is not None:
                    events.append(event)
                    asks.append(ask)
                    turns.append(turn)
                    turn += 1
        text, ends, _ = self.texts.read(events, [event.content for event in events], asks, turns)
        row = 0
        for number, finding in enumerate(findings):
            parts: list[bytes] = []
            last = row + len(finding.present)
            for _, canonical, values, body, _ in ends[row:last]:
                parts += text[canonical:values].tobytes(), text[values:body].tobytes()
            if last - row > 1:
                parts.append(text[slice(*ends[last - 1][BODY:])].tobytes())
            if all(parts):
                yield number, tuple(parts)
            row = last

    def _number(self, rule: int) -> int:
        """The number of the fields of a rule about one event, which are asked for from now on."""
        number = self._numbers[rule] = self.texts.number(self._fields(rule, 0) or ())
        return number

    def _asks(self, finding: Finding) -> tuple[int, ...]:
        """The numbers of the fields of each stage; empty if something else is taken over."""
        key = finding.rule, len(finding.events)
        known = self._stages.get(key)
        if known is None:
            fields = [self._fields(finding.rule, stage) for stage in range(key[1])]
            known = tuple(self.texts.number(names) for names in fields if names is not None)
            known = self._stages[key] = known if len(known) == len(fields) else ()
        return known


_NOTHING = SourceEvent("", "", 0, 0, b"", 0, 0)


def _digest(event: SourceEvent) -> str:
    return "" if event.id or not event.content else content_hash(event.content)


def _cut(text: memoryview, ends: Ends, digits: str, events: Sequence[SourceEvent]) -> _Found:
    """The texts of alerts of one event, as they lie one behind the other."""
    digests: list[str] = []
    found: list[Excerpt | None] = []
    for row, (start, canonical, values, body, _) in enumerate(ends):
        if canonical > start:
            digests.append(digits[row * DIGITS : (row + 1) * DIGITS])
        else:
            digests.append(_digest(events[row]))
        if body > canonical:
            found.append((bytes(text[canonical:values]), bytes(text[values:body])))
        else:
            found.append(None)
    return digests, found
