"""Commands of Elasticsearch's ES|QL that are not run here, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_OTHER_TABLES = "a query here reads one table, the events"
_METRICS = "it is about time series of metrics"
_SCORES = "it is about the scores of a search, which events do not have here"
_MODEL = "it calls a model, which Tocsin does not"

OTHER_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "change_point": "compare periods with `stats … by bucket(@timestamp, 1 hour)`",
        "chunk": _MODEL,
        "dedup": "`stats … by` gives each combination of values once",
        "enrich": f"{_OTHER_TABLES}; `case` and `in` can stand for small policies",
        "eql": "a rule can be of language EQL itself",
        "explain": "`tocsin check` shows what becomes of a query",
        "external": _OTHER_TABLES,
        "fillnull": "`eval field = coalesce(field, …)`",
        "fork": "write a rule or query for each branch, or `case` for what differs",
        "fuse": _SCORES,
        "highlight": _SCORES,
        "insist": "every field of the events can be named here",
        "ip_location": "`source.geo.*` and its like are there where the collector looks them up",
        "join": _OTHER_TABLES,
        "lookup": f"{_OTHER_TABLES}; `case` and `in` can stand for small tables",
        "metrics_info": _METRICS,
        "mmr": _SCORES,
        "promql": _METRICS,
        "registered_domain": "take a domain apart with `grok`, `dissect` or `split`",
        "rerank": _MODEL,
        "sample": "what it gives is another thing each time; `limit` takes the first rows",
        "set": "queries have no settings here: leave out what stands before the first `;`",
        "show": "it asks about Elasticsearch itself",
        "ts": f"{_METRICS}; `from` reads events",
        "ts_collapse": _METRICS,
        "ts_info": _METRICS,
        "uri_parts": "take an address apart with `grok` or `dissect`",
        "url_parts": "take an address apart with `grok` or `dissect`",
        "user_agent": "`user_agent.*` is there where the collector looks it up",
    }
)
"""What is told of each command by name."""
