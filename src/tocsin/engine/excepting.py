"""The exceptions of rules compiled, each once, whatever number of rules it applies to."""

from __future__ import annotations

import dataclasses

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.plan.lower_exceptions import Lowered, lower_item, stage_count
from tocsin.plan.plan import Plan
from tocsin.rules.exception_item import Item
from tocsin.rules.exceptions import Exceptions
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema


class Excepting:
    """Compiles what rules ask for; ``diagnostics`` tells what cannot be used."""

    def __init__(self, exceptions: Exceptions, schema: Schema) -> None:
        self._exceptions = exceptions
        self._schema = schema
        self._known: dict[Item, Lowered | None] = {}
        self.diagnostics: list[Diagnostic] = []

    def of(self, rule: Rule) -> tuple[Lowered, ...]:
        """The exceptions of a rule that can be used."""
        found = [self._lowered(item) for item in self._exceptions.of(rule)]
        return tuple(each for each in found if each is not None)

    def check(self, rule: Rule, plan: Plan) -> None:
        """Tell of exceptions for stages that a rule's plan does not have."""
        for item in self._exceptions.of(rule):
            count = stage_count(plan)
            if item.stage is not None and item.stage >= count:
                told = item.place.told(
                    "EXC015",
                    f"the exception `{item.name}` is for stage {item.stage}, and `{rule.name}` "
                    f"has {count}, counted from 0",
                    severity=Severity.WARNING,
                )
                self.diagnostics.append(dataclasses.replace(told, rule_id=rule.id))

    def _lowered(self, item: Item) -> Lowered | None:
        if item not in self._known:
            self._known[item], told = lower_item(item, self._schema, self._exceptions.lists)
            self.diagnostics += told
        return self._known[item]
