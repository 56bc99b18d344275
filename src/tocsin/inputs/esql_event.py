"""Events of the rows of an ES|QL answer: a hit each, as Elasticsearch's searches have them.

What a row holds stands in the hit as it stood in the answer, digit by digit. Null is no value. With
a column ``_source`` (``from … metadata _source``) that is the event, and other columns are added
where it does not have them.
"""

from __future__ import annotations

from typing import Any

import orjson

IDENTITY = ("_index", "_id")
BESIDE = frozenset(
    ("_ignored", "_index_mode", "_score", "_size", "_slice", "_tier", "_tsid", "_version")
)
"""Other metadata, which stand beside a hit's event and are no part of it."""

_NULL = b"null"


class Rows:
    """Makes events of rows with these columns."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.width = len(names)
        self._named = [(names.index(name), name) for name in IDENTITY if name in names]
        self._source = names.index("_source") if "_source" in names else -1
        aside = {*IDENTITY, *BESIDE, "_source"}
        self._fields = [
            (place, name, orjson.dumps(name) + b":")
            for place, name in enumerate(names)
            if name not in aside
        ]

    def hit(self, values: list[bytes]) -> bytes:
        """The hit of a row, given as the JSON of its values; ValueError says why it is none."""
        parts = [
            b'"%b":%b,' % (name.encode(), values[place])
            for place, name in self._named
            if values[place].startswith(b'"')
        ]
        return b'{%b"_source":%b}' % (b"".join(parts), self._event(values))

    def _event(self, values: list[bytes]) -> bytes:
        source = values[self._source] if self._source >= 0 else _NULL
        known: dict[str, Any] = {}
        if source != _NULL:
            try:
                known = orjson.loads(source)
            except orjson.JSONDecodeError:
                raise ValueError("the row's _source is no JSON") from None
            if not isinstance(known, dict):
                raise ValueError("the row's _source is no object")
        added = [
            key + values[place]
            for place, name, key in self._fields
            if values[place] != _NULL and not (known and has(known, name))
        ]
        if source == _NULL:
            return b"{%b}" % b",".join(added)
        if not added:
            return source
        rest = source[1:].lstrip()
        return b"{%b%b%b" % (b",".join(added), b"," if known else b"", rest)


def has(event: dict[str, Any], name: str) -> bool:
    """Whether an event has a field of this name, nested, with dots, or in objects of lists."""
    pending: list[tuple[Any, str]] = [(event, name)]
    while pending:
        value, rest = pending.pop()
        if isinstance(value, list):
            pending += [(element, rest) for element in value]
            continue
        if not isinstance(value, dict):
            continue
        if rest in value:
            return True
        at = rest.find(".")
        while at >= 0:
            if rest[:at] in value:
                pending.append((value[rest[:at]], rest[at + 1 :]))
            at = rest.find(".", at + 1)
    return False
