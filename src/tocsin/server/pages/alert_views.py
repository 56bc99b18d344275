"""What is put into the templates of alerts, beside what the pages are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

from tocsin.corpus.ask.planned import LANGUAGES, LONGEST
from tocsin.corpus.timeline import MINUTES
from tocsin.rules.rule import Rule
from tocsin.server.pages.alert_choice import MOST
from tocsin.server.pages.view import View
from tocsin.store.filter import Order
from tocsin.store.groups import Group
from tocsin.store.triage import REASONS
from tocsin.web.address import query_string
from tocsin.web.alert_around import Around
from tocsin.web.alert_help import Help
from tocsin.web.alert_page import Shown, trail_rows
from tocsin.web.alert_question import FACETS, GROUPS, MANY, Asked
from tocsin.web.alert_queue import Queue
from tocsin.web.ask_question import ask_address
from tocsin.web.environment import render
from tocsin.web.times import moment

_HOUR = 3_600_000
_STEERING = re.compile("[\x01-\x1f\x7f\u200b-\u206f]")


FIRST = """curl KEY-H 'Content-Type: application/json' \\
  ADDRESS/logs-endpoint.events.process-default/_doc -d '{
  "@timestamp": "'$(date -u +%FT%TZ)'",
  "event": {"category": ["process"], "type": ["start"], "action": "exec"},
  "host": {"name": "try-1", "os": {"type": "linux"}}, "user": {"name": "you"},
  "process": {"name": "curl", "args": ["curl", "-sk", "https://10.0.0.7:10250/pods"]}}'"""
"""An event for a shipped rule, as one sends it."""

_KEY = "-H 'Authorization: ApiKey …' "

LOOKING_KEYS = (
    ("j", "the next row"),
    ("k", "the row before"),
    ("Enter", "open the alert or group"),
    ("/", "search"),
    ("?", "this list"),
)
QUEUE_KEYS = (
    *LOOKING_KEYS,
    ("x", "choose the row, or no more"),
    ("a", "acknowledge what is chosen, else the row"),
    ("c", "close it: goes to the reasons, and from there Tab to the button"),
    ("o", "reopen it"),
)
ALERT_KEYS = (
    ("a", "acknowledge"),
    ("c", "close: goes to the reasons, and from there Tab to the button"),
    ("o", "reopen"),
    ("n", "write a note"),
    ("?", "this list"),
)
"""Keys of `static/keys.js`, and what they do."""


class GroupRow(NamedTuple):
    """A group in the list; ``value`` as it is, for a form; ``query``: of its alerts."""

    group: Group
    value: Markup | None
    query: str
    first: str
    last: str


_SPANS = (("Last hour", _HOUR), ("24 hours", 24 * _HOUR), ("7 days", 168 * _HOUR))


def queue_text(queue: Queue, view: View, now: int) -> str:
    """The queue as a page; ``now`` in milliseconds since 1970."""
    asked = queue.asked
    spans = [
        (name, asked.between(moment(now - length).replace(" ", "T"), "")) for name, length in _SPANS
    ]
    return render(
        "alerts.html",
        **view.context,
        queue=queue,
        asked=asked,
        address=view.address,
        first=FIRST.replace("ADDRESS", view.address).replace("KEY", _KEY if view.caller else ""),
        news=query_string([*asked.given, ("after", str(queue.number))]),
        # as they are: in a field, unlike in a text, characters made visible would be others
        search=_exactly(asked.one("q")),
        carried=[
            (name, _exactly(value))
            for name, value in asked.given
            if name not in {"q", "since", "until", "group", "sort", "order", "page"}
        ],
        orders=[order.value for order in Order],
        spans=spans,
        facets=[(name.capitalize(), name, _facet(queue, name)) for name in (*FACETS, *_rest())],
        bar_links=[(bar, asked.between(bar.since, bar.until)) for bar in queue.bars if bar.alerts],
        reasons=REASONS,
        most=MOST,
        shortcuts=QUEUE_KEYS if view.may_act else LOOKING_KEYS,
        group_names=GROUPS,
        groups=[] if queue.groups is None else [_group(queue, each) for each in queue.groups.found],
    )


def _group(queue: Queue, group: Group) -> GroupRow:
    value = group.value
    return GroupRow(
        group,
        None if value is None else _exactly(value),
        "" if value is None else queue.asked.inside(value),
        moment(group.first),
        moment(group.last),
    )


def alert_text(page: Shown, help_: Help, around: Around, view: View, rule: Rule | None) -> str:
    """An alert as a page, what its guide finds, what is around; its rule where that is known."""
    name = quote(page.kept.id, safe="")
    return render(
        "alert.html",
        **view.context,
        page=page,
        known=rule is not None,
        time=moment(page.kept.timestamp),
        stages=max((clause.stage for clause in page.clauses), default=1),
        notes=[(moment(note.at), note.actor, note.text) for note in page.kept.notes],
        trail=trail_rows(page.trail),
        related=[(group, _all(group.parameter, group.value)) for group in page.related],
        rule_query=_all("rule", page.kept.rule_id),
        ask=_ask(page),
        filtered=rule is not None and bool(rule.raw.get("filters")),
        help=help_,
        around=around,
        moment=moment,
        minutes=MINUTES,
        page_address=f"/alerts/{name}",
        shortcuts=ALERT_KEYS if view.may_act else ALERT_KEYS[-1:],
        again=f"/alerts/{name}?all=1",
        twin=f"/alerts/{name}.json",
        reasons=REASONS,
    )


def _ask(page: Shown) -> str:
    """The page that asks what the rule asked, of the day before the alert and an hour after it."""
    told = page.document.get("kibana.alert.rule.parameters")
    if not isinstance(told, Mapping):
        return ""
    query, language, index = (told.get(name) for name in ("query", "language", "index"))
    if not isinstance(query, str) or not query or len(query) > LONGEST or language not in LANGUAGES:
        return ""
    times = [moment(page.kept.timestamp + hours * _HOUR) for hours in (-24, 1)]
    if any(time.endswith("ms") for time in times):
        return ""  # in no year that an address can name
    patterns = index if isinstance(index, list) else []
    since, until = (time.replace(" ", "T") for time in times)
    return ask_address(language, query, since, until, map(str, patterns))


def _facet(queue: Queue, name: str) -> list[tuple[str, int | None, str, bool]]:
    """Text, number, address and whether it is chosen, of each value and of those chosen besides."""
    asked: Asked = queue.asked
    found = [
        (count.name, count.alerts, asked.toggled(name, count.value), asked.has(name, count.value))
        for count in queue.facets.get(name, [])
    ]
    there = {count.value.casefold() for count in queue.facets.get(name, [])}
    rest = [value for value in asked.values(name) if value.casefold() not in there]
    return [*found, *((value, None, asked.toggled(name, value), True) for value in rest)]


def _rest() -> tuple[str, ...]:
    """Parameters that can only be taken away."""
    return tuple(name for name in MANY if name not in FACETS)


def _all(name: str, value: str) -> str:
    return query_string([("status", "any"), (name, value)])


def _exactly(text: str) -> Markup:
    """A value of a field, which comes back as it is; what steers is written as references."""
    told = _STEERING.sub(lambda found: f"&#{ord(found[0])};", str(escape(text)))
    return Markup(told)  # noqa: S704 - escaped above
