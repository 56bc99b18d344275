"""A new terms rule's plan: its condition with the fields and the history window.

A term is the values of all its fields together, as an event has them.
"""

from __future__ import annotations

from tocsin.diagnostics import Diagnostic
from tocsin.plan.plan import NewTermsPlan, StagePlan
from tocsin.plan.predicate import Predicate
from tocsin.plan.terms import TermsError, keys_of, names_in
from tocsin.rules.rule import Rule
from tocsin.rules.timing import TimingError, history
from tocsin.schema.fields import Schema

MOST_FIELDS = 3


def new_terms_plan(
    rule: Rule, condition: Predicate, schema: Schema
) -> tuple[NewTermsPlan | None, list[Diagnostic]]:
    """The plan of a new terms rule whose query and filters are the condition.

    Without a plan, the diagnostic says what is wrong with the rule's fields or window.
    """
    try:
        fields = names_in(rule.new_terms_fields, "new_terms_fields", MOST_FIELDS, 1)
        span = history(rule)
    except TermsError as error:
        return None, [error.diagnostic]
    except TimingError as error:
        return None, [Diagnostic("RULE010", f"`history_window_start` cannot be read: {error}")]
    return NewTermsPlan(StagePlan(condition, keys_of(fields, schema)), span), []
