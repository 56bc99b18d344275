"""The steps of an investigation where the cluster's audit log is that of AKS or of GKE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from clusters import aks, gke, plain

from tocsin.corpus.questions import Questions
from tocsin.corpus.stored import Corpus
from tocsin.journal import disk
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper, Limits
from tocsin.rules.timing import instant
from tocsin.store.store import Store
from tocsin.web.steps.asking import Asking
from tocsin.web.steps.audit_trail import AKS, FORMS, GKE, PLAIN, AuditTrail
from tocsin.web.steps.carry import steps
from tocsin.web.steps.case import Case, case
from tocsin.web.steps.step import Step

Event = dict[str, Any]
Open = Callable[..., Questions]

ACCOUNT = "system:serviceaccount:shop:web"
NODE = "system:node:node-2"
NODES = ["system:nodes", "system:authenticated"]
POD = "web-0"
REVIEWED = {"verb": "get", "resource": "nodes", "subresource": "proxy"}
ASKED = {"spec": {"user": ACCOUNT, "resourceAttributes": REVIEWED}}

ALERT: Event = {
    "@timestamp": "2026-11-22T06:11:18.400Z",
    "container": {"id": "c1", "name": "web"},
    "process": {
        "name": "curl",
        "args": ["curl", "-sk", "https://10.20.0.12:10250/run/shop/api-0/api"],
    },
    "orchestrator": {"namespace": "shop", "resource": {"type": "pod", "name": POD}},
}


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Questions to these events, sealed."""
    monkeypatch.setattr(disk, "sync", lambda file: None)
    monkeypatch.setattr(disk, "sync_folder", lambda folder: None)

    @contextmanager
    def opened(*events: Event, seal: bool = True) -> Iterator[Questions]:
        folder = tmp_path
        with Journal(folder / "journal") as journal, Store.open(folder / "alerts.db") as store:
            keeper = Keeper(journal, folder / "events", Limits(seal_after=0))
            journal.append(Frame(Kind.EVENTS, 1, "test", [orjson.dumps(one) for one in events]))
            if seal:
                keeper.step(0)
                while keeper.step(1):
                    pass
            yield Questions(Corpus(journal, keeper.archive, store))

    return opened


def case_of(event: Event) -> Case:
    return case(event, "", instant(event["@timestamp"], 0))


def carried(event: Event, questions: Questions) -> dict[str, Step]:
    return {step.name: step for step in steps(case_of(event), questions, 60.0)}


def of_guard() -> Event:
    """What AKS logs about logins: no entry of the API server."""
    event = aks("06:14:00", ACCOUNT, "", "///", "guard")
    event["azure"]["platformlogs"]["properties"]["log"] = {"msg": "token ok", "level": "info"}
    return event


def of_aks(category: str = "kube-audit") -> list[Event]:
    return [
        aks("06:00:10", "anna@shop.example", "get", "shop/pods/web-0/exec", category, code=101,
            sources=["203.0.113.7", "172.31.0.4"]),
        aks("06:00:11", "anna@shop.example", "get", "shop/pods/web-01/exec", category, code=101),
        aks("06:11:19", NODE, "create", "/subjectaccessreviews//", category, code=201,
            groups=NODES, requestObject=ASKED, responseObject={"status": {"allowed": True}}),
        aks("06:11:19", "system:serviceaccount:kube-system:webhook", "create",
            "/subjectaccessreviews//", category, code=201, requestObject=ASKED),
        aks("06:12:00", ACCOUNT, "list", "shop/secrets//", category, code=403),
        aks("06:12:30", ACCOUNT, "get", "/nodes/node-2/proxy", category, code=403,
            uri="/api/v1/nodes/node-2/proxy/run/shop/api-0/api?cmd=id"),
        aks("06:12:40", "system:serviceaccount:shopping:web", "list", "x/secrets//", category),
        aks("06:13:00", ACCOUNT, "create", "shop/pods/api-0/exec", category, code=101),
        aks("06:14:00", ACCOUNT, "create", "shop/cronjobs/again/", category, code=201),
        of_guard(),
    ]  # fmt: skip


def of_gke() -> list[Event]:
    core = "core/v1/namespaces/shop"
    reviews = "authorization.k8s.io/v1/subjectaccessreviews"
    return [
        gke("06:00:10", "anna@shop.example", "io.k8s.core.v1.pods.exec.get",
            f"{core}/pods/web-0/exec", source="203.0.113.7"),
        gke("06:00:11", "anna@shop.example", "io.k8s.core.v1.pods.exec.get",
            f"{core}/pods/web-01/exec"),
        gke("06:11:19", NODE, "io.k8s.authorization.v1.subjectaccessreviews.create", reviews,
            audit={"request": ASKED, "response": {"status": {"allowed": True}}}),
        gke("06:11:19", "system:serviceaccount:kube-system:webhook",
            "io.k8s.authorization.v1.subjectaccessreviews.create", reviews,
            audit={"request": ASKED}),
        gke("06:12:00", ACCOUNT, "io.k8s.core.v1.secrets.list", f"{core}/secrets", code=7),
        gke("06:12:30", ACCOUNT, "io.k8s.core.v1.nodes.proxy.get",
            "core/v1/nodes/node-2/proxy/run/shop/api-0/api", code=7),
        gke("06:12:40", "system:serviceaccount:shopping:web", "io.k8s.core.v1.secrets.list",
            "core/v1/namespaces/x/secrets"),
        gke("06:13:00", ACCOUNT, "io.k8s.core.v1.pods.exec.create", f"{core}/pods/api-0/exec"),
        gke("06:14:00", ACCOUNT, "io.k8s.batch.v1.cronjobs.create",
            "batch/v1/namespaces/shop/cronjobs/again", log="activity"),
        gke("06:14:00", ACCOUNT, "google.container.v1.ClusterManager.GetCluster",
            "projects/shop/clusters/shop", service="container.googleapis.com"),
    ]  # fmt: skip


def of_plain() -> list[Event]:
    return [
        *(
            {
                "@timestamp": one["@timestamp"],
                "data_stream": {"dataset": "kubernetes.audit_logs"},
                "kubernetes": {"audit": one["azure"]["platformlogs"]["properties"]["log"]},
            }
            for one in of_aks()[:-1]
        ),
        plain("06:14:00", ACCOUNT, "get", "shop/pods/web-0/log"),
    ]


@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "fresh"])
@pytest.mark.parametrize(
    ("events", "more"), [(of_aks, 0), (of_gke, 0), (of_plain, 1)], ids=["aks", "gke", "plain"]
)
def test_the_steps_find_the_same_in_each_form(stored, events, more, seal):
    with stored(*events(), seal=seal) as questions:
        found = carried(ALERT, questions)
    assert all(step.whole for step in found.values())
    assert (
        [line for line in found["session"].told if "Into this pod" in line]
        == [
            line
            for line in found["session"].told
            if "anna@shop.example" in line and "get pods/exec shop/web-0" in line
        ]
        != []
    )
    log = found["audit_log"]
    assert log.told[0].startswith(f"{4 + more} audit entries are by tokens of the pod web-0")
    assert f"{2 + more} allowed, 2 forbidden." in log.told[0]
    assert log.told[1] == f"Users: {ACCOUNT}."
    reviews = found["reviews"]
    assert reviews.told[0] == "1 review by Kubelets in these twenty minutes."
    assert f"Allowed on `nodes/…`: {ACCOUNT}." in reviews.told
    assert reviews.rows[0].told.endswith(f"about {ACCOUNT}, get nodes/proxy: allowed")
    assert reviews.rows[0].marked
    proxied = found["proxied"]
    assert proxied.told == ("1 in the hour before and after: 1 forbidden.",)
    assert "/run/shop/api-0/api" in proxied.rows[0].told
    follow = found["follow_on"]
    assert any("3 exec, attach or port-forward" in line for line in follow.told)
    assert any("2 in number: 1 allowed, 1 forbidden" in line or
               "3 in number: 2 allowed, 1 forbidden" in line for line in follow.told)  # fmt: skip
    marked = [row.told for row in follow.rows if row.marked]
    assert any("create pods/exec shop/api-0" in told for told in marked)
    assert not any("web-01" in told for told in marked)


def test_what_the_categories_of_aks_leave_out_is_told(stored):
    events = of_aks("kube-audit-admin")[:-1]
    changes = [one for one in events if "'verb': 'create'" in repr(one)]
    changes.append(aks("06:13:00", ACCOUNT, "watch", "shop/pods//", "kube-audit-admin"))
    with stored(*changes) as questions:
        found = carried(ALERT, questions)
    for name in ("audit_log", "proxied", "follow_on"):
        assert "`kube-audit-admin`" in found[name].caution, name
    assert "In AKS and GKE the provider" in found["reviews"].caution


def test_entries_in_both_categories_of_aks_count_once(stored):
    with stored(*of_aks(), *of_aks("kube-audit-admin")) as questions:
        found = carried(ALERT, questions)
    assert found["audit_log"].told[0].startswith("4 audit entries are by")
    assert "of AKS" not in found["audit_log"].caution
    assert len(found["reviews"].rows) == 1


def test_that_no_data_access_log_of_gke_is_stored_is_told(stored):
    events = of_gke()
    with stored(*(one for one in events if "activity" in one["log"]["logger"])) as questions:
        found = carried(ALERT, questions)
    assert "Data Access log" in found["proxied"].caution
    assert found["proxied"].told == (
        "None among the 1 audit entries of the hour before and after.",
    )
    assert "for which pod a token" in found["audit_log"].caution


def test_with_the_data_access_log_nothing_is_said_of_it(stored):
    with stored(*of_gke()) as questions:
        found = carried(ALERT, questions)
    assert "Data Access" not in found["proxied"].caution
    assert "AKS" not in found["proxied"].caution


def test_other_logs_of_these_clouds_are_no_audit_entries(stored):
    with stored(of_aks()[-1], of_gke()[-1]) as questions:
        found = carried(ALERT, questions)
        assert AuditTrail(case_of(ALERT), Asking(questions, 60.0)).none
    for name in ("audit_log", "reviews", "proxied"):
        assert "`kube-audit`" in found[name].lacking, name
        assert found[name].told == (), name
        assert len(found[name].listings) == 1


def test_only_forms_that_are_stored_are_asked_for(stored):
    with stored(*of_gke(), *of_plain()) as questions:
        trail = AuditTrail(case_of(ALERT), Asking(questions, 60.0))
        assert trail.forms == (PLAIN, GKE)
        assert "azure" not in trail.kql(lambda form: form.verbs("get"))
        late = AuditTrail(case_of(ALERT), Asking(questions, 0.0))
        assert late.forms == FORMS
        assert AKS in late.forms
        assert not late.none


def test_an_alert_with_only_a_pod_cannot_be_looked_up_at_gke(stored):
    alert = {**ALERT, "orchestrator": {"resource": {"type": "pod", "name": POD}}}
    with stored(*of_gke()) as questions:
        found = carried(alert, questions)
    assert found["audit_log"].told[0].startswith("The alert names but a pod, and GKE's log")
    assert found["audit_log"].rows == ()


def test_an_alert_about_an_entry_of_gke_is_taken_apart(stored):
    alert = gke(
        "06:11:18", "anna@shop.example", "io.k8s.core.v1.nodes.proxy.create",
        "core/v1/nodes/node-2/proxy/run/shop/api-0/api", source="203.0.113.7",
    )  # fmt: skip
    made = case_of(alert)
    assert made.because == "it names the address of a Kubelet"
    assert made.callers == ("anna@shop.example",)
    with stored(*of_gke()) as questions:
        found = carried(alert, questions)
    assert "The intent is execution." in found["request"].told
    assert "Pod api-0 of namespace shop" in found["request"].rows[0].told
    assert (
        found["audit_log"]
        .told[0]
        .startswith(
            "2 audit entries are by anna@shop.example or the address 203.0.113.7: 2 allowed"
        )
    )


def test_an_alert_about_an_entry_of_aks_is_taken_apart(stored):
    alert = aks(
        "06:11:18", ACCOUNT, "create", "/nodes/node-2/proxy",
        uri="/api/v1/nodes/node-2/proxy/run/shop/api-0/api?cmd=id",
        sources=["203.0.113.7", "172.31.0.4"],
    )  # fmt: skip
    made = case_of(alert)
    assert made.accounts == (ACCOUNT,)
    assert made.callers == ()
    assert made.sources == ("203.0.113.7",)
    with stored(*of_aks()) as questions:
        found = carried(alert, questions)
    assert "Command: id" in found["request"].rows[0].told
    assert (
        found["audit_log"]
        .told[0]
        .startswith(
            f"5 audit entries are by {ACCOUNT} or the address 203.0.113.7: 3 allowed, 2 forbidden"
        )
    )


def test_anonymous_callers_are_nobody_to_look_for():
    made = case_of(plain("06:11:18", "system:anonymous", "get", "/nodes/n/proxy"))
    assert made.callers == ()


def test_tokens_of_the_pod_are_found_beside_its_account(stored):
    other = "system:serviceaccount:shop:other"
    extra = {"authentication.kubernetes.io/pod-name": [POD]}
    taken, near, far = (
        aks("06:12:50", who, "create", "shop/pods/x/")
        for who in (other, other, "system:serviceaccount:shopping:web")
    )
    for one in (taken, far):
        one["azure"]["platformlogs"]["properties"]["log"]["user"]["extra"] = extra
    alert = ALERT | {"user": {"name": ACCOUNT}}
    with stored(*of_aks(), taken, near, far) as questions:
        log = carried(alert, questions)["audit_log"]
    assert log.told[0].startswith(f"5 audit entries are by {ACCOUNT} or tokens of the pod web-0: ")
    assert log.told[1] == f"Users: {ACCOUNT}, {other}."


def test_processes_in_pods_are_found_by_either_name_of_the_pod(stored):
    def started(**more: Any) -> Event:
        return {
            "@timestamp": "2026-11-22T06:20:00Z",
            "event": {"category": ["process"], "type": ["start"]},
            "process": {"name": "id"},
            **more,
        }

    events = [
        started(orchestrator={"resource": {"type": "pod", "name": "api-0"}}),
        started(kubernetes={"pod": {"name": "api-0"}}),
        started(
            kubernetes={"pod": {"name": "api-0"}},
            orchestrator={"resource": {"type": "deployment", "name": "api"}},
        ),
        started(kubernetes={"pod": {"name": "api-01"}}),
    ]
    with stored(*events) as questions:
        follow = carried(ALERT, questions)["follow_on"]
    assert "3 processes started in api-0 in the hour after." in follow.told
