"""Values of all sorts through the matcher: as the evaluator says, at a cost that stays bounded."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.scanned import agree, cells_of, expected, hits_of, program_of
from tocsin.match.desk import COUNT, MOST_PASSING
from tocsin.match.matcher import Matcher
from tocsin.match.memo import AT_ONCE
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
    Flag,
    Length,
    Not,
    Or,
    Regex,
    Text,
    Within,
)
from tocsin.schema.kinds import Kind

NAME = FieldRef("process.name", Kind.KEYWORD)
ARGS = FieldRef("process.args", Kind.KEYWORD)
PID = FieldRef("process.pid", Kind.LONG)
SHARE = FieldRef("share", Kind.DOUBLE)
ADDRESS = FieldRef("source.ip", Kind.IP)
OTHER = FieldRef("other", Kind.UNKNOWN)
ACTION = FieldRef("event.action", Kind.KEYWORD)

letters = "abAB é*?\\."
values = st.text(letters, max_size=9)
patterns = st.text("abAB é*?.", max_size=9)


def text(*codes, field=NAME, fold=False):
    return Text(field, codes, fold)


@given(
    st.lists(st.tuples(st.lists(patterns, min_size=1, max_size=4), st.booleans()), max_size=6),
    st.lists(st.lists(values, max_size=3), max_size=6),
)
def test_patterns_of_all_lengths_on_one_field(leaves, names):
    conditions = [text(*codes, fold=fold) for codes, fold in leaves]
    conditions += [Not(condition) for condition in conditions]
    agree(conditions, [{"process": {"name": name}} for name in names])


@pytest.mark.parametrize(
    "length", [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 100, 4096, 4097, 70_000]
)
def test_values_of_all_lengths(length):
    value = (string.ascii_letters * (length // 52 + 1))[:length]
    conditions = [
        text(value),
        text(value.upper(), fold=True),
        text("*" + value[length // 2 :]),
        text(value[: length // 2] + "*"),
        text("*" + value[length // 3 : length // 2] + "*"),
        text(value[: length // 3] + "*" + value[length // 2 :], fold=True),
        text("?" * length),
        Length(NAME, "==", length),
        Regex(NAME, (".*xyz.*",)),
        Exists(NAME),
    ]
    agree(conditions, [{"process.name": some} for some in (value, value + "x", "x" + value)])


@pytest.mark.parametrize(
    "pattern", ["*ab*", "ab*", "*ab", "a*b", "*a", "b*", "*a*", "a?b", "*?", "?*b"]
)
@pytest.mark.parametrize("fold", [False, True])
def test_patterns_without_four_plain_bytes(pattern, fold):
    names = [
        "",
        "a",
        "b",
        "ab",
        "AB",
        "aB",
        "xab",
        "abx",
        "axb",
        "aéb",
        "xabx",
        "ba",
        "é",
        "aab",
        "x",
    ]
    agree([text(pattern, fold=fold)], [{"process.name": name} for name in names])


def test_a_place_that_a_pattern_demands():
    conditions = [
        text("c:\\windows\\*"),
        text("*\\temp.exe"),
        text("*\\temp\\*"),
        text("c:\\windows\\*\\temp.exe"),
        text("??\\windows*"),
        text("*\\windows\\temp\\??.exe"),
    ]
    names = [
        "c:\\windows\\temp.exe",
        "c:\\x\\c:\\windows\\temp.exe",
        "c:\\windows\\temp.exe.txt",
        "c:\\windows\\temp\\ab.exe",
        "éx\\windows\\temp\\é?.exe\\windows\\temp\\éb.exe",
    ]
    agree(conditions, [{"process.name": name} for name in names])


def test_numbers_as_text_are_written_canonically():
    conditions = [
        text("1.5", "1000.0", "0", "true", "4624", field=OTHER),
        text("*e22*", field=OTHER),
        Length(OTHER, ">", 4),
        Compare(OTHER, "==", 1000),
        Compare(OTHER, "<", "2"),
        Regex(OTHER, ("[0-9]+",)),
        Flag(OTHER, True),
    ]
    bodies = [b"1.50", b"1e3", b"-0", b"1E22", b"4624", b'"4624"', b"true", b'"1e3"', b"[1.50, -0]"]
    bodies += [b"123456789012345678901234567890", b"0.1e1", b"-0.0"]
    matcher = agree(conditions, [b'{"other": %s}' % body for body in bodies])
    assert matcher.residual_pairs == 1, "but for one number beyond 64 bits no help is needed"


@given(
    st.lists(st.integers(-(2**70), 2**70) | st.floats(allow_nan=False), min_size=1, max_size=4),
    st.sampled_from(["==", "<", "<=", ">", ">="]),
    st.lists(
        st.integers(-(2**70), 2**70)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from([2**53 + 1, 2.0**53, "9007199254740993", "1e3", "x", "", True]),
        max_size=6,
    ),
)
def test_numbers_compare_exactly(constants, operator, numbers):
    wanted = [value for value in constants if value not in (float("inf"), float("-inf"))]
    conditions = [Compare(field, operator, value) for value in wanted for field in (PID, SHARE)]
    bodies = [
        b'{"process.pid": %s, "share": %s}' % (number, number)
        for number in (
            repr(n).encode() if not isinstance(n, (str, bool)) else _json(n) for n in numbers
        )
    ]
    agree(conditions, bodies)


def _json(value):
    return b"true" if value is True else b'"%s"' % value.encode()


def test_addresses():
    conditions = [
        Within(ADDRESS, ("10.0.0.0/8", "::1")),
        Within(ADDRESS, ("0.0.0.0/0",)),
        Within(ADDRESS, ("::/0",)),
        Not(Within(ADDRESS, ("fe80::/10", "192.168.0.0/16"))),
        Compare(ADDRESS, "<", "10.0.0.5"),
    ]
    found = [
        "10.1.2.3",
        "11.0.0.0",
        "::1",
        "fe80::1%eth0",
        "fe80::9",
        "::ffff:10.0.0.1",
        "x",
        5,
        1.5,
    ]
    agree(conditions, [{"source.ip": each} for each in [*found, found, []]])


def test_kinds_that_only_the_evaluator_compares():
    time, version = FieldRef("when", Kind.DATE), FieldRef("version", Kind.VERSION)
    conditions = [
        Compare(time, ">=", 1704067200000),
        Not(Compare(version, "<", "1.10.0")),
        And((Exists(version), Or((Compare(version, "==", "1.0"), Constant(False))))),
        Compare(PID, "==", 2**80),
        Length(NAME, "<", 2**80),
    ]
    happened = [
        {"when": "2024-01-01", "version": "1.9.0", "process.name": "a"},
        {"when": 1704067199999, "version": "1.0", "process.pid": 2**80},
        {},
    ]
    matcher = agree(conditions, happened)
    assert matcher.residual_pairs > 0


def test_values_that_only_look_alike_to_a_hash_do_not_mix():
    names = [f"{one}{two}" for one in string.ascii_letters for two in string.ascii_letters]
    conditions = [text(*names[::3]), text(*names[1::3], fold=True), text("?b", "C?")]
    agree(conditions, [{"process.name": name} for name in names])


def test_every_gram_at_once():
    stems = ["abcd", "bcda", "cdab", "dabc", "xabcd", "abcdx", "ab", "a"]
    conditions = [text(f"*{one}*{two}*") for one in stems for two in stems]
    agree(conditions, [{"process.name": "abcd" * count + "x"} for count in (0, 1, 2, 50, 2000)])


def test_words_are_judged_once():
    conditions = [text("*stage*", "b?")]
    program = program_of(conditions)
    matcher = Matcher(program)
    events = [{"process.name": ["bo", "bu", "stage one"]}] * 50
    hits_of(matcher, program, events, 7)
    assert matcher.new_words == 3
    hits_of(matcher, program, [{"process.name": "x" * 5000}] * 3)
    assert matcher.new_words == 3, "long values are not remembered"
    assert matcher.memo_resets == 0


def test_the_memo_stays_within_its_bounds():
    conditions = [text("*a*", "?7*")]
    events = [{"process.name": f"{number:0100d}"} for number in range(9000)]
    program = program_of(conditions)
    small, large = Matcher(program, memo_bytes=200_000), Matcher(program)
    found = hits_of(small, program, events, 1000)
    assert found == hits_of(large, program, events) == expected(conditions, events)
    assert small.memo_resets > 3
    assert large.memo_resets == 0
    assert small.new_words >= large.new_words == 9000


def test_values_that_come_once_are_not_remembered_beside_many_others():
    conditions = [text("*77*", "?9*")]
    program = program_of(conditions)
    matcher = Matcher(program)
    events = [{"process.name": f"{number:08d}"} for number in range(AT_ONCE + 1000)]
    wanted = expected(conditions, events)
    judged = []
    for _ in range(3):
        assert hits_of(matcher, program, events, 1000) == wanted
        judged.append(matcher.new_words)
    assert judged[0] == len(events)
    # the last thousand again, but those few that a hash takes for others
    assert len(events) + 950 <= judged[1] <= len(events) + 1005
    # what came twice is remembered, but for what came when the memo had to grow
    assert judged[2] <= judged[1] + 5


def test_what_came_once_is_forgotten_before_it_is_too_much():
    conditions = [text("*77*", "?9*")]
    program = program_of(conditions)
    matcher = Matcher(program)
    values = [f"{number:08d}" for number in range(AT_ONCE + 2 * MOST_PASSING)]
    for first in range(0, len(values), 1000):
        events = [{"process.name": values[first : first + 1000]}]
        assert hits_of(matcher, program, events) == expected(conditions, events)
    assert matcher.new_words == len(values)
    remembered = int(matcher._desk[COUNT])
    assert AT_ONCE <= remembered < AT_ONCE + MOST_PASSING // 4


def test_one_event_may_hold_more_than_the_memo():
    conditions = [text("*77*"), Not(text("*78*")), text("*99999*")]
    events = [{"process.name": [f"{number:08d}" for number in range(3000)]}, {"process.name": "77"}]
    agree(conditions, events, memo_bytes=1000)


def test_events_that_are_all_of_different_kinds():
    actions = [f"action-{number}" for number in range(12)]
    conditions = [And((text(action, field=ACTION), text("a*"))) for action in actions]
    conditions.append(Not(text(*actions, field=ACTION)))
    events = [
        {
            "event.action": [action for bit, action in enumerate(actions) if number >> bit & 1],
            "process.name": "ab" if number % 3 else "ba",
        }
        for number in range(4096)
    ]
    program = program_of(conditions)
    assert hits_of(Matcher(program), program, events) == expected(conditions, events)


def test_more_hits_than_are_written_at_once():
    conditions = [Constant(True)] * 100 + [Exists(NAME)]
    program = program_of(conditions)
    matcher = Matcher(program)
    found = hits_of(matcher, program, [{}, {"process.name": "x"}] * 500)
    assert len(found) == 100 * 1000 + 500
    assert matcher.hits == len(found)


def test_what_is_no_event_satisfies_nothing():
    program = program_of([Constant(True), Not(Exists(NAME))])
    cells = cells_of([{}, {}, {"process.name": "x"}], program)
    cells.rejected[1] = "not an object"
    matcher = Matcher(program)
    hits = matcher.match(cells)
    assert list(zip(hits.row.tolist(), hits.stage.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (2, 0),
    ]
    assert matcher.events == 2


def test_counters():
    category = FieldRef("event.category", Kind.KEYWORD)
    conditions = [
        And((text("process", field=category), text("rare.exe"), text("*-x*", field=ARGS))),
        And((text("network", field=category), text("rare.exe"))),
        And((text("process", field=category), Not(Exists(ARGS)))),
    ]
    program = program_of(conditions, extra_fields=("host.id",))
    matcher = Matcher(program)
    assert not matcher.fields_seen.any()
    hits_of(matcher, program, [{"event.category": "process", "process.name": "usual.exe"}] * 4)
    assert (matcher.events, matcher.candidate_pairs, matcher.hits) == (4, 4, 4)
    hits_of(matcher, program, [{"event.category": "file", "process.name": "rare.exe"}])
    assert (matcher.events, matcher.candidate_pairs) == (5, 4)
    seen = {name for slot, name in enumerate(program.fields.names) if matcher.fields_seen[slot]}
    assert seen == {"event.category", "process.name"}
    assert matcher.unrouted == 0


def test_no_rules_and_no_events():
    program = program_of([])
    assert hits_of(Matcher(program), program, [{"process.name": "x"}]) == []
    program = program_of([Constant(True)])
    assert hits_of(Matcher(program), program, []) == []
