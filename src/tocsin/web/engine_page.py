"""How a running engine does, for people: what its status tells, in words and with their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tocsin.web.times import moment

MOST_ROWS = 100
_UNITS = ("bytes", "KB", "MB", "GB", "TB")


class Fact(NamedTuple):
    """Something that is known; ``told`` explains it. ``bad``: somebody should look at it."""

    name: str
    value: str
    told: str = ""
    bad: bool = False


class Stopped(NamedTuple):
    """A rule that does not run, or whose state is gone: its id, its name, why, since when."""

    id: str
    name: str
    why: str
    since: str = ""


class Line(NamedTuple):
    """A source or a sink: what it is called, what it has done, what troubles it."""

    name: str
    facts: tuple[tuple[str, str], ...]
    problem: str


@dataclass(frozen=True, slots=True)
class EnginePage:
    """What the page shows."""

    troubles: tuple[str, ...]
    facts: tuple[tuple[str, tuple[Fact, ...]], ...]
    suspended: tuple[Stopped, ...]
    dropped: tuple[Stopped, ...]
    followers: tuple[Line, ...]
    sinks: tuple[Line, ...]


def engine_page(status: Mapping[str, Any], rate: float | None, now: int) -> EnginePage:
    """Put it together.

    Parameters
    ----------
    status
        What `tocsin.server.service.Service.status` gives.
    rate
        Events a second of late; None: not known yet.
    now
        ms since 1970.
    """
    engine = _mapping(status.get("engine"))
    journal, keeping = _mapping(status.get("journal")), _mapping(status.get("housekeeping"))
    rules = _mapping(status.get("rules"))
    return EnginePage(
        tuple(str(one) for one in _sequence(status.get("troubles"))),
        (
            ("Events", tuple(_events(engine, rate, now))),
            ("Rules and alerts", tuple(_rules(engine, rules))),
            ("What is kept", tuple(_kept(engine, journal, keeping))),
        ),
        tuple(
            Stopped(str(one[0]), str(one[1]), str(one[2]), moment(int(one[3])))
            for one in _sequence(engine.get("suspended"))[:MOST_ROWS]
        ),
        tuple(
            Stopped(str(one[0]), "", str(one[1]))
            for one in _sequence(engine.get("dropped"))[:MOST_ROWS]
        ),
        _lines(status.get("followers")),
        _lines(status.get("sinks")),
    )


def as_json(page: EnginePage) -> dict[str, Any]:
    """The same for programs; ``/_tocsin/status`` has the numbers as numbers."""
    return {
        "troubles": list(page.troubles),
        "facts": {title: [fact._asdict() for fact in facts] for title, facts in page.facts},
        "suspended": [one._asdict() for one in page.suspended],
        "dropped": [one._asdict() for one in page.dropped],
        "followers": [one._asdict() for one in page.followers],
        "sinks": [one._asdict() for one in page.sinks],
    }


def size(number: int) -> str:
    """Bytes as people write them: ``1.5 MB``."""
    value, unit = float(number), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{number:,} bytes" if not unit else f"{value:,.1f} {_UNITS[unit]}"


def _events(engine: Mapping[str, Any], rate: float | None, now: int) -> list[Fact]:
    watermark, latest = _number(engine, "watermark"), _number(engine, "latest")
    behind, rejected = _number(engine, "behind"), _number(engine, "rejected")
    lag = f"{max(0, now - watermark) / 1000:,.0f} seconds before now" if watermark else ""
    return [
        Fact("Events a second", "being measured" if rate is None else f"{rate:,.1f}"),
        Fact("Events", f"{_number(engine, 'events'):,}", "since the engine started"),
        Fact("Waiting", size(behind), "in the journal, not looked at yet"),
        Fact(
            "Time of the events",
            moment(watermark) if watermark else "none yet",
            f"{lag}; sequences and windows are told up to here" if lag else "",
        ),
        Fact("Latest event", moment(latest) if latest else "none yet"),
        Fact("Lines that were no events", f"{rejected:,}", bad=rejected > 0),
        Fact("Sent again", f"{_number(engine, 'repeated'):,}", "the same event twice; dropped"),
        Fact(
            "Too late",
            f"{_number(engine, 'late'):,}",
            "beyond --lateness: rules about single events looked at them, others did not",
        ),
        Fact(
            "Ahead of the clock",
            f"{_number(engine, 'ahead'):,}",
            "their times are in the future: they move no time on",
        ),
        Fact(
            "Of no rule's indices",
            f"{_number(engine, 'unrouted'):,}",
            "index patterns of no rule mean them",
        ),
    ]


def _rules(engine: Mapping[str, Any], rules: Mapping[str, Any]) -> list[Fact]:
    alerts = _mapping(engine.get("alerts"))
    told = ", ".join(f"{number:,} {name}" for name, number in alerts.items())
    suspended, restarts = len(_sequence(engine.get("suspended"))), _number(engine, "restarts")
    return [
        Fact("Rules", f"{_number(rules, 'running'):,} of {_number(rules, 'loaded'):,} run"),
        Fact("Suspended", f"{suspended:,}", bad=suspended > 0),
        Fact("Alerts", f"{sum(alerts.values()):,}", told),
        Fact("Of building blocks", f"{_number(engine, 'building_block_alerts'):,}"),
        Fact("Suppressed", f"{_number(engine, 'suppressed'):,}"),
        Fact("Restarts", f"{restarts:,}", "times that the engine ended unasked", restarts > 0),
    ]


def _kept(
    engine: Mapping[str, Any], journal: Mapping[str, Any], keeping: Mapping[str, Any]
) -> list[Fact]:
    failed = _number(keeping, "failed")
    lost = _number(engine, "lost") + _number(engine, "gaps")
    states = _mapping(engine.get("state"))
    return [
        Fact(
            "Journal",
            size(max(0, _number(journal, "end") - _number(journal, "begin"))),
            "what is not sealed yet, or still needed",
        ),
        Fact("Sealed", f"{_number(keeping, 'events'):,} events", size(_number(keeping, "bytes"))),
        Fact("Removed", size(_number(keeping, "removed_bytes")), "of events that were too old"),
        Fact("Not kept", f"{failed:,} failures", str(keeping.get("trouble", "")), failed > 0),
        Fact("Lost", f"{lost:,}", "events, and bytes, that cannot be read any more", lost > 0),
        Fact("State", ", ".join(f"{number:,} {name}" for name, number in states.items()) or "none"),
        Fact("Snapshot", size(_number(engine, "snapshot_bytes")), "of the state, the last one"),
    ]


def _lines(given: object) -> tuple[Line, ...]:
    found = []
    for name, told in list(_mapping(given).items())[:MOST_ROWS]:
        counts = _mapping(told)
        facts = [
            (key.replace("_", " "), f"{value:,}")
            for key, value in counts.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        found.append(Line(str(name), tuple(facts), str(counts.get("problem", ""))))
    return tuple(found)


def _number(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name, 0)
    return int(value) if isinstance(value, int | float) else 0


def _mapping(given: object) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _sequence(given: object) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else ()
