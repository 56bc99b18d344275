r"""Cut EQL text into tokens, and walk over them: take, expect, fail.

    space   = blank, tab, carriage return or line feed
    comment = "//" to the end of the line | "/*" … "*/", which may hold others
    word    = segment { "." segment } [ "~" ]
    segment = ( letter | "_" | "@" ) { letter | digit | "_" }
    quoted  = "`" { any but "`" | "``" } "`"
    string  = '"' { any but '"', "\" and line ends | escape } '"'
    escape  = "\" ( b t n f r " ' \ ) | "\u{" 2 to 8 hex digits "}"
    raw     = three '"', anything on one line, three to five '"' of which the last three end it
    number  = ( digits | digits "." [ digits ] | "." digits ) [ "e" [ "+" | "-" ] digits ]

Letters and digits are ASCII. One compiled expression does the cutting, in one pass over the text.
What is no token (a single quote, an escape that does not exist…) becomes one ``BAD`` token, the
last but the end: it is reported if the parser gets there, so the first mistake in the text is the
one that is told.
"""

from __future__ import annotations

import re
from typing import NoReturn

from tocsin.languages.cursor import Cursor
from tocsin.languages.eql import mistakes
from tocsin.languages.errors import QuerySyntaxError

WORD, TILDE, QUOTED = "word", "word~", "quoted"
TEXT, RAW, INTEGER, DECIMAL = "string", "raw string", "integer", "decimal"
BAD, END = "bad", "end"

KEYWORDS = frozenset(
    {
        *("and", "any", "by", "false", "in", "in~", "join", "like", "like~", "maxspan", "not"),
        *("null", "of", "or", "regex", "regex~", "sample", "sequence", "true", "until", "where"),
        "with",
    }
)

_TOKEN = re.compile(
    r"""
    [ \t\r\n]*
    (?:
      (?P<word>[A-Za-z_@][A-Za-z0-9_]*(?:\.[A-Za-z_@][A-Za-z0-9_]*)*~?)
    | (?P<raw>\"{3}[^\r\n]*?\"{3}\"{0,2})
    | (?P<string>"[^"\\\r\n]*(?:\\(?:[btnfr"'\\]|u\{[0-9A-Fa-f]{2,8}\})[^"\\\r\n]*)*")
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<comment>//[^\r\n]*|/\*)
    | (?P<bad>&&?|\|\||!:|[!=]=?~|\?["'])
    | (?P<sign>!\[|[=!<>]=|[][(),:.?|<>=+*/%-])
    | (?P<quoted>`[^`]*(?:``[^`]*)*`)
    | (?P<end>\Z)
    | (?P<other>.)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_END = re.compile(r"/\*|\*/")


class Tokens(Cursor):
    """EQL cut into tokens, and a place among them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        position: int | None = 0
        nested = True
        while position is not None:
            comment = self._run(text, position)
            position, nested = _behind_comment(text, comment, nested=nested)
            if position is None and comment is not None:
                self.put(BAD, comment, comment + 2)
        if self.kinds[-1:] != [END]:
            self.put(END, len(text), len(text))

    def _run(self, text: str, position: int) -> int | None:
        """Cut from a position to the end, or to a block comment, whose offset is given."""
        add_kind, add_start, add_end = self.kinds.append, self.starts.append, self.ends.append
        for match in _TOKEN.finditer(text, position):
            group = match.lastgroup or ""
            start, end = match.span(group)
            if group == "word":
                word = text[start:end]
                kind = word if word in KEYWORDS else TILDE if word[-1] == "~" else WORD
            elif group == "sign":
                kind = text[start:end]
            elif group == "comment":
                if text[start + 1] == "*":
                    return start
                continue
            else:
                kind = _kind(group, text, start, end)
            add_kind(kind)
            add_start(start)
            add_end(end)
            if kind is BAD or kind is END:
                break
        return None

    def unexpected(self, expected: str) -> NoReturn:
        """Fail at the next token, saying what should stand there; well-known slips have own words.

        Raises
        ------
        QuerySyntaxError
            Always.
        """
        index = self.index
        if self.kinds[index] == BAD:
            raise QuerySyntaxError(mistakes.lexical(self.text, self.starts[index]))
        for slip in (index, index - 1):
            if slip >= 0 and self.kinds[slip] in (WORD, TILDE):
                word = self.word(slip)
                if word.lower() in KEYWORDS and word not in KEYWORDS:
                    self.fail(
                        "EQL009",
                        f"expected {expected}; keywords are written in lower case",
                        self.span(slip),
                        f"found `{word}`",
                        f"write `{word.lower()}`",
                    )
        if self.kinds[index] == "=":
            self.fail(
                "EQL008",
                "`=` is not a comparison",
                self.span(index),
                "",
                "write `==` for the exact value, `:` for a pattern in any letter case",
            )
        found = "the query ends here" if self.kinds[index] == END else f"found `{self.word(index)}`"
        self.fail("EQL001", f"expected {expected}", self.span(index), found)


def _kind(group: str, text: str, start: int, end: int) -> str:
    """The kind of a token that is neither a word nor a sign."""
    match group:
        case "string":
            # Two quotes and a third are a raw string that does not end.
            return BAD if end - start == 2 and text.startswith('"', end) else TEXT
        case "number":
            return INTEGER if text[start:end].isdigit() else DECIMAL
        case "raw":
            return RAW
        case "quoted":
            return QUOTED if end - start > 2 else BAD
        case "end":
            return END
        case _:
            return BAD


def _behind_comment(text: str, start: int | None, *, nested: bool) -> tuple[int | None, bool]:
    """The offset behind a block comment, None if there is none or it does not end.

    A comment may hold others; where their ends do not add up, it goes to the first end, and no
    later comment is looked through for others (so the whole text is looked through once only).
    """
    if start is None:
        return None, nested
    depth = 0
    for match in _COMMENT_END.finditer(text, start) if nested else ():
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end(), nested
    end = text.find("*/", start + 2)
    return (None if end < 0 else end + 2), False
