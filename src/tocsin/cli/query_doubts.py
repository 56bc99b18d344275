"""What is doubtful about a query that can be asked: patterns that are none, types that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.languages.eql.check import check as check_eql
from tocsin.languages.eql.parser import parse as parse_eql
from tocsin.languages.esql.check import check as check_esql
from tocsin.languages.esql.parser import parse as parse_esql
from tocsin.plan.regex import regex_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tocsin.schema.fields import Schema


def doubts(text: str, language: str, schema: Schema) -> list[Diagnostic]:
    """The warnings of a query in EQL or ES|QL that was read already; of others none."""
    found: Iterable[Diagnostic] = ()
    if language == "eql":
        found = check_eql(parse_eql(text), schema, text, regex_error)
    elif language == "esql":
        found = check_esql(parse_esql(text), schema, text).diagnostics
    return [each for each in found if each.severity is Severity.WARNING]
