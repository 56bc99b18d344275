"""Moves alerts from the outbox into one sink, and its cursor behind them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tocsin.sinks.dead_letters import ENDING, DeadLetters
from tocsin.sinks.sink import (
    Change,
    ClosedError,
    Outbox,
    Outcome,
    RefusedError,
    Sink,
    SinkError,
)

LEVELS = ("low", "medium", "high", "critical")
"""Severities, the least first."""

READ = 500
"""Changes that are read from the outbox at once."""


@dataclass(frozen=True, slots=True)
class Wants:
    """Which alerts a sink gets.

    ``least``: the lowest severity. ``triage``: what people do to an alert is sent too.
    """

    least: str = "low"
    building_blocks: bool = False
    triage: bool = False

    def fits(self, change: Change) -> bool:
        """Whether a change is sent."""
        alert = change.alert
        severe = alert.severity not in LEVELS or (
            LEVELS.index(alert.severity) >= LEVELS.index(self.least)
        )
        return severe and (self.building_blocks or not alert.building_block)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and how far apart in seconds, a sink is tried that took nothing.

    ``tries`` counts answers that did not take an alert; where nobody answers, or the other side has
    no room, there is no end.
    """

    tries: int = 20
    first: float = 1.0
    longest: float = 300.0


@dataclass(slots=True)
class Counts:
    """What a sink had since the beginning; ``lag`` and ``dead_letters`` as they are now."""

    sent: int = 0
    failures: int = 0
    dead_letters: int = 0
    lag: int = 0
    problem: str = ""

    def shown(self) -> dict[str, int | str]:
        """The same as a mapping."""
        return asdict(self)


class Pump:
    """One sink at work.

    Parameters
    ----------
    name
        Of the sink's cursor: the same name goes on where it was.
    folder
        Where its dead letters are kept.
    from_now
        Whether a sink that was never there before begins with the alerts after this moment; else
        with the first that the outbox has.
    chance
        Gives numbers from 0 to 1: they keep many engines from trying at the same moment.
    """

    def __init__(
        self,
        name: str,
        sink: Sink,
        outbox: Outbox,
        folder: Path,
        *,
        wants: Wants | None = None,
        patience: Patience | None = None,
        from_now: bool = True,
        chance: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self.name = name
        self.counts = Counts()
        self.dead = DeadLetters(folder / f"{name}{ENDING}")
        self.closed = False
        self._sink = sink
        self._outbox = outbox
        self._wants = wants or Wants()
        self._patience = patience or Patience()
        self._chance = chance
        self._waiting: list[Change] = []
        self._behind = 0
        self._begun = False
        self._tried = 0
        self._tries: dict[int, int] = {}
        self._delay = 0.0
        self._next = float("-inf")
        known = outbox.cursors().get(name)
        if known is None:
            known = outbox.last_number() if from_now else 0
            outbox.move_cursor(name, known)
        self._cursor = known
        self.counts.dead_letters = self.dead.count

    def step(self, now: int, clock: float) -> bool:
        """Deliver a batch, if there is one and the time has come.

        Parameters
        ----------
        now
            The wall clock, in milliseconds since 1970.
        clock
            Seconds that never go back.

        Returns
        -------
            Whether there is more to do at once.
        """
        if self.closed:
            return False
        if clock < self._next:
            self.counts.lag = self._outbox.last_number() - self._cursor
            return False
        self._revive_once(now)
        if not self._waiting and not self._fetch():
            return False
        batch = self._waiting[: self._sink.batch]
        try:
            outcome = self._sink.send(batch, now)
        except SinkError as error:
            return self._failed(batch, error, now, clock)
        return self._settle(batch, outcome, now, clock)

    def revive(self, now: int) -> int:
        """Send the dead letters once more; how many are left.

        Raises
        ------
        SinkError
            The sink takes nothing; those that it took until then are dropped.
        """
        left = self.dead.read()
        kept: list[int] = []
        try:
            while left:
                batch = left[: self._sink.batch]
                outcome = self._sink.send(batch, now)
                kept += [change.number for part in outcome for change, _ in part]
                left = left[len(batch) :]
        finally:
            self.dead.keep_only([*kept, *(letter.number for letter in left)])
            self.counts.dead_letters = self.dead.count
        return self.dead.count

    def _revive_once(self, now: int) -> None:
        """Give dead letters a chance at each start: somebody may have mended what was wrong."""
        if self._begun:
            return
        self._begun = True
        if self.dead.count:
            with contextlib.suppress(SinkError, OSError):
                self.revive(now)

    def close(self) -> None:
        """Let go of the sink."""
        self._sink.close()

    def _fetch(self) -> bool:
        """Read changes; those that the sink does not get are passed over."""
        found = self._outbox.changes(self._cursor, READ, triage=self._wants.triage)
        if not found:
            self.counts.lag = 0
            return False
        self._behind = found[-1].number
        self._waiting = [change for change in found if self._wants.fits(change)]
        self.counts.lag = self._outbox.last_number() - self._cursor
        if not self._waiting:
            self._move(self._behind)
        return bool(self._waiting)

    def _settle(self, batch: Sequence[Change], outcome: Outcome, now: int, clock: float) -> bool:
        """A batch was taken, or most of it."""
        spent = [each for each in outcome.again if self._is_spent(each[0])]
        buried = [*outcome.refused, *spent]
        if buried and not self._bury(buried, now, clock):
            return False
        gone = {change.number for change, _ in buried}
        waits = [each for each in (*outcome.again, *outcome.later) if each[0].number not in gone]
        kept = {change.number for change, _ in waits}
        if not kept:
            self._done(batch, len(batch) - len(buried))
            return True
        if len(kept) < len(batch):
            self._tried, self._delay = 0, 0.0
        self.counts.sent += len(batch) - len(kept) - len(buried)
        self._tries = {number: tried for number, tried in self._tries.items() if number in kept}
        rest = self._waiting[len(batch) :]
        self._waiting = [change for change in batch if change.number in kept] + rest
        self._wait(clock, waits[0][1])
        return False

    def _is_spent(self, change: Change) -> bool:
        """Count an answer that did not take an alert; whether that was the last try."""
        tried = self._tries[change.number] = self._tries.get(change.number, 0) + 1
        return tried >= self._patience.tries

    def _failed(self, batch: Sequence[Change], error: SinkError, now: int, clock: float) -> bool:
        if isinstance(error, ClosedError):
            self.closed = True
            self.counts.problem = str(error)
            return False
        if isinstance(error, RefusedError):
            self._tried += 1
            if self._tried >= self._patience.tries:
                if not self._bury([(change, str(error)) for change in batch], now, clock):
                    return False
                self._done(batch, 0)
                self.counts.problem = str(error)
                return True
        self._wait(clock, str(error), error.after)
        return False

    def _bury(self, refused: Sequence[tuple[Change, str]], now: int, clock: float) -> bool:
        """Keep alerts as dead letters; False if not even that is possible now."""
        try:
            self.dead.add(refused, now)
        except OSError as error:
            self._wait(clock, f"dead letters cannot be kept: {error.strerror or error}")
            return False
        self.counts.failures += 1
        self.counts.dead_letters = self.dead.count
        self.counts.problem = refused[0][1]
        return True

    def _done(self, batch: Sequence[Change], sent: int) -> None:
        self._waiting = self._waiting[len(batch) :]
        self._move(batch[-1].number if self._waiting else self._behind)
        self.counts.sent += sent
        if sent == len(batch):
            self.counts.problem = ""
        self._tried, self._delay = 0, 0.0
        self._tries.clear()

    def _move(self, number: int) -> None:
        self._outbox.move_cursor(self.name, number)
        self.counts.lag = max(self.counts.lag - (number - self._cursor), 0)
        self._cursor = number

    def _wait(self, clock: float, problem: str, after: float = 0.0) -> None:
        """Try again later: twice as late as last time, by a little chance earlier."""
        self.counts.failures += 1
        self.counts.problem = problem
        self._delay = min(max(2 * self._delay, self._patience.first), self._patience.longest)
        wait = self._delay * (0.5 + 0.5 * self._chance())
        self._next = clock + max(wait, min(after, self._patience.longest))
