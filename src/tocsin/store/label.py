"""Labels: what an alert is found by and may have several of.

The engine's kinds come from the document; people's kinds are put by them. A label is compared
without case, and ``*`` in a question stands for any run of characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select

from tocsin.rules.select import fits
from tocsin.schema import attack
from tocsin.store.error import StoreError
from tocsin.store.listed import listed_texts
from tocsin.store.tables import label
from tocsin.store.text import fit

_MOST = 10_000
_LAST = "\U0010ffff"


class Kind(StrEnum):
    """What a label says about its alert."""

    RULE = "rule"
    """The rule's id, and its name."""
    HOST = "host"
    USER = "user"
    TACTIC = "tactic"
    TECHNIQUE = "technique"
    TAG = "tag"
    ASSIGNEE = "assignee"


PEOPLES = (Kind.TAG, Kind.ASSIGNEE)
ENGINES = tuple(kind for kind in Kind if kind not in PEOPLES)


def folded(value: str) -> str:
    """A value as it is compared."""
    return fit(value.casefold())


class Labelled(NamedTuple):
    """What ``holds`` for a row of ``label``: it has one of the ``values``; None: any."""

    holds: ColumnElement[bool]
    values: list[str] | None


def labelled(connection: Connection, kind: Kind, wanted: Iterable[str]) -> Labelled | None:
    """What holds for a row of ``label`` with any of these values; None: nothing can.

    StoreError if a pattern fits more values than can be asked for.
    """
    values: set[str] = set()
    for text in wanted:
        if not text.strip("*") and text:
            return Labelled(label.c.kind == kind, None)
        values.update(_fitting(connection, kind, text) if "*" in text else meant(kind, text))
    if len(values) > _MOST:
        raise StoreError(f"more than {_MOST:,} {kind}s are meant: be more exact")
    if not values:
        return None
    chosen = sorted(values)
    return Labelled(and_(label.c.kind == kind, label.c.folded.in_(chosen)), chosen)


def written_as(connection: Connection, kind: Kind, folded: Sequence[str]) -> dict[str, str]:
    """By value without case how it was written, by somebody; those that are gone are left out."""
    if not folded:
        return {}
    chosen = listed_texts(connection, folded)
    such = (label.c.kind == kind, label.c.folded == chosen.c.value)
    # the first in time: an index has them in this order, so that no other way is taken
    first = select(label.c.value).where(*such).order_by(label.c.timestamp).limit(1)
    found = connection.execute(select(chosen.c.value, first.scalar_subquery()))
    return {value: written for value, written in found if written}


def meant(kind: Kind, text: str) -> list[str]:
    """A value, and what it stands for: a tactic's or technique's name for its id."""
    found = [folded(text)]
    if kind in {Kind.TACTIC, Kind.TECHNIQUE}:
        known = attack.tactics() if kind is Kind.TACTIC else attack.techniques()
        name = text.casefold()
        named = (row for row in known.values() if name in {each.casefold() for each in row.names})
        found.extend(folded(row.id) for row in named)
    return found


def _fitting(connection: Connection, kind: Kind, pattern: str) -> set[str]:
    """The values that a pattern fits; matched here, in linear time whatever the pattern."""
    first = folded(pattern.partition("*")[0])
    rows = connection.execute(
        select(label.c.folded)
        .where(label.c.kind == kind, label.c.folded >= first, label.c.folded <= first + _LAST)
        .distinct()
    )
    found = {value for (value,) in rows if fits(pattern, value)}
    if kind in {Kind.TACTIC, Kind.TECHNIQUE}:
        known = attack.tactics() if kind is Kind.TACTIC else attack.techniques()
        named = (entry for entry in known.values() if any(fits(pattern, n) for n in entry.names))
        found.update(folded(entry.id) for entry in named)
    return found
