"""What several events share (`tocsin.alerts.common`), found in their trees and written, compiled.

``keep_shared`` takes out of the first event's tree what another event does not have as well; what
is left of it is then read like any event's tree; so is what is left of its lists. Where the two
spell a key in different ways, only the parsed events can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.alerts.lookup import DATA_STREAM, DOUBT, EVENT, EVENT_KIND, find
from tocsin.alerts.members import is_ours, write_original, write_value
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
    NULL,
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

_LOOKS = 64
"""Elements of a list among which a value is looked for; of longer ones the parsed events tell."""


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
    """Whether two values that are no objects are equal; of lists keeps what both have."""
    at, end = tree[node, START], tree[node, END]
    start, stop = other[rival, START], other[rival, END]
    if at >= 0 and end - at == stop - start and same(data, at, data, start, end - at):
        return ALWAYS
    kind, rival_kind = tree[node, KIND] & KINDS, other[rival, KIND] & KINDS
    if kind == ARRAY:
        return both_hold(data, tree, node, other, rival, rewritten)
    if rival_kind == ARRAY:  # what both hold is a list then
        found = among(data, tree, node, other, other[rival, FIRST], False, rewritten)
        return PERHAPS if found == ALWAYS else found
    if kind != rival_kind:
        return NEVER
    return scalar_equality(data, at, end, start, stop, rewritten)


@lean
def both_hold(
    data: Bytes, tree: Table, node: int, other: Table, rival: int, rewritten: bool
) -> int:
    """Keep of a list what another value holds as well, each once; ``NEVER`` if that is nothing.

    A list from which something was taken has no place any more (`START`).
    """
    theirs = other[rival, FIRST] if other[rival, KIND] & KINDS == ARRAY else rival
    left = tree[node, FIRST]
    equal = alike(data, tree, left, other, theirs, rewritten) if theirs != rival else NEVER
    if equal != NEVER:
        return equal
    tree[node, FIRST] = before = -1
    while left >= 0:
        follower = tree[left, NEXT]
        found = among(data, tree, left, other, theirs, theirs == rival, rewritten)
        if found == ALWAYS:
            again = among(data, tree, left, tree, tree[node, FIRST], False, rewritten)
            if again != NEVER:
                found = NEVER if again == ALWAYS else PERHAPS
        if found == PERHAPS:
            return PERHAPS
        if found == NEVER or tree[left, KIND] & KINDS == NULL:
            tree[node, START] = -1
        else:
            link(tree, node, before, left)
            tree[left, NEXT] = -1
            before = left
        left = follower
    return NEVER if before < 0 else ALWAYS


@lean
def among(
    data: Bytes,
    tree: Table,
    node: int,
    other: Table,
    rival: int,
    alone: bool,
    rewritten: bool,
) -> int:
    """Whether a value is among elements from one on, or equals it ``alone``."""
    for _ in range(_LOOKS):
        if rival < 0:
            return NEVER
        equal = elements(data, tree, node, other, rival, rewritten)
        if equal != NEVER:
            return equal
        rival = -1 if alone else other[rival, NEXT]
    return NEVER if rival < 0 else PERHAPS


@lean
def alike(data: Bytes, tree: Table, left: int, other: Table, right: int, rewritten: bool) -> int:
    """Whether two lists, by their first elements, have the same elements in the same order."""
    told = ALWAYS
    while left >= 0 and right >= 0:
        equal = elements(data, tree, left, other, right, rewritten)
        if equal == NEVER:
            return NEVER
        if equal == PERHAPS:
            told = PERHAPS
        left, right = tree[left, NEXT], other[right, NEXT]
    return told if left == right else NEVER


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
        out = put(COMMA, text, write_value(data, tree, node, text, out, limit), limit)
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
