"""Reads the events of many findings at once: what names them, and what their alerts take over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.alerts.digest import DIGITS
from tocsin.alerts.excerpt import BODY, CANONICAL, START
from tocsin.alerts.finding import Excerpt, Finding, Happened, SourceEvent
from tocsin.alerts.heads import GAP
from tocsin.alerts.template import Templates
from tocsin.alerts.texts import Ends, Texts
from tocsin.columns.content import content_hash
from tocsin.columns.vector import WIDTH

FEW = 64
"""Fewer findings are not worth a kernel that may have to be compiled first."""

TOGETHER = 512
"""Findings that are read together, about."""

MOST, BYTES_TOGETHER = 1024, 4 << 20
"""The most events, and bytes of them, that are read together."""

LARGE = 1 << 18
"""Bytes of an event that is read on its own, by Python."""


class Reading(Protocol):
    """What was read of some findings; until the reader reads again.

    Attributes
    ----------
    digests
        Of each finding the `tocsin.columns.content.content_hash` of its only event, empty where
        that has a name already.
    """

    digests: list[str]

    def excerpts(self, ids: Sequence[str], events: Sequence[Happened]) -> Sequence[Excerpt | None]:
        """What goes with each finding when it has its name, and its events have theirs.

        None where Python has to parse the events.
        """
        ...


Read: TypeAlias = Callable[[Sequence[Finding]], Reading]


class Piece(NamedTuple):
    """Findings of one event each that were read together, and the texts of their events."""

    rows: list[int]
    text: npt.NDArray[np.uint8]
    ends: Ends


class Reader:
    """Reads events of findings.

    Parameters
    ----------
    fields
        By rule number and stage, the fields whose values alerts of the rule need; None where its
        alerts take over something else than whole events.
    templates
        Write what goes with alerts of one event.
    joins
        The rules whose alerts are about several events.
    few
        Fewer findings than these are left to Python, as long as the kernel was not needed.
    """

    def __init__(
        self,
        fields: Callable[[int, int], Sequence[str] | None],
        templates: Templates,
        joins: AbstractSet[int],
        *,
        few: int = FEW,
    ) -> None:
        self._fields = fields
        self._templates = templates
        self._joins = joins
        self._few = few
        self.texts = Texts()
        self._numbers: dict[int, int] = {}
        self._stages: dict[tuple[int, int], tuple[int, ...]] = {}

    def read(self, findings: Sequence[Finding]) -> Reading:
        """What the findings' events say."""
        digests = [""] * len(findings)
        found: list[Excerpt | None] = [None] * len(findings)
        joins = self._joins
        alone = [
            row
            for row, finding in enumerate(findings)
            if len(finding[3]) == 1 and finding[0] not in joins
        ]
        if len(alone) < len(findings):
            others = sorted({*range(len(findings))}.difference(alone))
            ready = self._worth(len(alone))
            for some in self._several(findings, others, ready=ready):
                for row, excerpt in self._excerpts([findings[row] for row in some]):
                    found[some[row]] = excerpt
        pieces = self._alone(findings, alone, digests) if alone else []
        return _Read(findings, digests, found, pieces, self._templates)

    def _worth(self, count: int) -> bool:
        return count >= self._few or (self.texts.used and count > 0)

    def _alone(
        self, findings: Sequence[Finding], rows: list[int], digests: list[str]
    ) -> list[Piece]:
        """Read the events of these findings of one each."""
        every = len(rows) == len(findings)
        some = findings if every else [findings[row] for row in rows]
        events = [finding[3][0] or _NOTHING for finding in some]
        contents = [event[4] for event in events]
        sizes = [*map(len, contents)]
        if len(rows) > 1 and (len(rows) > MOST or sum(sizes) > BYTES_TOGETHER):
            middle = len(rows) // 2
            pieces = self._alone(findings, rows[:middle], digests)
            pieces = [
                piece._replace(text=piece.text[: piece.ends[-1, BODY] + WIDTH].copy())
                for piece in pieces
            ]
            return pieces + self._alone(findings, rows[middle:], digests)
        if not self._worth(len(rows)):
            for row, event in zip(rows, events, strict=True):
                digests[row] = _digest(event)
            return []
        if not 0 < min(sizes) <= max(sizes) < LARGE:
            small = [row for row, size in zip(rows, sizes, strict=True) if 0 < size < LARGE]
            for row in {*rows}.difference(small):
                digests[row] = _digest(findings[row][3][0] or _NOTHING)
            return self._alone(findings, small, digests) if small else []
        known = self._numbers
        asks = [known.get(finding[0]) or self._number(finding[0]) for finding in some]
        text, ends, digits = self.texts.read(events, contents, asks, gap=GAP)
        cut = [digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS)]
        for place, bounds in enumerate(ends[:, START : CANONICAL + 1].tolist()):
            if bounds[0] == bounds[1]:
                cut[place] = _digest(events[place])
        if every:
            digests[:] = cut
        else:
            for row, digest in zip(rows, cut, strict=True):
                digests[row] = digest
        return [Piece(rows, text, ends)]

    def _several(
        self, findings: Sequence[Finding], rows: Iterable[int], *, ready: bool
    ) -> Iterator[list[int]]:
        """Of these findings of several events, the numbers of those that are read together.

        ``ready``: the kernel is there, or will be.
        """
        some: list[int] = []
        count = size = 0
        for number in rows:
            finding = findings[number]
            if not self._asks(finding):
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
        if some and (ready or self._worth(len(some))):
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
        row, view, places = 0, text.data, ends.tolist()
        for number, finding in enumerate(findings):
            parts: list[bytes] = []
            last = row + len(finding.present)
            for _, canonical, values, body, _ in places[row:last]:
                parts += bytes(view[canonical:values]), bytes(view[values:body])
            if last - row > 1:
                parts.append(bytes(view[slice(*places[last - 1][BODY:])]))
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


class _Read:
    """What was read of some findings, as `Reading`."""

    def __init__(
        self,
        findings: Sequence[Finding],
        digests: list[str],
        found: list[Excerpt | None],
        pieces: Sequence[Piece],
        templates: Templates,
    ) -> None:
        self._findings = findings
        self.digests = digests
        self._found = found
        self._pieces = pieces
        self._templates = templates

    def excerpts(self, ids: Sequence[str], events: Sequence[Happened]) -> Sequence[Excerpt | None]:
        """What goes with each finding."""
        findings, write = self._findings, self._templates.heads
        for rows, text, ends in self._pieces:
            if len(rows) == len(ids):
                return write(findings, ids, events, text, ends)
            picked = [findings[row] for row in rows]
            told, happened = [ids[row] for row in rows], [events[row] for row in rows]
            heads = write(picked, told, happened, text, ends)
            for row, head in zip(rows, heads, strict=True):
                self._found[row] = head
        return self._found
