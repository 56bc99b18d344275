"""Run by `test_reader_bounds.py`: hostile bytes as events, every access checked."""

from __future__ import annotations

import random

import numpy as np
import orjson
import pytest
import test_group
from test_reader import FULL, ODD
from written import findings, writer

from tocsin.alerts.finding import Finding
from tocsin.alerts.reader import Reader
from tocsin.alerts.tree import grow, room
from tocsin.columns.native import CHECKED

PIECES = (
    *b'{ } [ ] , : " \\ . {" "} ": :{ ,{ "event" "kind" "event.kind": "data_stream" \\u'.split(),
    *b"null true 1 -1 -0 1.5 1e5 123456789012345678901 \xc3\xa9 \xff \x00 \n ".split(b" "),
    b'"process":{"name":"x"}',
    b'"@timestamp":1',
    b'"kibana":{}',
    b" ",
)


def assert_checks_work() -> None:
    """A read beyond the end is refused."""
    with pytest.raises(IndexError):
        grow(np.frombuffer(b'{"a":"b', np.uint8), 0, 7, room())


def cut(event: bytes, chance: random.Random) -> bytes:
    """An event with some bytes lost, doubled or changed."""
    text = bytearray(event)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(text))
        way = chance.randrange(4)
        if way == 0:
            del text[at:]
        elif way == 1:
            del text[at : at + chance.randrange(1, 9)]
        elif way == 2:
            text[at:at] = text[chance.randrange(len(text)) :][: chance.randrange(40)]
        else:
            text[at] = chance.choice(b'"\\{}[],:.\x00\xff 9')
        if not text:
            break
    return bytes(text) or b"x"


def main() -> None:
    assert CHECKED, "run this with NUMBA_BOUNDSCHECK=1"
    assert_checks_work()
    chance = random.Random(5)
    seeds = [orjson.dumps(FULL), *ODD]
    events = [cut(chance.choice(seeds), chance) for _ in range(3_000)]
    events += [
        b"".join(chance.choices(PIECES, k=chance.randrange(1, 60))) or b"x" for _ in range(3_000)
    ]
    events += [b"{" + event for event in events[-1_000:]]
    documents = writer()
    reader = documents._reader
    for first in range(0, len(events), 100):
        given = [
            found._replace(events=(found.events[0]._replace(id="named"),))
            for found in findings(events[first : first + 100])
        ]
        reader.read(given)
        canonical = findings([event for event in events[first : first + 100] if fine(event)])
        if canonical:
            write_heads(reader, canonical, chance)
    read_together(events, chance)


def write_heads(reader: Reader, given: list[Finding], chance: random.Random) -> None:
    """With names of all lengths, up to more than there is room for."""
    told = [
        found._replace(
            events=(
                event._replace(
                    id="i" * chance.choice((0, 1, 32, chance.randrange(800))),
                    index_name="\n" * chance.choice((0, 7, chance.randrange(400))),
                ),
            )
        )
        for found in given
        for event in found.present
    ]
    reading = reader.read(told)
    ids = [f"{number:040}" for number in range(len(told))]
    reading.heads(ids, reading.singles.names)


def read_together(events: list[bytes], chance: random.Random) -> None:
    """As alerts of several events, which have something in common."""
    reader = test_group.writer()._reader
    for first in range(0, len(events), 100):
        some = events[first : first + 100]
        pairs = [(event, cut(event, chance)) for event in some]
        reader.read([test_group.found([*pair, chance.choice(pair)]) for pair in pairs])
        reader.read([test_group.found([event, event]) for event in some])


def fine(event: bytes) -> bool:
    """Whether an event is one: only these are named by Python where the kernel doubts."""
    try:
        return isinstance(orjson.loads(event), dict)
    except orjson.JSONDecodeError:
        return False


if __name__ == "__main__":
    main()
