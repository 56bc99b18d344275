"""What Elasticsearch's ES|QL has and is not run here, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_OTHER_TABLES = "a query here reads one table, the events"
_METRICS = "it is about time series of metrics"
_SCORES = "it is about the scores of a search, which events do not have here"
_MODEL = "it calls a model, which Tocsin does not"
_SHAPES = "of places, Tocsin knows points and the distance between them"

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

OTHER_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "categorize": "`replace` numbers and names in the text, and group by the rest",
        "change_point": "compare periods with `stats … by bucket(@timestamp, 1 hour)`",
        "chunk": _MODEL,
        "decay": _SCORES,
        "embedding": _MODEL,
        "extract_snippets": _SCORES,
        "field_extract": "fields inside a flattened one can be named: `a.b.c`",
        "knn": _MODEL,
        "rate": _METRICS,
        "score": _SCORES,
        "term": "write `==`",
        "text_embedding": _MODEL,
        "trange": "write `@timestamp >= now() - 1 day`",
        "top_snippets": _SCORES,
        **dict.fromkeys(("delta", "deriv", "idelta", "increase", "irate"), _METRICS),
        **dict.fromkeys(("to_aggregate_metric_double", "to_dense_vector"), _METRICS),
        **{
            f"{name}_over_time": _METRICS
            for name in (
                *("absent", "avg", "count", "count_distinct", "first", "last", "max", "min"),
                *("percentile", "present", "stddev", "sum", "variance"),
            )
        },
        **{
            f"st_{name}": _SHAPES
            for name in (
                *("buffer", "centroid_agg", "contains", "disjoint", "envelope", "extent_agg"),
                *("geohash", "geohex", "geotile", "intersects", "npoints", "simplify", "within"),
                *("xmax", "xmin", "ymax", "ymin"),
            )
        },
        **{
            f"to_{name}": _SHAPES
            for name in (
                *("cartesianpoint", "cartesianshape", "geohash", "geohex", "geoshape"),
                "geotile",
            )
        },
        **{
            f"v_{name}": _MODEL
            for name in ("cosine", "dot_product", "hamming", "l1_norm", "l2_norm", "magnitude")
        },
    }
)
"""What is told of each function by name."""
