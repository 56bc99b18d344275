"""Questions of people over what is stored: what is found, what is looked at, what is refused."""

import orjson
import pytest

from asked_store import DAY, NOON, event, readable, stored, three_days
from tocsin.corpus.ask import asked as questions
from tocsin.corpus.ask.answering import answered
from tocsin.corpus.ask.asked import TooMuchError
from tocsin.corpus.ask.joined import within
from tocsin.corpus.ask.seen import fields_seen
from tocsin.corpus.span import Span
from tocsin.journal.sealed.archive import Shelf
from tocsin.languages import QueryError

CURL = 'process where process.name == "curl"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("asked")
    stored(found, *three_days())
    return found


@pytest.fixture
def store(folder):
    with readable(folder) as found:
        yield found


def Asked(language, text, **more):  # noqa: N802 - a question, with time enough
    return questions.Asked(language, text, **{"seconds": 600.0, **more})


def names(answer):
    return [orjson.loads(one.source)["process"]["name"] for one in answer.events]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("eql", CURL),
        ("kuery", "process.name: curl"),
        ("lucene", "process.name:curl"),
    ],
)
def test_single_events_come_newest_first_from_sealed_and_fresh_alike(store, language, text):
    answer = answered(store, Asked(language, text))
    times = [one.time for one in answer.events]
    assert len(times) == answer.found == 9
    assert times[0] == NOON + 1
    assert times == sorted(times, reverse=True)
    assert answer.exact
    assert answer.looked.whole
    assert answer.looked.events == 72 + 8 + 2


def test_the_size_keeps_the_newest_and_all_are_counted(store):
    answer = answered(store, Asked("eql", CURL, size=3, whole=True))
    everything = answered(store, Asked("eql", CURL))
    assert answer.events == everything.events[:3]
    assert answer.found == 9


def test_a_span_bounds_what_is_looked_at(store):
    span = Span(NOON - 2 * DAY, NOON - DAY - 1)
    answer = answered(store, Asked("eql", "any where true", span=span, size=1000))
    assert all(span.since <= one.time <= span.until for one in answer.events)
    assert answer.found == 24 + sum(24 <= hour < 48 for hour in range(0, 72, 10))
    assert answer.looked.events < 70


def test_recent_counts_from_where_the_events_end(store):
    answer = answered(store, Asked("eql", CURL, recent=DAY, latest=NOON))
    assert answer.looked.span == Span(NOON - DAY)
    assert answer.found == 4
    told = answered(store, Asked("eql", CURL, recent=DAY))
    assert told.looked.span.since == NOON - 3_600_000 - DAY


def test_index_patterns_choose_data_streams(store):
    answer = answered(store, Asked("eql", CURL, index=("logs-system.*",)))
    assert answer.found == 8
    assert answered(store, Asked("eql", CURL, index=("metrics-*",))).found == 0


def test_looking_ends_when_enough_is_found_and_time_is_up(folder, monkeypatch):
    monkeypatch.setattr("tocsin.corpus.ask.single.AT_ONCE", -1.0)
    with readable(folder) as store:
        some = answered(store, Asked("eql", CURL, size=2))
        everything = answered(store, Asked("eql", CURL))
    assert some.events == everything.events[:2]
    assert not some.exact
    assert some.looked.events < everything.looked.events
    assert some.looked.since is not None


def test_a_question_that_takes_too_long_says_how_far_it_came(store):
    ticks = iter(range(0, 10_000_000, 1_000))
    answer = answered(
        store, Asked("eql", 'process where process.name == "none"'), lambda: next(ticks)
    )
    assert not answer.looked.whole
    assert not answer.exact
    with pytest.raises(TooMuchError, match="shorter time"):
        answered(store, Asked("esql", "from * | stats count(*)"), lambda: next(ticks))


def test_sequences_come_with_their_keys_the_latest_first(store):
    text = """sequence by host.name with maxspan=1m
      [process where process.name == "tick"] [process where process.name == "curl"]"""
    answer = answered(store, Asked("eql", text))
    assert answer.kind == "sequences"
    assert len(answer.sequences) == answer.found == 8
    assert {joined.keys for joined in answer.sequences} == {("web-1",)}
    ends = [joined.events[-1].time for joined in answer.sequences]
    assert ends == sorted(ends, reverse=True)
    assert answered(store, Asked("eql", text, span=Span(NOON))).found == 0


def test_pipes_of_eql_choose_events(store):
    first = answered(store, Asked("eql", f"{CURL} | head 1"))
    assert [one.time for one in first.events] == [NOON - 3 * DAY + 1]
    last = answered(store, Asked("eql", f"{CURL} | tail 2"))
    assert last.events[0].time == NOON + 1
    assert len(last.events) == 2


def test_esql_gives_a_table_within_the_span(store):
    text = "from * | stats count = count(*) by process.name | sort count desc"
    answer = answered(store, Asked("esql", text))
    assert answer.kind == "table"
    assert answer.columns == ("count", "process.name")
    assert answer.rows == ((72, "tick"), (9, "curl"), (1, "sh"))
    some = answered(store, Asked("esql", text, span=Span(NOON)))
    assert sorted(some.rows) == [(1, "curl"), (1, "sh")]


def test_esql_looks_at_the_indices_that_it_names(store):
    answer = answered(store, Asked("esql", "from logs-system.* | stats count = count(*)"))
    assert answer.rows == ((8,),)


def test_esql_without_columns_has_those_of_its_answers(store):
    answer = answered(store, Asked("esql", 'from * | where user.name == "late"'))
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert row["process.name"] == "curl"
    assert len(answer.rows) == 1


@pytest.mark.parametrize(
    ("language", "text", "code", "place"),
    [
        ("eql", 'process where process.name = "x"', "EQL008", 27),
        ("kuery", "process.name: (a or", "KQL", None),
        ("lucene", "process.name:(a OR", "LUC", None),
        ("esql", "from * | wher x == 1", "ESQ", 9),
    ],
)
def test_errors_have_their_place_in_the_question(store, language, text, code, place):
    with pytest.raises(QueryError) as raised:
        answered(store, Asked(language, text))
    found = raised.value.diagnostics[0]
    assert found.code.startswith(code)
    assert found.text == text
    assert 0 <= found.span.start <= len(text)
    assert place in {None, found.span.start}


def test_a_time_is_put_behind_the_source_whatever_follows():
    asked = "from a, b // note | where x\n| limit 1"
    assert within(asked, Span(0)) == (
        'from a, b | where @timestamp >= "1970-01-01T00:00:00.000Z"  // note | where x\n| limit 1'
    )
    assert within("row a = 1", Span(0)) == "row a = 1"


def test_events_without_a_time_are_found_only_without_a_bound(tmp_path):
    line = orjson.dumps({"event": {"category": "process"}, "process": {"name": "curl"}})
    stored(tmp_path, [line, event(NOON, "curl")], [])
    with readable(tmp_path) as store:
        assert answered(store, Asked("eql", CURL, span=Span(0))).found == 1
        found = answered(store, Asked("eql", CURL)).events
        assert found[0].time == NOON


def test_a_damaged_file_is_told_and_the_rest_is_found(tmp_path):
    stored(tmp_path, *three_days())
    broken = min((tmp_path / "events").glob("date=2026-07-30/*/*.parquet"))
    broken.write_bytes(b"PAR1 nothing PAR1")
    with readable(tmp_path) as store:
        answer = answered(store, Asked("eql", "any where true", size=1000))
    assert answer.looked.unread == 1
    assert not answer.exact
    assert answer.found > 40


def test_nothing_stored_is_no_error(tmp_path):
    stored(tmp_path, [], [])
    with readable(tmp_path) as store:
        assert answered(store, Asked("eql", CURL, recent=DAY)).found == 0
        assert answered(store, Asked("esql", "from * | stats count(*)")).rows == ((0,),)


def test_fields_that_were_seen(folder):
    assert {"@timestamp", "process.name", "user.name"} <= fields_seen(Shelf(folder / "events"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("eql", 'any where process.name == "curl" | head 3'),
        (
            "eql",
            """sequence by host.name with maxspan=30m
               [process where process.name == "tick"] ![process where process.name == "curl"]""",
        ),
        (
            "eql",
            """sequence by host.name [process where process.name == "curl"] with runs=2
               until [process where process.name == "sh"]""",
        ),
        (
            "eql",
            'sample by host.name [any where process.name == "sh"] [any where user.name != null]',
        ),
        ("esql", 'from logs-* | where process.name == "curl" | stats c = count(*) by user.name'),
        ("esql", "from logs-* | where user.name is null | stats c = count(*)"),
        ("esql", 'from logs-* metadata _index, _id | where process.name in ("sh", "curl")'),
    ],
)
def test_what_columns_leave_out_does_not_matter(folder, monkeypatch, language, text):
    for span in (Span(), Span(NOON - DAY), Span(NOON - DAY - 90_000, NOON + 150_000)):
        asked = Asked(language, text, span=span)
        with readable(folder) as store:
            some = answered(store, asked)
            monkeypatch.setattr("tocsin.corpus.ask.gathered.MOST", -1)
            everything = answered(store, asked)
            monkeypatch.undo()
        assert (some.events, some.sequences) == (everything.events, everything.sequences)
        assert some.columns == everything.columns
        assert sorted(map(repr, some.rows)) == sorted(map(repr, everything.rows))
        assert some.found == everything.found > 0


@pytest.mark.parametrize("language", ["kuery", "lucene", "esql"])
@pytest.mark.parametrize(("mode", "count"), [("raw", 1), ("compat", 0)])
def test_texts_are_compared_as_the_engine_s_rules_compare_them(tmp_path, language, mode, count):
    stored(tmp_path, [], [event(NOON, "sh", message="a kubeletctl")])
    text = {
        "kuery": 'message: "a kube"',
        "lucene": 'message:"a kube"',
        "esql": """from logs-* | where kql("message: \\"a kube\\"") | keep message""",
    }[language]
    with readable(tmp_path) as store:
        answer = answered(store, Asked(language, text, text_mode=mode))
    assert (len(answer.rows) if language == "esql" else answer.found) == count


def hurried(monkeypatch):
    """Enough is enough at once, and every part of an hour stands by itself."""
    for name in ("gathered", "single"):
        monkeypatch.setattr(f"tocsin.corpus.ask.{name}.AT_ONCE", -1.0)
        monkeypatch.setattr(f"tocsin.corpus.ask.{name}.LEAST", 1)


def test_rare_events_are_not_waited_for(folder, monkeypatch):
    hurried(monkeypatch)
    with readable(folder) as store:
        some = answered(store, Asked("eql", CURL, size=1_000))
        everything = answered(store, Asked("eql", CURL, size=1_000, whole=True))
    assert everything.exact
    assert everything.found == 9
    assert not some.exact
    assert some.looked.since is not None
    assert some.looked.events < everything.looked.events
    assert set(some.events) < set(everything.events)


@pytest.mark.parametrize("most", ["AT_ONCE", "MANY", "SOME"])
def test_in_a_hurry_sequences_are_those_since_a_time(folder, monkeypatch, most):
    text = """sequence by host.name with maxspan=1m
      [process where process.name == "tick"] [process where process.name == "curl"]"""
    with readable(folder) as store:
        everything = answered(store, Asked("eql", text))
        assert everything.looked.whole
        monkeypatch.setattr("tocsin.corpus.ask.gathered.LEAST", 1)
        if most == "MANY":
            monkeypatch.setattr("tocsin.corpus.ask.gathered.MANY", 3)
        else:
            monkeypatch.setattr("tocsin.corpus.ask.gathered.SOME", 1)
            monkeypatch.setattr("tocsin.corpus.ask.gathered.AT_ONCE", -1.0)
        some = answered(store, Asked("eql", text))
        assert answered(store, Asked("eql", text, whole=True)).sequences == everything.sequences
        since = some.looked.since
        assert since is not None
        assert not some.exact
        assert not some.looked.whole
        expected = answered(store, Asked("eql", text, span=Span(since), whole=True))
        assert some.sequences == expected.sequences
        table = 'from * | where process.name == "tick" | stats n = count(*)'
        told = answered(store, Asked("esql", table))
        assert not told.looked.whole
        beyond = Span(told.looked.since)
        assert told.rows == answered(store, Asked("esql", table, span=beyond, whole=True)).rows
        assert told.rows < answered(store, Asked("esql", table, whole=True)).rows


def test_a_table_of_everything_is_one_of_the_newest(folder, monkeypatch):
    monkeypatch.setattr("tocsin.corpus.ask.joined.ROWS_AT_ONCE", 20)
    with readable(folder) as store:
        text = "from * | stats n = count(*)"
        some = answered(store, Asked("esql", text))
        everything = answered(store, Asked("esql", text, whole=True))
    assert not some.looked.whole
    assert some.looked.since is not None
    assert some.rows < everything.rows
    assert everything.looked.whole
