"""What is raised when a query cannot be used.

QueryError            carries the diagnostics
├── QuerySyntaxError  the text is not a query of its language
└── QueryCheckError   it is one, but asks for something that cannot be
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.diagnostics.span import line_and_column

if TYPE_CHECKING:
    from tocsin.diagnostics.diagnostic import Diagnostic


class QueryError(Exception):
    """A query cannot be used; ``diagnostics`` says why, at least once."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n".join(_line(diagnostic) for diagnostic in self.diagnostics)


class QuerySyntaxError(QueryError):
    """The text is not a query of its language."""


class QueryCheckError(QueryError):
    """The query is well written, but asks for something that cannot be."""


def _line(diagnostic: Diagnostic) -> str:
    place = ""
    if diagnostic.text and diagnostic.span.start >= 0:
        line, column = line_and_column(diagnostic.text, diagnostic.span.start)
        place = f"line {line}:{column}: "
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    return f"{place}{diagnostic.message}{hint} [{diagnostic.code}]"
