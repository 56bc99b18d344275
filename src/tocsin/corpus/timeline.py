"""What the same host, user, session or container did around an alert: events and alerts by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tocsin.alerts.happening import happened
from tocsin.alerts.paths import Fields
from tocsin.corpus.answers import Found
from tocsin.corpus.question import Question, is_
from tocsin.corpus.questions import Questions, Wanted
from tocsin.corpus.span import Span
from tocsin.schema.values import text_of
from tocsin.store.filter import Filter, Order, Page, Sort
from tocsin.store.kept import Kept
from tocsin.store.store import Store

MINUTE = 60_000
MINUTES = (1, 5, 30, 120)
"""How far around an alert one may look."""

USUAL = 5
MOST_EVENTS = 40
MOST_ALERTS = 20
"""Events, and alerts, on each side of the alert; those that are nearest to it."""

SCOPES: Mapping[str, tuple[str, ...]] = {
    "session": (
        "process.session_leader.entity_id",
        "process.entry_leader.entity_id",
        "winlog.logon.id",
        "auditd.session",
    ),
    "container": ("container.id",),
    "host": ("host.id", "host.name", "agent.id"),
    "user": ("user.id", "user.name"),
}
"""What may be followed, the narrowest first, and the fields that tell it, the best first."""

NO_SESSION = frozenset({"", "0", "-", "unset", "4294967295", "0x0"})
"""What stands in place of a session where there is none."""


class Scope(NamedTuple):
    """Whose doings are meant: a field and its value; both of `more` must hold as well."""

    name: str
    field: str
    value: str
    more: tuple[tuple[str, str], ...] = ()


class Moment(NamedTuple):
    """One line: an event, or an alert with its id. ``itself``: the alert that is looked at."""

    at: int | None
    told: str
    source: Mapping[str, Any] | None = None
    alert: Kept | None = None
    itself: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lines in order of time, and how many events there are before and after them.

    ``scopes`` may be chosen from; ``scope`` is the one that was. ``whole``: all was looked at.
    """

    scopes: tuple[Scope, ...]
    scope: Scope
    minutes: int
    moments: tuple[Moment, ...]
    before: int
    after: int
    more_alerts: int
    whole: bool


def scopes_of(event: Mapping[str, Any]) -> list[Scope]:
    """What an event lets one follow, the narrowest first."""
    fields = Fields(dict(event))
    host = _first(fields, SCOPES["host"])
    found = []
    for name, candidates in SCOPES.items():
        told = _first(fields, candidates)
        if told is None or (name == "session" and told[1] in NO_SESSION):
            continue
        # ids of sessions are unique on their host only
        more = (host,) if name == "session" and host is not None else ()
        found.append(Scope(name, *told, more))
    return found


def timeline(
    event: Mapping[str, Any],
    at: int,
    kept: Kept,
    questions: Questions,
    seconds: float,
    clock: Callable[[], float],
    scope: str = "",
    minutes: int = USUAL,
) -> Timeline | None:
    """What happened around an alert's event at a time (ms); None if it names nobody to follow."""
    scopes = scopes_of(event)
    if not scopes:
        return None
    chosen = next((one for one in scopes if one.name == scope), scopes[0])
    until = clock() + seconds
    span = Span(at - minutes * MINUTE, at + minutes * MINUTE)
    group = (is_(chosen.field, chosen.value), *(is_(*more) for more in chosen.more))
    earlier, later = questions.finds(
        [
            Wanted(Question((group,), span=Span(span.since, at)), MOST_EVENTS),
            Wanted(
                Question((group,), span=Span(at + 1, span.until)), MOST_EVENTS, newest_first=False
            ),
        ],
        max(0.0, until - clock()),
    )
    alerts, more_alerts = _alerts(questions.corpus.store, kept, chosen, span)
    moments = [*_events(earlier), *_events(later), *alerts]
    moments.sort(key=lambda one: (one.at or 0, one.alert is not None))
    return Timeline(
        tuple(scopes),
        chosen,
        minutes,
        tuple(moments),
        earlier.total - len(earlier.events),
        later.total - len(later.events),
        more_alerts,
        earlier.looked.whole,
    )


def _first(fields: Fields, names: tuple[str, ...]) -> tuple[str, str] | None:
    for name in names:
        found = fields(name)
        if found:
            return name, text_of(found[0])
    return None


def _events(found: Found) -> Iterator[Moment]:
    for event in found.events:
        yield Moment(event.time, told(event.source), event.source)


def told(event: Mapping[str, Any]) -> str:
    """What an event says happened; its categories where it says nothing."""
    try:
        line = happened(event)
    except (AttributeError, TypeError, ValueError):
        line = ""
    if line:
        return line
    fields = Fields(dict(event))
    names = ("event.action", "event.category", "event.type", "event.dataset")
    return " ".join(text_of(value) for name in names for value in fields(name)[:3]) or "an event"


def _alerts(store: Store, kept: Kept, scope: Scope, span: Span) -> tuple[list[Moment], int]:
    """The alerts of the same host, or of the same user, those nearest to the alert."""
    names = kept.users if scope.name == "user" else kept.hosts
    if not names:
        return [Moment(kept.timestamp, kept.rule_name or kept.rule_id, None, kept, True)], 0
    users, hosts = (names[:1], ()) if scope.name == "user" else ((), names[:1])
    middle = min(max(kept.timestamp, span.since or 0), span.until or kept.timestamp)
    found: dict[str, Kept] = {kept.id: kept}
    total = 0
    for since, until, descending in ((span.since, middle, True), (middle + 1, span.until, False)):
        wanted = Filter(since=since, until=until, users=users, hosts=hosts)
        page = Page(limit=MOST_ALERTS)
        some = store.find(wanted, Sort(Order.TIME, descending=descending), page)
        found |= {each.id: each for each in some}
        total += store.count(wanted) - len(some) if len(some) == MOST_ALERTS else 0
    return [
        Moment(each.timestamp, each.rule_name or each.rule_id, None, each, each.id == kept.id)
        for each in found.values()
    ], total
