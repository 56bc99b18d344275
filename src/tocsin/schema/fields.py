"""Look up what a field holds: ECS and the fields of Elastic's integrations, with the caller's own.

    Schema().kind("process.pid")                          long
    Schema().path("process.name.caseless")                process.name
    Schema({"build": "version"}).kind("build")            version
    Schema(known=frozenset({"user.name"})).is_mapped("x") False

The names come from ``fields.csv``, which ``tools/make_schema.py`` writes. It is read when a schema
is first asked, once for the process.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tocsin.diagnostics.near import near
from tocsin.schema.kinds import TEXTUAL, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_MULTI_FIELDS = {
    "caseless": Kind.KEYWORD,
    "keyword": Kind.KEYWORD,
    "text": Kind.MATCH_ONLY_TEXT,
}
"""The names of multi-fields: other ways to index a text, which no event carries."""


TextMode: TypeAlias = Literal["raw", "compat"]


class Schema:
    """What is known of fields.

    ``overrides`` gives kinds that go before all others. With ``known`` only those names (and the
    overridden ones) are mapped; without it, every name is. ``text`` says how KQL and Lucene look at
    texts: ``raw`` as they stand, ``compat`` as Elasticsearch indexes them (``docs/query/kql.md``).

    Raises
    ------
    ValueError
        If an override names a kind that does not exist, or ``text`` is neither.
    """

    __slots__ = ("_kinds", "known", "overrides", "text")

    def __init__(
        self,
        overrides: Mapping[str, Kind | str] | None = None,
        known: frozenset[str] | None = None,
        text: TextMode = "raw",
    ) -> None:
        if text not in ("raw", "compat"):
            raise ValueError(f"text is 'raw' or 'compat', not {text!r}")
        self.text = text
        self.overrides = {name: Kind(kind) for name, kind in (overrides or {}).items()}
        self.known = known
        self._kinds: dict[str, Kind] = {}

    def kind(self, name: str) -> Kind:
        """What a field holds; ``UNKNOWN`` if nobody knows.

        Whatever lies under a flattened field is ``FLATTENED``, under a nested one ``NESTED``.
        """
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._find(name)
            if len(self._kinds) < 100_000:
                self._kinds[name] = kind
        return kind

    def kind_alone(self, name: str) -> Kind:
        """What a field holds where each object of a nested field is looked at alone."""
        kind = self.kind(name)
        if kind is not Kind.NESTED:
            return kind
        listed = self.overrides.get(name) or _table()[0].get(name, Kind.UNKNOWN)
        return Kind.UNKNOWN if listed is Kind.NESTED else listed

    def path(self, name: str) -> str:
        """The path at which events carry a field: ``a.b`` for its multi-field ``a.b.caseless``.

        Of a field that nobody knows there is ``a.b.keyword``, as Elasticsearch maps a new text.
        The names that alerts had in earlier versions (``signal.rule.name``) are aliases.
        """
        if name.startswith("signal.") and name not in self.overrides:
            return alert_field(name)
        parent, _, last = name.rpartition(".")
        return parent if last in _MULTI_FIELDS and self._is_multi_field(name, parent) else name

    def folded(self, name: str) -> bool:
        """Whether the field is indexed in lower case, so that comparisons ignore ASCII case."""
        parent, _, last = name.rpartition(".")
        return last == "caseless" and self._is_multi_field(name, parent)

    def holds_many(self, name: str) -> bool:
        """Whether the field is an array by convention; any field may hold several values."""
        return self.path(name) in _table()[1]

    def is_mapped(self, name: str) -> bool:
        """Whether a query may name the field without ``?``."""
        return (
            self.known is None
            or name in self.known
            or name in self.overrides
            or self.path(name) in self.known
        )

    @property
    def names(self) -> Collection[str]:
        """All names of fields that are listed or overridden; families end in ``.*``."""
        return {*_table()[0], *self.overrides} if self.overrides else _table()[0].keys()

    def suggest(self, name: str) -> list[str]:
        """Up to three mapped fields with a similar name, the most similar first."""
        if self.known is not None:
            return near(name, self.known | self.overrides.keys())
        return near(name, {*_table()[0], *self.overrides})

    def _find(self, name: str) -> Kind:
        kinds = _table()[0]
        own = self.overrides.get(name)
        if own is not None:
            return own
        parent = name
        family: Kind | None = None
        while parent := parent.rpartition(".")[0]:
            kind = self.overrides.get(parent) or kinds.get(parent)
            if kind in (Kind.NESTED, Kind.FLATTENED):
                return Kind(kind)
            family = family or kinds.get(f"{parent}.*")
        if name in kinds:
            return kinds[name]
        parent, _, last = name.rpartition(".")
        if last in _MULTI_FIELDS and self._is_multi_field(name, parent):
            return _MULTI_FIELDS[last]
        return family or Kind.UNKNOWN

    def _is_multi_field(self, name: str, parent: str) -> bool:
        if not parent or name in self.overrides:
            return False
        kind = self.kind(parent)
        if kind is Kind.UNKNOWN:
            return name.endswith(".keyword") and not self._is_object(parent)
        return kind in TEXTUAL and kind is not Kind.FLATTENED

    def _is_object(self, name: str) -> bool:
        """Whether fields below a name are listed or overridden."""
        below = f"{name}."
        return name in _objects() or any(own.startswith(below) for own in self.overrides)


def alert_field(name: str) -> str:
    """The field of alerts that ``signal.…`` is an alias of; the name itself if it is none."""
    if name in _ALIASES:
        return _ALIASES[name]
    head = ".".join(name.split(".")[:2])
    return f"{_FAMILIES[head]}{name[len(head) :]}" if head in _FAMILIES else name


_ALIASES = {
    "signal.status": "kibana.alert.workflow_status",
    "signal.reason": "kibana.alert.reason",
    "signal.depth": "kibana.alert.depth",
    "signal.original_time": "kibana.alert.original_time",
    "signal.rule.id": "kibana.alert.rule.uuid",
    "signal.rule.severity": "kibana.alert.severity",
    "signal.rule.risk_score": "kibana.alert.risk_score",
    "signal.rule.building_block_type": "kibana.alert.building_block_type",
}
_FAMILIES = {
    f"signal.{name}": f"kibana.alert.{name}"
    for name in ("rule", "ancestors", "original_event", "group", "threshold_result")
}


def former_names(name: str) -> tuple[str, ...]:
    """The ``signal.…`` names at which events may carry a field of alerts, none for other fields."""
    if not name.startswith("kibana.alert."):
        return ()
    found = [old for old, new in _ALIASES.items() if new == name]
    found += [
        f"{old}{name[len(new) :]}"
        for old, new in _FAMILIES.items()
        if name == new or name.startswith(f"{new}.")
    ]
    return tuple(found)


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, Kind], frozenset[str]]:
    """The kinds of all listed fields, and which of them are arrays."""
    kinds: dict[str, Kind] = {}
    arrays: list[str] = []
    by_name = {str(kind): kind for kind in Kind}
    text = Path(__file__).with_name("fields.csv").read_text(encoding="utf-8")
    for row in text.splitlines():
        name, kind, *array = row.split(",")
        kinds[name] = by_name[kind]
        if array:
            arrays.append(name)
    return kinds, frozenset(arrays)


@lru_cache(maxsize=1)
def _objects() -> frozenset[str]:
    """The names above those of all listed fields."""
    found: set[str] = set()
    for name in _table()[0]:
        parent = name.rpartition(".")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition(".")[0]
    return frozenset(found)
