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
        self._appended = {piece.name for piece in self._pieces if piece.append and not piece.skip}
        self._separator = separator

    def lists(self, texts: Sequence[str]) -> list[list[str]] | None:
        """The parts of all texts that the pattern fits, by key; None if it fits none."""
        return gathered(map(self.parts, texts), len(self._keys))

    def parts(self, text: str) -> list[str | None] | None:
        """The parts of a text, None if the pattern does not fit it."""
        found = self._found(text)
        if found is None:
            return None
        plain: dict[str, str] = {}
        joined: dict[str, list[tuple[int, str]]] = {}
        for piece, part in zip(self._pieces, found, strict=True):
            if piece.skip:
                continue
            if piece.name in self._appended:
                joined.setdefault(piece.name, []).append((piece.order, part))
            else:
                plain[piece.name] = part
        for name, values in joined.items():
            values.sort(key=lambda each: each[0])
            plain[name] = self._separator.join(part for _, part in values)
        return [plain.get(key) for key in self._keys]

    def _found(self, text: str) -> list[str] | None:
        """What stands for each piece: a delimiter that is repeated makes the next pieces empty."""
        if len(text) <= len(self._before) or not text.startswith(self._before):
            return None
        at = len(self._before)
        found: list[str] = []
        while len(found) < len(self._pieces):
            piece = self._pieces[len(found)]
            delimiter = piece.delimiter
            end = text.find(delimiter, at) if delimiter else len(text)
            if end < 0:
                return None
            found.append(text[at:end])
            at = end + len(delimiter)
            while delimiter and text.startswith(delimiter, at):
                at += len(delimiter)
                if piece.pad:
                    continue
                if len(found) == len(self._pieces):
                    break
                piece = self._pieces[len(found)]
                found.append("")
        return found


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
