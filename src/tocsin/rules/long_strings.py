"""TOML with long strings, such as guides and queries, read twice as fast as by ``tomllib`` alone.

``tomllib`` looks at strings byte by byte, and three quarters of a rule file are strings of several
lines. Those without escapes mean what they are: they are taken out, what is left is parsed, and
they are put back. What is an error stays one, and is told by ``tomllib`` of the whole text.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

MARK = "\uf8ff"
"""Stands for a string that was taken out; a text that has it is parsed as it is."""

_PLAIN = r"[^{}\x00-\x08\x0b-\x1f\x7f]++"
_TOKEN = re.compile(
    rf'=[ \t]*+"""\n?(?P<basic>(?:{_PLAIN.format(chr(34) + chr(92) * 2)}|"{{1,2}}(?!"))*)"""(?!")'
    rf"|=[ \t]*+'''\n?(?P<literal>(?:{_PLAIN.format(chr(39))}|'{{1,2}}(?!'))*)'''(?!')"
    r"|#[^\n]*+"
    r'|"""(?:[^"\\]++|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]++|\\[^\n])*"'
    r"|'[^'\n]*+'"
    r"|(?P<stray>[\"'])",
    re.DOTALL,
)


_ESCAPED = re.compile(r"\\[uU]0*[fF]8[fF]{2}")


class Shortened:
    """A TOML text with marks in the place of its long strings.

    ``text`` is as long as the given one, or shorter; it is valid if, and only if, that is.
    """

    __slots__ = ("_strings", "text")

    def __init__(self, text: str) -> None:
        self._strings: list[str] = []
        self.text = text
        if MARK not in text and not _ESCAPED.search(text):
            self.text = self._without(text)

    def parsed(self) -> dict[str, Any]:
        """The document of the given text; ``tomllib.TOMLDecodeError`` has places in ``text``."""
        document = tomllib.loads(self.text)
        open_: list[Any] = [document] if self._strings else []
        while open_:
            holder = open_.pop()
            for key, value in holder.items() if type(holder) is dict else enumerate(holder):
                if type(value) is str:
                    if value.startswith(MARK):
                        holder[key] = self._strings[int(value[1:])]
                elif type(value) is dict or type(value) is list:
                    open_.append(value)
        return document

    def _without(self, text: str) -> str:
        pieces, done = [], 0
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup
            if kind is None:
                continue
            if kind == "stray":
                self._strings.clear()
                return text
            pieces.append(f'{text[done : found.start()]}="{MARK}{len(self._strings)}"')
            self._strings.append(found[kind])
            done = found.end()
        return "".join((*pieces, text[done:]))
