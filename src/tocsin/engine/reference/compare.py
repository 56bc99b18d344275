"""The reference's alerts of a rule held against the answer in event time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tocsin.alerts.paths import Scalar


class Shape(NamedTuple):
    """An alert in little: its keys, the places of its events, its time, and theirs."""

    keys: tuple[Scalar | None, ...]
    places: tuple[tuple[int, int] | None, ...]
    time: int
    times: tuple[int, ...]


@dataclass(slots=True)
class Row:
    """What became of a rule's alerts under the reference's clock.

    ``same``: told of the same events. ``altered``: told of the same thing with other events.
    ``lost``: not told, by the reason. ``doubled``: told once more, with other events. ``invented``:
    told of what did not happen.
    """

    same: int = 0
    altered: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    invented: int = 0

    @property
    def differs(self) -> bool:
        """Whether the two answers are not the same."""
        return bool(self.altered or self.lost.total() or self.doubled or self.invented)

    def as_json(self) -> dict[str, object]:
        """The counts as plain values."""
        return {
            "same": self.same,
            "altered": self.altered,
            "lost": self.lost.total(),
            "lost_by_reason": dict(sorted(self.lost.items())),
            "doubled": self.doubled,
            "invented": self.invented,
        }


WINDOW = "window"
"""No run had all events of the alert in its window."""


def compared(
    ours: Sequence[Shape],
    theirs: Sequence[Shape],
    reasons: Iterable[str],
    *,
    by_keys: bool,
    span: int,
) -> Row:
    """Compare the alerts of one rule.

    Parameters
    ----------
    reasons
        For each of ours why it is not told, if it is not.
    by_keys, span
        Alerts with equal keys within so many milliseconds are about the same thing (new terms),
        else those that share an event.
    """
    row = Row()
    known = {shape[:2] for shape in ours}
    told = {shape[:2] for shape in theirs}
    ours_of, theirs_of = _Near(ours, by_keys, span), _Near(theirs, by_keys, span)
    for shape, reason in zip(ours, reasons, strict=True):
        if shape[:2] in told:
            row.same += 1
        elif theirs_of.has(shape):
            row.altered += 1
        else:
            row.lost[reason] += 1
    first: set[int] = set()
    for shape in theirs:
        if shape[:2] in known:
            continue
        partners = ours_of.numbers(shape)
        if not partners:
            row.invented += 1
        elif any(ours[n][:2] in told for n in partners) or partners <= first:
            row.doubled += 1
        first |= partners
    return row


class _Near:
    """Finds the alerts that are about the same thing as another."""

    def __init__(self, shapes: Sequence[Shape], by_keys: bool, span: int) -> None:
        self._shapes = shapes
        self._by_keys = by_keys
        self._span = span
        self._found: dict[object, list[int]] = {}
        for number, shape in enumerate(shapes):
            for name in self._names(shape):
                self._found.setdefault(name, []).append(number)

    def _names(self, shape: Shape) -> Iterable[object]:
        if self._by_keys:
            return (shape.keys,)
        return (place for place in shape.places if place is not None)

    def numbers(self, shape: Shape) -> set[int]:
        """The numbers of such alerts."""
        found = {n for name in self._names(shape) for n in self._found.get(name, ())}
        if self._by_keys:
            return {n for n in found if abs(self._shapes[n].time - shape.time) <= self._span}
        return found

    def has(self, shape: Shape) -> bool:
        """Whether there is one."""
        return bool(self.numbers(shape))
