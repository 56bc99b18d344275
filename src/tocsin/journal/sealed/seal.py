"""One closed segment becomes Parquet files, one to a day and data set, all of them or none."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from tocsin.columns.cells import NO_TIME
from tocsin.columns.pool import Pool
from tocsin.columns.vector import WIDTH
from tocsin.inputs.parquet import ID, INDEX
from tocsin.inputs.sealed import ACCEPTED, PLACE, SEALED, SOURCE, UNTOLD
from tocsin.journal.batch import batch as batch_of
from tocsin.journal.frame import Kind, Placed
from tocsin.journal.sealed.archive import MIXED, UNKNOWN, Archive, file_name, rows_together
from tocsin.journal.sealed.columns import (
    FIRST_TIME,
    LAST_TIME,
    MORE,
    MOST,
    TIME,
    TIMESTAMP,
    Made,
    columns,
    fields,
    times,
)
from tocsin.journal.sealed.naming import names_of
from tocsin.journal.sealed.spans import copied

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.batch import JsonBatch
    from tocsin.journal.segments import Segment
    from tocsin.journal.view import JournalView

    Ints = npt.NDArray[np.int64]

MOST_GROUPS = 200
"""The most files that one segment becomes: events of the smallest others are put together."""

POOL = Pool(24)
"""Memory of the texts of a segment: two blocks for each piece of it that is read."""

_NO_ROWS = np.empty(0, np.int64)
DAY = 86_400_000
OWN = pa.schema(
    [
        (TIMESTAMP, TIME),
        (INDEX, pa.string()),
        (ID, pa.string()),
        (ACCEPTED, TIME),
        (PLACE, pa.int64()),
        (SOURCE, pa.string()),
        (UNTOLD, MORE),
    ]
)
"""The columns that every file has; those of its fields stand behind them."""


class Group(NamedTuple):
    """The events of a day, in text, and of a data set."""

    day: str
    dataset: str


_MIXED = Group(MIXED, MIXED)


class Sealed(NamedTuple):
    """What became of a segment: files, events, lines that were no events, bytes of the files."""

    files: int
    events: int
    rejected: int
    bytes: int


@dataclass(slots=True)
class _Found:
    """The events of a segment, and when the last of each group was accepted."""

    tables: dict[Group, list[pa.Table]] = field(default_factory=dict)
    accepted: dict[Group, int] = field(default_factory=dict)
    rejected: int = 0


def seal(view: JournalView, segment: Segment, archive: Archive) -> Sealed:
    """Write the events of a segment that is followed by another.

    Doing it again after an interruption gives files of the same names.

    Raises
    ------
    OSError
        There is no room; what was written is not seen.
    """
    if segment.next is None:
        raise ValueError("the last segment still grows")
    found = _Found()
    position = segment.first
    while position < segment.next:
        placed = view.read(position)
        position = placed[-1].position
        _take(placed, found)
    groups = _fewer(found)
    end = segment.next
    moves, events = [], 0
    for number, (group, members) in enumerate(sorted(groups.items())):
        table = _joined([table for member in members for table in found.tables.pop(member)])
        accepted = max(found.accepted[member] for member in members)
        name = f"{number}.parquet"
        with archive.writer(name, table.schema) as writer:
            writer.write_table(table, rows_together(table))
        target = archive.place(*group) / file_name(segment.first, end, accepted)
        moves.append((name, target))
        events += table.num_rows
    archive.publish(moves)
    size = sum(target.stat().st_size for _, target in moves)
    return Sealed(len(moves), events, found.rejected, size)


def _take(placed: Sequence[Placed], found: _Found) -> None:
    """Put the events of frames into their groups."""
    frames = [each for each in placed if each.frame.kind is Kind.EVENTS and each.frame.lines]
    rows = batch_of(frames)
    if rows is None:
        return
    cells = rows.cells(fields())
    found.rejected += len(cells.rejected)
    sizes = [len(each.frame.lines) for each in frames]
    taken = np.repeat([each.frame.accepted for each in frames], sizes)
    slots = [fields().slots[name] for name in ("data_stream.dataset", "event.dataset")]
    groups = _groups(cells.time, taken, *names_of(cells, slots, UNKNOWN), cells.rejected.keys())
    order = np.concatenate([*groups.values(), _NO_ROWS])
    made = columns(cells, order, room=_room)
    table = _table(rows, order, cells.time, taken, made)
    begin = 0
    for group, some in groups.items():
        part = table.slice(begin, len(some))
        absent = [name for name in made.columns if part.column(name).null_count == len(some)]
        found.tables.setdefault(group, []).append(part.drop_columns(absent))
        latest = int(taken[some].max())
        found.accepted[group] = max(found.accepted.get(group, latest), latest)
        begin += len(some)


def _table(batch: JsonBatch, rows: Ints, time: Ints, accepted: Ints, made: Made) -> pa.Table:
    """Some rows of a batch, in this order, with the columns that were made of them."""
    indexes, ids = batch.identities or ([], [])
    own = [
        times(time[rows]),
        _names(indexes, rows),
        _names(ids, rows),
        times(accepted[rows]),
        pa.array(batch.offsets[rows]),
        _lines(batch, rows),
        made.more,
    ]
    names = [*OWN.names, *made.columns]
    return pa.table([*own, *made.columns.values()], names=names)


def _room(size: int) -> Bytes:
    return np.frombuffer(POOL.block(size), np.uint8, size)


def _names(names: list[str], rows: Ints) -> pa.Array:
    if not any(names):
        return pa.nulls(rows.size, pa.string())
    return pa.array([names[row] or None for row in rows.tolist()], pa.string())


def _lines(batch: JsonBatch, rows: Ints) -> pa.Array:
    """The events as they came."""
    offsets = np.zeros(rows.size + 1, np.int64)
    np.cumsum((batch.ends - batch.starts)[rows], out=offsets[1:])
    if offsets[-1] >= 1 << 31:
        raise pa.ArrowInvalid("a frame is too large")
    out = _room(int(offsets[-1]) + WIDTH)
    copied(batch.data, batch.starts, batch.ends, rows, out)
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(out)]
    return pa.Array.from_buffers(pa.string(), rows.size, buffers)


def _groups(
    time: Ints, accepted: Ints, datasets: list[str], number: Ints, without: Collection[int]
) -> dict[Group, Ints]:
    """The rows of each day and data set. An event without a time is of the day it came.

    ``datasets``: all names of data sets; ``number``: for each row that of its own.
    """
    shown = (time != NO_TIME) & (time >= FIRST_TIME) & (time <= LAST_TIME)
    came = np.clip(accepted, FIRST_TIME, LAST_TIME)
    days = np.where(shown, time, came) // DAY
    rows = np.setdiff1d(np.arange(days.size), np.array([*without], np.int64), assume_unique=True)
    keys = (days[rows] - FIRST_TIME // DAY) * len(datasets) + number[rows]
    kinds, first, of, sizes = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    members = np.split(rows[np.argsort(of, kind="stable")], np.cumsum(sizes)[:-1])
    ranked = np.lexsort((first, -sizes)).tolist()
    some = ranked if len(ranked) <= MOST_GROUPS else ranked[: MOST_GROUPS - 1]
    epoch = dt.date(1970, 1, 1).toordinal() + FIRST_TIME // DAY
    chosen: dict[Group, Ints] = {}
    for kind in some:
        day, dataset = divmod(int(kinds[kind]), len(datasets))
        name = dt.date.fromordinal(epoch + day).isoformat()
        chosen[Group(name, datasets[dataset])] = members[kind]
    if len(some) < len(ranked):
        chosen[_MIXED] = np.sort(np.concatenate([members[kind] for kind in ranked[len(some) :]]))
    return chosen


def _fewer(found: _Found) -> dict[Group, list[Group]]:
    """Which groups share a file: each has its own, unless there are too many."""
    sizes = {g: sum(t.num_rows for t in tables) for g, tables in found.tables.items()}
    mixed = [_MIXED] if sizes.pop(_MIXED, 0) else []
    ranked = sorted(sizes, key=lambda group: (-sizes[group], group))
    alone = MOST_GROUPS if len(ranked) + len(mixed) <= MOST_GROUPS else MOST_GROUPS - 1
    mixed += ranked[alone:]
    chosen = {group: [group] for group in ranked[:alone]}
    return chosen | {_MIXED: mixed} if mixed else chosen


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Tables one behind the other, with their columns, in the journal's order."""
    counts: Counter[str] = Counter()
    for table in tables:
        for name, column in zip(table.column_names, table.columns, strict=True):
            counts[name] += len(column) - column.null_count
    others = counts.keys() - set(OWN.names)
    chosen = sorted(others, key=lambda name: (-counts[name], name))[:MOST]
    kept = {*OWN.names, *chosen}
    parts = [_narrowed(table, kept) for table in tables]
    whole = pa.concat_tables(parts, promote_options="default")
    whole = whole.select([*OWN.names, *sorted(chosen)]).replace_schema_metadata(SEALED)
    places = whole.column(PLACE).to_numpy()
    return whole if (np.diff(places) > 0).all() else whole.sort_by(PLACE)


def _narrowed(table: pa.Table, kept: Collection[str]) -> pa.Table:
    """The table with some of its columns; its rows say what the others would have told."""
    gone = [name for name in table.column_names if name not in kept]
    if not gone:
        return table
    there = {name: table.column(name).is_valid().to_pylist() for name in gone}
    told = [
        [*(row or ()), *(name for name in gone if there[name][at])] or None
        for at, row in enumerate(table.column(UNTOLD).to_pylist())
    ]
    at = table.column_names.index(UNTOLD)
    return table.set_column(at, UNTOLD, pa.array(told, MORE)).drop_columns(gone)
