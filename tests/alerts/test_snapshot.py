"""What an alert carries of its rule beside what the engine uses."""

from tocsin.alerts.snapshot import snapshot
from tocsin.rules.rule import Rule


def told(**raw):
    found = snapshot(Rule(id="r", name="R", type="eql", query="any where true", raw=raw))
    return {key.removeprefix("kibana.alert.rule."): value for key, value in found.items()}


def test_what_an_export_says_of_a_rule_goes_along():
    lists = [{"id": "a", "list_id": "b", "type": "detection", "namespace_type": "single"}]
    given = {
        "timeline_id": "t-1",
        "timeline_title": "Processes",
        "immutable": True,
        "revision": 3,
        "created_at": "2026-08-21T12:00:00.000Z",
        "updated_by": "ana",
        "exceptions_list": lists,
    }
    assert told(**given).items() >= given.items()
    assert not given.keys() & told().keys()


def test_what_has_another_shape_stays_out():
    odd = {"timeline_id": 7, "immutable": "yes", "revision": True, "created_at": None}
    assert not odd.keys() & told(**odd).keys()
    assert "exceptions_list" not in told(exceptions_list="all")
    assert told(exceptions_list=["x", {"id": "a", "n": {}}])["exceptions_list"] == [{"id": "a"}]


def test_actions_stay_out_since_they_hold_secrets():
    assert "actions" not in told(actions=[{"params": {"url": "https://user:pass@host"}}])
