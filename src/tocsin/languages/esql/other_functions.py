"""Functions of Elasticsearch's ES|QL that are not computed here, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_METRICS = "it is about time series of metrics"
_SCORES = "it is about the scores of a search, which events do not have here"
_MODEL = "it calls a model, which Tocsin does not"
_SHAPES = "of places, Tocsin knows points and the distance between them"

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
