"""Many numbers, or texts, as a table, for a question."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, FromClause, Text, func, literal
from sqlalchemy.dialects.postgresql import ARRAY


def listed(connection: Connection, keys: Sequence[int]) -> FromClause:
    """Keys as a table of one column, ``value``: one parameter, thousands take long to be bound."""
    if connection.dialect.name == "sqlite":
        return func.json_each(json.dumps(list(keys))).table_valued("value")
    numbers = literal(list(keys), ARRAY(BigInteger))
    return func.unnest(numbers).table_valued("value").render_derived(name="wanted")


def listed_texts(connection: Connection, texts: Sequence[str]) -> FromClause:
    """The same of texts."""
    if connection.dialect.name == "sqlite":
        return func.json_each(json.dumps(list(texts))).table_valued("value")
    array = literal(list(texts), ARRAY(Text))
    return func.unnest(array).table_valued("value").render_derived(name="wanted")
