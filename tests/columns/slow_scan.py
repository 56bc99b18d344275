"""What a line means, slowly: `orjson` says whether it is an event, `json` what it holds."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import orjson

from tocsin.columns.cells import FALSE, NUMBER, STRING, TRUE, Cells, FieldSet
from tocsin.columns.scan import PADDING, scan

Cell = tuple[str, int, str]
TAGS = {True: TRUE, False: FALSE}


class Number(str):
    """The text of a number."""

    __slots__ = ()


class Pairs(list[Any]):
    """An object's keys and values, doubles kept."""


def accepts(line: bytes) -> bool:
    """Whether a line is an event."""
    try:
        tree = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(tree, dict) and depth(tree) <= 200


def depth(tree: object) -> int:
    """How deep objects and arrays nest, without recursion."""
    level, here = 0, [tree]
    while here := [value for value in here if isinstance(value, (dict, list))]:
        level += 1
        here = [
            inner
            for value in here
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return level


def cells_of(line: bytes) -> list[Cell]:
    """All scalars of an event in order: name, tag, text."""
    tree = json.loads(line, object_pairs_hook=Pairs, parse_int=Number, parse_float=Number)
    return list(_leaves(tree, ""))


def _leaves(value: object, name: str) -> Any:
    match value:
        case Pairs():
            for key, inner in value:
                yield from _leaves(inner, f"{name}.{key}" if name else f"\0{key}")
        case list():
            for inner in value:
                yield from _leaves(inner, name)
        case bool():
            yield name[1:], TAGS[value], ""
        case Number():
            yield name[1:], NUMBER, str(value)
        case str():
            yield name[1:], STRING, value


def scanned(lines: list[bytes], fields: FieldSet, gap: bytes = b"\n") -> Cells:
    """The lines as one batch, with a gap after each, in a buffer that ends where it must."""
    sizes = np.array([len(line) for line in lines], np.int64)
    ends = np.cumsum(sizes + len(gap)) - len(gap)
    data = np.frombuffer(gap.join(lines) + bytes(PADDING), np.uint8)
    return scan(data, ends - sizes, ends, fields)


def row(cells: Cells, at: int, fields: FieldSet) -> list[Cell]:
    """The cells of a row in the oracle's terms."""
    found = []
    for cell in range(cells.row_start[at], cells.row_start[at + 1]):
        start = cells.start[cell]
        text = cells.text[start : start + cells.length[cell]].tobytes().decode()
        found.append((fields.names[cells.slot[cell]], int(cells.tag[cell]), text))
    return found


def assert_agrees(lines: list[bytes], fields: FieldSet, gap: bytes = b"\n") -> int:
    """The scanner says of each line what the oracle says; gives how many are events."""
    cells = scanned(lines, fields, gap)
    wanted = set(fields.names)
    good = 0
    for at, line in enumerate(lines):
        assert (at not in cells.rejected) == accepts(line), (line, cells.rejected.get(at))
        found = row(cells, at, fields)
        if at in cells.rejected:
            assert found == []
        else:
            good += 1
            assert found == [cell for cell in cells_of(line) if cell[0] in wanted], line
    return good


SEEDS = [
    b'{"@timestamp":"2026-03-01T10:00:17.123Z","a":{"b":["x",1,true,null,{"c":"y"}]},"a.b":2.5e-3}',
    b'{ "process":{ "name":"cmd.exe", "args":[ "C:\\\\Win\\\\x", "\\u00e9\\ud83d\\ude00" ] } }',
    '{"k\\u0065y":"Überraschung ✓ 😀","":{"":""},"deep":[[[{"a":[{}]}]]],"n":-0.0E+10}'.encode(),
    b'{"long":"' + b"0123456789abcdef" * 12 + b'",'
    b'"process.parent.name":"x","big":123456789012345678901}',
    b'{"t":true,"f":false,"z":null,"e":{},"l":[],"s":"\\"\\\\\\/\\b\\f\\n\\r\\t\x7f"}',
]
SINGLE = b'{}[]:,"\\ \t\r\n\0.-+eE019utfn/\x1f\x7f\x80\xbf\xc0\xc3\xe0\xed\xf0\xf4\xff'
TOKENS = b'"a": "a.b":1, \\u \\ud800 \\udc00 \\u00 true nul 1e999 - 0.0 {} [] ""'.split()
CHARACTERS = [b"\xed\xa0\x80", b"\xc3\xa9", b"\xf0\x9f\x98\x80", b"\xef\xbb\xbf"]
PIECES = [*(bytes([byte]) for byte in SINGLE), *TOKENS, *CHARACTERS]


def mutants(count: int, seed: int) -> list[bytes]:
    """Events with a few bytes changed, put in, taken out or repeated."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        line = bytearray(chance.choice(SEEDS))
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            at = chance.randrange(len(line) + 1)
            end = min(len(line), at + chance.choice((0, 0, 1, 1, 2, 8, 64)))
            kind = chance.random()
            piece = chance.choice(PIECES) if kind < 0.7 else bytes(line[at:end]) * 2
            line[at:end] = piece if kind < 0.9 else b""
        made.append(bytes(line))
    return made
