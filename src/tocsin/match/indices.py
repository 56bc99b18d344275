"""What the indices of an event are called, told from the event, and the index patterns of rules.

An event's *candidates* are the names of the indices that it may stand in: ``_index`` without what
Elasticsearch adds to a name, the data stream that its ``data_stream.*`` fields name, the default
data stream of its ``event.dataset``, and a Beat's own indices. A rule sees the event if its
patterns match a candidate. Where ``_index`` names a cluster or a frozen tier, that is a candidate
of its own, so that patterns can take these out (``-far:*``, ``-partial-*``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from tocsin.plan.wildcard import Wildcard, escaped

MOST_CANDIDATES = 64
"""Candidates of one event that are looked at."""

_ADDED = re.compile(r"(?:partial-|restored-|\.ds-)+")
_TIERS = re.compile(r"(?:partial-|restored-)+")
_GENERATION = re.compile(r"-\d{4}\.\d{2}\.\d{2}-\d{6}\Z", re.ASCII)
_HIDDEN_ALIAS = re.compile(r"\.internal(\..+?)(?:-\d{6})?\Z", re.ASCII)
_DATED = re.compile(r"<([^{<>]*)\{.*\}([^{}<>]*)>")
_ALERTS = ".alerts-security"


def index_name(index: str) -> str:
    """An index's name without its cluster and what Elasticsearch adds to the name of a data stream.

    ``prod:partial-.ds-logs-endpoint.events.file-default-2026.08.01-000001`` becomes
    ``logs-endpoint.events.file-default``, and the index in which Kibana keeps alerts,
    ``.internal.alerts-security.alerts-default-000001``, the alias by which rules ask for it.
    """
    name = index.rpartition(":")[2]
    found = _ADDED.match(name)
    name = _GENERATION.sub("", name[found.end() :] if found else name)
    return _HIDDEN_ALIAS.sub(r"\1", name)


def _elsewhere(index: str) -> str:
    """The same name behind its cluster and tier, ``prod:partial-``; empty if it has neither."""
    cluster, colon, name = index.rpartition(":")
    tier = _TIERS.match(name)
    before = cluster + colon + (tier.group() if tier else "")
    return before and before + index_name(name)


def candidates(values: Mapping[str, Sequence[str]], index: str | None = None) -> list[str]:
    """The names of the indices that an event may stand in, without doubles.

    Parameters
    ----------
    values
        The texts of its ``ROUTING_FIELDS``.
    """

    def found() -> Iterator[str]:
        if index:
            if whole := _elsewhere(index):
                yield whole
            yield index_name(index)
        kinds = values.get("data_stream.type") or ("logs",)
        spaces = values.get("data_stream.namespace") or ("default",)
        streams = values.get("data_stream.dataset", ())
        for kind, stream, space in itertools.product(kinds, streams, spaces):
            yield f"{kind}-{stream}-{space}"
        for stream in values.get("event.dataset", ()):
            yield f"logs-{stream}-default"
        for agent in values.get("agent.type", ()):
            if agent.endswith("beat"):
                yield f"{agent}-*"

    return list(dict.fromkeys(itertools.islice(found(), MOST_CANDIDATES)))


def reads_alerts(patterns: Iterable[str]) -> bool:
    """Whether a rule with these index patterns looks at alerts: it asks for their index by name."""
    return _reads_alerts(_names(patterns))


def _reads_alerts(names: Iterable[tuple[bool, str, str]]) -> bool:
    return any(not out and name.startswith(_ALERTS) for out, _, name in names)


def _names(patterns: Iterable[str]) -> Iterator[tuple[bool, str, str]]:
    """Of each pattern whether it takes out, its cluster, and its name without that.

    Date mathematics stands for any date; the index in which Kibana keeps alerts has its alias.
    """
    for pattern in (part.strip() for text in patterns for part in text.split(",")):
        cluster, _, name = _DATED.sub(r"\1*\2", pattern).rpartition(":")
        out = pattern.startswith("-") or name.startswith("-")
        name = name.removeprefix("-")
        if hidden := _HIDDEN_ALIAS.match(name):
            name = re.sub(r"-\*\Z", "*", hidden.group(1))
        if name:
            yield out, cluster.removeprefix("-"), name


@lru_cache(maxsize=4096)
def _spelled(name: str) -> tuple[str, tuple[str, ...]]:
    """The cluster of an index, and how it is called there: with its tier, and without."""
    cluster, _, whole = name.rpartition(":")
    return cluster, tuple(dict.fromkeys((whole, index_name(whole))))


class Patterns:
    """A rule's index patterns: names with ``*``; a leading ``-`` takes out again.

    Names with a leading dot must be asked for with one. A pattern that takes out of a cluster
    leaves events alone that do not tell theirs; else the cluster of a pattern does not matter.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        names = [*_names(patterns)]
        self._steps = [_Step(*named) for named in names]
        self.reads_alerts = _reads_alerts(names)

    def __bool__(self) -> bool:
        """Whether there are any; a rule without patterns sees everything."""
        return bool(self._steps)

    def see(self, names: Iterable[str]) -> bool:
        """Whether one of these indices is meant, and none taken out by its cluster or tier."""
        seen = False
        for name in names:
            meant = self._sees(name)
            if meant is False and _elsewhere(name):
                return False
            seen = seen or meant is True
        return seen

    def _sees(self, name: str) -> bool | None:
        """Whether an index is meant; None if no pattern is about it."""
        seen = None
        cluster, names = _spelled(name)
        for step in self._steps:
            if (seen is True) == step.out and step.is_about(cluster, names):
                seen = not step.out
        return seen


class _Step:
    """One of a rule's patterns: what it takes in, or out of what those before it took in."""

    def __init__(self, out: bool, cluster: str, name: str) -> None:
        self.out = out
        self._hidden = name.startswith(".")
        self._name = _Name(name)
        self._cluster = _Name(cluster) if out and cluster else None

    def is_about(self, cluster: str, names: Iterable[str]) -> bool:
        """Whether it fits the name of an index, however that is spelled."""
        if self._cluster is not None and not (cluster and self._cluster.matches(cluster)):
            return False
        return any(
            (self._hidden or not name.startswith(".")) and self._name.matches(name)
            for name in names
        )


class _Name:
    """A name with ``*``; nearly all have one at the end, or none."""

    def __init__(self, pattern: str) -> None:
        self._head, star, rest = pattern.partition("*")
        self._open = star != ""
        self._whole = None
        if rest:
            self._whole = Wildcard("*".join(map(escaped, pattern.split("*"))))

    def matches(self, name: str) -> bool:
        """Whether it means this name."""
        if not name.startswith(self._head):
            return False
        if self._whole is not None:
            return self._whole.matches(name)
        return self._open or len(name) == len(self._head)
