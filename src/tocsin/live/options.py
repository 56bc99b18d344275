"""How the engine runs, and what it counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tocsin.engine.scan import Routing
from tocsin.inputs.source import Events


@dataclass(frozen=True, slots=True)
class Options:
    """How the engine runs. Times of events and of the journal are in milliseconds.

    ``lateness``: how much later than others an event may come. ``allowance``: how far ahead of the
    wall clock an event's time may be and still move the watermark; ``farthest``: and still be
    waited for by rules that remember. ``drop_resent``: whether events
    that come again are dropped; else equal ones count as separate events. ``suppression``: whether
    rules that suppress do so. ``indicators``: gives what indicator match rules compare events with,
    anew whenever rules are loaded.
    ``history``: events of the past, which only teach what terms were seen; they are read when there
    is no snapshot.

    ``rows``, ``bytes``: about how much one step takes, when more waits. ``snapshot_bytes``,
    ``snapshot_every``: of the journal, between two snapshots. ``commit_every``: of the journal,
    between two commits, if there are no alerts. ``runs_every``: between two rows of a rule in the
    run log.

    ``share``, ``burst``: seconds of work that one rule may take for each second, and beyond that.
    ``clock``: seconds that pass; ``work``: seconds of this thread's work. ``most_resent``,
    ``most_terms``, ``most_openings``, ``most_waiting``: events, terms, first events of sequences,
    and hits before their time that are remembered at most.
    ``secret``: what hashes begin with where there is no snapshot, 0 for a random one.
    ``execution``: a name of this run, for the documents. ``reject`` is told place and reason of
    each line that is no event.
    """

    routing: Routing = "auto"
    lateness: int = 30_000
    allowance: int = 10_000
    farthest: int = 86_400_000
    drop_resent: bool = True
    suppression: bool = True
    indicators: Callable[[], Events] | None = None
    history: Events | None = None
    rows: int = 8192
    bytes: int = 8 << 20
    snapshot_bytes: int = 256 << 20
    snapshot_every: int = 60_000
    commit_every: int = 1_000
    runs_every: int = 3_600_000
    share: float = 0.25
    burst: float = 10.0
    clock: Callable[[], float] = time.perf_counter
    work: Callable[[], float] = time.thread_time
    most_resent: int = 2_000_000
    most_terms: int = 20_000_000
    most_openings: int = 2_000_000
    most_waiting: int = 20_000_000
    secret: int = 0
    execution: str = ""
    reject: Callable[[int, str], None] | None = None


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

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}
