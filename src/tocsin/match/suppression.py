"""Suppression: alerts that are alike are one, for a while after the first of them.

    machine = Suppression(plan)
    for alert in alerts:                       # ordered by time
        if machine.feed(key, time, names, alert) is not None:
            ...                                # the first of its kind: it is told
    machine.advance(time)                      # windows that time has passed
    machine.closed                             # … with what they suppressed

A window begins with its first alert and lasts for the plan's duration, the last moment included,
however many follow. What an alert is, the machine does not know: it is handed back.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

from tocsin.match.candidate import R

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tocsin.columns.cells import Scalar
    from tocsin.plan.suppression import SuppressionPlan

Group: TypeAlias = "tuple[Scalar | tuple[Scalar, ...] | None, ...]"
"""What alerts that are alike have in common."""

CAPACITY = 100_000
"""Windows that are open at most; beyond it the oldest close."""

MOST_NAMES = 1_000
"""Names of suppressed events that a window keeps, the first ones."""

VERSION = 1


@dataclass(slots=True)
class Window(Generic[R]):
    """An alert that was told, and what was suppressed for its sake.

    ``key``: the values of the group; None for a missing one, a tuple for several that count as a
    whole. ``parent`` is the alert; None once it was told in an earlier run.
    """

    key: Group
    parent: R | None
    start: int
    end: int
    count: int = 0
    """Alerts that were suppressed."""
    names: list[Any] = field(default_factory=list)
    """Names of their events, the first `MOST_NAMES`."""


class Suppression(Generic[R]):
    """The windows of one rule's alerts."""

    def __init__(self, plan: SuppressionPlan, capacity: int = CAPACITY) -> None:
        self._duration = plan.duration
        self._capacity = capacity
        self._windows: OrderedDict[object, Window[R]] = OrderedDict()
        self.closed: list[Window[R]] = []
        """Windows that have ended and that nobody has taken from here."""
        self.evicted = 0
        """Windows that were closed early to bound memory."""
        self.changed: dict[int, Window[R]] | None = None
        """Windows that began or grew, if somebody put a mapping here, who empties it."""

    def __len__(self) -> int:
        return len(self._windows)

    def feed(self, key: Group, time: int, names: Iterable[Any], alert: R) -> Window[R] | None:
        """Take the next alert; None if it is suppressed, else the window that it begins.

        An alert that is earlier than its group's window has come late. It is told, and begins
        nothing that outlasts it.
        """
        name = tuple(map(_identity, key))
        window = self._windows.get(name)
        if window is not None and window.start <= time <= window.start + self._duration:
            window.count += 1
            window.end = max(window.end, time)
            room = MOST_NAMES - len(window.names)
            if room > 0:
                window.names.extend([one for one, _ in zip(names, range(room), strict=False)])
            if self.changed is not None:
                self.changed[id(window)] = window
            return None
        opened = Window(key, alert, time, time)
        if self.changed is not None:
            self.changed[id(opened)] = opened
        if window is not None and time < window.start:
            self.closed.append(opened)
            return opened
        if window is not None:
            self.closed.append(self._windows.pop(name))
        self._windows[name] = opened
        if len(self._windows) > self._capacity:
            self.closed.append(self._windows.popitem(last=False)[1])
            self.evicted += 1
        return opened

    def advance(self, time: int) -> None:
        """No alert that comes is earlier than ``time``: close the windows that ended before."""
        while self._windows:
            window = next(iter(self._windows.values()))
            if window.start + self._duration >= time:
                break
            self.closed.append(self._windows.popitem(last=False)[1])

    def finish(self) -> None:
        """There are no more alerts: close all windows."""
        self.closed += self._windows.values()
        self._windows.clear()

    def told(self) -> list[Window[R]]:
        """The open windows whose alerts have not been told; they stay open, as told ones."""
        found = [window for window in self._windows.values() if window.parent is not None]
        copies = [Window(w.key, w.parent, w.start, w.end, w.count, list(w.names)) for w in found]
        for window in found:
            window.parent = None
            window.names.clear()
        return copies

    @property
    def windows(self) -> list[Window[R]]:
        """The open windows, in the order of `state`."""
        return list(self._windows.values())

    def state(self) -> dict[str, Any]:
        """The open windows as JSON values, without the alerts, which have been told."""
        return {
            "version": VERSION,
            "duration": self._duration,
            "windows": [[w.key, w.start, w.end, w.count] for w in self._windows.values()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with the windows of an equal plan; ValueError if they are not of one."""
        if state.get("version") != VERSION or state["duration"] != self._duration:
            raise ValueError("the state is of another version or of another suppression")
        self._windows.clear()
        for told, start, end, count in state["windows"]:
            key = tuple(tuple(part) if isinstance(part, list) else part for part in told)
            self._windows[tuple(map(_identity, key))] = Window(key, None, start, end, count)


def _identity(value: Scalar | tuple[Scalar, ...] | None) -> object:
    """A form in which ``==`` keeps ``1`` and ``true`` apart."""
    if isinstance(value, tuple):
        return tuple(map(_identity, value))
    return (value,) if isinstance(value, bool) else value
