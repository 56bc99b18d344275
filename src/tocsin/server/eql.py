"""``_eql/search``: `tocsin.query` over what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tocsin.engine.compiled_query import Match
from tocsin.engine.query import query
from tocsin.engine.tally import Tally
from tocsin.inputs.source import Events
from tocsin.languages.eql.nodes import EventFilter
from tocsin.languages.eql.parser import parse
from tocsin.server.hits import Shown, index_of
from tocsin.server.question import known_only, number, text
from tocsin.server.refusal import bad_request

MOST = 10_000
LEAST_FETCHED = 2
KNOWN = frozenset(
    {
        "query",
        "filter",
        "size",
        "result_position",
        "timestamp_field",
        "tiebreaker_field",
        "event_category_field",
        "max_samples_per_key",
    }
)
IGNORED = frozenset(
    {
        "fetch_size",
        "keep_alive",
        "keep_on_completion",
        "wait_for_completion_timeout",
        "allow_partial_search_results",
        "allow_partial_sequence_results",
    }
)


def checked(body: Mapping[str, Any]) -> None:
    """Raises RefusedError for a body that asks for what there is not."""
    known_only(body, KNOWN, IGNORED)
    if not isinstance(body.get("query"), str):
        raise bad_request("[query] is a text of EQL", "action_request_validation_exception")
    if body.get("result_position", "tail") not in ("head", "tail"):
        raise bad_request("[result_position] is head or tail")
    for key in ("timestamp_field", "event_category_field"):
        if not text(body, key, "@"):
            raise bad_request(f"[{key}] names a field")
    if "filter" in body and not body["filter"]:
        raise bad_request("[filter] is a clause", "parsing_exception")
    if number(body, "fetch_size", MOST, MOST) < LEAST_FETCHED:
        raise bad_request(f"[fetch_size] is {LEAST_FETCHED} at least")


def answered(
    source: Events,
    patterns: Sequence[str],
    body: Mapping[str, Any],
    clauses: Sequence[object],
    told: Callable[[], None],
) -> dict[str, Any]:
    """The answer to a question in EQL; ``told`` is called now and then, and may raise to end it.

    Raises QueryError if the query or a clause is wrong.
    """
    tally = Tally(told=lambda _: told())
    matches = list(
        query(
            source,
            body["query"],
            event_category_field=text(body, "event_category_field", "event.category"),
            timestamp_field=text(body, "timestamp_field", "@timestamp"),
            tiebreaker_field=text(body, "tiebreaker_field", "") or None,
            size=number(body, "size", 10, MOST),
            result_position=str(body.get("result_position", "tail")),
            max_samples_per_key=number(body, "max_samples_per_key", 1, MOST),
            filters=clauses,
            index=patterns,
            tally=tally,
        )
    )
    hits: dict[str, Any] = {"total": {"value": len(matches), "relation": "eq"}}
    if isinstance(parse(body["query"]).body, EventFilter):
        hits["events"] = [event for match in matches for event in _events(match)]
    else:
        hits["sequences"] = [
            {"join_keys": list(match.join_keys), "events": _events(match)} for match in matches
        ]
    return {"is_partial": False, "is_running": False, "timed_out": False, "hits": hits}


def _events(match: Match) -> list[dict[str, Any]]:
    """The events of a match; one that is missing is said to be."""
    found: list[dict[str, Any]] = []
    for event, name in zip(match.events, match.names, strict=True):
        if event is None or name is None:
            found.append({"_index": "", "_id": "", "_source": {}, "missing": True})
        else:
            whole = Shown(None).of(event)
            found.append({"_index": index_of(name[0], event), "_id": name[1], "_source": whole})
    return found
