"""One closed segment becomes Parquet files, one to a day and data set, all of them or none."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.journal.batch import batch as batch_of
from tocsin.journal.frame import Kind, Placed
from tocsin.journal.lines import once
from tocsin.journal.sealed.archive import MIXED, UNKNOWN, Archive, file_name
from tocsin.journal.sealed.columns import fields
from tocsin.journal.sealed.naming import names_of
from tocsin.journal.sealed.sheet import Sheet
from tocsin.schema.values import FIRST_TIME, LAST_TIME

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

    from tocsin.journal.segments import Segment
    from tocsin.journal.view import JournalView

    Ints = npt.NDArray[np.int64]

MOST_GROUPS = 200
"""The most files that one segment becomes: events of the smallest others are put together."""

DAY = 86_400_000


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
    sheets: dict[Group, Sheet] = {}
    rejected, position = 0, segment.first
    try:
        while position < segment.next:
            placed = view.read(position)
            position = placed[-1].position
            rejected += _take(placed, sheets, archive)
        moves = []
        for group, sheet in sheets.items():
            sheet.close()
            target = archive.place(*group) / file_name(segment.first, segment.next, sheet.latest)
            moves.append((sheet.name, target))
    finally:
        for sheet in sheets.values():
            sheet.file.close()
    archive.publish(moves)
    size = sum(target.stat().st_size for _, target in moves)
    return Sealed(len(moves), sum(each.rows for each in sheets.values()), rejected, size)


def _take(placed: Sequence[Placed], sheets: dict[Group, Sheet], archive: Archive) -> int:
    """Write the events of frames into the files of their groups; how many lines were none."""
    frames = [each for each in placed if each.frame.kind is Kind.EVENTS and each.frame.lines]
    batch = batch_of(frames)
    if batch is None:
        return 0
    cells = batch.cells(fields())
    sizes = [len(each.frame.lines) for each in frames]
    accepted = np.repeat([each.frame.accepted for each in frames], sizes)
    slots = [fields().slots[name] for name in ("data_stream.dataset", "event.dataset")]
    names = names_of(cells, slots, UNKNOWN)
    groups = _groups(cells.time, accepted, *names, cells.rejected.keys(), sheets.keys())
    indexes, ids = batch.identities or ("", "")
    told = once(indexes), once(ids)
    for group, rows in groups.items():
        if group not in sheets:
            name = f"{len(sheets)}.parquet"
            sheets[group] = Sheet(name, archive.fresh(name))
        sheets[group].take(batch, cells, accepted, rows, told)
    return len(cells.rejected)


def _groups(
    time: Ints,
    accepted: Ints,
    datasets: list[str],
    number: Ints,
    without: Collection[int],
    known: Collection[Group] = (),
) -> dict[Group, Ints]:
    """The rows of each day and data set. An event without a time is of the day it came.

    ``datasets``: all names of data sets; ``number``: for each row that of its own. ``known``: the
    groups that there are already; where there are too many, the smallest new ones are one.
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
    epoch = dt.date(1970, 1, 1).toordinal() + FIRST_TIME // DAY
    found: dict[Group, Ints] = {}
    for kind in np.lexsort((first, -sizes)).tolist():
        day, dataset = divmod(int(kinds[kind]), len(datasets))
        name = dt.date.fromordinal(epoch + day).isoformat()
        found[Group(name, datasets[dataset])] = members[kind]
    new = [group for group in found if group not in known]
    room = MOST_GROUPS - len(known)
    if len(new) <= room:
        return found
    room -= _MIXED not in known
    others = [found.pop(group) for group in new[max(0, room) :]]
    found[_MIXED] = np.sort(np.concatenate(others))
    return found
