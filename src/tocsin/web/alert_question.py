"""What a page of alerts is asked by its address: which alerts, in which order, which page.

    Asked.read([("severity", "high"), ("host", "web-1"), ("page", "2")])

Without a status, alerts that are not closed are meant; ``status=any`` means all. An address that
is made here (`Asked.link`) is read back as the same question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.store.filter import STATUSES, Filter, Order, Sort
from tocsin.store.writing import SEVERITIES
from tocsin.web.address import Paged, QuestionError, instant, number, query_string

ANY: Final = "any"
NOBODY: Final = "none"
TO_DO: Final = ("open", "acknowledged")
"""Statuses that are meant where none is named."""

FACETS: Final = ("status", "severity", "rule", "host", "user", "tactic", "technique")
MANY: Final = (*FACETS, "tag", "assignee", "reason")
"""Parameters that may be given several times."""

GROUPS: Final = (*FACETS, "tag", "assignee")
"""What alerts can be put into groups by."""

ONE: Final = ("since", "until", "q", "blocks", "group", "sort", "order", "size", "page")
SIZES: Final = (25, 50, 100, 200)
_RISING = (Order.RULE, Order.STATUS)
_MOST_PAGES = 100_000
_MOST_VALUES = 50
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Asked(Paged):
    """A question: `given` as it was asked, each parameter with its values, and what it means."""

    given: tuple[tuple[str, str], ...]
    filter: Filter
    sort: Sort
    page: int = 1
    size: int = 50
    group: str = ""

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> Asked:
        """The question of these parameters; raises QuestionError. Unknown ones are passed over."""
        given = _known(parameters)
        only = dict(given)
        by = _order(only.get("sort", "time"))
        way = only.get("order", "asc" if by in _RISING else "desc")
        if way not in {"asc", "desc"}:
            raise QuestionError("order is asc or desc")
        return cls(
            given,
            _filter(given),
            Sort(by, descending=way == "desc"),
            number(only.get("page", "1"), "page", _MOST_PAGES),
            number(only.get("size", "50"), "size", SIZES[-1]),
            *_among((only["group"],) if "group" in only else (), GROUPS, "group"),
        )

    @property
    def offset(self) -> int:
        """Alerts before the page."""
        return (self.page - 1) * self.size

    def has(self, name: str, value: str) -> bool:
        """Whether a value of a parameter is chosen."""
        return value.casefold() in {each.casefold() for each in self.values(name)}

    def toggled(self, name: str, value: str) -> str:
        """The query string of the question with a value chosen, or no more."""
        if self.has(name, value):
            rest = [value_ for value_ in self.values(name) if value_.casefold() != value.casefold()]
        else:
            rest = [each for each in self.values(name) if each != ANY] + [value]
        return self.changed(name, rest)

    def changed(self, name: str, values: Sequence[str]) -> str:
        """The query string with other values of a parameter, on the first page."""
        kept = [pair for pair in self.given if pair[0] not in {name, "page"}]
        return query_string([*kept, *((name, value) for value in values)])

    def inside(self, value: str) -> str:
        """The query string for the alerts of a group."""
        name = self.group
        kept = [pair for pair in self.given if pair[0] not in {name, "group", "page"}]
        return query_string([*kept, (name, value)])

    def between(self, since: str, until: str) -> str:
        """The query string for another span of time."""
        kept = [pair for pair in self.given if pair[0] not in {"since", "until", "page"}]
        span = [pair for pair in (("since", since), ("until", until)) if pair[1]]
        return query_string([*kept, *span])

    @property
    def narrowed(self) -> bool:
        """Whether it asks for less than the first page of a queue shows."""
        return any(name not in {"group", "sort", "order", "size", "page"} for name, _ in self.given)


def _known(parameters: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    seen: set[str] = set()
    for name, value in parameters:
        text = value.strip()
        if not text or (name not in MANY and name not in ONE):
            continue
        if len(text) > _LONGEST or len(found) >= _MOST_VALUES:
            raise QuestionError("the address asks for too much at a time")
        if name in ONE and name in seen:
            continue
        seen.add(name)
        found[name, text] = None
    return tuple(found)


def _filter(given: Sequence[tuple[str, str]]) -> Filter:
    def values(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in given if key == name)

    only = dict(given)
    since, until = (
        instant(only.get("since", ""), "since"),
        instant(only.get("until", ""), "until", last=True),
    )
    if since is not None and until is not None and since > until:
        raise QuestionError("since is later than until: no alert lies between them")
    assignees = values("assignee")
    return Filter(
        statuses=_statuses(values("status"), closed=bool(values("reason"))),
        severities=_among(values("severity"), SEVERITIES, "severity"),
        reasons=values("reason"),
        rules=values("rule"),
        hosts=values("host"),
        users=values("user"),
        tactics=values("tactic"),
        techniques=values("technique"),
        tags=values("tag"),
        assignees=tuple(name for name in assignees if name != NOBODY),
        unassigned=NOBODY in assignees,
        since=since,
        until=until,
        search=only.get("q", ""),
        building_blocks=None if only.get("blocks") == "1" else False,
    )


def _statuses(given: tuple[str, ...], *, closed: bool) -> tuple[str, ...]:
    if ANY in given or (closed and not given):
        return ()
    return _among(given, STATUSES, "status") or TO_DO


def _among(given: tuple[str, ...], known: tuple[str, ...], name: str) -> tuple[str, ...]:
    for value in given:
        if value not in known:
            raise QuestionError(f"{name} is one of {', '.join(known)}")
    return given


def _order(name: str) -> Order:
    try:
        return Order(name)
    except ValueError:
        raise QuestionError(f"sort is one of {', '.join(Order)}") from None
