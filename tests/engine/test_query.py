"""One question about events: order, size, strictness, samples, and what cannot be asked."""

from pathlib import Path

import pytest

import tocsin


def event(number, category="process", **more):
    return {"@timestamp": number, "event": {"category": category}, "n": number, **more}


def numbers(matches):
    return [[None if e is None else e["n"] for e in match.events] for match in matches]


def ask(events, text, **options):
    return numbers(tocsin.query(events, text, **options))


TEN = [event(number) for number in range(10)]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("any where true", {}, list(range(10))),
        ("any where true", {"size": 3}, [7, 8, 9]),
        ("any where true", {"size": 3, "result_position": "head"}, [0, 1, 2]),
        ("any where true | head 2", {}, [0, 1]),
        ("any where true | tail 2", {}, [8, 9]),
        ("any where true | head 50", {"size": 4}, [0, 1, 2, 3]),
        ("any where true | head 6 | tail 2", {}, [4, 5]),
        ("any where true | head 0", {}, []),
        ("any where true", {"size": 0}, []),
    ],
)
def test_windows(text, options, expected):
    """Matches ascend; the size cuts in the direction of the first pipe."""
    assert ask(TEN, text, **options) == [[number] for number in expected]


def test_order():
    """By time, then tiebreaker (missing ones last), then arrival."""
    source = [
        {"@timestamp": 2, "n": 0, "t": 1},
        {"@timestamp": 1, "n": 1},
        {"@timestamp": 1, "n": 2, "t": 5},
        {"@timestamp": 1, "n": 3, "t": 4},
        {"@timestamp": 1, "n": 4},
    ]
    asked = ask(source, "any where true", tiebreaker_field="t")
    assert [n for (n,) in asked] == [3, 2, 1, 4, 0]


@pytest.mark.parametrize("text", ["any where true", "sequence [any where true] with runs=3"])
@pytest.mark.parametrize(
    ("kind", "expected"), [("long", [2, 1, 0]), ("keyword", [1, 0, 2]), (None, [1, 0, 2])]
)
def test_tiebreakers_are_compared_as_their_field_says(text, kind, expected):
    source = [{"@timestamp": 1, "n": n, "t": t} for n, t in enumerate(["100", ["20", "10"], "9"])]
    fields = {"t": kind} if kind else None
    asked = ask(source, text, tiebreaker_field="t", fields=fields)
    assert [n for found in asked for n in found] == expected


def test_a_tiebreaker_of_ecs_is_the_number_that_it_writes():
    source = [{"@timestamp": 1, "n": n, "event": {"sequence": str(10 - n)}} for n in range(3)]
    asked = ask(source, "any where true", tiebreaker_field="event.sequence")
    assert [n for (n,) in asked] == [2, 1, 0]


def test_the_very_mappings():
    """Events out of memory come back as they are."""
    (match,) = tocsin.query(TEN, "any where n == 3")
    assert match.events[0] is TEN[3]


def test_events_without_a_time_still_answer():
    """They sort last, and take no part in sequences."""
    source = [{"event": {"category": "process"}, "n": 1}, event(5)]
    assert ask(source, "process where true") == [[5], [1]]
    assert ask(source, "sequence [any where true] [any where n == 1]") == []


def test_mapped_only():
    """A field that nothing maps is an error, or null behind ``?``; a hint names what is near."""
    source = [event(1, user={"name": "root"})]
    with pytest.raises(tocsin.QueryError) as failed:
        tocsin.query(source, 'any where user.nam == "root"', mapped_only=True)
    (found,) = failed.value.diagnostics
    assert "user.nam" in found.message
    assert "user.name" in found.hint
    assert ask(source, 'any where ?nowhere != "x"', mapped_only=True) == []
    assert ask(source, "any where ?nowhere == null", mapped_only=True) == [[1]]
    assert ask(source, 'any where ?nowhere != "x"') == [[1]]
    assert ask(source, "any where v == 1", mapped_only=True, fields={"v": "long"}) == []


def test_kinds_of_the_caller():
    """Versions order as versions, addresses match blocks, nanoseconds count."""
    source = [event(1, v="8.10.0", a="10.0.0.7"), event(2, v="8.9.0", a="10.1.0.7")]
    assert ask(source, 'any where v > "8.9.9"', fields={"v": "version"}) == [[1]]
    assert ask(source, 'any where cidrMatch(a, "10.1.0.0/16")', fields={"a": "ip"}) == [[2]]
    assert ask(source, 'any where cidrMatch(a, "10.1.0.0/16")') == [[2]]


@pytest.mark.parametrize("kind", ["date", "date_nanos"])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('t == "2024-05-01T12:00:00Z"', [2, 3, 6]),
        ('t != "2024-05-01T12:00:00Z"', [1, 4, 5]),
        ('t == "2024-05-01T12:00:00.000Z"', [2]),
        ("t == 1714564800000", [2]),
        ('t == "2024-05-01"', [1, 2, 3, 4, 6]),
        ('t in ("2024-05-01T12:00", "2024-05-02")', [2, 3, 5, 6]),
        ('t > "2024-05-01T12:00:00Z"', [4, 5, 6]),
        ('t >= "2024-05-01T12:00:00Z"', [2, 3, 4, 5, 6]),
        ('t < "2024-05-01T12:00:00Z"', [1, 6]),
        ('t <= "2024-05-01T12:00:00Z"', [1, 2, 3, 6]),
        ('"2024-05-01T12:00:00Z" >= t', [1, 2, 3, 6]),
        ('t > "2024-05-01"', [5]),
        ('t <= "2024-05"', [1, 2, 3, 4, 6]),
        ('t == "2023" or t == "2024-05-01T13:00:00Z"', [4]),
    ],
)
def test_a_date_of_a_condition_takes_in_all_that_it_names(kind, condition, expected):
    """As Elasticsearch's index answers; of several times one by itself has to lie within."""
    times = ["2024-05-01", "2024-05-01T12:00:00Z", 1714564800999, "2024-05-01T13:00:00Z"]
    times += [
        "2024-05-02T00:00:00Z",
        ["2024-05-01T11:00:00Z", "2024-05-01T12:00:00.5Z", 1714572000000],
    ]
    source = [event(n, t=t) for n, t in enumerate(times, 1)]
    assert ask(source, f"any where {condition}", fields={"t": kind}) == [[n] for n in expected]


@pytest.mark.parametrize(
    ("time", "kind", "text"),
    [
        ("2024-05-01", "date", "2024-05-01T00:00Z"),
        ("2024-05-01T12:34:05+02:00", "date", "2024-05-01T10:34:05Z"),
        (1714564800120, "date", "2024-05-01T12:00:00.120Z"),
        ("2024-05-01T12:00:00.123456789Z", "date", "2024-05-01T12:00:00.123Z"),
        ("2024-05-01T12:00:00.123456Z", "date_nanos", "2024-05-01T12:00:00.123456Z"),
        ("2024-05-01T12:00:00.000000001Z", "date_nanos", "2024-05-01T12:00:00.000000001Z"),
        ("999999999999999", "date", "999999999999999"),
    ],
)
def test_the_text_of_a_time_is_java_s(time, kind, text):
    source = [event(1, t=time), event(2, t="2020-02-02T02:02:02.002Z"), event(3)]
    for condition in (f'string(t) == "{text}"', f'concat(t, "!") : "{text}!"'):
        assert ask(source, f"any where {condition}", fields={"t": kind}) == [[1]]


@pytest.mark.parametrize("kind", ["double", "float", "half_float", "scaled_float"])
def test_a_field_of_doubles_holds_doubles_however_they_are_written(kind):
    """Its text has decimals, and it divides as a double, as Elasticsearch's scripts see it."""
    source = [event(1, d=9), event(2, d="9"), event(3, d=9.5), event(4, d=[10, 12])]
    for condition, expected in (
        ('string(d) == "9.0"', [1, 2]),
        ('concat(d, "!") == "9.0!"', [1, 2]),
        ("d / 2 == 4.5", [1, 2]),
        ("d % 4 == 2", [4]),
        ("d == 9", [1, 2]),
        ("divide(d, 4) != 2.5", [1, 2, 3]),
    ):
        found = ask(source, f"any where {condition}", fields={"d": kind})
        assert found == [[n] for n in expected], condition
    assert ask(source, 'any where string(d) == "9" and d / 2 == 4', fields={"d": "long"}) == [
        [1],
        [2],
    ]


def test_nanoseconds_order_a_sequence():
    """With ``date_nanos`` two events of one millisecond have an order."""
    source = [
        {"@timestamp": "2026-01-01T00:00:00.000000002Z", "n": 1, "k": "b"},
        {"@timestamp": "2026-01-01T00:00:00.000000001Z", "n": 2, "k": "a"},
    ]
    text = 'sequence [any where k == "a"] [any where k == "b"]'
    assert ask(source, text, fields={"@timestamp": "date_nanos"}) == [[2, 1]]
    assert ask(source, text) == []


def test_other_fields():
    """Time and category may be other fields."""
    source = [
        {"when": "2026-01-01T00:00:01Z", "kind": "x", "n": 1},
        {"when": 5, "kind": "x", "n": 2},
    ]
    asked = ask(source, "x where true", timestamp_field="when", event_category_field="kind")
    assert asked == [[2], [1]]


def test_kql_and_lucene():
    """One event each, in the order of time; sizes, kinds and cuts as for EQL."""
    source = [event(number, k="ab"[number % 2], v=f"1.{number}") for number in range(12, 0, -1)]
    for language, text in (("kuery", "k: a and v > 1.9"), ("lucene", "k:a AND v:>1.9")):
        asked = {"language": language, "fields": {"v": "version"}}
        assert ask(source, text, **asked) == [[10], [12]]
        assert ask(source, text, size=1, **asked) == [[12]]
        assert ask(source, text, size=1, result_position="head", **asked) == [[10]]
        assert ask(source, text, mapped_only=True, **asked) == [[10], [12]]
    for rows in (1, 2, 5):
        assert ask(source, "1.* or k*: b and not v: *2", rows=rows, language="kuery") == ask(
            source, "1.* or k*: b and not v: *2", language="kuery"
        )
    assert ask(source, "nothing: x", mapped_only=True, language="kuery") == []
    with pytest.raises(tocsin.QueryError):
        tocsin.query(source, "k:", language="kuery")
    with pytest.raises(ValueError, match="'kuery'"):
        tocsin.query(source, "k: a", language="kql")


def test_objects_are_asked_one_by_one_whatever_the_cut():
    source = [
        event(1, o=[{"a": 1, "b": 2}]),
        event(2, o=[{"a": 1}, {"b": 2}]),
        event(3, **{"o.a": 1, "o.b": 2}),
        event(4, o={"a": 1, "b": [2, 3]}),
    ]
    for rows in (None, 1, 3):
        assert ask(source, "o: {a: 1 and b: 2}", language="kuery", rows=rows) == [[1], [4]]
        assert ask(source, "o.a: 1 and o.b: 2", language="kuery", rows=rows) == [[1], [2], [3], [4]]


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_cuts(rows):
    """Batches change nothing."""
    source = [event(number, k="ab"[number % 2]) for number in range(9)]
    text = 'sequence with maxspan=1s [any where k == "a"] [any where k == "b"]'
    assert ask(source, text, rows=rows) == ask(source, text)


@pytest.mark.parametrize(
    "text",
    [
        "process where",
        "process where process.name = 'x'",
        "process where foo(1)",
        "sequence [any where true]",
        "sequence [any where true] ![any where true]",
        "any where true | sort n",
    ],
)
def test_what_cannot_be_asked(text):
    """A wrong query fails at once, with diagnostics, before any event is read."""

    def never():
        raise AssertionError("events were read")
        yield {}

    with pytest.raises(tocsin.QueryError) as failed:
        tocsin.query(never(), text)
    assert failed.value.diagnostics


def test_wrong_options():
    """Options have the values that they have."""
    with pytest.raises(ValueError, match="language"):
        tocsin.query([], "any where true", language="sql")
    with pytest.raises(ValueError, match="result_position"):
        tocsin.query([], "any where true", result_position="middle")
    with pytest.raises(ValueError, match=r"no such kind.*'keyword'"):
        tocsin.query([], "any where true", fields={"x": "no such kind"})
    for language in ("eql", "kuery", "esql"):
        with pytest.raises(ValueError, match=r"size is .*-1"):
            tocsin.query([], "any where true", language=language, size=-1)
    with pytest.raises(ValueError, match="max_samples_per_key"):
        tocsin.query([], "any where true", max_samples_per_key=0)


@pytest.mark.parametrize("given", ["events.ndjson", Path("events.ndjson"), b"x", {"a": 1}])
def test_what_is_no_iterable_of_events_is_refused(given):
    with pytest.raises(TypeError, match="events are"):
        tocsin.query(given, "any where true")
    with pytest.raises(TypeError, match="events are"):
        list(tocsin.scan(given, []))


SAMPLED = [
    {"@timestamp": time, "n": number, "h": host, "k": kind}
    for number, (time, host, kind) in enumerate(
        [
            (9, "b", "x"),
            (8, "a", "y"),
            (7, "b", "y"),
            (6, "a", "x"),
            (5, None, "x"),
            (4, None, "y"),
            (3, "c", "x"),
        ]
    )
]


def keyed(text, **options):
    return [
        (match.join_keys, [e["n"] for e in match.events])
        for match in tocsin.query(SAMPLED, text, **options)
    ]


def test_samples():
    """One event for each stage of equal keys, in any order; keys ascend, nulls only if optional."""
    text = 'sample by h [any where k == "x"] [any where k == "y"]'
    assert keyed(text) == [(("a",), [3, 1]), (("b",), [0, 2])]
    optional = 'sample by ?h [any where k == "x"] [any where k == "y"]'
    assert keyed(optional) == [((None,), [4, 5]), (("a",), [3, 1]), (("b",), [0, 2])]


@pytest.mark.parametrize("position", ["head", "tail"])
def test_a_size_takes_the_first_samples_whatever_the_position(position):
    """Samples have no order of time that there could be a tail of."""
    text = 'sample by h [any where k == "x"] [any where k == "y"]'
    assert keyed(text, size=1, result_position=position) == [(("a",), [3, 1])]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("ip", ["::1", "9.0.0.1", "10.0.0.2"]),
        ("version", ["9.0.0-rc1", "9.0.0", "10.0.0", "odd"]),
        ("keyword", ["10.0.0", "9.0.0"]),
        ("long", [9, 10]),
    ],
)
def test_samples_come_in_the_order_of_their_keys_kind(kind, names):
    source = [{"@timestamp": n, "n": n, "v": v} for n, v in enumerate(names[::-1] * 2)]
    asked = tocsin.query(
        source, "sample by v [any where true] [any where true]", fields={"v": kind}
    )
    assert [match.join_keys for match in asked] == [(name,) for name in names]


def test_samples_take_distinct_events():
    """No event stands in two stages, even if that needs another choice."""
    text = 'sample by h [any where true] [any where k == "x"]'
    assert [sorted(events) for _, events in keyed(text)] == [[1, 3], [0, 2]]


def test_samples_per_key():
    """As many samples of a key as are asked for, no two the same, each of distinct events."""
    source = [{"@timestamp": n, "n": n, "h": "a", "k": "xy"[n % 2]} for n in range(6)]
    text = 'sample by h [any where k == "x"] [any where k == "y"]'
    for most in (1, 2, 3):
        found = [
            tuple(e["n"] for e in m.events)
            for m in tocsin.query(source, text, max_samples_per_key=most)
        ]
        assert len(set(found)) == len(found) == most
        assert all(len(set(events)) == 2 for events in found)
