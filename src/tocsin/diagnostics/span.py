"""A place in a text: offsets in characters, and the line and column that a person counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """The characters ``text[start:end]``; ``start < 0`` means nowhere."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The span from the beginning of this one to the end of another."""
        return Span(self.start, other.end)


NOWHERE = Span(-1, -1)


def line_and_column(text: str, offset: int, begins: tuple[int, int] = (1, 1)) -> tuple[int, int]:
    """Line and column, both from 1, of a character offset; ``begins``: those of the text."""
    before = text[:offset]
    line = before.count("\n")
    column = offset - (before.rfind("\n") + 1)
    return begins[0] + line, column + (1 if line else begins[1])
