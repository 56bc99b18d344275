"""What alerts take over from their events, read and written for many events at once.

Compiled. For each event up to three texts, one behind the other: the canonical one, that names it;
the values of the fields that the rule looks at, as JSON; and a part of the document, the event's
members, what is called original of them, and the beginning of the sentence. Behind the last event
of an alert of several there is a fourth: that same part of a document for what they share. They say
what `tocsin.alerts.document` says of the parsed event, in the event's own bytes. A text of no bytes
tells that the event is in doubt (`tocsin.alerts.tree`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.alerts.canonical import write_canonical
from tocsin.alerts.digest import digests
from tocsin.alerts.lookup import ALERT, NONE, find
from tocsin.alerts.members import write_members
from tocsin.alerts.phrase import REASON, said
from tocsin.alerts.sentence import write_sentence
from tocsin.alerts.shared import keep_shared, write_shared
from tocsin.alerts.tree import BROKEN, MIXED, REWRITTEN, UNFIT, grow
from tocsin.alerts.values import write_values
from tocsin.columns.native import lean
from tocsin.columns.vector import WIDTH

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes

    Whole = Table

START, CANONICAL, VALUES, BODY, SHARED = range(5)
"""Columns of ``ends``: where the first text begins, and where each ends."""

TIMES, MORE = 6, 2048
"""The texts of an event of ``n`` bytes have room for ``TIMES * n + MORE`` and the gap, and so has
the text of what others share with it; if that is not enough the event is in doubt."""


@lean
def excerpts(
    data: Bytes,
    starts: Whole,
    stops: Whole,
    turns: Whole,
    unnamed: npt.NDArray[np.bool_],
    gap: int,
    asks: Whole,
    spans: Table,
    asked: Whole,
    paths: Table,
    names: Bytes,
    tree: Table,
    other: Table,
    text: Bytes,
    ends: Table,
    state: npt.NDArray[np.uint64],
    lanes: Whole,
    tails: Bytes,
    digits: Bytes,
) -> None:
    """Write the texts of the events ``data[starts[i]:stops[i]]``, and hash the canonical ones.

    Parameters
    ----------
    turns
        The place of an event among those of its alert, 0 for the first or only one.
    unnamed
        Whether an event has no name yet: only then there is a canonical text.
    gap
        Bytes that are left free before each part of a document.
    asks, spans, asked
        ``asked[first:last]`` are the fields of an event, as rows of ``paths``, where ``spans``
        has ``first, last`` at ``asks[i]``. Without fields there is only the canonical text.
    paths, names
        As `tocsin.alerts.lookup.Paths` makes them.
    tree, other
        Room for two trees.
    text
        Has room for what `TIMES` and `MORE` say of each event, and for 64 bytes more.
    ends
        int64[n, 5].
    state, lanes, tails, digits
        As `tocsin.alerts.digest.digests` wants them; of no meaning without a canonical text.
    """
    out, first, fine, known = 0, 0, False, 0
    for row in range(starts.size):
        at, end = starts[row], stops[row]
        limit = min(out + TIMES * (end - at) + MORE + gap, text.size - WIDTH)
        alone = turns[row] == 0
        grown = tree if alone else other
        ends[row, START] = out
        top, doubts = grow(data, at, end, grown)
        if unnamed[row] and doubts & (BROKEN | REWRITTEN) == 0:
            last = write_canonical(data, grown, text, out, limit)
            out = last if last <= limit else out
        ends[row, CANONICAL] = out
        ends[row, VALUES] = out
        ask, stop = spans[asks[row], 0], spans[asks[row], 1]
        done = False
        if (
            stop > ask
            and doubts & (BROKEN | UNFIT) == 0
            and find(data, grown, paths, names, ALERT) == NONE
        ):
            values = write_values(data, grown, ask, stop, asked, paths, names, text, out, limit)
            last = min(values + gap, limit + 1)
            last = write_members(data, grown, top, paths, names, text, last, limit)
            last = said(REASON, text, last, limit)
            last = write_sentence(data, grown, paths, names, text, last, limit)
            done = values <= limit and last <= limit
            if done:
                ends[row, VALUES] = values
                out = last
        ends[row, BODY] = out
        if alone:
            first, fine, known = row, done, 0
        fine = fine and done and doubts & MIXED == 0
        known |= doubts
        if not alone and fine:
            fine = keep_shared(data, tree, other, known & REWRITTEN != 0)
            if fine and (row + 1 == starts.size or turns[row + 1] == 0):
                limit = out + TIMES * (stops[first] - starts[first]) + MORE
                limit = min(limit, text.size - WIDTH)
                last = write_shared(data, tree, paths, names, text, out, limit)
                last = said(REASON, text, last, limit)
                last = write_sentence(data, tree, paths, names, text, last, limit)
                out = last if last <= limit else out
        ends[row, SHARED] = out
    digests(text, ends, state, lanes, tails, digits)
