"""Values that a field never holds: ECS fixes what some fields may say."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.diagnostics import Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.eql import nodes as eql
from tocsin.languages.kql import nodes as kql
from tocsin.languages.node import Literal
from tocsin.lint.patterns import leaves
from tocsin.lint.subject import Subject
from tocsin.rules.report import shown

VALUES = {
    "event.kind": "alert asset enrichment event metric pipeline_error signal state",
    "event.category": "api authentication configuration database driver email file host iam "
    "intrusion_detection library malware network package process registry session threat "
    "vulnerability web",
    "event.type": "access admin allowed change connection creation deletion denied device end "
    "error group indicator info installation protocol start user",
    "event.outcome": "failure success unknown",
}
"""Fields with all values that ECS allows."""

_FOLDS = {":", "like~"}


def check(subject: Subject) -> None:
    """Tell of a comparison with a value that is not allowed (``LINT102``).

    In a list that has other values too, only a slip of the pen is told of: rules name what older
    agents wrote, capitals included, beside what ECS says.
    """
    for name, texts, fold in _compared(subject):
        allowed = VALUES[name].split()
        doubtful = [
            (text, span)
            for text, span in texts
            if (text.lower() if fold else text) not in allowed and not set(text) & set("*?")
        ]
        for text, span in doubtful:
            meant = [text.lower()] if text.lower() in allowed else near(text, allowed, 2)
            if text.lower() in {other for other, _ in texts if other != text}:
                continue
            if meant or len(doubtful) == len(texts):
                subject.tell_of_query(
                    "LINT102",
                    span,
                    f"ECS does not let `{name}` hold `{shown(text)}`",
                    hint=did_you_mean(meant) or f"it holds one of {', '.join(allowed)}",
                )


def _compared(subject: Subject) -> Iterator[tuple[str, list[tuple[str, Span]], bool]]:
    """Fields of `VALUES`, the texts that they are compared with at once, and whether case is free.

    A category before ``where`` is compared with the rule's field for categories.
    """
    for node in subject.nodes:
        fold = False
        match node:
            case eql.EventFilter(str(category)):
                place = Span(node.span.start, node.span.start + len(category))
                if subject.rule.event_category_field in VALUES:
                    yield subject.rule.event_category_field, [(category, place)], False
                continue
            case eql.Comparison("==" | "!=", eql.Field(name), Literal() as literal):
                values: tuple[eql.Expression, ...] = (literal,)
            case eql.Membership(eql.Field(name), values, fold):
                pass
            case eql.Match(":" | "like" | "like~" as sign, eql.Field(name), values):
                fold = sign in _FOLDS
            case kql.Is(kql.Field(name), told) if name in VALUES:
                yield (
                    name,
                    [(one.text, one.span) for one in leaves(told) if isinstance(one, kql.Literal)],
                    False,
                )
                continue
            case _:
                continue
        texts = [
            (value.value, value.span)
            for value in values
            if isinstance(value, Literal) and isinstance(value.value, str)
        ]
        if name in VALUES and texts:
            yield name, texts, fold
