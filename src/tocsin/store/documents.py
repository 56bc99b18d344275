"""Documents of alerts, compressed; what they say of their rule is kept once for all of a rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, delete, exists, select

from tocsin.store.apart import with_rule, without_rule
from tocsin.store.gist import Gist
from tocsin.store.packing import packer, size, unpacked
from tocsin.store.rows import MANY, add, parts
from tocsin.store.tables import document, rule_part

_FEW = 100


def put(connection: Connection, contents: Mapping[int, tuple[bytes, Gist]]) -> None:
    """Keep the documents of alerts, by key, of which none is kept; each with its gist."""
    pack = packer().compress
    texts = {seen.rule[0].name: seen.rule[0].text for _, seen in contents.values() if seen.rule}
    keys = _known(connection, [*texts])
    new = [(name, pack(text)) for name, text in texts.items() if name not in keys]
    if new:
        add(connection, rule_part, ("name", "content"), new)
        keys = _known(connection, [*texts])
    for some in parts(list(contents.items()), _FEW):
        rows = []
        for key, (content, seen) in some:
            part = None
            if seen.rule is not None:
                rule, begin, run = seen.rule
                part, content = keys[rule.name], without_rule(content, begin, run)  # noqa: PLW2901
            rows.append((key, pack(content), part))
        add(connection, document, ("alert", "content", "part"), rows)


def of(
    connection: Connection, keys: Sequence[int], largest: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """The documents of alerts with their keys, but those of more than ``largest`` bytes."""
    rows = connection.execute(select(document).where(document.c.alert.in_(keys))).all()
    asked = sorted({row.part for row in rows if row.part is not None})
    texts: dict[int | None, bytes] = {}
    if asked:
        found = connection.execute(select(rule_part).where(rule_part.c.key.in_(asked)))
        texts = {row.key: unpacked(row.content) for row in found}
    for row in rows:
        text = texts.get(row.part)
        whole = size(row.content) + (0 if text is None else len(text) + 1)
        if largest is None or whole <= largest:
            rest = unpacked(row.content)
            yield row.alert, rest if text is None else with_rule(rest, text)


def drop(connection: Connection, keys: Collection[int]) -> None:
    """Let go of the documents of alerts, and of what no other document needs."""
    mine = document.c.alert.in_(list(keys))
    asked = select(document.c.part).where(mine, document.c.part.is_not(None)).distinct()
    used = list(connection.execute(asked).scalars())
    connection.execute(delete(document).where(mine))
    for some in parts(used, MANY):
        connection.execute(
            delete(rule_part).where(
                rule_part.c.key.in_(some),
                ~exists().where(document.c.part == rule_part.c.key),
            )
        )


def _known(connection: Connection, names: Sequence[bytes]) -> dict[bytes, int]:
    """The keys of rules' parts that are there, by name."""
    found: dict[bytes, int] = {}
    for some in parts(names, MANY):
        asked = select(rule_part.c.name, rule_part.c.key).where(rule_part.c.name.in_(some))
        found.update((bytes(row.name), row.key) for row in connection.execute(asked))
    return found
