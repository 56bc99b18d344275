"""The run log: what each rule did over which span of time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from tocsin.store.alert import RuleRun
from tocsin.store.rows import parts
from tocsin.store.tables import run


def write(connection: Connection, done: Sequence[RuleRun]) -> None:
    """Add rows."""
    for some in parts(done, 500):
        connection.execute(insert(run), [each._asdict() for each in some])


def read(
    connection: Connection, rule_id: str | None, since: int | None, most: int
) -> list[RuleRun]:
    """The latest rows, latest first; ``since``: by the wall clock."""
    asked = select(*(run.c[name] for name in RuleRun._fields))
    asked = asked.order_by(run.c.at.desc(), run.c.key.desc()).limit(most)
    if rule_id is not None:
        asked = asked.where(run.c.rule_id == rule_id)
    if since is not None:
        asked = asked.where(run.c.at >= since)
    return [RuleRun(*row) for row in connection.execute(asked)]
