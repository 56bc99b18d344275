"""Reads the events of many findings at once: what names them, and what their alerts take over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.alerts.digest import DIGITS
from tocsin.alerts.excerpt import BODY, CANONICAL, START
from tocsin.alerts.finding import Excerpt, Finding, SourceEvent
from tocsin.alerts.heads import GAP
from tocsin.alerts.singles import Singles, singles
from tocsin.alerts.template import Templates
from tocsin.alerts.texts import Ends, Texts
from tocsin.columns.content import content_hash
from tocsin.columns.vector import WIDTH

FEW = 64
"""Fewer findings are not worth a kernel that may have to be compiled first."""

TOGETHER = 256
"""Findings that are read together, about. With many more, what was written of the first has left
the processor's nearer memory before it is taken from there."""

MOST, BYTES_TOGETHER = 1024, 4 << 20
"""The most events, and bytes of them, that are read together."""

LARGE = 1 << 18
"""Bytes of an event that is read on its own, by Python."""


class Reading(Protocol):
    """What was read of some findings; until the reader reads again.

    Attributes
    ----------
    singles
        Those of one event each.
    digests
        Of each of these the `tocsin.columns.content.content_hash` of its event, empty where that
        has a name already.
    groups
        What goes with the others, by their places; not there where Python has to parse the events.
    """

    singles: Singles
    digests: list[str]
    groups: Mapping[int, Excerpt]

    def heads(self, ids: Sequence[str], names: Sequence[str]) -> Sequence[Excerpt | None]:
        """What goes with each of ``singles`` when it and its event have these names.

        None where Python has to parse the event.
        """
        ...


Read: TypeAlias = Callable[[Sequence[Finding]], Reading]


class Piece(NamedTuple):
    """Findings of one event each that were read together, and the texts of their events."""

    places: Sequence[int]
    """Where they stand among all that are read."""
    singles: Singles
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
        self._numbers = _Numbers(self._number)
        self._stages: dict[tuple[int, int], tuple[int, ...]] = {}

    def read(self, findings: Sequence[Finding]) -> Reading:
        """What the findings' events say."""
        found = singles(findings)
        places: Sequence[int] = range(len(found.rows))
        if not self._joins.isdisjoint(found.numbers):
            places = [at for at, number in enumerate(found.numbers) if number not in self._joins]
        groups: dict[int, Excerpt] = {}
        if len(places) < len(findings):
            others = sorted({*range(len(findings))}.difference(found.rows[at] for at in places))
            ready = self._worth(len(places))
            for some in self._several(findings, others, ready=ready):
                for row, excerpt in self._excerpts([findings[row] for row in some]):
                    groups[some[row]] = excerpt
        digests = [""] * len(found.rows)
        pieces = self._alone(found, places, digests) if places else []
        return _Read(found, digests, groups, pieces, self._templates)

    def _worth(self, count: int) -> bool:
        return count >= self._few or (self.texts.used and count > 0)

    def _alone(self, found: Singles, places: Sequence[int], digests: list[str]) -> list[Piece]:
        """Read the events of these findings of one each."""
        every = len(places) == len(found.rows)
        some = found if every else found.picked(places)
        sizes = [*map(len, some.contents)]
        if len(places) > 1 and (len(places) > MOST or sum(sizes) > BYTES_TOGETHER):
            middle = len(places) // 2
            pieces = self._alone(found, places[:middle], digests)
            pieces = [
                piece._replace(text=piece.text[: piece.ends[-1, BODY] + WIDTH].copy())
                for piece in pieces
            ]
            return pieces + self._alone(found, places[middle:], digests)
        if not self._worth(len(places)):
            for place in places:
                digests[place] = _digest(found, place)
            return []
        if not 0 < min(sizes) <= max(sizes) < LARGE:
            small = [place for place, size in zip(places, sizes, strict=True) if 0 < size < LARGE]
            for place in {*places}.difference(small):
                digests[place] = _digest(found, place)
            return self._alone(found, small, digests) if small else []
        asks = [*map(self._numbers.__getitem__, some.numbers)]
        text, ends, digits = self.texts.read(some.names, some.indices, some.contents, asks, gap=GAP)
        cut = [digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS)]
        for row in (ends[:, START] == ends[:, CANONICAL]).nonzero()[0].tolist():
            cut[row] = _digest(some, row)
        if every:
            digests[:] = cut
        else:
            for place, digest in zip(places, cut, strict=True):
                digests[place] = digest
        return [Piece(places, some, text, ends)]

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
        names, indices, _, _, contents, _, _ = zip(*events, strict=True)
        text, ends, _ = self.texts.read(names, indices, contents, asks, turns)
        row, view, places = 0, text.data, ends.tolist()
        for number, finding in enumerate(findings):
            parts: list[bytes] = []
            last = row + len(finding.present)
            for _, canonical, values, body, _ in places[row:last]:
                parts += view[canonical:values].tobytes(), view[values:body].tobytes()
            if last - row > 1:
                parts.append(view[slice(*places[last - 1][BODY:])].tobytes())
            if all(parts):
                yield number, tuple(parts)
            row = last

    def _number(self, rule: int) -> int:
        """The number of the fields of a rule about one event, which are asked for from now on."""
        return self.texts.number(self._fields(rule, 0) or ())

    def _asks(self, finding: Finding) -> tuple[int, ...]:
        """The numbers of the fields of each stage; empty if something else is taken over."""
        key = finding.rule, len(finding.events)
        known = self._stages.get(key)
        if known is None:
            fields = [self._fields(finding.rule, stage) for stage in range(key[1])]
            known = tuple(self.texts.number(names) for names in fields if names is not None)
            known = self._stages[key] = known if len(known) == len(fields) else ()
        return known


class _Numbers(dict[int, int]):
    """Numbers of the fields of rules, made when they are first asked for."""

    def __init__(self, make: Callable[[int], int]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, rule: int) -> int:
        number = self[rule] = self._make(rule)
        return number


def _digest(found: Singles, place: int) -> str:
    content = found.contents[place]
    return "" if found.names[place] or not content else content_hash(content)


class _Read:
    """What was read of some findings, as `Reading`."""

    def __init__(
        self,
        found: Singles,
        digests: list[str],
        groups: Mapping[int, Excerpt],
        pieces: Sequence[Piece],
        templates: Templates,
    ) -> None:
        self.singles = found
        self.digests = digests
        self.groups = groups
        self._pieces = pieces
        self._templates = templates

    def heads(self, ids: Sequence[str], names: Sequence[str]) -> Sequence[Excerpt | None]:
        """What goes with each finding of one event."""
        write = self._templates.heads
        found: list[Excerpt | None] = [None] * len(ids)
        for places, some, text, ends in self._pieces:
            if len(places) == len(ids):
                return write(some, ids, names, text, ends)
            told, called = [ids[at] for at in places], [names[at] for at in places]
            for at, head in zip(places, write(some, told, called, text, ends), strict=True):
                found[at] = head
        return found
