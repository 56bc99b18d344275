"""What the engine counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tocsin.columns.cells import NO_TIME

if TYPE_CHECKING:
    from tocsin.live.watch import Watch
    from tocsin.rules.rule import Rule
    from tocsin.store.alert import StoredAlert


@dataclass(slots=True)
class Counts:
    """What ``/metrics`` and ``/health`` show.

    Counts are from the start of this process on, positions and sizes as of now.

    ``events``: accepted ones, without repeated ones. ``late``: beyond the allowed lateness; rules
    about single events looked at them. ``ahead``: too far in the future to move the watermark.
    ``beyond``: of these, those that rules which remember do not wait for.
    ``lost``: events that a rule remembered and that the journal has no more. ``gaps``: bytes of the
    journal that could not be read. ``watermark``, ``accepted``: milliseconds, 0 if there is none.
    ``behind``: bytes of the journal that wait. ``state``: what is remembered, by kind.
    ``rule_seconds``: by rule id. ``suspended``: rule id, name, reason, since (ms), missed hits.
    ``indicators``: documents that were ``read``, those that some rule may match (``used``), lines
    that are none (``rejected``). ``dropped``: rule id or key, and why its state was dropped.
    ``replaying``: the engine is not where it was before it stopped.
    """

    events: int = 0
    rejected: int = 0
    repeated: int = 0
    late: int = 0
    ahead: int = 0
    beyond: int = 0
    lost: int = 0
    gaps: int = 0
    frames: int = 0
    bytes: int = 0
    steps: int = 0
    alerts: dict[str, int] = field(default_factory=dict)
    building_block_alerts: int = 0
    suppressed: int = 0
    unrouted: int = 0
    evicted: int = 0
    capped: int = 0
    forgotten: int = 0
    position: int = 0
    committed: int = 0
    behind: int = 0
    watermark: int = 0
    latest: int = 0
    accepted: int = 0
    replaying: bool = False
    commits: int = 0
    snapshots: int = 0
    snapshot_bytes: int = 0
    snapshot_seconds: float = 0.0
    snapshot_position: int = 0
    step_seconds: float = 0.0
    state: dict[str, int] = field(default_factory=dict)
    rule_seconds: dict[str, float] = field(default_factory=dict)
    indicators: dict[str, int] = field(default_factory=dict)
    suspended: list[tuple[str, str, str, int, int]] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, alert: StoredAlert) -> None:
        """An alert was committed."""
        if alert.building_block:
            self.building_block_alerts += 1
        else:
            self.alerts[alert.severity] = self.alerts.get(alert.severity, 0) + 1

    def look(self, watch: Watch, rules: Sequence[Rule], base: tuple[int, int, int]) -> None:
        """Take over what a watch counts and remembers.

        ``base``: its events, those that were rejected and those that came again, at the start.
        """
        events, rejected, repeated = base
        self.events = watch.events - events
        self.rejected = watch.rejected - rejected
        self.repeated = watch.resent.repeated - repeated
        self.lost = watch.places.lost
        self.suppressed = watch.suppression.suppressed
        self.unrouted = watch.matcher.unrouted
        self.indicators = watch.singles.indicators
        self.evicted, self.capped = watch.evicted, watch.capped
        self.forgotten = watch.forgotten
        self.state = watch.sizes()
        self._look_at_time(watch)
        self._look_at_rules(watch, rules)

    def _look_at_time(self, watch: Watch) -> None:
        mark = watch.watermark
        self.late, self.ahead, self.beyond = mark.late, mark.ahead, mark.beyond
        self.watermark = mark.at if mark.at != NO_TIME else 0
        self.latest = mark.latest if mark.latest != NO_TIME else 0

    def _look_at_rules(self, watch: Watch, rules: Sequence[Rule]) -> None:
        guard = watch.guard
        self.rule_seconds = {rules[at].id: s for at, s in [*guard.seconds.items()]}
        self.suspended = [
            (rules[at].id, rules[at].name, told.reason, told.since, told.missed)
            for at, told in [*guard.suspended.items()]
        ]

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}
