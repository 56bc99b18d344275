r"""Cut KQL into words, quoted texts and signs.

    word   = { any but white space and \ ( ) : < > " * { } | "*" | escape }
    escape = "\" ( \ ( ) : < > " * { } | "t" | "r" | "n" | "u" HEX HEX HEX HEX | keyword )
    quoted = '"' { any but '"' | '\"' | '\\' } '"'

``and``, ``or`` and ``not`` are keywords in any letter case where they stand alone.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from tocsin.diagnostics import Span
from tocsin.languages.cursor import Cursor

WORD: Final = "word"
TEXT: Final = "text"
END: Final = "end"
KEYWORDS: Final = frozenset({"and", "or", "not"})

_TOKEN = re.compile(
    r"""
    \s*
    (?:
      (?P<word>(?:[^\s\\():<>"{}]|\\[\s\S])+)
    | "(?P<text>(?:[^"\\]|\\["\\]|\\(?!["\\]))*)"
    | (?P<sign>[<>]=|[():<>{}])
    | (?P<end>\Z)
    | (?P<other>[\s\S])
    )
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"""\\(?:
      u(?P<code>[0-9A-Fa-f]{4})
    | (?P<keyword>(?i:and|or|not(?!\w)))
    | (?P<space>[trn])
    | (?P<plain>[\\():<>"*{}])
    | (?P<bad>u[0-9A-Fa-f]{0,3}|[\s\S]|\Z)
    )""",
    re.VERBOSE,
)
_QUOTED_ESCAPE = re.compile(r'\\(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<space>[trn])|(?P<plain>["\\]))')
_SPACES = {"t": "\t", "r": "\r", "n": "\n"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Tokens(Cursor):
    """KQL cut into tokens, and a place among them; keywords are of their kind in lower case."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        for match in _TOKEN.finditer(text):
            group = match.lastgroup or ""
            start, end = match.span(group)
            shown = text[start:end]
            kind = group
            if group == "sign":
                kind = shown
            elif group == "word" and shown.lower() in KEYWORDS:
                kind = shown.lower()
            elif group == "text":
                start, end = start - 1, end + 1
            elif group == "other":
                self._stray(start)
            self.put(kind, start, end)
            if group == "end":
                break

    def _stray(self, start: int) -> NoReturn:
        if self.text[start] == '"':
            self.fail(
                "KQL003",
                "the quoted text is not closed",
                Span(start, start + 1),
                "it begins here",
                r'end it with `"`; a quote inside is written `\"`, a backslash at its end `\\`',
            )
        self.bad_escape(Span(start, start + 1))

    def bad_escape(self, span: Span) -> NoReturn:
        """Tell of a backslash that begins no escape."""
        self.fail(
            "KQL002",
            f"`{self.text[span.start : span.end]}` is not an escape",
            span,
            "",
            r"write `\\` for a backslash, or put the value in double quotes",
        )

    def plain(self, start: int, end: int) -> list[str]:
        r"""The texts between the stars of ``text[start:end]``, escapes resolved."""
        if "\\" not in self.text[start:end]:
            return self.text[start:end].split("*")
        parts: list[str] = []
        text, found, place = self.text, "", start
        while place < end:
            char = text[place]
            if char == "*":
                parts.append(found)
                found = ""
                place += 1
            elif char != "\\":
                found += char
                place += 1
            else:
                escape = _ESCAPE.match(text, place, end)
                if escape is None or escape["bad"] is not None:
                    self.bad_escape(Span(place, escape.end() if escape else place + 1))
                found += _resolved(escape)
                place = escape.end()
        return [_joined(part) for part in (*parts, found)]

    def phrase(self, index: int) -> str:
        """What a quoted text says."""
        inner = self.text[self.starts[index] + 1 : self.ends[index] - 1]
        if "\\" not in inner:
            return inner
        return _joined(_QUOTED_ESCAPE.sub(_resolved, inner))


def _resolved(escape: re.Match[str]) -> str:
    """The character that an escape stands for; of an escaped keyword the keyword."""
    if escape["code"]:
        return chr(int(escape["code"], 16))
    if escape["space"]:
        return _SPACES[escape["space"]]
    return escape[0][1:]


def _joined(text: str) -> str:
    """The text with the two halves of characters beyond U+FFFF put together."""
    return _SURROGATES.sub(
        lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text
    )
