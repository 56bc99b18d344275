"""The reference's suppression: which alerts of its runs are one.

Rules in KQL count the events of a group that no earlier count covered, and tell the earliest of
them. All other types put together what a run finds, and look for an alert of the group that was
made within the duration before the run: what is later than that alert's last event is counted
there, what is not was counted before. Without a duration only alerts of the same run count. What
was suppressed is stored nowhere: where a window still holds it when the alert is too old, it is
told anew. Only rows of ES|QL are left out of what later runs ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tocsin.engine.reference.runs import Runs, Window
from tocsin.engine.reference.single import Hit, Hits, Manner, by_moment, by_time, runs_over
from tocsin.match.candidate import Key, identity, rank
from tocsin.match.suppression import Group

PAGES = 5
"""How many times `max_signals` a run looks at, the suppressed included."""


class Fold(NamedTuple):
    """An alert: its hit, its group (None: it stands alone), and what it stands for.

    Its hit is the earliest of those that the run read first: ``start`` may be earlier.
    """

    hit: Hit
    group: Group | None
    start: int
    end: int
    more: int = 0


@dataclass(slots=True)
class _Alert:
    """An alert that was made: by which run, and what it stands for."""

    tick: int
    fold: Fold


class Folding:
    """The alerts of one rule that suppresses.

    Parameters
    ----------
    duration
        In milliseconds; None: alerts of one run are alike.
    """

    def __init__(self, duration: int | None, most: int) -> None:
        self._duration = duration
        self._most = most
        self._made: dict[object, _Alert] = {}
        self._done: list[_Alert] = []
        self._covered: dict[object, int] = {}
        self.suppressed = 0
        """How many hits were counted for the sake of another one."""
        self.capped = False
        """Whether a run had more to tell than it may."""

    def in_memory(self, hits: Hits, runs: Runs, manner: Manner) -> Iterator[tuple[int, Fold]]:
        """Alerts of types that put together what a run finds, with the runs that made them.

        They are given when nothing is counted in them any more.
        """
        stored: set[tuple[int, int]] = set()

        def again(waiting: list[Hit]) -> bool:
            return any(hit.place not in stored for hit in waiting)

        for tick, waiting in runs_over(hits, runs, again):
            stored &= {hit.place for hit in waiting}
            for window in runs.windows(tick):
                inside = [hit for hit in waiting if window.holds(hit.moment)]
                if manner == "oldest":  # what ES|QL gave is left out when it is asked again
                    inside = [hit for hit in inside if hit.place not in stored]
                created = considered = 0
                for page in self._pages(inside, manner):
                    if created >= self._most or considered >= self._limit(manner):
                        break
                    considered += len(page)
                    new = [hit for hit in page if hit.place not in stored]
                    made = list(self.fold(new, tick, window, self._most - created))
                    stored.update(fold.hit.place for fold in made)
                    if manner == "oldest":
                        stored.update(hit.place for hit in new if self._knows(hit))
                    created += len(made)
                    yield from ((tick, fold) for fold in made if fold.group is None)
            yield from self.past(tick, runs)
        yield from self.past(None, runs)

    def _pages(self, inside: list[Hit], manner: Manner) -> Iterator[Sequence[Hit]]:
        most = self._most
        if manner == "latest":
            yield sorted(inside, key=by_time)[-most:]
            return
        inside.sort(key=by_moment, reverse=manner == "newest")
        size = most + 1 if manner == "oldest" else most
        for first in range(0, len(inside), size):
            yield inside[first : first + size]

    def _limit(self, manner: Manner) -> int:
        """How many hits a run looks at, the suppressed included."""
        return self._most if manner == "oldest" else PAGES * self._most

    def _knows(self, hit: Hit) -> bool:
        """Whether there is an alert that a hit may have been counted in."""
        return hit.groups is not None and _name(hit.groups[0]) in self._made

    def fold(self, page: Sequence[Hit], tick: int, window: Window, room: int) -> Iterator[Fold]:
        """The alerts that a run makes of hits, at most ``room``; the rest are counted elsewhere."""
        alone = [hit for hit in page if hit.groups is None]
        for hit in alone[:room]:
            yield Fold(hit, None, hit.moment, hit.moment)
        room -= len(alone)
        horizon = window.first if self._duration is None else tick - self._duration
        groups: dict[object, list[Hit]] = {}
        for hit in sorted(page, key=by_moment):
            if hit.groups is None:
                continue
            name = _name(hit.groups[0])
            made = self._made.get(name)
            if made is not None and horizon <= made.tick < tick and hit.moment <= made.fold.end:
                continue
            groups.setdefault(name, []).append(hit)
        for name, members in groups.items():
            made = self._made.get(name)
            if made is not None and made.tick >= (tick if self._duration is None else horizon):
                if made.tick == tick:
                    made.fold = made.fold._replace(start=min(made.fold.start, members[0].moment))
                self._count(made, members[-1].moment, len(members))
                continue
            if room <= 0:
                self.capped = True
                continue
            room -= 1
            yield self._make(name, tick, members, (members[0].groups or ((),))[0])

    def by_history(self, hits: Hits, runs: Runs) -> Iterator[tuple[int, Fold]]:
        """Alerts of a rule in KQL, with the runs that made them."""
        told: set[tuple[int, int]] = set()
        for tick, waiting in runs_over(hits, runs, lambda _: True):
            told &= {hit.place for hit in waiting}
            for window in runs.windows(tick):
                inside = sorted((one for one in waiting if window.holds(one.moment)), key=by_moment)
                alone = [one for one in inside if one.groups is None and one.place not in told]
                buckets = self._buckets(inside)
                self.capped |= len(buckets) + len(alone) > self._most
                for hit in alone[: max(self._most - len(buckets), 0)]:
                    told.add(hit.place)
                    yield tick, Fold(hit, None, hit.moment, hit.moment)
                for name, (group, members) in buckets[: self._most]:
                    self._bucket(name, tick, members, group)
            first = runs.windows(runs.at_or_after(tick + 1))[0].first
            self._covered = {name: end for name, end in self._covered.items() if end >= first}
            waiting[:] = [
                hit
                for hit in waiting
                if any(not self._covers(group, hit) for group in hit.groups or ())
                or (hit.groups is None and hit.place not in told)
            ]
            yield from self.past(tick, runs)
        yield from self.past(None, runs)

    def _covers(self, group: Group, hit: Hit) -> bool:
        """Whether a hit was counted for a group, or lies before what was."""
        end = self._covered.get(_name(group))
        return end is not None and hit.moment <= end

    def _buckets(self, inside: Sequence[Hit]) -> list[tuple[object, tuple[Group, list[Hit]]]]:
        """The groups of a window's hits that were not counted, in the order of their values."""
        found: dict[object, tuple[Group, list[Hit]]] = {}
        for hit in inside:
            for group in hit.groups or ():
                if not self._covers(group, hit):
                    found.setdefault(_name(group), (group, []))[1].append(hit)
        return sorted(found.items(), key=lambda row: rank(_flat(row[1][0])))

    def _bucket(self, name: object, tick: int, members: Sequence[Hit], group: Group) -> None:
        end = self._covered[name] = members[-1].moment
        made = self._made.get(name)
        if made is None or self._duration is None or made.tick < tick - self._duration:
            self._make(name, tick, members, group)
        elif made.tick == tick or made.fold.end < end:
            self._count(made, end, len(members))

    def open_places(self) -> set[tuple[int, int]]:
        """Where the first hits of the alerts stand that were not given yet."""
        made = (*self._made.values(), *self._done)
        return {one.fold.hit.place for one in made}

    def _make(self, name: object, tick: int, members: Sequence[Hit], group: Group) -> Fold:
        fold = Fold(members[0], group, members[0].moment, members[-1].moment, len(members) - 1)
        self.suppressed += fold.more
        if name in self._made:
            self._done.append(self._made[name])
        self._made[name] = _Alert(tick, fold)
        return fold

    def _count(self, made: _Alert, end: int, count: int) -> None:
        fold = made.fold
        self.suppressed += count
        made.fold = fold._replace(more=fold.more + count, end=max(fold.end, end))

    def past(self, tick: int | None, runs: Runs) -> Iterator[tuple[int, Fold]]:
        """The alerts that no later run counts in, taken out; all if there is none."""
        horizon = None
        if tick is not None:
            following = runs.at_or_after(tick + 1)
            windows = runs.windows(following)
            horizon = following - self._duration if self._duration is not None else windows[0].first
        for name, made in list(self._made.items()):
            if horizon is None or made.tick < horizon:
                self._done.append(self._made.pop(name))
        done, self._done = self._done, []
        yield from ((made.tick, made.fold) for made in done)


def _name(group: Group) -> object:
    return identity(_flat(group))


def _flat(group: Group) -> Key:
    return tuple(repr(part) if isinstance(part, tuple) else part for part in group)
