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


def test_the_name_that_kibana_gave_a_rule_goes_along():
    found = told(id="5f9c1c1e-0000-4000-8000-000000000000", rule_id="r")
    assert (found["uuid"], found["rule_id"]) == ("5f9c1c1e-0000-4000-8000-000000000000", "r")
    assert told()["uuid"] == told(id=7)["uuid"] == "r"


def test_what_decides_about_alerts_beside_the_query_goes_along():
    given = {
        "filters": [{"meta": {"negate": True}, "query": {"exists": {"field": "a"}}}],
        "alert_suppression": {"group_by": ["a"], "duration": {"value": 5, "unit": "m"}},
        "threshold": {"field": ["a"], "value": 5},
        "threat_mapping": [{"entries": [{"field": "a", "type": "mapping", "value": "b"}]}],
        "threat_index": ["logs-ti_*"],
        "threat_query": "*:*",
    }
    found = told(**given, threat_filters=[], setup="not this", timeline_id="nor this")["parameters"]
    assert found == {"query": "any where true", "language": "", "index": [], **given}


def test_new_terms_go_along_however_the_rule_writes_them():
    rule = Rule("r", "R", "new_terms", new_terms_fields=("a", "b"), history_window_start="now-7d")
    found = snapshot(rule)["kibana.alert.rule.parameters"]
    assert found["new_terms_fields"] == ["a", "b"]
    assert found["history_window_start"] == "now-7d"
