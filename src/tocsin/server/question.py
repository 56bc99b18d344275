"""Questions as clients write them: which indices, which time, and clauses with their dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import orjson
from starlette.requests import Request

from tocsin.corpus.span import Span
from tocsin.corpus.stored import Corpus
from tocsin.inputs.source import Events
from tocsin.plan.filter_shapes import limits_in
from tocsin.rules.timing import TimingError, date_math, instant
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import TEMPORAL
from tocsin.server.answers import check_media_type
from tocsin.server.body import Budget, whole
from tocsin.server.refusal import bad_request
from tocsin.store.export import INDEX

ALERTS = (".alerts-security", ".internal.alerts-security")
"""How names of the alerts' index begin."""

LARGEST = 1 << 20
"""Bytes of a question."""

ALL = frozenset({"*", "_all", ""})
TIME = "@timestamp"
LOWER, UPPER = ("gt", "gte"), ("lt", "lte")
DEEPEST = 50

UUID = "kibana.alert.uuid"
"""What an alert says of its own id."""

BY_FIELD = frozenset(
    {
        "match",
        "match_phrase",
        "match_phrase_prefix",
        "prefix",
        "range",
        "regexp",
        "term",
        "terms",
        "wildcard",
    }
)
"""Clauses that name their field as a key."""

ALERT_TIMES = frozenset(
    {
        "kibana.alert.end",
        "kibana.alert.intended_timestamp",
        "kibana.alert.last_detected",
        "kibana.alert.original_time",
        "kibana.alert.rule.created_at",
        "kibana.alert.rule.execution.timestamp",
        "kibana.alert.rule.updated_at",
        "kibana.alert.start",
        "kibana.alert.suppression.end",
        "kibana.alert.suppression.start",
        "kibana.alert.workflow_status_updated_at",
        "tocsin.detected_at",
    }
)
"""Fields of alerts that hold times."""

OWN = frozenset({"_id", "_index"})
"""What documents are called by, which is no field of theirs."""

_OWN_IN_TEXT = re.compile(r"(?:^|[\s(!+-])(_id|_index)\s*:")
_SCHEMA = Schema()
_MATH = re.compile(r"now(?:[+\-/].*)?|.*\|\|.*", re.DOTALL)


class Target:
    """What an index expression names: the alerts, or events of some indices."""

    def __init__(self, expression: str) -> None:
        names = [name.strip() for name in expression.split(",")]
        kinds = {_names_alerts(name) for name in names if not name.startswith("-")}
        if len(kinds) > 1:
            raise bad_request(f"[{expression[:200]}] names alerts and events: ask for them apart")
        self.alerts = kinds == {True}
        everything = self.alerts or ALL.issuperset(names)
        self.patterns: tuple[str, ...] = () if everything else tuple(filter(None, names))

    def source(self, corpus: Corpus, span: Span) -> Events:
        """The stored documents, as an input."""
        return corpus.alerts(span) if self.alerts else corpus.events(span)


def _names_alerts(name: str) -> bool:
    """Whether a name, or a pattern that does not mean everything, is that of the alerts."""
    if name.startswith(ALERTS) or name == "alerts":
        return True
    return name.startswith(".") and "*" in name and fnmatchcase(INDEX, name.replace("[", "[[]"))


def known_only(table: Mapping[str, Any], known: frozenset[str], ignored: frozenset[str]) -> None:
    """Raises RefusedError for a key that nothing here reads: it is never passed over."""
    for key in table:
        if key not in known and key not in ignored:
            reason = f"[{key[:100]}] is not supported: there are {', '.join(sorted(known))}"
            raise bad_request(reason, "parsing_exception")


def number(table: Mapping[str, Any], key: str, default: int, most: int) -> int:
    """A whole number of a body or a query string. Raises RefusedError."""
    value = table.get(key, default)
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise bad_request(f"[{key}] is a whole number from 0 to {most:,}")
    return value


def text(table: Mapping[str, Any], key: str, default: str) -> str:
    """A text of a body. Raises RefusedError."""
    value = table.get(key, default)
    if not isinstance(value, str):
        raise bad_request(f"[{key}] is a text")
    return value


def object_of(content: object) -> dict[str, Any]:
    """A body that is an object. Raises RefusedError."""
    if not isinstance(content, dict):
        raise bad_request("the body is an object", "parsing_exception")
    return content


def query_of(table: Mapping[str, Any]) -> list[object]:
    """The clause of a body, if there is one. Raises RefusedError for one that asks for nothing."""
    if "query" not in table:
        return []
    if table["query"] == {}:
        raise bad_request("[query] is a clause: match_all finds everything", "parsing_exception")
    return [table["query"]]


def of_ids(clause: Any, *, alerts: bool, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """A clause in which ids of alerts are asked for by the field that has them.

    Raises RefusedError for other questions about what documents are called by: they have no answer.
    """
    if depth > DEEPEST:
        raise bad_request(f"clauses nest deeper than {DEEPEST} levels", "parsing_exception")
    if isinstance(clause, list):
        return [of_ids(inner, alerts=alerts, depth=depth + 1) for inner in clause]
    if not isinstance(clause, dict):
        return clause
    made: dict[str, Any] = {}
    for key, inner in clause.items():
        if key == "ids" and alerts and isinstance(inner, dict) and "values" in inner:
            made["terms"] = {UUID: inner["values"]}
        elif key in BY_FIELD and isinstance(inner, dict):
            made[key] = {field_of(name, alerts=alerts): value for name, value in inner.items()}
        elif key in ("field", "default_field") and isinstance(inner, str):
            made[key] = field_of(inner, alerts=alerts)
        elif key == "fields" and isinstance(inner, list):
            made[key] = [
                field_of(name, alerts=alerts) if isinstance(name, str) else name for name in inner
            ]
        else:
            if key == "query_string" and isinstance(inner, dict):
                _check_text(str(inner.get("query", "")))
            made[key] = of_ids(inner, alerts=alerts, depth=depth + 1)
    return made


def field_of(name: str, *, alerts: bool = False) -> str:
    """The field that is asked for. Raises RefusedError for what documents are called by."""
    if name not in OWN:
        return name
    if alerts and name == "_id":
        return UUID
    reason = f"[{name}] is no field: name the index in the path, and ask for an alert by its [_id]"
    raise bad_request(reason, "parsing_exception")


def is_time(name: str) -> bool:
    """Whether a field holds times, which are sorted, counted and told as milliseconds."""
    return name == TIME or name in ALERT_TIMES or _SCHEMA.kind(name) in TEMPORAL


def _check_text(query: str) -> None:
    found = _OWN_IN_TEXT.search(query)
    if found is not None:
        reason = f"[{found[1]}] is no field of a text: alerts say it in [{UUID}]"
        raise bad_request(reason, "parsing_exception")


def dated(clause: Any, now: int, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """A clause with date math in its ranges worked out; ``now``: ms since 1970."""
    if depth > DEEPEST:
        raise bad_request(f"clauses nest deeper than {DEEPEST} levels", "parsing_exception")
    if isinstance(clause, list):
        return [dated(inner, now, depth + 1) for inner in clause]
    if not isinstance(clause, dict):
        return clause
    return {
        key: _ranges(inner, now)
        if key == "range" and isinstance(inner, dict)
        else dated(inner, now, depth + 1)
        for key, inner in clause.items()
    }


def _ranges(table: Mapping[str, Any], now: int) -> dict[str, Any]:
    return {
        field: {key: _moment(key, value, now) for key, value in limits_in(limits).items()}
        if isinstance(limits, dict)
        else limits
        for field, limits in table.items()
    }


def _moment(key: str, value: object, now: int) -> object:
    if key not in (*LOWER, *UPPER) or not isinstance(value, str) or not _MATH.fullmatch(value):
        return value
    try:
        return date_math(value).at(now, round_up=key in {"gt", "lte"})
    except TimingError as error:
        raise bad_request(str(error), "parse_exception") from None


def span_of(clause: object, now: int) -> Span:
    """A span outside of which a clause cannot hold: only ranges that must hold count."""
    since: int | None = None
    until: int | None = None
    for limits in _limits(clause, 0):
        for key, value in limits.items():
            if key not in (*LOWER, *UPPER):
                continue
            try:
                at = value if isinstance(value, int) else instant(str(value), now)
            except TimingError:
                continue
            if key in LOWER:
                since = at if since is None else max(since, at)
            else:
                until = at if until is None else min(until, at)
    return Span(since, until)


def _limits(clause: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """The limits of the time in ranges that must hold."""
    if isinstance(clause, list):
        for inner in clause:
            yield from _limits(inner, depth)
    if not isinstance(clause, dict) or depth > DEEPEST:
        return
    limits = clause.get("range")
    if isinstance(limits, dict) and isinstance(limits.get(TIME), dict):
        plain = limits[TIME]
        if "format" not in plain and "time_zone" not in plain:
            yield plain
    inner = clause.get("bool")
    if isinstance(inner, dict):
        yield from _limits(inner.get("must", []), depth + 1)
        yield from _limits(inner.get("filter", []), depth + 1)
    constant = clause.get("constant_score")
    if isinstance(constant, dict):
        yield from _limits(constant.get("filter", []), depth + 1)


def asked_text(request: Request) -> list[dict[str, Any]]:
    """The clause of ``?q=``, if there is one."""
    params = request.query_params
    if "q" not in params:
        return []
    options = {
        name: params[key]
        for key, name in (("default_operator", "default_operator"), ("df", "default_field"))
        if key in params
    }
    return [{"query_string": {"query": params["q"], **options}}]


async def question_of(request: Request, budget: Budget) -> object:
    """What a request asks, an empty question if it asks nothing. Raises RefusedError."""
    text = await whole(request, LARGEST, budget)
    if not text.strip():
        return {}
    check_media_type(request)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(str(error), "parsing_exception") from None
