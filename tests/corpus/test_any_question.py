"""Any question to any events answers as one plain look at each event does."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from asking import NOW, stored, told
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tocsin.alerts.paths import Fields
from tocsin.corpus import sealed_part, stock
from tocsin.corpus.exact import Exact
from tocsin.corpus.question import Condition, Kind, Question, predicate
from tocsin.corpus.span import Span
from tocsin.match.evaluate import Evaluator
from tocsin.schema.values import text_of

pytestmark = pytest.mark.usefixtures("unsynced")

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Made small, a failure would take minutes: each try has a folder of its own."""

FIELDS = (
    *("process.name", "process.args", "process.pid", "host.name", "host.id", "event.risk_score"),
    *("process.interactive", "source.ip", "event.created", "my.own", "file.Ext.windows", "message"),
    *("kubernetes.pod.name", "my.list.of_names"),
)
SCALARS = st.one_of(
    st.sampled_from(["a", "A", "ab", "b*", "", "5", "05", "1.5", "true", "10.0.0.1", "::1", "\n"]),
    st.sampled_from(["web-0", "web-0/exec", "WEB-0", "Infinity", "1e16", "core\\v1", "w\u00e9b-0"]),
    st.sampled_from(["2026-08-01T00:00:00Z", "x'; drop table y; --", "\U0001f600", "{{a}}"]),
    st.booleans(),
    st.integers(-3, 12),
    st.sampled_from([2**53 + 1, -(2**63), 2**60, 1.5, 5.0, -0.0, 1e300]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.none())


@st.composite
def events(draw):
    fields = draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5))
    at = draw(st.one_of(st.none(), st.integers(0, 9)))
    event = {} if at is None else told(1_000 * at)
    for name, value in fields.items():
        if draw(st.booleans()):
            event[name] = value
        else:
            *above, last = name.split(".")
            node = event
            for part in above:
                node = node.setdefault(part, {})
            node[last] = value
    return event


@st.composite
def conditions(draw):
    name = draw(st.sampled_from((*FIELDS, "process.name.caseless")))
    kind = draw(st.sampled_from(list(Kind)))
    excluded = draw(st.booleans())
    if kind is Kind.EXISTS:
        return Condition(name, kind, excluded=excluded)
    if kind is Kind.RANGE:
        end = draw(st.sampled_from(["gt", "gte", "lt", "lte"]))
        limit = {"source.ip": "10.0.0.1", "event.created": NOW, "message": "b"}.get(name, 5)
        return Condition(name, kind, bounds=((end, limit),), excluded=excluded)
    if kind is Kind.WILDCARD:
        pattern = draw(
            st.sampled_from(["a*", "*b", "*", "?", "5*", "[a]", "web*", "*eb-0*", "w?b-0"])
        )
        names = ["process.name", "process.args", "my.own", "kubernetes.pod.name"]
        name = draw(st.sampled_from(names))
        return Condition(name, kind, (pattern,), excluded=excluded)
    return Condition(name, kind, tuple(draw(st.lists(SCALARS, max_size=2))), excluded=excluded)


@st.composite
def questions(draw):
    groups = draw(st.lists(st.lists(conditions(), max_size=3), max_size=2))
    kql = draw(st.sampled_from(["", "", "process.pid >= 5", "not my.own: a", "5", "pro*name: a"]))
    since = draw(st.one_of(st.none(), st.integers(0, 9)))
    until = draw(st.one_of(st.none(), st.integers(0, 9)))
    span = Span(*(None if at is None else NOW + 1_000 * at for at in (since, until)))
    return Question(tuple(map(tuple, groups)), kql, span)


def plainly(events, question):
    """The numbers of the events that are meant, each looked at by itself."""
    condition, evaluator = predicate(question), Evaluator()
    for number, event in enumerate(events):
        found = Fields(event)("@timestamp")
        at = None if not found else NOW + 1_000 * int(found[0][17:19])
        inside = question.span.meets(at, at) if at is not None else question.span == (None, None)
        if inside and evaluator.holds(condition, Fields(event)):
            yield number, at


@settings(max_examples=60, deadline=None, phases=PHASES, suppress_health_check=[*HealthCheck])
@given(
    st.lists(st.lists(events(), max_size=6), min_size=1, max_size=4),
    st.lists(questions(), min_size=1, max_size=4),
    st.sampled_from(["process.name", "process.args", "host.name", "my.own", "host.name.caseless"]),
)
def test_any_question(pieces, asked, name):
    whole = [event for piece in pieces for event in piece]
    with tempfile.TemporaryDirectory() as folder, stored(Path(folder), *pieces) as answers:
        expected = [list(plainly(whole, question)) for question in asked]
        for _ in range(2):  # as they were read first, and as they are held
            counts = answers.counts(asked)
            assert [count.events for count in counts] == list(map(len, expected))
            assert all(count.looked.whole for count in counts)
        for question, rows in zip(asked, expected, strict=True):
            found = answers.find(question, 4)
            assert found.total == len(rows)
            order = sorted(rows, key=lambda row: (row[1] or 0, row[0]), reverse=True)[:4]
            assert [event.source for event in found.events] == [whole[row] for row, _ in order]
            oldest = answers.find(question, 3, newest_first=False)
            assert [event.time for event in oldest.events] == [
                at for _, at in sorted(rows, key=lambda row: (row[1] or 0, row[0]))[:3]
            ]
            values = answers.values(question, name, 100)
            path = name.removesuffix(".caseless")
            texts = [{text_of(value) for value in Fields(whole[row])(path)} for row, _ in rows]
            assert {row.value: row.events for row in values.values} == Counter(
                text for each in texts for text in each
            )
            check_hosts(values, whole, rows, texts)


def check_hosts(values, whole, rows, texts):
    for found in values.values:
        some = [row for row, each in zip(rows, texts, strict=True) if found.value in each]
        hosts = set()
        for row, _ in some:
            fields = Fields(whole[row])
            hosts |= {text_of(value) for value in (fields("host.name") or fields("host.id"))[:1]}
        assert found.hosts == len(hosts)
        times = [at for _, at in some if at is not None]
        assert (found.first, found.last) == (min(times, default=None), max(times, default=None))


@pytest.mark.parametrize(
    ("pattern", "read"), [("web-0", 2), ("web*", 2), ("w*0", 3), ("*", 3), ("5", 3), ("nobody", 0)]
)
def test_only_events_that_name_a_field_and_its_value_are_read(tmp_path, monkeypatch, pattern, read):
    some = [
        told(1, kubernetes={"pod": {"name": "web-0"}}),
        told(2, kubernetes={"pod": {"name": 5}}),
        told(3, kubernetes={"node": {"name": "web-0"}}),
        told(4, process={"name": "web-0"}),
        told(5, **{"kubernetes.pod.name": "web-1"}, message="not web-0"),
    ]
    rows = []
    holds = Exact.holds

    def watched(self, part, chosen):
        rows.append(len(chosen))
        return holds(self, part, chosen)

    monkeypatch.setattr(Exact, "holds", watched)
    question = Question(kql=f"kubernetes.pod.name: {pattern}")
    for sealed in (True, False):
        rows.clear()
        pieces = (some, []) if sealed else ([], some)
        with stored(tmp_path / str(sealed), *pieces) as answers:
            expected = len(list(plainly(some, question)))
            assert answers.count(question).events == expected
        assert sum(rows) == read


def test_more_groups_of_rows_than_are_read_together(tmp_path, monkeypatch):
    monkeypatch.setattr("tocsin.journal.sealed.archive.ROWS", 3)
    many = [told(10 * n, process={"name": f"p{n % 7}"}, host={"name": "h"}) for n in range(100)]
    with stored(tmp_path, many, []) as answers:
        question = Question(((Condition("process.name", Kind.IS, ("p3",)),),))
        assert answers.count(question).events == 14
        late = Question(question.groups, span=Span(NOW + 900))
        assert [event.time - NOW for event in answers.find(late, 9).events] == [940]


@pytest.mark.parametrize("sealed", [True, False])
def test_keys_are_found_however_they_are_written(tmp_path, sealed):
    texts = [
        rb'{"my": {"key": 1}, "host": {"name": "a"}}',
        rb'{"my.k\u0065y": 1, "host": {"name": "b"}}',
        rb'{"m\u0079": [{"\u006bey": 1}], "path": "C:\\key\\users"}',
        rb'{"other": "key", "host": {"name": "c"}}',
    ]
    with stored(tmp_path, texts, []) if sealed else stored(tmp_path, texts) as answers:
        for kql in ("my.key: *", "my.key: 1", "my.*: 1", "my: *"):
            assert answers.count(Question(kql=kql)).events == 3, kql
        assert answers.count(Question(kql="not my.key: *")).events == 1


def test_what_is_held_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(sealed_part, "COLUMNS", 1)
    with stored(tmp_path, [told(0, process={"name": "a"})], []) as answers:
        question = Question(((Condition("process.name", Kind.IS, ("a",)),),))
        assert [answers.count(question).events for _ in range(3)] == [1, 1, 1]
        assert not answers._stock._memory.columns._things


def test_a_question_ends_when_its_time_is_over(tmp_path):
    days = [[told(86_400_000 * day, process={"name": "a"})] for day in range(4)]
    with stored(tmp_path, *days, []) as answers:
        ticks = iter(range(1000))
        answers._clock = lambda: float(next(ticks))
        found = answers.count(Question(), seconds=1)
        assert not found.looked.whole
        assert found.events == found.looked.events == 2
        assert found.first == NOW + 2 * 86_400_000
        assert found.looked.since == NOW + 86_400_000 + 1


def test_files_that_are_put_together_meanwhile_are_read_once(tmp_path):
    pieces = [[told(n, process={"name": "a"})] for n in range(9)]
    with stored(tmp_path, *pieces[:3], []) as answers:
        assert answers.count(Question()).events == 3
        archive = answers.corpus.archive
        from tocsin.journal.sealed.compact import compact

        compact(archive, list(archive.files()))
        answers._stock._files = stock.Held(stock.FILES, lambda file: file.cost)
        assert answers.count(Question()).events == 3


def test_a_damaged_file_is_told_and_the_others_are_read(tmp_path):
    with stored(tmp_path, [told(0)], [told(1)], []) as answers:
        path = next(answers.corpus.archive.files()).path
        path.write_bytes(b"PAR1 nothing of the kind PAR1")
        found = answers.count(Question())
        assert (found.events, found.looked.unread, found.looked.whole) == (1, 1, False)
