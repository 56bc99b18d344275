"""The names that GROK and DISSECT patterns give to parts of a text.

grok    = any regular expression, with %{PATTERN}, %{PATTERN:name}, %{PATTERN:name:type}
          and (?<name>…)
dissect = { delimiter | "%{" [ "?" | "+" ] [ name ] [ "/" digits ] [ "->" ] "}" }
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from tocsin.diagnostics import Span
from tocsin.languages.esql.nodes import Dissect, Grok
from tocsin.languages.esql.types import Type

GROK = re.compile(
    r"%\{(?P<pattern>\w+)(?::(?P<name>[\w.@-]+)(?::(?P<type>\w+))?)?\}"
    r"|(?<!\\)(?P<escaped>(?:\\\\)*)\(\?<(?P<group>[A-Za-z_@][\w.@-]*)>"
)
"""Each reference to a named pattern and each named group of a GROK pattern.

``escaped``: the backslashes in front of a group, which stand for half as many in a text.
"""

TYPES = {
    "int": Type.LONG,
    "long": Type.LONG,
    "float": Type.DOUBLE,
    "double": Type.DOUBLE,
    "boolean": Type.BOOLEAN,
}

_DISSECT = re.compile(r"%\{([^}]*)\}")
_KEY = re.compile(r"(?P<sign>[?+*&]?)(?P<name>.*?)(?:/(?P<order>\d+))?(?P<pad>->)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a dissected text: its name, and the delimiter behind it (empty at the end).

    ``skip``: it is passed over. ``append``: it is added to the part of the same name, at the place
    ``order``, or if that is negative before all that have one. ``pad``: repeated delimiters behind
    it count as one.
    """

    name: str
    delimiter: str
    skip: bool = False
    append: bool = False
    order: int = -1
    pad: bool = False


class Extraction(NamedTuple):
    """What a command takes out of a text: how, by which patterns, and the columns' types by name.

    ``repeated``: whether a column may get several values of one text.
    """

    how: str
    patterns: tuple[str, ...]
    names: dict[str, Type]
    separator: str = ""
    repeated: bool = False


class ExtractionError(ValueError):
    """A pattern that gives no columns: the diagnostic's code, and where the pattern stands."""

    def __init__(self, message: str, code: str, span: Span) -> None:
        super().__init__(message)
        self.code = code
        self.span = span


def extraction(command: Grok | Dissect) -> Extraction:
    """What ``grok`` or ``dissect`` takes out of a text; raises ExtractionError."""
    if isinstance(command, Dissect):
        pattern = str(command.pattern.value)
        try:
            names = dict.fromkeys(dissect_names(pattern), Type.KEYWORD)
        except ValueError as error:
            raise ExtractionError(str(error), "ESQ111", command.pattern.span) from None
        return Extraction("dissect", (pattern,), names, command.separator)
    patterns = tuple(str(pattern.value) for pattern in command.patterns)
    try:
        names = grok_names(*patterns)
    except ValueError as error:
        raise ExtractionError(str(error), "ESQ112", command.patterns[0].span) from None
    return Extraction("grok", patterns, names, repeated=any(map(repeats, patterns)))


def grok_names(*patterns: str) -> dict[str, Type]:
    """The columns that GROK patterns give, in order.

    Raises
    ------
    ValueError
        A name has one type at one place and another one elsewhere.
    """
    names: dict[str, Type] = {}
    for pattern in patterns:
        for found in GROK.finditer(pattern):
            name = found["name"] or found["group"]
            kind = TYPES.get((found["type"] or "").lower(), Type.KEYWORD)
            if name and names.setdefault(name, kind) is not kind:
                raise ValueError(f"`{name}` is {names[name]} at one place and {kind} at another")
    return names


def repeats(pattern: str) -> bool:
    """Whether a GROK pattern gives a name to several parts."""
    names = [found["name"] or found["group"] for found in GROK.finditer(pattern)]
    named = [name for name in names if name]
    return len(named) > len(set(named))


def dissect_pieces(pattern: str) -> tuple[str, tuple[Piece, ...]]:
    """The text before the first part, and the parts.

    Raises
    ------
    ValueError
        The pattern has no parts, or parts that nothing can tell apart.
    """
    parts = _DISSECT.split(pattern)
    pieces: list[Piece] = []
    for index in range(1, len(parts), 2):
        found = _KEY.match(parts[index])
        if found is None or found["sign"] in ("*", "&"):
            raise ValueError(f"`%{{{parts[index]}}}` is not supported")
        skip = found["sign"] == "?" or not found["name"]
        delimiter = parts[index + 1]
        if not delimiter and index + 2 < len(parts):
            raise ValueError(f"nothing stands behind `%{{{parts[index]}}}` that ends it")
        pieces.append(
            Piece(
                found["name"],
                delimiter,
                skip,
                found["sign"] == "+",
                int(found["order"] or -1),
                bool(found["pad"]),
            )
        )
    if all(piece.skip for piece in pieces):
        raise ValueError("the pattern has no part such as `%{name}`")
    return parts[0], tuple(pieces)


def dissect_names(pattern: str) -> list[str]:
    """The columns that a DISSECT pattern gives, in order; raises as `dissect_pieces` does."""
    pieces = dissect_pieces(pattern)[1]
    return list(dict.fromkeys(piece.name for piece in pieces if not piece.skip))
