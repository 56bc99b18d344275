"""Where the keys of a TOML text stand, and whether the text is safe to hand to ``tomli``.

A small scan, statement by statement, that knows strings, brackets and comments and nothing else. It
reads no values, and is made only of files that something is to be told of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.diagnostics import NOWHERE, Span

Path = tuple[str | int, ...]
"""Where a value is: keys, and the number of the table within an array of tables."""

MOST_DOTS = 200
"""Dots outside strings in one statement; no rule file comes near it.

``tomllib`` takes quadratic time and memory for dotted keys: 40 KB of ``a.a.a…`` take 9 s, 200 KB
exhaust a machine.
"""

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*"|'[^'\n]*+')"""
_GAP = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*")
_BLANK = re.compile(r"[ \t]*+")
_KEY = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*")
_PARTS = re.compile(_PART)
_HEADER = re.compile(rf"(\[\[?)[ \t]*+({_KEY.pattern})[ \t]*+\]\]?")
_STRING = (
    r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*"'
    r"|'[^'\n]*+'"
)
_TEXT = re.compile(_STRING, re.DOTALL)
_TOKEN = re.compile(rf"{_STRING}|#[^\n]*+|[\[\]{{}}]|[^\[\]{{}}\"'#]++", re.DOTALL)
_SCALAR = re.compile(r"[^\n#]*+")
_DOTTED = re.compile(rf"(?:[^\s.=]++[ \t]*+\.[ \t]*+){{{MOST_DOTS}}}")


def unsafe(text: str) -> Span | None:
    """The place of a statement that ``tomli`` must not see, None if there is none."""
    if max([line.count(".") for line in text.split("\n")]) <= MOST_DOTS:
        return None
    return Layout(text).unsafe


@dataclass(frozen=True, slots=True)
class Statement:
    """``key = value``, with places: ``key`` of the key, ``value`` of all that the value is."""

    key: Span
    value: Span


class Layout:
    """The statements of one TOML text.

    ``unsafe`` is the place of a statement that ``tomli`` must not see, None if there is none.
    """

    __slots__ = ("_headers", "_paths", "_rows", "_text", "unsafe")

    def __init__(self, text: str) -> None:
        self._text = text
        self._rows: list[tuple[int, int, int, int, int]] = []
        self._headers: list[tuple[int, int, str, bool]] = []
        self._paths: dict[Path, Statement] | None = None
        self.unsafe: Span | None = None
        stop = self._scan()
        if stop is not None and self.unsafe is None:
            found = _DOTTED.search(text, stop)
            self.unsafe = found and Span(found.start(), found.end())

    def find(self, path: Path) -> Statement | None:
        """The statement that sets the value at ``path`` or holds it; None if there is none."""
        known = self._resolved()
        while path:
            if path in known:
                return known[path]
            path = path[:-1]
        return None

    def has(self, path: Path) -> bool:
        """Whether ``path`` has a statement or a header of its own."""
        return path in self._resolved()

    @property
    def statements(self) -> list[Statement]:
        """All statements, in their order."""
        return [
            Statement(Span(start, end), Span(begin, stop))
            for start, end, begin, stop, _ in self._rows
        ]

    @property
    def first_table(self) -> int:
        """Where the first header stands, -1 if there is none."""
        return self._headers[0][0] if self._headers else -1

    def _scan(self) -> int | None:
        """Note headers and statements; where the text is no longer understood, None if it is."""
        text, at, owner = self._text, 0, -1
        while (at := _end(_GAP.match(text, at))) < len(text):
            header = _HEADER.match(text, at)
            if header is not None:
                if self._too_dotted(header.group(2), at, header.end()):
                    return None
                owner = len(self._headers)
                self._headers.append((at, header.end(), header.group(2), len(header.group(1)) == 2))
                at = header.end()
                continue
            key = _KEY.match(text, at)
            if key is None:
                return at
            if self._too_dotted(key.group(), at, key.end()):
                return None
            begin = _end(_BLANK.match(text, key.end()))
            if not text.startswith("=", begin):
                return at
            begin = _end(_BLANK.match(text, begin + 1))
            end = self._value(begin)
            if end < 0:
                return at
            self._rows.append((at, key.end(), begin, end, owner))
            at = end
        return None

    def _value(self, begin: int) -> int:
        """Where the value that begins there ends, -1 if it does not."""
        text = self._text
        string = _TEXT.match(text, begin)
        if string is not None:
            return string.end()
        if not text.startswith(("[", "{"), begin):
            return _end(_SCALAR.match(text, begin))
        depth, at, dots = 0, begin, 0
        while (token := _TOKEN.match(text, at)) is not None:
            at = token.end()
            match text[token.start()]:
                case "[" | "{":
                    depth += 1
                case "]" | "}":
                    depth -= 1
                    if depth == 0:
                        return at
                case '"' | "'" | "#":
                    pass
                case _:
                    dots += token.group().count(".")
                    if dots > MOST_DOTS:
                        self.unsafe = Span(begin, at)
                        return -1
        return -1

    def _too_dotted(self, key: str, start: int, end: int) -> bool:
        if key.count(".") > MOST_DOTS:
            self.unsafe = Span(start, end)
        return self.unsafe is not None

    def _resolved(self) -> dict[Path, Statement]:
        if self._paths is None:
            known: dict[Path, Statement] = {}
            tables = self._tables(known)
            for start, end, begin, stop, owner in self._rows:
                path = (tables[owner] if owner >= 0 else ()) + _parts(self._text[start:end])
                known.setdefault(path, Statement(Span(start, end), Span(begin, stop)))
            self._paths = known
        return self._paths

    def _tables(self, known: dict[Path, Statement]) -> list[Path]:
        """The path of each header's table, arrays of tables counted; places go to ``known``."""
        counts: dict[Path, int] = {}
        tables: list[Path] = []
        for start, end, name, repeated in self._headers:
            path: Path = ()
            parts = _parts(name)
            for number, part in enumerate(parts):
                path += (part,)
                if repeated and number == len(parts) - 1:
                    counts[path] = counts.get(path, -1) + 1
                if path in counts:
                    path += (counts[path],)
            tables.append(path)
            known.setdefault(path, Statement(Span(start, end), NOWHERE))
        return tables


def _parts(key: str) -> Path:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in _PARTS.findall(key))


def _end(found: re.Match[str] | None) -> int:
    """The end of a match of a pattern that always matches."""
    return found.end() if found else 0
