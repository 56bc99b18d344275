"""One thing that is wrong or doubtful, with its place, in a form that people and programs read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tocsin.diagnostics.span import NOWHERE, Span


class Severity(StrEnum):
    """How much it matters: an error makes a rule unusable, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message with its place.

    ``message`` says what is wrong, ``label`` what stands at the place, ``hint`` what to write
    instead. ``text`` is the text that ``span`` points into (a whole rule file, a line of one or a
    bare query), ``begins`` the line and column of the file where that begins, and ``file`` the
    file's name, empty for a query given on the command line. ``code`` is a row of
    ``tocsin.diagnostics.codes``.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    span: Span = NOWHERE
    label: str = ""
    hint: str = ""
    file: str = ""
    text: str = ""
    rule_id: str = ""
    begins: tuple[int, int] = (1, 1)
