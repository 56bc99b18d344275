"""Alerts as one HTML file to send to someone: without scripts, and of bounded size."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from markupsafe import Markup

from tocsin.alerts.narrative import Piece, sentence
from tocsin.alerts.overrides import SEVERITIES
from tocsin.alerts.paths import Fields, first_at
from tocsin.rules.rule import Rule
from tocsin.web.environment import render, style_hash
from tocsin.web.guide import guide_html
from tocsin.web.rule_facts import AttackRow, attack_rows
from tocsin.web.rule_page import paragraphs
from tocsin.web.visible import shortened

MOST_ALERTS = 500
"""Alerts that a report shows whole; the most severe, of these the first."""

MOST_HELD = 32 << 20
MOST_WRITTEN = 16 << 20
"""Bytes of documents that are held, and characters of alerts that are written."""

_EVENTS = 10
_EVENT = 12_000
_CLAUSES = 40
_VALUE = 300
_POLICY = "default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'"
_OURS = ("kibana.alert.", "tocsin.")

Tell = Callable[[dict[str, Any]], list[str]]
"""Tells in lines what happened, given an alert's document."""


class _Held(NamedTuple):
    """An alert that may be shown; the least of many is the first to be left out."""

    level: int
    order: int
    line: bytes
    rule: Rule


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert as the report shows it; ``anchor`` names its place in the page."""

    anchor: str
    name: str
    severity: str
    risk: str
    time: str
    host: str
    user: str
    sentence: tuple[Piece, ...]
    what: tuple[str, ...]
    why: tuple[tuple[str, str, str, str], ...]
    events: tuple[tuple[str, str], ...]
    left_out: int
    attack: tuple[AttackRow, ...]
    description: tuple[str, ...]
    guide: Markup
    id: str
    rule_id: str


class Report:
    """Takes alerts in order of time, and gives the page at the end.

    Parameters
    ----------
    tell
        Says what happened; its lines need not be fit for a page.
    most
        Alerts that are shown whole.
    """

    def __init__(self, tell: Tell, most: int = MOST_ALERTS) -> None:
        self._tell = tell
        self._most = most
        self._held: list[_Held] = []
        self._bytes = 0
        self._count = 0
        self._severities: Counter[str] = Counter()
        self._rules: Counter[str] = Counter()
        self._names: dict[str, tuple[str, str]] = {}

    def add(self, rule: Rule, name: str, severity: str, line: Callable[[], bytes]) -> None:
        """Take an alert: its rule, its name and severity after overrides, its document."""
        self._count += 1
        self._severities[severity] += 1
        self._rules[rule.id] += 1
        self._names.setdefault(rule.id, (name, severity))
        level = SEVERITIES.index(severity) if severity in SEVERITIES else 0
        full = len(self._held) >= self._most
        if full and level <= self._held[0].level:
            return
        held = _Held(level, -self._count, line(), rule)
        heapq.heappush(self._held, held)
        self._bytes += len(held.line)
        while self._held and (len(self._held) > self._most or self._bytes > MOST_HELD):
            self._bytes -= len(heapq.heappop(self._held).line)

    def html(self) -> str:
        """The page."""
        parts: list[tuple[int, Shown, str]] = []
        size = 0
        for held in sorted(self._held, reverse=True):
            shown = self._shown(held)
            written = render("report_alert.html", alert=shown)
            size += len(written)
            if size > MOST_WRITTEN:
                break
            parts.append((-held.order, shown, written))
        parts.sort(key=lambda part: part[0])
        rules = [(*self._names[key], number) for key, number in self._rules.most_common()]
        return render(
            "report.html",
            policy=_POLICY.format(style_hash()),
            alerts=[shown for _, shown, _ in parts],
            # written by our own template above
            sections=[Markup(written) for _, _, written in parts],  # noqa: S704
            count=self._count,
            severities=[(name, self._severities[name]) for name in reversed(SEVERITIES)],
            rules=rules,
        )

    def _shown(self, held: _Held) -> Shown:
        document = orjson.loads(held.line)
        rule = held.rule
        events = list(_events(document))
        return Shown(
            anchor=f"alert-{-held.order}",
            name=_text(document, "kibana.alert.rule.name"),
            severity=_text(document, "kibana.alert.severity"),
            risk=_text(document, "kibana.alert.risk_score"),
            time=_text(document, "@timestamp"),
            host=_one(document, "host.name"),
            user=_one(document, "user.name"),
            sentence=sentence(document),
            what=tuple(shortened(line, 4 * _VALUE) for line in self._tell(document)),
            why=tuple(_why(document)),
            events=tuple(events[:_EVENTS]),
            left_out=len(events) - len(events[:_EVENTS]),
            attack=tuple(attack_rows(rule)),
            description=tuple(paragraphs(rule.description)),
            guide=guide_html(rule, Fields(document)),
            id=_text(document, "kibana.alert.uuid"),
            rule_id=rule.id,
        )


def _events(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The events of an alert, heading and text: those of its stages, counted ones, or its own."""
    blocks = document.get("tocsin.building_blocks")
    sample = document.get("tocsin.sample")
    found: list[Any] = [document]
    if isinstance(blocks, list) and blocks:
        found = blocks
    elif isinstance(sample, list) and sample:
        found = [row.get("event") for row in sample if isinstance(row, Mapping)]
    for number, event in enumerate(found, 1):
        if isinstance(event, dict):
            own = {key: value for key, value in event.items() if not key.startswith(_OURS)}
            text = orjson.dumps(own, option=orjson.OPT_INDENT_2).decode()
            time = _text(event, "@timestamp")
            yield f"Event {number} of {len(found)}, {time}", shortened(text, _EVENT)
        else:
            yield f"Event {number} of {len(found)}", "no such event, as the rule wants it"


def _why(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Stage, clause, field and value of what made the rule fire."""
    rows = document.get("tocsin.why")
    rows = rows if isinstance(rows, list) else []
    for row in rows[:_CLAUSES]:
        value = row.get("value")
        met = "there is none" if value is None else _plain(value)
        stage = str(int(row.get("stage") or 0) + 1)
        yield (
            stage,
            shortened(str(row.get("clause") or ""), _VALUE),
            str(row.get("field") or ""),
            shortened(met, _VALUE) if row.get("field") else "",
        )
    if len(rows) > _CLAUSES:
        yield "", f"and {len(rows) - _CLAUSES:,} more", "", ""


def _plain(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    return "" if value is None else str(value)


def _one(document: dict[str, Any], field: str) -> str:
    found = first_at(document, field)
    return "" if found is None else shortened(str(found), _VALUE)
