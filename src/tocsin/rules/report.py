"""What is wrong with one rule file, collected with places in its text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.layout import Path

Places = Callable[[Path], Span]
"""Where in the text a key stands, or what comes nearest to it."""


class Report:
    """Diagnostics of one rule: ``text`` is what the places point into, ``file`` its name.

    ``begins``: the line and column of the file where the text begins.
    """

    def __init__(
        self, file: str, text: str, places: Places, begins: tuple[int, int] = (1, 1)
    ) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.rule_id = ""
        self._file = file
        self._text = text
        self._places = places
        self._begins = begins

    @property
    def failed(self) -> bool:
        """Whether an error was told."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)

    def add(
        self,
        code: str,
        path: Path,
        message: str,
        *,
        label: str = "",
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Tell of something at the key that ``path`` leads to."""
        found = self.told(code, path, message, severity=severity)
        self.diagnostics.append(dataclasses.replace(found, label=label, hint=hint))

    def told(self, code: str, path: Path, message: str, *, severity: Severity) -> Diagnostic:
        """A diagnostic with its place, not added: for what shows only later."""
        return Diagnostic(
            code=code,
            message=message,
            severity=severity,
            span=self._places(path),
            file=self._file,
            text=self._text,
            rule_id=self.rule_id,
            begins=self._begins,
        )

    def not_one_of(
        self,
        path: Path,
        value: str,
        allowed: Iterable[str],
        *,
        code: str = "RULE007",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Tell that a value is none of those that are allowed."""
        names = list(allowed)
        self.add(
            code,
            path,
            f"`{path[-1]}` must be one of {', '.join(names)}",
            label=f"found `{shown(value)}`",
            hint=did_you_mean(near(value, names, 1)),
            severity=severity,
        )


def shown(value: object) -> str:
    """A value for a message: one line, not long."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}…"
