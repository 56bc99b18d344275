"""Characters that begin no EQL token: what was probably meant."""

from __future__ import annotations

import re

from tocsin.diagnostics import Diagnostic, Span

_STRING = re.compile(r""""[^"\\\r\n]*(?:\\(?:[btnfr"'\\]|u\{[0-9A-Fa-f]{2,8}\})[^"\\\r\n]*)*""")
_ESCAPE = re.compile(r"\\u\{[^}\s\"]*\}?|\\.")
_SINGLE = re.compile(r"'[^'\r\n]*'?")
_ELEMENT = re.compile(r"\$\w+")
_SEARCH = re.compile(r"\b_array\w*\s*\(", re.IGNORECASE)

_SIGNS = {
    "&&": "write `and`",
    "&": "write `and`",
    "||": "write `or`",
    "!:": "write `not field : value`",
    "!": "write `not`",
    "!~": "write `not field : value`",
    "=~": "write `:` for a pattern, `regex` for a regular expression",
    "==~": "write `:`, which compares in any letter case",
    "!=~": "write `not field : value`",
    ";": "a query ends by itself",
    "{": "write `[` and `]` around the events of a sequence, `(` and `)` around conditions",
    "}": "write `[` and `]` around the events of a sequence, `(` and `)` around conditions",
    "\u00a0": "this is a no-break space; write a plain one",
    "\ufeff": "this is a byte order mark; leave it out",
    "\u201c": 'this is a typographic quote; write `"`',
    "\u201d": 'this is a typographic quote; write `"`',
    "\u201e": 'this is a typographic quote; write `"`',
    "\u2018": 'this is a typographic quote; write `"`',
    "\u2019": 'this is a typographic quote; write `"`',
    "#": "a comment begins with `//`",
}


def lexical(text: str, start: int) -> Diagnostic:
    """The diagnostic for the text at ``start``, where no token begins."""
    for opening, describe in _OPENINGS:
        if text.startswith(opening, start):
            return describe(text, start)
    sign = next(
        (text[start : start + n] for n in (3, 2, 1) if text[start : start + n] in _SIGNS), ""
    )
    shown = sign or text[start]
    return Diagnostic(
        "EQL002",
        f"{shown!r} means nothing in EQL" if not shown.isprintable() else f"`{shown}` is not EQL",
        span=Span(start, start + len(shown)),
        hint=_SIGNS.get(sign, "a field with an unusual name stands in backticks"),
        text=text,
    )


def _matched(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where a pattern's match at ``start`` ends."""
    match = pattern.match(text, start)
    return start if match is None else match.end()


def _single_quotes(text: str, start: int) -> Diagnostic:
    end = _matched(_SINGLE, text, start)
    inner = text[start:end].strip("'")
    return Diagnostic(
        "EQL003",
        "a string stands in double quotes, not in single ones",
        span=Span(start, end),
        hint=f'write "{inner}"' if '"' not in inner and "\\" not in inner else 'use `"`',
        text=text,
    )


def _old_raw(text: str, start: int) -> Diagnostic:
    quote = text[start + 1]
    end = text.find(quote, start + 2)
    return Diagnostic(
        "EQL006",
        f"`?{quote}…{quote}` is not a raw string any more",
        span=Span(start, end + 1 if end >= 0 else start + 2),
        hint='write a raw string in three double quotes: """…"""',
        text=text,
    )


def _open_raw(text: str, start: int) -> Diagnostic:
    return Diagnostic(
        "EQL004",
        "the raw string is not closed on its line",
        span=Span(start, start + 3),
        label="it begins here",
        hint='end it with `"""`',
        text=text,
    )


def _string(text: str, start: int) -> Diagnostic:
    end = _matched(_STRING, text, start)
    if text.startswith("\\", end) and text[end + 1 : end + 2] not in ("", "\r", "\n"):
        behind = _matched(_ESCAPE, text, end)
        return Diagnostic(
            "EQL005",
            f"`{text[end:behind]}` is not an escape",
            span=Span(end, behind),
            hint=r"write `\\` for a backslash, or a raw string in three double quotes: "
            r'"""…"""; the escapes are \b \t \n \f \r \" \\ and \u{2 to 8 hex digits}',
            text=text,
        )
    return Diagnostic(
        "EQL004",
        "the string is not closed on its line",
        span=Span(start, end),
        label="it begins here",
        hint='end it with `"`; write a line break as `\\n`',
        text=text,
    )


def _backtick(text: str, start: int) -> Diagnostic:
    empty = text.startswith("``", start)
    return Diagnostic(
        "EQL016",
        "a field's name must not be empty" if empty else "the field's name is not closed",
        span=Span(start, start + (2 if empty else 1)),
        hint="a name stands between two backticks: `` `my-field` ``",
        text=text,
    )


def _dollar(text: str, start: int) -> Diagnostic:
    end = max(_matched(_ELEMENT, text, start), start + 1)
    elsewhere = _SEARCH.search(text, 0, start) is not None
    return Diagnostic(
        "EQL002",
        f"`{text[start:end]}` is not EQL",
        span=Span(start, end),
        hint="only Elastic Endpoint searches arrays so (`_arraysearch`); in Elasticsearch a "
        "condition holds if it holds for any value of the field"
        if elsewhere
        else "a field with an unusual name stands in backticks: `` `name` ``",
        text=text,
    )


def _comment(text: str, start: int) -> Diagnostic:
    return Diagnostic(
        "EQL007",
        "the comment is not closed",
        span=Span(start, start + 2),
        label="it begins here",
        hint="end it with `*/`",
        text=text,
    )


_OPENINGS = (
    ("'", _single_quotes),
    ("?'", _old_raw),
    ('?"', _old_raw),
    ('"""', _open_raw),
    ('"', _string),
    ("`", _backtick),
    ("$", _dollar),
    ("/*", _comment),
)
