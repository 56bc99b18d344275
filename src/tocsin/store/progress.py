"""How far an engine is: its position in the journal and the snapshot of its state."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from tocsin.store.alert import Snapshot
from tocsin.store.tables import engine
from tocsin.store.tables import snapshot as kept

_PART = 4 << 20


def advance(connection: Connection, name: str, position: int) -> None:
    """Write a position; ValueError if it lies before the one that is there."""
    known = position_of(connection, name)
    if known is None:
        connection.execute(insert(engine).values(name=name, position=position))
    elif position < known:
        raise ValueError(f"position {position} lies before {known}, which is committed")
    else:
        connection.execute(update(engine).where(engine.c.name == name).values(position=position))


def position_of(connection: Connection, name: str) -> int | None:
    """The position that was committed last; None: none was."""
    found = select(engine.c.position).where(engine.c.name == name)
    return connection.execute(found).scalar_one_or_none()


def keep(connection: Connection, name: str, snapshot: Snapshot) -> None:
    """Put a snapshot in the place of the one before; in parts, as drivers copy each value."""
    connection.execute(delete(kept).where(kept.c.engine == name))
    content = memoryview(snapshot.content)
    for number, start in enumerate(range(0, max(len(content), 1), _PART)):
        connection.execute(
            insert(kept).values(
                engine=name,
                part=number,
                position=snapshot.position,
                version=snapshot.version,
                content=bytes(content[start : start + _PART]),
            )
        )


def snapshot_of(connection: Connection, name: str) -> Snapshot | None:
    """The snapshot that was committed last; None: none was."""
    found = connection.execute(
        select(kept.c.position, kept.c.version, kept.c.content)
        .where(kept.c.engine == name)
        .order_by(kept.c.part)
    ).all()
    if not found:
        return None
    content = b"".join(bytes(row.content) for row in found)
    return Snapshot(found[0].position, found[0].version, content)
