"""Each rule apart: one that fails, or takes more than its share of work, is suspended, and seen.

A rule may use a share of one processor for as long as it likes, and more for a while. What counts
is the work that was done for it, not how long that took: on a machine that others keep busy every
rule takes long. Both are told by clocks that are given; the engine's results never depend on them
but for suspensions, which are part of its state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tocsin.journal.errors import JournalError

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.match.matcher import Hits
    from tocsin.rules.rule import Rule


@dataclass(slots=True)
class Suspension:
    """A rule that no longer runs: why, since when (wall clock, ms), and hits that it missed."""

    reason: str
    since: int
    missed: int = 0


class Guard:
    """Lets each rule fail for itself.

    Parameters
    ----------
    clock, work
        Seconds that pass, as `time.perf_counter` gives them, and seconds of this thread's work, as
        `time.thread_time` does.
    share, burst
        Seconds of work that a rule may take for each second that passes, and beyond that in all.

    Attributes
    ----------
    now
        The wall clock of the input, in milliseconds.
    seconds
        By rule number, the work that it took.
    changed, fresh
        Whether a rule was suspended since somebody set this to False; and the rules that were since
        somebody cleared this.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        clock: Callable[[], float],
        work: Callable[[], float],
        share: float,
        burst: float,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._work = work
        self._share, self._burst = share, burst
        self._spent: defaultdict[int, float] = defaultdict(float)
        self._credit: dict[int, float] = {}
        self._settled = clock()
        self._rule = -1
        self._began = 0.0
        self._out = np.zeros(len(rules), np.bool_)
        self.suspended: dict[int, Suspension] = {}
        self.seconds: defaultdict[int, float] = defaultdict(float)
        self.now = 0
        self.changed = False
        self.fresh: list[int] = []

    def of(self, rule: int) -> Self:
        """For a `with`: what is done in it is done for a rule; its failure suspends the rule."""
        self._rule = rule
        self._began = self._work()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._spent[self._rule] += self._work() - self._began
        if error is None:
            return False
        if not isinstance(error, Exception) or isinstance(error, OSError | JournalError):
            return False
        self.suspend(self._rule, f"it failed: {type(error).__name__}: {error}")
        return True

    def suspend(self, rule: int, reason: str) -> None:
        """Let a rule run no longer."""
        if rule not in self.suspended:
            self.suspended[rule] = Suspension(reason[:500], self.now)
            self._out[rule] = True
            self.fresh.append(rule)
            self.changed = True

    def settle(self) -> list[int]:
        """A step is done: the rules that have taken too much work, which are suspended."""
        now = self._clock()
        passed, self._settled = now - self._settled, now
        for rule in [rule for rule in self._credit if rule not in self._spent]:
            self._credit[rule] += passed * self._share
            if self._credit[rule] >= self._burst:
                del self._credit[rule]
        over: list[int] = []
        for rule, spent in self._spent.items():
            self.seconds[rule] += spent
            credit = self._credit.get(rule, self._burst) + passed * self._share - spent
            if credit < 0:
                over.append(rule)
            elif credit < self._burst:
                self._credit[rule] = credit
            else:
                self._credit.pop(rule, None)
        self._spent.clear()
        for rule in over:
            self.suspend(
                rule,
                f"it took too much work: {self.seconds[rule]:.1f} s in all, where a rule may"
                f" take {self._share:.0%} of one processor, and {self._burst:.0f} s beyond that;"
                " narrow its query",
            )
        return over

    def runs(self, hits: Hits, stage_rule: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_] | None:
        """Which hits are of rules that run; None: all are."""
        if not self.suspended:
            return None
        rules = stage_rule[hits.stage]
        out = self._out[rules]
        if not out.any():
            return None
        for rule, count in zip(*np.unique(rules[out], return_counts=True), strict=True):
            self.suspended[int(rule)].missed += int(count)
        return ~out

    def state(self, keys: Sequence[str]) -> dict[str, Any]:
        """The suspensions by the rules' keys, as JSON values."""
        return {
            keys[rule]: [told.reason, told.since, told.missed]
            for rule, told in self.suspended.items()
        }

    def restore(self, state: Mapping[str, Any], numbers: Mapping[str, int]) -> None:
        """Suspend what was suspended; ``numbers`` of the rules by their keys."""
        for key, (reason, since, missed) in state.items():
            if key in numbers:
                self.suspended[numbers[key]] = Suspension(reason, since, missed)
                self._out[numbers[key]] = True
