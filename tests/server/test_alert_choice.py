"""What is done with all alerts of a question, or of a group, is what its page told of."""

import pytest
from made_alerts import made
from page_outline import checked
from serving import NOW

from tocsin.store.triage import Act

ACT = Act("somebody", NOW)


def name(number):
    return f"{number:040x}"


def statuses(store, numbers):
    return [store.one(name(number)).status for number in numbers]


def form(browser, question="", **fields):
    shown = browser.get(f"/alerts.json?{question}").json()
    told = {"number": shown["number"], "shown_alerts": shown["total"], "back": f"?{question}"}
    return {"action": "close", "reason": "duplicate"} | told | fields


def test_all_alerts_of_a_question_are_closed_and_no_others(browser, store):
    store.put([made(number, severity="low" if number % 2 else "high") for number in range(120)])
    answer = browser.post("/alerts", form(browser, "severity=low&size=25", all="question"))
    assert answer.headers["location"] == "/alerts?severity=low&size=25&changed=60&same=0&closed=1"
    assert set(statuses(store, range(1, 120, 2))) == {"closed"}
    assert set(statuses(store, range(0, 120, 2))) == {"open"}
    page = browser.get(answer.headers["location"])
    checked(page)
    assert "60 alerts changed." in page.text
    assert "status=closed&amp;sort=changed" in page.text


def test_alerts_that_came_since_are_left_alone(browser, store):
    store.put([made(number) for number in range(5)])
    fields = form(browser, all="question")
    store.put([made(number) for number in range(5, 9)])
    assert "changed=5&" in browser.post("/alerts", fields).headers["location"]
    assert statuses(store, range(9)) == ["closed"] * 5 + ["open"] * 4


def test_a_stale_choice_says_what_became_of_it(browser, store):
    store.put([made(number) for number in range(5)])
    of_all, of_some = form(browser, all="question"), form(browser, id=[name(n) for n in range(5)])
    store.set_status([name(0), name(1)], "closed", ACT, reason="duplicate")
    answer = browser.post("/alerts", of_all)
    assert answer.headers["location"] == "/alerts?changed=3&same=0&gone=2&closed=1"
    text = browser.get(answer.headers["location"]).text
    assert "3 alerts changed, 2 are not among them any more." in text
    of_some["id"].append(name(77))
    answer = browser.post("/alerts", of_some, at="/alerts?status=any")
    assert answer.headers["location"] == "/alerts?changed=0&same=5&gone=1&closed=1"


def test_more_alerts_than_a_form_can_do_are_told(browser, store, monkeypatch):
    for module in ("alert_choice", "alert_deeds", "alert_views"):
        monkeypatch.setattr(f"tocsin.server.pages.{module}.MOST", 4)
    monkeypatch.setattr("tocsin.server.pages.alert_deeds._SOME", 3)
    store.put([made(number) for number in range(9)])
    answer = browser.post("/alerts", form(browser, all="question"))
    assert answer.headers["location"] == "/alerts?changed=4&same=0&left=5&closed=1"
    assert (
        "4 alerts changed. 5 are left: do it again." in browser.get(answer.headers["location"]).text
    )
    assert statuses(store, range(9)) == ["open"] * 5 + ["closed"] * 4


GROUPS = ("status", "severity", "rule", "host", "user", "tactic", "technique", "tag", "assignee")


@pytest.mark.parametrize("by", GROUPS)
def test_alerts_are_put_into_groups(browser, store, by):
    store.put(
        [
            made(
                number,
                host=["a", "b"] if number == 5 else "b" if number % 2 else "A",
                user={"name": "root"},
                rule=f"Rule {number % 3}",
                severity="critical" if number == 4 else "low",
            )
            for number in range(6)
        ]
    )
    store.tag([name(1)], ACT, add=["Case"])
    store.assign([name(2)], ACT, add=["anna"])
    groups = browser.get(f"/alerts.json?group={by}").json()["groups"]
    told = {group["value"]: group["alerts"] for group in groups}
    expected = {
        "status": {"open": 6},
        "severity": {"low": 5, "critical": 1},
        "rule": {"id-Rule 0": 2, "id-Rule 1": 2, "id-Rule 2": 2},
        "host": {"A": 4, "b": 3},
        "user": {"root": 6},
        "tactic": {"TA0002": 6},
        "technique": {"T1059": 6},
        "tag": {None: 5, "Case": 1},
        "assignee": {None: 5, "anna": 1},
    }[by]
    assert {str(key).lower(): count for key, count in told.items()} == {
        str(key).lower(): count for key, count in expected.items()
    }
    assert groups[0]["alerts"] == max(told.values())
    page = browser.get(f"/alerts?group={by}&q=curl")
    checked(page)
    assert 'name="of"' in page.text
    for group in groups:
        assert group["first"] <= group["last"]
        if group["value"] is not None:
            inside = browser.client.get("/alerts.json", params={by: group["value"]}).json()
            assert inside["total"] == group["alerts"]
    if by == "severity":
        assert {group["value"]: group["severity"] for group in groups} == {
            "low": "low",
            "critical": "critical",
        }


def test_a_whole_group_is_closed(browser, store):
    store.put([made(n, host="web-1" if n < 4 else "db-1", severity="low") for n in range(7)])
    fields = form(browser, "severity=low&group=host", of="web-1", group="host")
    answer = browser.post("/alerts", fields)
    assert answer.headers["location"].startswith("/alerts?severity=low&group=host&changed=4&same=0")
    assert statuses(store, range(7)) == ["closed"] * 4 + ["open"] * 3
    fields = form(browser, "group=severity", of=["low", "high"], group="severity")
    assert "changed=3&" in browser.post("/alerts", fields).headers["location"]


def test_a_group_whose_name_is_a_pattern_is_itself_only(browser, store):
    store.put([made(1, host="*"), made(2, host="web-1"), made(3, host="w*"), made(4, host="web-2")])
    for hostile in ("*", "w*"):
        fields = form(browser, "group=host", of=hostile, group="host")
        assert "changed=1&" in browser.post("/alerts", fields).headers["location"]
    assert statuses(store, range(1, 5)) == ["closed", "open", "closed", "open"]


@pytest.mark.parametrize(
    "fields",
    [
        {"all": "question", "number": "x"},
        {"all": "question", "number": ""},
        {"of": "web-1", "group": "secret"},
        {"of": "x", "group": "severity"},
        {},
    ],
)
def test_a_form_that_makes_no_sense_does_nothing(browser, store, fields):
    store.put([made(1)])
    answer = browser.post("/alerts", form(browser) | fields)
    assert answer.status_code == 400
    checked(answer)
    assert statuses(store, [1]) == ["open"]


def test_groups_that_there_are_not_are_refused(browser):
    assert browser.get("/alerts?group=secret").status_code == 400
