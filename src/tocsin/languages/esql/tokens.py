r"""Cut ES|QL text into tokens, and walk over them: take, expect, fail.

    space   = blank, tab, carriage return, line feed
    comment = "//" to the end of the line | "/*" … "*/", which may hold others
    word    = ( letter | "_" | "@" ) { letter | digit | "_" }
    quoted  = "`" { any but "`" | "``" } "`"
    string  = '"' { any but '"', "\" and line ends | "\" ( t n r " \ ) } '"'
    raw     = three quotes, any text, three quotes (two more belong to the text)
    number  = ( digits | digits "." [ digits ] | "." digits ) [ "e" [ "+" | "-" ] digits ]

Behind ``from`` names of indices are cut instead, up to ``metadata`` or a pipe. What is no token
becomes one ``BAD`` token, reported if the parser gets there.
"""

from __future__ import annotations

import re
from typing import NoReturn

from tocsin.diagnostics import Span
from tocsin.languages.cursor import Cursor

WORD, QUOTED, INDEX = "word", "quoted", "index"
TEXT, RAW, INTEGER, DECIMAL = "string", "raw string", "integer", "decimal"
BAD, END = "bad", "end"

_TOKEN = re.compile(
    r"""
    [ \t\r\n]*
    (?:
      (?P<word>[A-Za-z_@][A-Za-z0-9_]*)
    | (?P<raw>\"{3}.*?\"{3}\"{0,2})
    | (?P<string>"[^"\\\r\n]*(?:\\[tnr"\\][^"\\\r\n]*)*")
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<comment>//[^\r\n]*|/\*)
    | (?P<sign>[=!<>]=|::|[][(){},.:?|<>=+*/%-])
    | (?P<quoted>`[^`]*(?:``[^`]*)*`)
    | (?P<end>\Z)
    | (?P<other>.)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_INDEX = re.compile(
    r"""[ \t\r\n]*(?:(?P<index>(?:[^\s|,;"=`()\[\]:/]+:)?"""
    r"""(?:<[^\s|,;"=`()\[\]<>]+>|[^\s|,;"=`()\[\]:/])+)|(?P<sign>,))"""
    r"""|[ \t\r\n]*(?P<comment>//[^\r\n]*|/\*)""",
    re.VERBOSE,
)
_PARAMETER = re.compile(r"\?{1,2}\w*")
_TEXT_SO_FAR = re.compile(r"""\"[^"\\\r\n]*(?:\\[tnr"\\][^"\\\r\n]*)*""")
_COMMENT_END = re.compile(r"/\*|\*/")


class Tokens(Cursor):
    """ES|QL cut into tokens, and a place among them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._naming = False
        position = 0
        while self.kinds[-1:] not in ([END], [BAD]):
            position = self._next(position)
        if self.kinds[-1] is BAD:
            self.put(END, len(text), len(text))

    def _next(self, position: int) -> int:
        """Cut one token, or pass over a comment; the offset behind it."""
        match = (_INDEX.match(self.text, position) if self._in_source() else None) or (
            _TOKEN.match(self.text, position)
        )
        if match is None:  # the expression takes any character
            raise AssertionError
        group = match.lastgroup or ""
        start, end = match.span(group)
        if group == "comment":
            if self.text[start + 1] != "*":
                return end
            behind = _behind_comment(self.text, start)
            if behind is None:
                self.put(BAD, start, start + 2)
            return behind or end
        if group == "index" and self.text[start:end].lower() == "metadata":
            group = "word"
        self.put(_kind(group, self.text, start, end), start, end)
        return end

    def _in_source(self) -> bool:
        """Whether names of indices come next: `from` was the first word, and nothing ended it."""
        kinds = self.kinds
        if len(kinds) == 1:
            first = self.text[self.starts[0] : self.ends[0]].lower()
            self._naming = kinds[0] == WORD and first in {"from", "ts"}
            return self._naming
        self._naming = self._naming and kinds[-1] in (INDEX, TEXT, RAW, ",")
        return self._naming and kinds[-1] == ","

    def since(self, first: int) -> Span:
        """The place from a token to the last one that was stepped over."""
        return self.span(first, max(first, self.index - 1))

    def at_word(self, *words: str, ahead: int = 0) -> bool:
        """Whether the next tokens are these words, in any letter case."""
        index = self.index + ahead
        if index + len(words) > len(self.kinds):
            return False
        for word in words:
            if self.kinds[index] != WORD or self.word(index).lower() != word:
                return False
            index += 1
        return True

    def touches(self, index: int) -> bool:
        """Whether nothing stands between a token and the one before it."""
        return index > 0 and self.ends[index - 1] == self.starts[index]

    def take_word(self, *words: str) -> bool:
        """Step over the next tokens if they are these words."""
        if self.at_word(*words):
            self.index += len(words)
            return True
        return False

    def expect_word(self, word: str) -> None:
        """Step over a word that must be this one."""
        if not self.take_word(word):
            self.unexpected(f"`{word}`")

    def unexpected(self, expected: str) -> NoReturn:
        """Fail at the next token, saying what should stand there.

        Raises
        ------
        QuerySyntaxError
            Always.
        """
        index = self.index
        if self.kinds[index] == BAD:
            self._bad(index)
        if self.kinds[max(index - 1, 0) : index + 1] == ["<", ">"]:
            self.fail("ESQ001", f"expected {expected}", self.span(index), "", "write `!=`")
        if self.kinds[index] == "?":
            self._parameter(self.starts[index])
        if self.kinds[index] == "=":
            self.fail(
                "ESQ006",
                "`=` is not a comparison",
                self.span(index),
                "",
                "write `==` to compare, or name a column before it",
            )
        found = "the query ends here" if self.kinds[index] == END else f"found `{self.word(index)}`"
        self.fail("ESQ001", f"expected {expected}", self.span(index), found)

    def _parameter(self, start: int) -> NoReturn:
        """Fail at a parameter such as ``?name``."""
        found = _PARAMETER.match(self.text, start)
        end = found.end() if found else start + 1
        self.fail(
            "ESQ009",
            f"nothing gives the parameter `{self.text[start:end]}` a value",
            Span(start, end),
            "",
            "write the value itself",
        )

    def _bad(self, index: int) -> NoReturn:
        """Fail at text that is no token."""
        start = self.starts[index]
        text = self.text[start:]
        if text.startswith('"'):
            self._open_text(start)
        if text.startswith("/*"):
            self.fail("ESQ004", "this comment does not end", Span(start, start + 2))
        hints = {
            "'": 'text stands in `"`',
            "&": "write `and`",
            "`": "this name does not end",
            ";": "there is one query, without settings before it and without a sign at its end",
        }
        self.fail(
            "ESQ002",
            f"`{text[0]}` is not ES|QL" if text[0].isprintable() else f"{text[0]!r} is not ES|QL",
            Span(start, start + 1),
            "",
            hints.get(text[0], "a column with an unusual name stands in backticks"),
        )

    def _open_text(self, start: int) -> NoReturn:
        """Fail at a text that does not end, or at the first escape in it that there is not."""
        found = None if self.text.startswith('"""', start) else _TEXT_SO_FAR.match(self.text, start)
        end = found.end() if found else start
        hint = r"escapes are \t \n \r \" \\; three quotes on both sides need none"
        if found and self.text.startswith("\\", end) and self.text[end + 1 : end + 2].strip("\r\n"):
            escape = self.text[end : end + 2]
            self.fail("ESQ003", f"`{escape}` is not an escape", Span(end, end + 2), "", hint)
        self.fail("ESQ003", "this text does not end", Span(start, start + 1), "", hint)


def _kind(group: str, text: str, start: int, end: int) -> str:
    match group:
        case "word":
            return WORD
        case "index":
            return INDEX
        case "sign":
            return text[start:end]
        case "string":
            # two quotes and a third are a raw string that does not end
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


def _behind_comment(text: str, start: int) -> int | None:
    """The offset behind a block comment, None if it does not end."""
    depth = 0
    for match in _COMMENT_END.finditer(text, start):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    return None
