"""Run by `test_scan_bounds.py`: hostile bytes in buffers that end where they must, all checked."""

from __future__ import annotations

import random

import numpy as np
from slow_scan import PIECES, SEEDS, accepts, mutants, scanned

from tocsin.columns.cells import FieldSet
from tocsin.columns.content import content_hash
from tocsin.columns.native import CHECKED, lean, load8, load64
from tocsin.columns.scan import PADDING, scan
from tocsin.columns.shape import DEEPEST, MOST_KEYS, shape
from tocsin.columns.vector import copy64, special64

NAMES = FieldSet(("a", "a.b", "process.name", "process.args", "long", "big", "", "key", "s"))
BIG = [
    b"[" * 3_000,
    b'{"a":' * 1_200,
    b'{"a":"' + b"\\n" * 3_000,
    b'{"a":"' + b"\\u00e9" * 700 + b'"}',
    b'{"a":"' + b"\xf0\x9f\x98\x80" * 500 + b'"}',
    b'{"a":"' + b"x" * 5_000,
    b'{"' + b"k" * 5_000 + b'":1}',
    b'{"' + b"\\u006b" * 900 + b'":1}',
    b'{"a":' + b"1" * 3_000,
    b'{"a":0.' + b"0" * 3_000 + b"1e3300}",
    b'{"a":1e' + b"9" * 3_000,
    b'{"a":[' + b"1," * 5_000 + b"1]}",
    b'{"a":[' + b"1," * 5_000,
    b'{"a":[' + b'"",' * 5_000 + b'""]}',
    b'{"@timestamp":"2026-03-01T10:00:17.' + b"9" * 500 + b'"}',
    b'{"@timestamp":"2026-03-01T10:00:17.' + b"9" * 500,
    b" " * 3_000,
    b'{"a":1}' + b" " * 3_000,
    b"\0" * 200,
    b'{"a":"\\u',
    b'{"a":"\\ud800\\u',
    b'{"a":"\xf0',
    b'{"a":tru',
]


def soup(count: int, chance: random.Random) -> list[bytes]:
    """Lines out of pieces of JSON, in no order."""
    return [
        b"".join(chance.choices([*PIECES, *SEEDS[:1]], k=chance.randrange(30)))
        for _ in range(count)
    ]


@lean
def stray(array, index, way):
    if way == 0:
        load8(array, index)
    elif way == 1:
        load64(array, index - 7)
    elif way == 2:
        special64(array, index - 63)
    elif way == 3:
        copy64(array, index - 63, array, 0)
    elif way == 4:
        copy64(array, 0, array, index - 63)
    else:
        array[index] = 1


def assert_checks_work() -> None:
    """Each kind of access is refused one byte beyond the end, and not at the end."""
    array = np.zeros(200, np.uint8)
    for way in range(6):
        stray(array, 199, way)
        try:
            stray(array, 200, way)
        except IndexError:
            continue
        raise AssertionError(f"access {way} is not checked")


def main() -> None:
    assert CHECKED, "run this with NUMBA_BOUNDSCHECK=1"
    assert_checks_work()
    chance = random.Random(3)
    lines = [*BIG, *mutants(3_000, 21), *soup(1_000, chance)]
    for gap in (b"", b"\n"):
        cells = scanned(lines, NAMES, gap)
        for at, line in enumerate(lines):
            assert (at not in cells.rejected) == accepts(line), line
    for line in lines[:400]:
        assert (0 not in scanned([line], NAMES).rejected) == accepts(line), line
    data = np.frombuffer(b"".join(lines) + bytes(PADDING), np.uint8)
    for _ in range(50):
        cuts = np.sort(np.array([chance.randrange(data.size - 63) for _ in range(200)], np.int64))
        scan(data, cuts[:-1], cuts[1:], NAMES)
    overlapping = np.array([0, 1, 2, 3], np.int64)
    scan(data, overlapping, np.full(4, data.size - PADDING, np.int64), NAMES)
    room = np.empty(MOST_KEYS, np.uint64), np.empty(DEEPEST, np.int64)
    for line in lines:
        shape(np.frombuffer(line + bytes(PADDING), np.uint8), len(line), *room)
        if accepts(line):
            content_hash(line)


if __name__ == "__main__":
    main()
