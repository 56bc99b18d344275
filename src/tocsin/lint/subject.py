"""One rule under examination, with ways to tell of its places."""

from __future__ import annotations

import dataclasses
from functools import cached_property

from tocsin.diagnostics import NOWHERE, Diagnostic, Severity, Span
from tocsin.languages import QueryError
from tocsin.languages.eql.nodes import Query, Sequence
from tocsin.languages.eql.parser import parse
from tocsin.languages.kql import nodes as kql
from tocsin.languages.kql.parser import parse as parse_kql
from tocsin.plan.rule_plan import in_rule
from tocsin.rules.layout import Path
from tocsin.rules.places import places_of
from tocsin.rules.report import Report
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema


class Subject:
    """A rule, and what has been found about it: ``diagnostics``, in the order of the checks."""

    def __init__(self, rule: Rule, schema: Schema) -> None:
        self.rule = rule
        self.schema = schema
        origin = rule.origin
        places = places_of(origin) if origin.text else _nowhere
        self._report = Report(origin.file, origin.text, places, origin.begins)
        self._report.rule_id = rule.id

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What was told so far."""
        return self._report.diagnostics

    @cached_property
    def eql(self) -> Query | None:
        """The tree of an EQL query; None for other languages, and where it does not parse."""
        if self.rule.language != "eql":
            return None
        try:
            return parse(self.rule.query)
        except QueryError:
            return None

    @cached_property
    def kql(self) -> kql.Expression | None:
        """The tree of a KQL query, likewise."""
        if self.rule.language != "kuery":
            return None
        try:
            return parse_kql(self.rule.query)
        except QueryError:
            return None

    @property
    def sequence(self) -> Sequence | None:
        """The sequence that the rule looks for, if it does."""
        tree = self.eql
        return tree.body if tree is not None and isinstance(tree.body, Sequence) else None

    def tell(
        self,
        code: str,
        path: Path,
        message: str,
        *,
        label: str = "",
        hint: str = "",
        severity: Severity = Severity.WARNING,
    ) -> None:
        """Tell of the key at ``path``, such as ``("rule", "from")``."""
        self._report.add(code, path, message, label=label, hint=hint, severity=severity)

    def tell_of_query(
        self, code: str, span: Span, message: str, *, label: str = "", hint: str = ""
    ) -> None:
        """Tell of a place in the rule's query."""
        found = Diagnostic(code, message, Severity.WARNING, span, label, hint, text=self.rule.query)
        self.diagnostics.append(in_rule(found, self.rule))

    @cached_property
    def nodes(self) -> tuple[object, ...]:
        """All nodes of the query's tree, in the order of its text; none where there is no tree."""
        found: list[object] = []
        waiting: list[object] = [tree for tree in (self.eql, self.kql) if tree is not None]
        while waiting:
            node = waiting.pop()
            found.append(node)
            for name in reversed(_fields(type(node))):
                value = getattr(node, name)
                parts = reversed(value) if isinstance(value, tuple) else (value,)
                waiting.extend(part for part in parts if _fields(type(part)))
        return tuple(found)


_KNOWN: dict[type, tuple[str, ...]] = {Span: ()}
"""By kind of node, the fields that may hold nodes."""


def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a kind of node that may hold nodes; none for what is no node."""
    known = _KNOWN.get(kind)
    if known is None:
        names = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
        known = _KNOWN[kind] = tuple(field.name for field in names if field.name != "span")
    return known


def _nowhere(_: Path) -> Span:
    return NOWHERE
