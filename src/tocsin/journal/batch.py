"""Frames as a batch of events for the matcher, without copying a line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.batch import JsonBatch, merged
from tocsin.journal.frame import Kind, Placed
from tocsin.journal.lines import Lines, Names

if TYPE_CHECKING:
    from tocsin.inputs.batch import Identities

NAMES = ("journal",)


def batch(placed: Sequence[Placed], first: int = 0) -> JsonBatch | None:
    """The events of frames that were read, in order; None if there are none.

    The offset of each event is its place in the journal, its source 0, its line number counts
    from 1 within what was given. Frames of one read lie in one buffer and stay there; those of
    several reads are copied into one.
    """
    frames = [each for each in placed if each.frame.kind == Kind.EVENTS and each.frame.lines]
    if not frames:
        return None
    cuts = [at for at, (one, other) in enumerate(pairwise(frames), 1) if not _together(one, other)]
    edges = [0, *cuts, len(frames)]
    parts = [_one(frames[begin:end]) for begin, end in pairwise(edges)]
    whole = merged(parts)
    whole.first = first
    whole.lines = np.arange(1, len(whole) + 1)
    return whole


def _together(one: Placed, other: Placed) -> bool:
    return _lines(one).data is _lines(other).data


def _lines(placed: Placed) -> Lines:
    lines = placed.frame.lines
    if not isinstance(lines, Lines):
        raise TypeError("a batch is made of frames that a journal gave")
    return lines


def _one(frames: Sequence[Placed]) -> JsonBatch:
    """Frames that lie in one buffer."""
    lines = [_lines(placed) for placed in frames]
    starts = np.concatenate([each.starts for each in lines])
    return JsonBatch(
        lines[0].data,
        starts,
        np.concatenate([each.ends for each in lines]),
        np.zeros(len(starts), np.int32),
        np.concatenate([placed.places for placed in frames]),
        np.arange(1, len(starts) + 1),
        NAMES,
        identities=_identities(frames),
    )


def _identities(frames: Sequence[Placed]) -> Identities | None:
    if all(placed.frame.names is None for placed in frames):
        return None
    indexes: list[str] = []
    ids: list[str] = []
    for placed in frames:
        names = placed.frame.names
        given = Names.of(names) if names is not None else Names(len(placed.frame.lines))
        more = given.columns()
        indexes += more[0]
        ids += more[1]
    return indexes, ids
