"""A compiled pattern, to be searched for in texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from tocsin.tables.regex.kernel import EXHAUSTED, search
from tocsin.tables.regex.parse import parse_pattern
from tocsin.tables.regex.program import compile_pattern

_BUDGET: Final = 20_000_000
"""Steps for one text; beyond them the text counts as not matching."""
_LARGEST: Final = 64 << 20
"""Bytes for what has failed; a text that needs more counts as not matching."""

Places = npt.NDArray[np.int32]


class Pattern:
    """A pattern of Java, or of Oniguruma as Ruby has it.

    ``names`` gives the group numbers by name; ``given_up`` counts texts for which a pattern took
    too long.

    Raises
    ------
    PatternError
        The pattern cannot be used.
    """

    def __init__(self, pattern: str, *, oniguruma: bool = False) -> None:
        self.expression = parse_pattern(pattern, oniguruma=oniguruma)
        self._program = compile_pattern(self.expression, unicode_words=oniguruma)
        self.names = self.expression.names
        self.given_up = 0

    def find(self, text: str) -> list[str | None] | None:
        """The groups of the first match, that of the whole first; None if there is none."""
        for places in self._places(text):
            return [
                None
                if places[2 * group] < 0 or places[2 * group + 1] < 0
                else text[places[2 * group] : places[2 * group + 1]]
                for group in range(self.expression.groups + 1)
            ]
        return None

    def replaced(self, text: str, parts: tuple[str | int, ...]) -> str:
        """Every match replaced by parts: texts, and numbers of groups."""
        told: list[str] = []
        behind = 0
        for places in self._places(text):
            told.append(text[behind : places[0]])
            for part in parts:
                if isinstance(part, str):
                    told.append(part)
                elif places[2 * part] >= 0:
                    told.append(text[places[2 * part] : places[2 * part + 1]])
            behind = int(places[1])
        told.append(text[behind:])
        return "".join(told)

    def _places(self, text: str) -> Iterator[Places]:
        """The places of the groups of all matches, one after the other."""
        program = self._program
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.int32)
        width = len(codes) // 8 + 1
        if program.ordinals * width > _LARGEST:
            self.given_up += 1
            return
        seen = np.zeros((max(program.ordinals, 1), width), np.uint8)
        saves = np.full(2 * program.groups + 2, -1, np.int32)
        state = np.array([_BUDGET, 0], np.int64)
        start = 0
        while start <= len(codes):
            found = search(
                *(program.steps, program.ascii, program.ranges, program.bounds, codes),
                *(start, program.first, saves, seen, state),
            )
            if found == EXHAUSTED:
                self.given_up += 1
            if found != 1:
                return
            yield saves
            seen[:, start // 8 : int(state[1]) // 8 + 1] = 0
            start = int(saves[1]) + (saves[1] == saves[0])
