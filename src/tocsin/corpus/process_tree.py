"""The process tree of an alert: where its process came from, what began beside it and under it.

Processes are told apart by ``entity_id`` where events have it. Else by host, pid and time: the
process of a pid is the last one that started before, unless it is known to have ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from tocsin.corpus.by_id import ById
from tocsin.corpus.by_pid import ByPid
from tocsin.corpus.lineage import Family, Kin
from tocsin.corpus.process import Account, Process
from tocsin.corpus.questions import Questions

MOST_ANCESTORS = 20
MOST_SIBLINGS = 40
MOST_CHILDREN = 100

LEADERS = (
    ("process.group_leader", "leads the process group"),
    ("process.session_leader", "leads the session"),
    ("process.entry_leader", "began the session"),
)
"""Processes further up that events of Elastic's agents tell of, and what they are."""


@dataclass(frozen=True, slots=True)
class Node:
    """A process and what began under it.

    ``role``: ``ancestor``, ``subject`` (the alert is about it), ``sibling``, ``child``. ``gap``:
    between it and the process above there may be others that nothing tells of. ``note``: what else
    it is. ``more``: so many children that are not shown.
    """

    process: Process
    role: str
    children: tuple[Node, ...] = ()
    more: int = 0
    gap: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """``root`` is the farthest ancestor that is known. ``whole``: all events were looked at."""

    root: Node
    whole: bool
    stored: bool
    """Whether any event of these processes is stored: else only the alert tells of them."""


def process_tree(
    event: Mapping[str, Any],
    at: int,
    questions: Questions | None,
    seconds: float = 2.0,
    clock: Callable[[], float] = monotonic,
) -> Tree | None:
    """The tree around the process of an alert's event; None if the event is about none.

    Parameters
    ----------
    at
        The event's time, ms since 1970.
    questions
        What asks the stored events; None: there are none.
    seconds
        How long it may look.
    """
    account = Account(event, at)
    subject = account.process
    if not (subject.id or subject.pid is not None or subject.name):
        return None
    family = Family(subject)
    if questions is not None:
        until = clock() + seconds
        kin: Kin | None = None
        if subject.id:
            kin = ById(account, questions, lambda: until - clock())
        elif subject.pid is not None and account.host is not None:
            kin = ByPid(account, questions, lambda: until - clock())
        if kin is not None:
            family = kin.family(MOST_ANCESTORS, MOST_SIBLINGS, MOST_CHILDREN)
    return _built(account, family, at)


def _built(account: Account, family: Family, at: int) -> Tree:
    """The tree of a family, with what the event itself tells of those above."""
    subject = Node(
        family.subject,
        "subject",
        tuple(Node(child, "child") for child in family.children),
        family.more_children,
    )
    above = _above(account, family.ancestors)
    if not above:
        return Tree(subject, family.whole, family.stored)
    beside = [Node(sibling, "sibling") for sibling in family.siblings]
    lower = sorted([*beside, subject], key=lambda node: node.process.started or at)
    node = replace(above[0], children=tuple(lower), more=family.more_siblings)
    for upper in above[1:]:
        node = replace(upper, children=(node,))
    return Tree(node, family.whole, family.stored)


def _above(account: Account, ancestors: Sequence[Process]) -> list[Node]:
    """Those above the subject, the nearest first."""
    parent = account.at_path("process.parent")
    own = account.process
    parent = replace(parent, id=parent.id or own.parent, pid=_or(parent.pid, own.parent_pid))
    known = list(ancestors)
    if known and (parent.same(known[0]) or not parent.known):
        known[0] = known[0].joined(parent)
    elif parent.known and not known:
        known = [parent]
    found = [Node(process, "ancestor") for process in known]
    for path, note in LEADERS:
        leader = account.at_path(path)
        if not leader.known or leader.same(own):
            continue
        at = next((at for at, node in enumerate(found) if node.process.same(leader)), None)
        if at is None:
            found.append(Node(leader, "ancestor", note=note))
            if len(found) > 1:
                found[-2] = replace(found[-2], gap=True)
        else:
            told = ", ".join(filter(None, (found[at].note, note)))
            found[at] = replace(found[at], process=found[at].process.joined(leader), note=told)
    return found


def _or(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


def nodes(tree: Tree) -> Iterable[Node]:
    """All processes of a tree, those above first."""
    pending = [tree.root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))
