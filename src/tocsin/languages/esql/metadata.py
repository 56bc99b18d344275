"""What `from … metadata` may name: what is known of events besides their fields."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.languages.esql.types import Type

METADATA: Mapping[str, Type] = {
    "_id": Type.KEYWORD,
    "_index": Type.KEYWORD,
    "_version": Type.LONG,
    "_source": Type.SOURCE,
    "_ignored": Type.KEYWORD,
    "_score": Type.DOUBLE,
    "_index_mode": Type.KEYWORD,
}
"""The metadata that `from … metadata` may name."""

SINGLE = frozenset({"@timestamp", *METADATA}) - {"_ignored"}
"""Columns of which each row has at most one value."""
