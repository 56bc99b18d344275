"""All checks over all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tocsin.diagnostics import Diagnostic
from tocsin.lint import (
    dates,
    fieldless,
    fields,
    guide,
    indices,
    names,
    patterns,
    schedule,
    scores,
    tables,
    threat,
    values,
)
from tocsin.lint.subject import Subject
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema

CHECKS: tuple[Callable[[Subject], None], ...] = (
    dates.check,
    fields.check,
    fieldless.check,
    values.check,
    patterns.check,
    schedule.check,
    threat.check,
    tables.check,
    scores.check,
    guide.check,
    indices.check,
)


def lint(rules: Iterable[Rule], schema: Schema | None = None) -> list[Diagnostic]:
    """What is doubtful about rules, each for itself and all together.

    Deprecated rules are not looked at: nobody changes them any more.
    """
    schema = schema or Schema()
    subjects = [Subject(rule, schema) for rule in rules if rule.maturity != "deprecated"]
    for subject in subjects:
        for check in CHECKS:
            check(subject)
    names.check(subjects)
    return [found for subject in subjects for found in subject.diagnostics]
