"""Take texts apart at the delimiters between their parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tocsin.languages.esql.extracts import dissect_pieces


class Dissector:
    """A pattern of `dissect`, for many texts.

    Parameters
    ----------
    keys
        The names of the parts, in the order in which `parts` gives them.
    separator
        What stands between appended parts.
    """

    def __init__(self, pattern: str, keys: tuple[str, ...], separator: str = "") -> None:
        self._before, self._pieces = dissect_pieces(pattern)
        self._keys = keys
        self._separator = separator

    def lists(self, texts: Sequence[str]) -> list[list[str]] | None:
        """The parts of all texts that the pattern fits, by key; None if it fits none."""
        return gathered(map(self.parts, texts), len(self._keys))

    def parts(self, text: str) -> list[str | None] | None:
        """The parts of a text, None if the pattern does not fit it."""
        if not text.startswith(self._before):
            return None
        at = len(self._before)
        found: list[tuple[str, int, str]] = []
        for piece in self._pieces:
            if not piece.delimiter:
                part, at = text[at:], len(text)
            else:
                end = text.find(piece.delimiter, at)
                if end < 0:
                    return None
                part = text[at:end]
                at = end + len(piece.delimiter)
                while piece.pad and text.startswith(piece.delimiter, at):
                    at += len(piece.delimiter)
            if not piece.skip:
                found.append((piece.name, piece.order, part))
        joined: dict[str, list[str]] = {}
        for name, _, part in sorted(found, key=lambda each: each[1]):
            joined.setdefault(name, []).append(part)
        return [self._separator.join(joined[key]) if key in joined else None for key in self._keys]


def gathered(found: Iterable[Sequence[str | None] | None], count: int) -> list[list[str]] | None:
    """What several texts gave for each of ``count`` keys; None if none of them gave anything."""
    lists: list[list[str]] = [[] for _ in range(count)]
    some = False
    for parts in found:
        some = some or parts is not None
        for values, part in zip(lists, parts or (), strict=False):
            if part is not None:
                values.append(part)
    return lists if some else None
