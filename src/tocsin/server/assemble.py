"""The parts of the server put together: one application before one journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from tocsin.server.body import Budget
from tocsin.server.counters import Counters
from tocsin.server.door import Door, Policy
from tocsin.server.handshake import Settings
from tocsin.server.ingest import Ingest, Log
from tocsin.server.intake import Intake
from tocsin.server.limits import Limits
from tocsin.server.metrics import Figure
from tocsin.server.routes import Way, application, handshake_ways, index_ways, ingest_ways
from tocsin.server.seen import Seen, Wellness

WORKERS = 8
"""Bodies that are worked on at a time; while one waits for the disk, others go on."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the server stands before.

    ``clock``: the wall clock, ms since 1970. ``behind``: bytes of the journal that the engine has
    before it. ``more``: paths beside those for ingest.
    """

    log: Log
    clock: Callable[[], int]
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    counters: Counters = field(default_factory=Counters)
    behind: Callable[[], int] = lambda: 0
    wellness: Callable[[], Wellness] = Wellness
    figures: Callable[[], Iterable[Figure]] = tuple
    more: Sequence[Way] = ()
    workers: Executor = field(
        default_factory=lambda: ThreadPoolExecutor(WORKERS, thread_name_prefix="ingest")
    )


def assembled(parts: Parts) -> ASGIApp:
    """The application of these parts."""
    ingest = Ingest(parts.log, parts.clock, parts.counters)
    budget = Budget(parts.limits.held)
    intake = Intake(ingest, parts.limits, budget, parts.workers, parts.behind)
    settings = Settings()
    seen = Seen(parts.counters, parts.wellness, parts.figures)
    ways = [
        *ingest_ways(intake),
        Way(("GET",), "/health", seen.health, ""),
        Way(("GET",), "/ready", seen.ready, ""),
        Way(("GET",), "/metrics", seen.metrics, "read"),
        *parts.more,
        *handshake_ways(settings),
        *index_ways(settings),
    ]
    return Door(application(ways), parts.policy, parts.counters, parts.limits.body_seconds)
