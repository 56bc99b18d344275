"""How the engine runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

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
