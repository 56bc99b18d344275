"""A rule set as pages know it: what becomes of each rule, what is doubtful, what is alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tocsin.diagnostics import Diagnostic
from tocsin.engine.compiled import Compiled
from tocsin.lint import judge, lint
from tocsin.rules.fields import query_fields
from tocsin.rules.related import Kin, Related
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.support import Status
from tocsin.schema.fields import Schema
from tocsin.web.names import page_names

RELATED = 10
"""Related rules that a page names."""


class Library:
    """What pages ask about rules, made once for the whole set.

    Of rules with the same id the first counts. ``off`` has the status of rules that are in the
    set and were not compiled.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        compiled: Compiled,
        *,
        linted: bool = True,
        off: Mapping[str, Status] = MappingProxyType({}),
    ) -> None:
        by_id: dict[str, Rule] = {}
        for rule in ruleset:
            by_id.setdefault(rule.id, rule)
        self.by_id: Mapping[str, Rule] = by_id
        self.rules: Sequence[Rule] = sorted(
            by_id.values(), key=lambda rule: (rule.name.casefold(), rule.id)
        )
        self.names = page_names(self.rules)
        self.schema = Schema()
        self._fields: dict[str, frozenset[str]] = {}
        self._statuses: dict[str, Status] = {}
        for rule, status in zip(compiled.rules, compiled.statuses, strict=True):
            self._statuses.setdefault(rule.id, status)
        self._statuses |= {name: told for name, told in off.items() if name in by_id}
        self._kin = Kin(self.rules, self.fields)
        self._findings: dict[str, list[Diagnostic]] = {}
        found = [*ruleset.diagnostics, *compiled.diagnostics, *(lint(ruleset) if linted else ())]
        for entry in judge(found, ruleset).diagnostics:
            if entry.rule_id:
                self._findings.setdefault(entry.rule_id, []).append(entry)

    def fields(self, rule: Rule) -> frozenset[str]:
        """The fields that a rule's query names."""
        found = self._fields.get(rule.id)
        if found is None:
            found = self._fields[rule.id] = query_fields(rule)
        return found

    def status(self, rule: Rule) -> Status:
        """What becomes of a rule here."""
        return self._statuses[rule.id]

    def findings(self, rule: Rule) -> Sequence[Diagnostic]:
        """What is wrong or doubtful about a rule."""
        return self._findings.get(rule.id, ())

    def related(self, rule: Rule) -> list[Related]:
        """Rules like it, most alike first, with the reasons."""
        return self._kin.of(rule, RELATED)
