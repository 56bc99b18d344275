"""Take texts apart at the delimiters between their parts."""

from __future__ import annotations

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
