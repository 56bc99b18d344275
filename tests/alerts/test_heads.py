"""What a kernel writes of an alert of one event is what Python writes, byte for byte."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_reader import EVENTS, FULL
from written import FEW, RULES, writer

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.heads import EARLIEST, GAP, LATEST
from tocsin.alerts.iso import iso
from tocsin.alerts.reasons import WHY

TIMES = st.integers(EARLIEST, LATEST) | st.sampled_from(
    [
        EARLIEST,
        LATEST,
        -1,
        0,
        951_782_400_000,
        951_868_799_999,
        1_709_164_800_000,
        4_107_542_400_000,
    ]
)
NAMES = st.sampled_from(["", "n", 'say "no"', "é\n\\", "x" * 90]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=12
)
FINDINGS = st.tuples(TIMES, TIMES, NAMES, NAMES, st.integers(0, 120), EVENTS)


def beginning(found: Finding, index: str) -> bytes:
    """How the document of a named finding begins, as Python writes it."""
    (event,) = found.events
    assert event is not None
    name, place = orjson.dumps(event.id).decode(), orjson.dumps(index).decode()
    at, when = iso(found.time), iso(event.time)
    return (
        f'{{"@timestamp":"{at}","kibana.alert.uuid":"{found.alert_id}",'
        f'"kibana.alert.original_time":"{when}",'
        f'"kibana.alert.ancestors":[{{"id":{name},"type":"event","index":{place},"depth":0}}],'
        f'"tocsin.events":[{{"id":{name},"index":{place},"timestamp":"{when}",'
        f'"stage":{event.stage}}}],'
    ).encode()


def agree(documents: Documents, given: list[Finding]) -> int:
    """Hold all heads against Python; gives how many there were."""
    quickly = 0
    for found in documents.named(given):
        line, plain = documents.line(found), documents.plain_line(found)
        told = orjson.loads(plain)
        assert orjson.loads(line) == told
        assert documents.rating(found) == documents.rating(found._replace(excerpt=None))
        if found.excerpt is not None:
            quickly += 1
            expected = beginning(found, told["tocsin.events"][0]["index"])
            if found.extra:
                expected += orjson.dumps(found.extra)[1:-1] + b","
            assert line.startswith(expected)
    return quickly


@given(st.lists(FINDINGS, min_size=1, max_size=6), st.booleans())
def test_any_beginning(told, extra):
    documents = writer()
    documents._reader.texts.used = True
    given = [
        Finding(
            number % len(RULES),
            "",
            at,
            (SourceEvent(name, index, when, stage, _text(event), 0, number),),
            extra={"x.y": [number]} if extra and number % 2 else {},
        )
        for number, (at, when, name, index, stage, event) in enumerate(told)
    ]
    agree(documents, sorted(given, key=lambda found: found.time))


def _text(event: dict) -> bytes:
    try:
        return orjson.dumps(event)
    except TypeError:  # an integer of more than 64 bits
        return orjson.dumps(FULL)


def test_names_that_find_no_room_are_left_to_python():
    text = orjson.dumps(FULL)
    sizes = [*range(GAP // 2 - 260, GAP // 2 - 150), GAP, 5 * GAP]
    given = [
        Finding(0, "", size, (SourceEvent("n" * size, "i", size, 0, text, 0, size),))
        for size in sizes
    ]
    assert 0 < agree(writer(), given) < len(sizes)


def test_alerts_with_names_of_their_own_keep_them():
    text = orjson.dumps(FULL)
    given = [
        Finding(
            0, f"{number:040x}"[: 40 - number % 2], 7, (SourceEvent("e", "", 7, 0, text, 0, 0),)
        )
        for number in range(FEW)
    ]
    told = [*writer().named(given)]
    assert {found.alert_id for found in told} == {found.alert_id for found in given}
    assert all(found.excerpt is None for found in told), "some names are no 40 digits"
    agree(writer(), given)


@pytest.mark.parametrize("time", [EARLIEST - 1, LATEST + 1])
def test_times_of_other_years_are_left_to_python(time):
    text = orjson.dumps(FULL)
    event = SourceEvent("e", "", time, 0, text, 0, 0)
    (found,) = writer().named([Finding(0, "", time, (event,))] * FEW)
    assert found.excerpt is None


def test_a_finding_that_brings_its_reasons():
    text = orjson.dumps(FULL)
    given = [
        Finding(0, "", n, (SourceEvent("", "", n, 0, text, 0, n),), extra={WHY: [{"n": n}]})
        for n in range(FEW)
    ]
    assert agree(writer(), given) == FEW
    documents = writer()
    lines = [documents.line(found) for found in documents.named(given)]
    assert [orjson.loads(line)[WHY] for line in lines] == [[{"n": n}] for n in range(FEW)]
    assert all(line.count(WHY.encode()) == 1 for line in lines)
