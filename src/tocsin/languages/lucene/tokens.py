r"""Cut a Lucene query string into terms, texts, regular expressions and signs.

    term  = { any but white space and + - ! ( ) : ^ [ ] " { } ~ \ / | + | - | "\" ANY }
    bare  = ( "+" | "-" | "!" ) and white space
    text  = '"' { any but '"' and "\" | "\" ANY } '"'
    regex = "/" { any but "/" | "\/" } "/"
    range = ( "[" | "{" ) … ( "]" | "}" )

``+``, ``-`` and ``!`` are signs right before a term, and terms by themselves (``bare``) with white
space behind; ``+`` and ``-`` are part of a term within. ``AND``, ``OR`` and ``NOT`` are keywords in
capitals only, ``&&`` and ``||`` where they stand alone.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from tocsin.diagnostics import Span
from tocsin.languages.cursor import Cursor

TERM: Final = "term"
BARE: Final = "bare"
TEXT: Final = "text"
REGEX: Final = "regex"
RANGE: Final = "range"
END: Final = "end"
KEYWORDS: Final = {
    "AND": "AND", "&&": "AND", "OR": "OR", "||": "OR", "NOT": "NOT", "!": "NOT"
}  # fmt: skip

_TOKEN = re.compile(
    r"""
    \s*
    (?:
      (?P<bare>[+\-!])(?=[ \t\r\n\u3000])
    | (?P<keyword>!)
    | (?P<term>(?:[^\s+\-!():^\[\]"{}~\\/]|\\[\s\S])(?:[^\s!():^\[\]"{}~\\/]|\\[\s\S])*)
    | "(?P<text>(?:[^"\\]|\\[\s\S])*)"
    | /(?P<regex>(?:[^/\\]|\\[\s\S])*)/
    | (?P<range>[\[{](?:[^"\]}]|"(?:[^"\\]|\\[\s\S])*")*[\]}])
    | (?P<sign>[():+\-])
    | (?P<suffix>~[0-9.]*|\^[0-9]+(?:\.[0-9]+)?)
    | (?P<end>\Z)
    | (?P<other>[\s\S])
    )
    """,
    re.VERBOSE,
)
_UNCLOSED: Final = {
    '"': "the text in quotes",
    "/": "the regular expression",
    "[": "the range",
    "{": "the range",
}
_ESCAPED = re.compile(r"\\(u[0-9A-Fa-f]{4}|[\s\S])")
_BROKEN = re.compile(r"\\u[0-9A-Fa-f]{0,3}")


class Tokens(Cursor):
    """A Lucene query cut into tokens, and a place among them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        for match in _TOKEN.finditer(text):
            group = match.lastgroup or ""
            start, end = match.span(group)
            shown, kind = text[start:end], group
            if group in ("keyword", "term") and shown in KEYWORDS:
                kind = KEYWORDS[shown]
            elif group == "sign":
                kind = shown
            elif group in ("text", "regex"):
                start, end = start - 1, end + 1
            elif group == "other":
                self._stray(start)
            self.put(kind, start, end)
            if group == "end":
                break

    def _stray(self, start: int) -> NoReturn:
        what = _UNCLOSED.get(self.text[start])
        if what is None:
            shown = self.text[start]
            hint = f"write `\\{shown}` for the character itself"
            self.fail("LUC001", f"`{shown}` begins nothing", Span(start, start + 1), "", hint)
        self.fail(
            "LUC002",
            f"{what} is not closed",
            Span(start, start + 1),
            "it begins here",
            f"write `\\{self.text[start]}` for the character itself",
        )

    def plain(self, start: int, end: int) -> str:
        """``text[start:end]`` with its escapes resolved."""
        for escape in _ESCAPED.finditer(self.text, start, end):
            broken = _BROKEN.match(self.text, escape.start(), end) if escape[1] == "u" else None
            if broken is not None:
                self.fail(
                    "LUC001",
                    f"`{broken[0]}` is not an escape",
                    Span(*broken.span()),
                    "",
                    r"write four hexadecimal digits behind `\u`, or `\\u` for a backslash and a u",
                )
        return _ESCAPED.sub(_resolved, self.text[start:end])


def _resolved(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else code
