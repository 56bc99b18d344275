"""The list of rules of a running engine: narrowed down, counted, sorted, page by page.

A question stands in the address (`RulesAsked`), and `rule_list` answers it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from tocsin.alerts.overrides import SEVERITIES
from tocsin.engine.seen_data import RuleReady
from tocsin.rules.rule import Rule
from tocsin.web.address import Paged, QuestionError, number, query_string
from tocsin.web.groups import mapped, systems
from tocsin.web.library import Library

FACETS: Final = ("status", "data", "severity", "type", "tactic", "system", "source")
MANY: Final = (*FACETS, "technique")
ONE: Final = ("q", "sort", "order", "size", "page")
SORTS: Final = ("name", "severity", "risk", "alerts", "time")
SIZES: Final = (50, 100, 200, 500)
MOST_VALUES = 15
"""Values of a facet that are shown."""

_FALLING = ("severity", "risk", "alerts", "time")
_MOST_GIVEN = 50
_LONGEST = 500
_MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class RuleRow:
    """What a list says of a rule, whatever it does; ``text``: what is searched, in lower case.

    ``sources``: the integrations that collect its events, else the data its tags name.
    """

    id: str
    name: str
    page: str
    type: str
    severity: str
    risk_score: int
    status: str
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    systems: tuple[str, ...]
    sources: tuple[str, ...]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Live:
    """What rules did and do.

    ``alerts``: by rule id, of the last seven days; None while they are being counted. ``seconds``:
    work since the engine started. ``suspended``: why rules were stopped. ``data``: whether events
    came that can set a rule off (`tocsin.engine.seen_data`), empty while nobody knows.
    """

    alerts: Mapping[str, int] | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    suspended: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, RuleReady] = field(default_factory=dict)

    def status(self, row: RuleRow) -> str:
        """What becomes of a rule just now."""
        return "suspended" if row.id in self.suspended else row.status


@dataclass(frozen=True, slots=True)
class RulesAsked(Paged):
    """What an address asks for; ``given`` as it was asked, known parameters only."""

    given: tuple[tuple[str, str], ...]
    sort: str
    falling: bool
    page: int
    size: int

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> RulesAsked:
        """The question of these parameters. Raises QuestionError."""
        given = _known(parameters)
        only = dict(given)
        sort = only.get("sort", "name")
        if sort not in SORTS:
            raise QuestionError(f"sort is one of {', '.join(SORTS)}")
        order = only.get("order", "desc" if sort in _FALLING else "asc")
        if order not in {"asc", "desc"}:
            raise QuestionError("order is asc or desc")
        page = number(only.get("page", "1"), "page", 100_000)
        size = number(only.get("size", "100"), "size", SIZES[-1])
        return cls(given, sort, order == "desc", page, size)

    def toggled(self, name: str, value: str) -> str:
        """The query string with a value chosen, or no more."""
        pair = (name, value)
        kept = [each for each in self.given if each[0] != "page" and each != pair]
        return query_string(kept if pair in self.given else [*kept, pair])

    def sorted_by(self, name: str) -> str:
        """The query string of another order; of the same one, turned around."""
        kept = [pair for pair in self.given if pair[0] not in {"sort", "order", "page"}]
        turned = (name in _FALLING) if name != self.sort else not self.falling
        way = [] if turned == (name in _FALLING) else [("order", "desc" if turned else "asc")]
        return query_string([*kept, ("sort", name), *way])

    @property
    def narrowed(self) -> bool:
        """Whether not all rules are asked for."""
        return any(name in MANY or name == "q" for name, _ in self.given)


@dataclass(frozen=True, slots=True)
class RuleList:
    """A page of the list. ``facets``: by name the values with how many rules have each.

    A facet counts the rules that fit everything but what is chosen in it. ``all``: rules there are.
    """

    asked: RulesAsked
    rows: tuple[RuleRow, ...]
    total: int
    all: int
    facets: Mapping[str, Sequence[tuple[str, int]]]
    live: Live

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.asked.size))


def rule_row(rule: Rule, library: Library) -> RuleRow:
    """A rule as a row."""
    techniques = dict.fromkeys(technique.id for _, technique in mapped(rule))
    about = (rule.name, rule.id, rule.description, *rule.tags, *techniques, *rule.index)
    named = tuple(tag[len("Data Source: ") :] for tag in rule.tags if tag.startswith("Data Source"))
    return RuleRow(
        rule.id,
        rule.name,
        library.names[rule.id],
        rule.type,
        rule.severity,
        rule.risk_score,
        library.status(rule).status,
        tuple(dict.fromkeys(threat.tactic for threat in rule.threat if threat.tactic)),
        tuple(techniques),
        tuple(dict.fromkeys(systems(rule))),
        tuple(dict.fromkeys(rule.integration or named)),
        " ".join((*about, rule.origin.file, rule.query))[:_MOST_TEXT].lower(),
    )


def rule_list(rows: Sequence[RuleRow], live: Live, asked: RulesAsked) -> RuleList:
    """Answer a question."""
    words = asked.one("q").lower().split()
    found = [row for row in rows if all(word in row.text for word in words)] if words else rows
    having = {name: _getter(name, live) for name in MANY}
    tests = {name: frozenset(asked.values(name)) for name in MANY if asked.values(name)}
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    chosen = []
    for row in found:
        failed = [name for name, wanted in tests.items() if wanted.isdisjoint(having[name](row))]
        if not failed:
            chosen.append(row)
        # a facet counts what fits but for what is chosen in it
        for name in failed if len(failed) == 1 else () if failed else FACETS:
            if name in counts:
                for value in having[name](row):
                    counts[name][value] += 1
    facets = {name: _first(counts[name], tests.get(name, frozenset())) for name in FACETS}
    _sort(chosen, live, asked)
    begin = (asked.page - 1) * asked.size
    page = tuple(chosen[begin : begin + asked.size])
    return RuleList(asked, page, len(chosen), len(rows), facets, live)


def as_json(found: RuleList) -> dict[str, Any]:
    """The same for programs."""
    alerts = found.live.alerts
    return {
        "total": found.total,
        "all": found.all,
        "page": found.asked.page,
        "pages": found.pages,
        "rules": [
            {
                "rule_id": row.id,
                "name": row.name,
                "page": f"/rules/{row.page}",
                "type": row.type,
                "severity": row.severity,
                "risk_score": row.risk_score,
                "status": found.live.status(row),
                "reason": found.live.suspended.get(row.id, ""),
                "data": found.live.data[row.id].state if row.id in found.live.data else None,
                "tactics": list(row.tactics),
                "techniques": list(row.techniques),
                "systems": list(row.systems),
                "sources": list(row.sources),
                "alerts_7_days": None if alerts is None else alerts.get(row.id, 0),
                "seconds": round(found.live.seconds.get(row.id, 0.0), 6),
            }
            for row in found.rows
        ],
        "facets": {
            name: [{"value": value, "rules": number} for value, number in values]
            for name, values in found.facets.items()
        },
    }


def _getter(name: str, live: Live) -> Callable[[RuleRow], tuple[str, ...]]:
    """What a rule has of a facet, each value once."""
    match name:
        case "status":
            return lambda row: (live.status(row),)
        case "data":
            return lambda row: (live.data[row.id].state,) if row.id in live.data else ()
        case "severity":
            return lambda row: (row.severity,)
        case "type":
            return lambda row: (row.type,)
        case "tactic":
            return attrgetter("tactics")
        case "technique":
            return _techniques
        case "system":
            return attrgetter("systems")
        case _:
            return attrgetter("sources")


def _techniques(row: RuleRow) -> tuple[str, ...]:
    """The techniques of a rule, those of its sub-techniques too."""
    return (*row.techniques, *(name.partition(".")[0] for name in row.techniques))


def _first(counts: Counter[str], chosen: frozenset[str]) -> list[tuple[str, int]]:
    """The most frequent values, and those that are chosen."""
    counts.update(dict.fromkeys(chosen, 0))
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = [pair for pair in ranked[MOST_VALUES:] if pair[0] in chosen]
    return [*ranked[:MOST_VALUES], *rest]


def _sort(rows: list[RuleRow], live: Live, asked: RulesAsked) -> None:
    """Put rows in order; equal ones by name."""
    rows.sort(key=lambda row: (row.name.casefold(), row.id))
    alerts = live.alerts or {}
    match asked.sort:
        case "severity":
            rows.sort(key=lambda row: (_level(row), row.risk_score), reverse=asked.falling)
        case "risk":
            rows.sort(key=lambda row: row.risk_score, reverse=asked.falling)
        case "alerts":
            rows.sort(key=lambda row: alerts.get(row.id, 0), reverse=asked.falling)
        case "time":
            rows.sort(key=lambda row: live.seconds.get(row.id, 0.0), reverse=asked.falling)
        case _:
            if asked.falling:
                rows.reverse()


def _level(row: RuleRow) -> int:
    return SEVERITIES.index(row.severity) if row.severity in SEVERITIES else -1


def _known(parameters: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    seen: set[str] = set()
    for name, value in parameters:
        text = value.strip()
        if not text or (name not in MANY and (name not in ONE or name in seen)):
            continue
        if len(text) > _LONGEST or len(found) >= _MOST_GIVEN:
            raise QuestionError("the address asks for too much at a time")
        seen.add(name)
        found[name, text] = None
    return tuple(found)
