"""Where the list of events stands in what a server answered.

Elasticsearch's searches answer with ``hits.hits``, those in EQL with ``hits.events`` or
``hits.sequences``, of which each has ``events``. Several searches together are in ``responses``; a
search that runs beside its client is in ``response``, Kibana's inspector shows it as
``rawResponse``. A Kubernetes API server sends a list of audit events as ``items``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.inputs.envelope import next_member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.columns.cells import Bytes

TIMESTAMP = "@timestamp"
"""What has a time is an event, no answer."""

SEQUENCE = frozenset({"join_keys", "events"})
"""The members of a sequence in an answer of EQL, its list the last of them."""

AUDIT_API = "audit.k8s.io/"

_OBJECT, _ARRAY, _QUOTE = 0x7B, 0x5B, 0x22
ASIDE = ("response", "rawResponse")
"""The members in which the answer of a search beside its client stands."""

MOST_ASIDE = 2
"""Such answers within each other: what Kibana's inspector shows of a search beside its client."""

_HITS = ("hits", "events", "sequences")


def list_inside(data: Bytes, begin: int, end: int, aside: int = 0) -> tuple[int, int] | None:
    """Where the list of hits or audit events begins in an object that need not be whole.

    Parameters
    ----------
    aside
        Within how many answers of searches beside their clients the object stands.

    Returns
    -------
        Behind the opening bracket, and how many brackets must close behind the list's own.
    """
    if data[begin] != _OBJECT:
        return None
    envelope: dict[str, str] = {}
    for key, at, behind in members(data, begin, end):
        if key == TIMESTAMP:
            return None
        first = data[at]
        if first == _OBJECT and key == "hits":
            return _of_hits(data, at, end)
        if first == _OBJECT and key in ASIDE and aside < MOST_ASIDE:
            inner = list_inside(data, at, end, aside + 1)
            if inner is not None:
                return inner[0], inner[1] + 1
        if first == _ARRAY and _is_list(key, envelope):
            return at + 1, 1
        text = data[at + 1 : behind - 1] if first == _QUOTE and behind > 0 else data[:0]
        envelope[key] = text.tobytes().decode(errors="replace")
    return None


def _of_hits(data: Bytes, begin: int, end: int) -> tuple[int, int] | None:
    for key, at, _ in members(data, begin, end):
        if key in _HITS:
            return (at + 1, 2) if data[at] == _ARRAY else None
    return None


def _is_list(key: str, before: dict[str, str]) -> bool:
    """Whether an array is the list of an object whose members before it are these texts."""
    if key == "responses":
        return "took" in before
    if key == "events":
        return before.keys() <= SEQUENCE
    return key == "hits" or (key == "items" and is_event_list(before))


def is_event_list(envelope: dict[str, Any]) -> bool:
    """Whether an object, but for its items, is a list of Kubernetes audit events."""
    version = envelope.get("apiVersion")
    kind = envelope.get("kind", "EventList")
    return kind == "EventList" and isinstance(version, str) and version.startswith(AUDIT_API)


def members(data: Bytes, begin: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Key, value's begin and value's end (-1 if it is not there) of an object's members."""
    span = np.zeros(5, np.int64)
    at = begin + 1
    while (at := next_member(data, at, end, span)) > 0:
        key = data[span[0] : span[1]].tobytes().decode(errors="replace")
        yield key, int(span[2]), int(span[3])
        if span[3] < 0:
            return
