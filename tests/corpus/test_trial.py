"""Rules on trial over what is stored: what they would have said, and what is wrong with them."""

import itertools

import pytest

from asked_store import DAY, NOON, event, readable, stored, three_days
from tocsin.corpus.ask.asked import Asked, TooMuchError
from tocsin.corpus.ask.trial import Progress, Trial, tried
from tocsin.rules.written import Draft, rule_toml

ID = "6aa52f86-18f1-4a5a-a0ac-e2b5db8af581"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("trial")
    stored(found, *three_days())
    return found


def trial(folder, query, language="eql", index=("logs-*",), recent=None, mode="raw", **more):
    toml = rule_toml(Draft(ID, "A", "B", language, query, index=index))
    about = Asked(language, query, recent=recent, latest=NOON, text_mode=mode)
    with readable(folder) as store:
        return tried(Trial(toml, about), store, **more)


def test_alerts_are_counted_by_day(folder):
    found = trial(folder, 'process where process.name == "curl"')
    assert found.trouble == ""
    assert found.alerts == found.listed == 9
    assert [(day // DAY, count) for day, count in found.days] == [
        (NOON // DAY - 3, 2),
        (NOON // DAY - 2, 2),
        (NOON // DAY - 1, 2),
        (NOON // DAY, 3),
    ]
    top = dict(found.top)
    assert top["process.name"] == (("curl", 9),)
    assert len(top["user.name"]) == 5
    assert found.examples[0][0] == NOON + 1
    assert found.cost.events == 82
    assert found.cost.pairs >= 9


def test_a_span_bounds_a_trial(folder):
    assert trial(folder, 'process where process.name == "curl"', recent=DAY).alerts == 4


def test_sequences_and_tables_are_tried(folder):
    text = """sequence by host.name with maxspan=1m
      [process where process.name == "tick"] [process where process.name == "curl"]"""
    assert trial(folder, text).alerts == 8
    text = 'from logs-* metadata _id, _index, _version | where process.name == "curl"'
    assert trial(folder, text, "esql", ()).alerts == 9


def test_texts_are_compared_as_the_engine_does(tmp_path):
    stored(tmp_path, [], [event(NOON, "sh", message="a kubeletctl")])
    for mode, count in (("raw", 1), ("compat", 0)):
        assert trial(tmp_path, 'message: "a kube"', "kuery", mode=mode).alerts == count


def test_events_in_no_fitting_index_are_told(folder):
    found = trial(folder, "process where true", index=("metrics-*",))
    assert found.alerts == 0
    assert found.cost.unrouted == 82
    assert found.days == ()


def test_a_rule_that_cannot_run_says_why(folder):
    found = trial(folder, "process where (")
    assert "expected" in found.trouble
    assert found.diagnostics[0].code == "EQL001"


def test_what_is_doubtful_is_told(folder):
    found = trial(folder, "process where true", index=())
    assert "LINT170" in {one.code for one in found.diagnostics}


def test_a_trial_says_how_far_it_is(folder):
    toml = rule_toml(Draft(ID, "A", "B", "eql", 'process where process.name == "curl"'))
    told = []
    times = itertools.count(step=0.1)
    with readable(folder) as store:
        store.tell = told.append
        tried(Trial(toml, Asked("eql", "any where true")), store, clock=lambda: next(times))
    assert told[0] == Progress(0, told[0].total)
    assert len(told) > 1
    assert [one.events for one in told] == sorted(one.events for one in told)
    assert all(one.events <= one.total for one in told)
    assert told[-1].events == 82
    assert told[-1].alerts <= 9


SEQUENCE = """sequence by host.name with maxspan=1m
  [process where process.name == "tick"] [process where process.name == "curl"]"""


@pytest.mark.parametrize("some", [1, 3, 1_000])
def test_a_trial_says_how_far_it_is_while_events_are_joined(folder, monkeypatch, some):
    monkeypatch.setattr("tocsin.inputs.source._SOME", some)
    toml = rule_toml(Draft(ID, "A", "B", "eql", SEQUENCE, index=("logs-*",)))
    told = []
    times = itertools.count(step=0.3)
    with readable(folder) as store:
        store.tell = told.append
        found = tried(Trial(toml, Asked("eql", SEQUENCE), 1e9), store, clock=lambda: next(times))
    assert found.alerts == 8
    joined = [one for one in told if one.again]
    assert {one.events for one in joined} == {82}
    (kept,) = {one.kept for one in joined}
    assert 16 <= kept < 82
    numbers = [one.again for one in joined]
    assert numbers == sorted(numbers)
    if some == 1:
        assert numbers[0] == 1
    assert 16 <= numbers[-1] <= kept
    assert not any(one.again for one in told[: len(told) - len(joined)])


def test_a_trial_ends_while_events_are_joined(folder, monkeypatch):
    monkeypatch.setattr("tocsin.inputs.source._SOME", 1)
    now = [0.0]

    def told(progress):
        now[0] += 50.0 if progress.again else 0.0

    def clock():
        now[0] += 0.3
        return now[0]

    toml = rule_toml(Draft(ID, "A", "B", "eql", SEQUENCE, index=("logs-*",)))
    with readable(folder) as store:
        store.tell = told
        with pytest.raises(TooMuchError, match="82 events the trial"):
            tried(Trial(toml, Asked("eql", SEQUENCE)), store, clock=clock)


def test_a_trial_ends(folder):
    ticks = iter(range(0, 100_000, 20))
    with pytest.raises(TooMuchError, match="shorter time"):
        trial(folder, "process where true", clock=lambda: next(ticks))
