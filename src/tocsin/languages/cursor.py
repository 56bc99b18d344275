"""Walk over the tokens of a text: take, expect, fail. Each language cuts its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from tocsin.diagnostics import Diagnostic, Span
from tocsin.languages.errors import QuerySyntaxError


class Cursor(ABC):
    """A place among the tokens of a text; ``index`` is the token that comes next.

    The tokens are parallel lists: ``kinds``, ``starts`` (first offset) and ``ends`` (offset behind
    the last character). The kind of a keyword or a sign is its own text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.index = 0

    def put(self, kind: str, start: int, end: int) -> None:
        """Put a token behind the others."""
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    @property
    def kind(self) -> str:
        """The kind of the token that comes next."""
        return self.kinds[self.index]

    def span(self, first: int, last: int | None = None) -> Span:
        """The place of a token, or from one token to another."""
        return Span(self.starts[first], self.ends[first if last is None else last])

    def word(self, index: int) -> str:
        """A token as it stands in the text."""
        return self.text[self.starts[index] : self.ends[index]]

    def take(self, kind: str) -> bool:
        """Step over the next token if it is of a kind."""
        if self.kinds[self.index] == kind:
            self.index += 1
            return True
        return False

    def expect(self, kind: str, what: str = "") -> int:
        """Step over a token that must be of a kind; its index."""
        if self.kinds[self.index] != kind:
            self.unexpected(what or f"`{kind}`")
        self.index += 1
        return self.index - 1

    @abstractmethod
    def unexpected(self, expected: str) -> NoReturn:
        """Fail at the next token, saying what should stand there.

        Raises
        ------
        QuerySyntaxError
            Always.
        """

    def fail(
        self, code: str, message: str, span: Span, label: str = "", hint: str = ""
    ) -> NoReturn:
        """Raise one diagnostic.

        Raises
        ------
        QuerySyntaxError
            Always.
        """
        raise QuerySyntaxError(
            Diagnostic(code, message, span=span, label=label, hint=hint, text=self.text)
        )
