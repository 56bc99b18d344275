"""Show a diagnostic to a person, as text with its place, or to a program, as plain data.

    error[EQL008]: `=` is not a comparison
     --> rules/pid.toml:12:31
       |
    12 | process where process.pid = 4
       |                           ^
       = hint: write `==` for the exact value, `:` for a pattern in any letter case

Texts come from rules that nobody has looked at, so control characters are shown as escapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from tocsin.diagnostics.diagnostic import Severity
from tocsin.diagnostics.span import line_and_column

if TYPE_CHECKING:
    from tocsin.diagnostics.diagnostic import Diagnostic

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "34"}
_WIDEST = 160
"""How many characters of a long line are shown around the place."""

_BEFORE = 60


def render(diagnostic: Diagnostic, color: bool = False) -> str:
    """A diagnostic as lines of text, without a line end behind the last.

    With ``color`` it has the escape sequences of a terminal.
    """
    strong, plain = ("\x1b[1m", "\x1b[0m") if color else ("", "")
    tint = f"\x1b[1;{_COLORS[diagnostic.severity]}m" if color else ""
    message = printable(diagnostic.message)
    title = f"{diagnostic.severity}[{diagnostic.code}]"
    lines = [f"{tint}{title}{plain}{strong}: {message}{plain}"]
    placed = diagnostic.span.start >= 0 and bool(diagnostic.text)
    name = printable(diagnostic.file) or ("query" if placed else "")
    if placed:
        lines.extend(_excerpt(diagnostic, name, tint, plain))
    elif name:
        lines.append(f" --> {name}")
    if diagnostic.label and not placed:
        lines.append(f"  = {printable(diagnostic.label)}")
    if diagnostic.hint:
        lines.append(f"  = hint: {printable(diagnostic.hint)}")
    return "\n".join(lines)


def as_json(diagnostic: Diagnostic) -> dict[str, str | int | None]:
    """A diagnostic as a dict of plain values; ``line`` and ``column`` count from 1 or are null."""
    line: int | None = None
    column: int | None = None
    if diagnostic.span.start >= 0 and diagnostic.text:
        line, column = line_and_column(diagnostic.text, diagnostic.span.start, diagnostic.begins)
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "file": diagnostic.file,
        "line": line,
        "column": column,
        "hint": diagnostic.hint,
        "rule_id": diagnostic.rule_id,
    }


def printable(text: str) -> str:
    """A text on one line in which what a terminal would obey or hide is an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    if character in "\t\n\r":
        return {"\t": "\\t", "\n": "\\n", "\r": "\\r"}[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def _excerpt(diagnostic: Diagnostic, name: str, tint: str, plain: str) -> list[str]:
    """The place, and its line with the part in question underlined."""
    text, span = diagnostic.text, diagnostic.span
    start = min(span.start, len(text))
    _, column = line_and_column(text, start)
    line, place = line_and_column(text, start, diagnostic.begins)
    first = start - column + 1
    last = text.find("\n", first)
    source = text[first : len(text) if last < 0 else last].removesuffix("\r")
    left = max(0, column - 1 - _BEFORE) if len(source) > _WIDEST else 0
    right = min(len(source), left + _WIDEST)
    before = _shown(source[left : column - 1])
    marked = _shown(source[column - 1 : min(right, max(column - 1, span.end - first))])
    behind = _shown(source[min(right, column - 1 + max(0, span.end - start)) : right])
    opening = "…" if left else ""
    closing = "…" if right < len(source) else ""
    gutter = " " * len(str(line))
    pad = " " * _width(opening + before)
    carets = "^" * max(1, _width(marked))
    label = f" {printable(diagnostic.label)}" if diagnostic.label else ""
    return [
        f"{gutter}--> {name}:{line}:{place}",
        f"{gutter} |",
        f"{line} | {opening}{before}{marked}{behind}{closing}",
        f"{gutter} | {pad}{tint}{carets}{label}{plain}",
    ]


def _shown(text: str) -> str:
    """A part of a source line: tabs as blanks, the rest as it is printed."""
    return printable(text.replace("\t", "    "))


def _width(text: str) -> int:
    """How many columns of a terminal a text takes, wide characters counting two."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
