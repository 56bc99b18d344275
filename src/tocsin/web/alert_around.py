"""What stands around an alert: its process tree, what else happened, how common its values are.

It is made beside the page (`tocsin.web.alert_page`), since it needs the stored events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tocsin.corpus.prevalence import Common, prevalence
from tocsin.corpus.process_tree import Node, Tree, process_tree
from tocsin.corpus.questions import Questions
from tocsin.corpus.timeline import MINUTES, SCOPES, USUAL, Timeline, timeline
from tocsin.store.export import document_of
from tocsin.store.kept import Kept
from tocsin.store.store import Store
from tocsin.web.alert_chain import Chain, chain
from tocsin.web.alert_help import happened_at
from tocsin.web.alert_queue import summary
from tocsin.web.times import moment, stamp

QUICK, LEAST, PATIENT = 0.13, 0.03, 10.0
"""Seconds that a page looks around if nothing else took some of them, at least, and where one asks
for all of it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to look: whose doings, how many minutes around; ``patient``: at all."""

    scope: str = ""
    minutes: int = USUAL
    patient: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wish:
        """What an address says; what it cannot say is as usual."""
        minutes = given.get("minutes", "")
        known = minutes.isascii() and minutes.isdecimal() and len(minutes) < 5
        scope = given.get("scope", "")
        return cls(
            scope if scope in SCOPES else "",
            int(minutes) if known and int(minutes) in MINUTES else USUAL,
            given.get("all") == "1",
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What was found. ``stored``: whether there are stored events at all to be asked."""

    asked: Wish
    tree: Tree | None
    timeline: Timeline | None
    prevalence: tuple[Common, ...]
    chain: Chain | None
    stored: bool

    @property
    def looked_at_all(self) -> bool:
        """Whether of no value only a part of the events was looked at."""
        return all(one.counted.looked.whole for one in self.prevalence)

    @property
    def common_whole(self) -> bool:
        """Whether all events of the time were looked at for how common most values are."""
        return all(one.counted.looked.whole for one in self._common)

    @property
    def common_since(self) -> str:
        """How far back was looked, if not at everything."""
        sinces = [one.counted.looked.since for one in self._common]
        known = [since for since in sinces if since is not None]
        return moment(max(known)) if known else ""

    @property
    def _common(self) -> list[Common]:
        """The values that one look was for; those that no column tells are looked for apart."""
        return [one for one in self.prevalence if one.columned] or [*self.prevalence]

    def common_note(self, one: Common) -> str:
        """What was looked at for a value, if that is less than for the others."""
        looked = one.counted.looked
        if one in self._common or looked.whole:
            return ""
        back = f" since {moment(looked.since)}" if looked.since is not None else ""
        return f"no column tells it: only the newest {looked.events:,} events{back} were read"


def around(
    store: Store,
    kept: Kept,
    questions: Questions | None,
    asked: Wish,
    clock: Callable[[], float] = monotonic,
    spent: float = 0.0,
) -> Around:
    """What stands around an alert; ``spent``: seconds that its page took so far."""
    document = document_of(kept)
    event = _event(document)
    at = happened_at(event, kept.timestamp)
    until = clock() + (PATIENT if asked.patient else max(LEAST, QUICK - spent))

    def left(share: float) -> float:
        return max(0.0, until - clock()) * share

    tree = process_tree(event, at, questions, left(0.5), clock)
    told: Timeline | None = None
    common: list[Common] = []
    stored = False
    if questions is not None:
        told = timeline(event, at, kept, questions, left(0.5), clock, asked.scope, asked.minutes)
        common = prevalence(event, _why(document), at, questions, left(1.0), clock)
        stored = questions.any
    return Around(asked, tree, told, tuple(common), chain(store, kept), stored)


def around_json(found: Around) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "process_tree": None if found.tree is None else _tree_json(found.tree),
        "timeline": None if found.timeline is None else _timeline_json(found.timeline),
        "prevalence": [
            {
                "field": one.field,
                "value": one.value,
                "events": one.counted.events,
                "hosts": one.counted.hosts,
                "first": stamp(one.counted.first),
                "last": stamp(one.counted.last),
                "looked": one.counted.looked._asdict(),
            }
            for one in found.prevalence
        ],
        "chain": None if found.chain is None else _chain_json(found.chain),
    }


def _event(document: dict[str, Any]) -> dict[str, Any]:
    """The event that an alert is about: of several the last, if possible one with a process."""
    blocks = document.get("tocsin.building_blocks")
    sample = document.get("tocsin.sample")
    several: list[Any] = []
    if isinstance(blocks, list) and blocks:
        several = blocks
    elif isinstance(sample, list) and sample:
        several = [one.get("event") for one in sample if isinstance(one, dict)]
    events = [one for one in several if isinstance(one, dict)]
    of_process = [one for one in events if "process" in one or "process.pid" in one]
    return (of_process or events or [document])[-1]


def _why(document: Mapping[str, Any]) -> list[str]:
    entries = document.get("tocsin.why")
    found = entries if isinstance(entries, list) else []
    return [str(one["field"]) for one in found if isinstance(one, dict) and one.get("field")]


def _tree_json(tree: Tree) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    pending: list[tuple[Node, int | None]] = [(tree.root, None)]
    while pending:
        node, above = pending.pop(0)
        number = len(rows)
        process = node.process
        rows.append(
            {
                "number": number,
                "above": above,
                "role": node.role,
                "gap": node.gap,
                "note": node.note,
                "more": node.more,
                "entity_id": process.id,
                "pid": process.pid,
                "name": process.name,
                "executable": process.executable,
                "command_line": process.command_line,
                "user": process.user,
                "started": stamp(process.started) or None,
                "ended": stamp(process.ended) or None,
                "exit_code": process.exit_code,
                "stored": process.stored,
            }
        )
        pending.extend((child, number) for child in node.children)
    return {"processes": rows, "whole": tree.whole, "stored": tree.stored}


def _timeline_json(told: Timeline) -> dict[str, Any]:
    return {
        "scope": told.scope._asdict(),
        "scopes": [scope.name for scope in told.scopes],
        "minutes": told.minutes,
        "before": told.before,
        "after": told.after,
        "more_alerts": told.more_alerts,
        "whole": told.whole,
        "moments": [
            {
                "at": stamp(one.at) or None,
                "told": one.told,
                "alert": None if one.alert is None else one.alert.id,
                "itself": one.itself,
            }
            for one in told.moments
        ],
    }


def _chain_json(found: Chain) -> dict[str, Any]:
    return {
        "host": found.host,
        "tactics": [{"tactic": name, "alerts": count} for name, count in found.tactics],
        "rises": found.rises,
        "more": found.more,
        "alerts": [
            {**summary(step.kept), "tactic_names": list(step.tactics), "itself": step.itself}
            for step in found.steps
        ],
    }
