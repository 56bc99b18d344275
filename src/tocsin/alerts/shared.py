"""What several events share (`tocsin.alerts.common`), found in their trees and written, compiled.

``keep_shared`` takes out of the first event's tree what another event does not have as well; what
is left of it is then read like any event's tree. Where the two spell a key in different ways, or
lists have some values in common, only the parsed events can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.alerts.lookup import DATA_STREAM, DOUBT, EVENT, EVENT_KIND, find
from tocsin.alerts.members import is_ours, write_original
from tocsin.alerts.phrase import EVENT_KIND_SIGNAL, KIND_SIGNAL, copied, put, said, same
from tocsin.alerts.tokens import BRACE, BRACE_END, COLON, COMMA, MINUS, ZERO, is_integer
from tocsin.alerts.tree import (
    ARRAY,
    DEEPEST,
    END,
    FIRST,
    KEY,
    KEY_END,
    KIND,
    KINDS,
    NEXT,
    OBJECT,
    PARENT,
    STACK,
    START,
    WHOLE,
    WORD,
    compared,
    link,
)
from tocsin.columns.native import lean, load8
from tocsin.columns.string import BACKSLASH, QUOTE

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes

NEVER, ALWAYS, PERHAPS = range(3)
"""Whether two values are equal. ``PERHAPS``: their bytes differ, and do not tell."""

_LOOKS = 1 << 10
"""Pairs of elements of two lists that are compared; of longer ones the parsed events tell."""


@lean
def keep_shared(  # noqa: C901, PLR0912
    data: Bytes, tree: Table, other: Table, rewritten: bool
) -> bool:
    """Keep of a tree what is in the other as well; False if only the parsed events can tell.

    Parameters
    ----------
    rewritten
        Whether a value of one of them may be written in some other way
        (`tocsin.alerts.tree.REWRITTEN`).
    """
    here, there, before, level = 0, 0, -1, 0
    node, rival = tree[0, FIRST], other[0, FIRST]
    while True:
        if node < 0:
            if before < 0:
                tree[here, FIRST] = -1
            else:
                tree[before, NEXT] = -1
            if level == 0:
                return True
            level -= 1
            left, rival = here, other[there, NEXT]
            row = STACK + level
            here, there, before = tree[row, 0], tree[row, 1], tree[row, 2]
            node = tree[left, NEXT]
            if tree[left, FIRST] >= 0:
                link(tree, here, before, left)
                before = left
            continue
        order = -1
        while rival >= 0:
            order = ordered(data, tree, node, other, rival)
            if order <= 0:
                break
            rival = other[rival, NEXT]
        if rival < 0:
            node = -1
            continue
        follower = tree[node, NEXT]
        if order == 0:
            kind = tree[node, KIND] & KINDS
            if kind >= OBJECT:
                rival_kind = other[rival, KIND] & KINDS
                if rival_kind >= OBJECT and tree[node, FIRST] >= 0:
                    if level == DEEPEST or kind != rival_kind:
                        return False
                    row = STACK + level
                    tree[row, 0], tree[row, 1], tree[row, 2] = here, there, before
                    level += 1
                    here, there, before = node, rival, -1
                    node, rival = tree[node, FIRST], other[rival, FIRST]
                    continue
            elif other[rival, KIND] & KINDS < OBJECT:
                equal = equality(data, tree, node, other, rival, rewritten)
                if equal == PERHAPS:
                    return False
                if equal == ALWAYS:
                    link(tree, here, before, node)
                    before = node
        node = follower


@lean
def ordered(data: Bytes, tree: Table, node: int, other: Table, rival: int) -> int:
    """How a member's key sorts against one of another tree: before it if negative."""
    word, rival_word = tree[node, WORD], other[rival, WORD]
    if word != rival_word:
        return -1 if word < rival_word else 1
    return compared(
        data, tree[node, KEY], tree[node, KEY_END], other[rival, KEY], other[rival, KEY_END]
    )


@lean
def equality(data: Bytes, tree: Table, node: int, other: Table, rival: int, rewritten: bool) -> int:
    """Whether two values that are no objects are equal."""
    at, end = tree[node, START], tree[node, END]
    start, stop = other[rival, START], other[rival, END]
    if end - at == stop - start and same(data, at, data, start, end - at):
        return ALWAYS
    kind, rival_kind = tree[node, KIND] & KINDS, other[rival, KIND] & KINDS
    if ARRAY in (kind, rival_kind):
        return list_equality(data, tree, node, other, rival, rewritten)
    if kind != rival_kind:
        return NEVER
    return scalar_equality(data, at, end, start, stop, rewritten)


@lean
def list_equality(
    data: Bytes, tree: Table, node: int, other: Table, rival: int, rewritten: bool
) -> int:
    """Whether two lists are equal; ``PERHAPS`` also if they have something in common.

    A value that is no list is one of itself.
    """
    one, two = node, rival
    if tree[node, KIND] & KINDS == ARRAY:
        one = tree[node, FIRST]
    if other[rival, KIND] & KINDS == ARRAY:
        two = other[rival, FIRST]
    if one != node and two != rival and one < 0 and two < 0:
        return ALWAYS
    left, looks = one, 0
    while left >= 0:
        right = two
        while right >= 0:
            looks += 1
            if looks > _LOOKS or elements(data, tree, left, other, right, rewritten) != NEVER:
                return PERHAPS
            right = -1 if two == rival else other[right, NEXT]
        left = -1 if one == node else tree[left, NEXT]
    return NEVER


@lean
def elements(data: Bytes, tree: Table, node: int, other: Table, rival: int, rewritten: bool) -> int:
    """Whether two elements of lists are equal: there a number equals one of another kind."""
    at, end = tree[node, START], tree[node, END]
    start, stop = other[rival, START], other[rival, END]
    if end - at == stop - start and same(data, at, data, start, end - at):
        return ALWAYS
    kind, rival_kind = tree[node, KIND] & KINDS, other[rival, KIND] & KINDS
    if kind != rival_kind:
        return NEVER
    if kind >= ARRAY:
        return PERHAPS
    if load8(data, at) == QUOTE or load8(data, start) == QUOTE:
        return scalar_equality(data, at, end, start, stop, rewritten)
    whole = is_integer(data, at, end) and is_integer(data, start, stop)
    return NEVER if whole and not rewritten else PERHAPS


@lean
def scalar_equality(data: Bytes, at: int, end: int, start: int, stop: int, rewritten: bool) -> int:
    """Whether two values whose bytes differ are equal, and of the same kind."""
    quoted = load8(data, at) == QUOTE
    if quoted != (load8(data, start) == QUOTE):
        return NEVER
    if quoted:
        odd = rewritten and (has_escape(data, at, end) or has_escape(data, start, stop))
    else:
        odd = rewritten or is_less_than_nothing(data, at) or is_less_than_nothing(data, start)
    return PERHAPS if odd else NEVER


@lean
def has_escape(data: Bytes, at: int, end: int) -> bool:
    """Whether there is a backslash."""
    for place in range(at, end):  # noqa: SIM110
        if load8(data, place) == BACKSLASH:
            return True
    return False


@lean
def is_less_than_nothing(data: Bytes, at: int) -> bool:
    """Whether a number begins with ``-0``: that may be ``-0.0``, which equals ``0.0``."""
    return load8(data, at) == MINUS and load8(data, at + 1) == ZERO


@lean
def write_shared(  # noqa: C901
    data: Bytes, tree: Table, paths: Table, names: Bytes, text: Bytes, out: int, limit: int
) -> int:
    """Write what is left of a tree, as `tocsin.alerts.members.write_members` does an event's."""
    event = find(data, tree, paths, names, EVENT)
    event_kind = find(data, tree, paths, names, EVENT_KIND)
    out = write_original(data, tree, event, text, out, limit)
    out = write_original(data, tree, find(data, tree, paths, names, DATA_STREAM), text, out, limit)
    if event_kind == DOUBT:
        return limit + 1
    inside = event >= 0 and tree[event, KIND] & KINDS == WHOLE
    here = 0
    node = tree[0, FIRST]
    while out <= limit:
        if node < 0:
            if here == 0:
                break
            if tree[here, KIND] & KINDS == WHOLE:
                out = put(COMMA, text, put(BRACE_END, text, out - 1, limit), limit)
            node = tree[here, NEXT]
            here = tree[here, KIND] >> PARENT
            continue
        kind = tree[node, KIND] & KINDS
        if (here == 0 and is_ours(data, tree[node, KEY])) or (
            node == event_kind and kind != OBJECT
        ):
            node = tree[node, NEXT]
            continue
        if kind != OBJECT:
            out = put(QUOTE, text, out, limit)
            out = copied(data, spelled_from(tree, node), tree[node, KEY_END], text, out, limit)
            out = put(COLON, text, put(QUOTE, text, out, limit), limit)
        if kind >= OBJECT:
            if kind == WHOLE:
                out = put(BRACE, text, out, limit)
                if node == event:
                    out = put(COMMA, text, said(KIND_SIGNAL, text, out, limit), limit)
            here = node
            node = tree[node, FIRST]
            continue
        out = copied(data, tree[node, START], tree[node, END], text, out, limit)
        out = put(COMMA, text, out, limit)
        node = tree[node, NEXT]
    if inside:
        return out
    return put(COMMA, text, said(EVENT_KIND_SIGNAL, text, out, limit), limit)


@lean
def spelled_from(tree: Table, node: int) -> int:
    """Where the key begins, as it was spelled, whose last part is a node's."""
    at: int = tree[node, KEY]
    node = tree[node, KIND] >> PARENT
    while node > 0 and tree[node, KIND] & KINDS == OBJECT:
        at -= tree[node, KEY_END] - tree[node, KEY] + 1
        node = tree[node, KIND] >> PARENT
    return at
