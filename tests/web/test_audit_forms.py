"""Entries of audit logs, in each of the forms in which they are stored."""

from __future__ import annotations

import pytest
from clusters import aks, gke, plain

from tocsin.alerts.happening import happened
from tocsin.alerts.narrative import sentence
from tocsin.corpus.question import Question, predicate
from tocsin.web.steps.audit_entry import ALLOWED, FORBIDDEN, UNTOLD, AuditEntry, decisions_told
from tocsin.web.steps.audit_trail import AKS, FORMS, GKE, PLAIN, any_entry, entry_of, kql

ACCOUNT = "system:serviceaccount:shop:web"
POD_EXEC = "io.k8s.core.v1.pods.exec.create"
_NAMED = {"orchestrator": {"resource": {"name": "web-0"}}}


@pytest.mark.parametrize(
    "event",
    [
        plain("06:12:00", ACCOUNT, "create", "shop/pods/api-0/exec", code=101),
        aks("06:12:00", ACCOUNT, "create", "shop/pods/api-0/exec", code=101),
        aks("06:12:00", ACCOUNT, "create", "shop/pods/api-0/exec", "kube-audit-admin", code=101),
        gke("06:12:00", ACCOUNT, POD_EXEC, "core/v1/namespaces/shop/pods/api-0/exec")
        | {"source": {"ip": "10.244.1.9"}},
    ],
    ids=["plain", "aks", "aks-admin", "gke"],
)
def test_one_request_is_the_same_in_each_form(event):
    entry = entry_of(event)
    assert entry.told.startswith(f"{ACCOUNT} from 10.244.1.9: create pods/exec shop/api-0: allowed")
    assert (entry.who, entry.verb, entry.resource) == (ACCOUNT, "create", "pods")
    assert (entry.subresource, entry.namespace, entry.name) == ("exec", "shop", "api-0")
    assert entry.source == "10.244.1.9"
    assert entry.decision == ALLOWED

    assert happened(event) == f"create shop/pods/api-0/exec ({ACCOUNT}, from 10.244.1.9)"
    said = "".join(piece.text for piece in sentence(event))
    assert (
        said
        == f"{ACCOUNT} asked the Kubernetes API to create shop/pods/api-0/exec from 10.244.1.9."
    )
    # an integration's category says less
    configured = event | {"event": event.get("event", {}) | {"category": ["configuration"]}}
    assert happened(configured) == happened(event)


@pytest.mark.parametrize(
    ("method", "path", "more", "line"),
    [
        ("core.v1.secrets.list", "core/v1/namespaces/shop/secrets", {}, "list shop/secrets"),
        ("core.v1.nodes.proxy.get", "core/v1/nodes/n-1/proxy/x", {}, "get nodes/n-1/proxy"),
        ("get", "healthz", {}, "get healthz"),
        ("core.v1.pods.exec.create", "", _NAMED, "create pods/web-0/exec"),
    ],
)
def test_what_gke_tells_is_said_as_others_say_it(method, path, more, line):
    assert (
        happened(gke("06:12:00", ACCOUNT, f"io.k8s.{method}", path) | more) == f"{line} ({ACCOUNT})"
    )


@pytest.mark.parametrize(
    "event",
    [
        gke("06:12:00", "eve@x.example", "v1.compute.instances.insert", "x", service="compute"),
        gke("06:12:00", "eve@x.example", POD_EXEC, "x", service="compute.googleapis.com"),
        gke("06:12:00", "eve@x.example", "io.k8s.odd.thing", "x"),
    ],
)
def test_what_is_no_request_to_an_api_server_is_told_as_other_actions(event):
    assert happened(event).startswith(event["event"]["action"])


@pytest.mark.parametrize(
    "event",
    [
        plain("06:12:00", ACCOUNT, "list", "shop/secrets//", code=403),
        aks("06:12:00", ACCOUNT, "list", "shop/secrets//", code=403),
        gke(
            "06:12:00", ACCOUNT, "io.k8s.core.v1.secrets.list",
            "core/v1/namespaces/shop/secrets", code=7,
        ),
    ],
    ids=["plain", "aks", "gke"],
)  # fmt: skip
def test_a_refusal_is_one_in_each_form(event):
    entry = entry_of(event)
    assert entry.decision == FORBIDDEN
    assert (entry.verb, entry.resource, entry.namespace) == ("list", "secrets", "shop")
    assert (entry.name, entry.subresource) == ("", "")
    assert entry.status in {"403", "7 PERMISSION_DENIED"}
    said = "".join(piece.text for piece in sentence(event))
    assert said.startswith(f"{ACCOUNT} asked the Kubernetes API to list shop/secrets")
    assert said.endswith(", which was refused.")


def gcp(**audit):
    found = gke("06:12:00", ACCOUNT, "io.k8s.core.v1.secrets.get", "core/v1/x")
    found["gcp"]["audit"] = audit
    found["event"].pop("outcome")
    return found


@pytest.mark.parametrize(
    ("audit", "decision"),
    [
        ({"labels": {"authorization.k8s.io/decision": "forbid"}, "status": {"code": 0}}, FORBIDDEN),
        ({"labels": {"authorization.k8s.io/decision": "allow"}, "status": {"code": 5}}, ALLOWED),
        ({"authorization_info": [{"granted": True}], "status": {"code": 5}}, ALLOWED),
        ({"authorization_info": [{"granted": True}, {"granted": False}]}, FORBIDDEN),
        ({"authorization_info": [{"granted": True}], "status": {"code": 7}}, FORBIDDEN),
        ({"status": {"code": 16}}, FORBIDDEN),
        ({"status": {"code": 0}}, ALLOWED),
        ({"status": {"code": 5}}, UNTOLD),
        ({}, UNTOLD),
    ],
)
def test_what_googles_log_says_of_a_decision(audit, decision):
    assert entry_of(gcp(**audit)).decision == decision


def test_a_failure_alone_is_no_refusal():
    event = gcp()
    event["event"]["outcome"] = "failure"
    assert entry_of(event).decision == UNTOLD
    event["event"]["outcome"] = "success"
    assert entry_of(event).decision == ALLOWED


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        (
            "io.k8s.core.v1.nodes.proxy.get",
            "core/v1/nodes/gke-a-1/proxy/metrics/cadvisor",
            "get nodes/proxy gke-a-1",
        ),
        (
            "io.k8s.authorization.rbac.v1.clusterrolebindings.create",
            "rbac.authorization.k8s.io/v1/clusterrolebindings/all",
            "create clusterrolebindings all",
        ),
        ("io.k8s.batch.v1beta1.cronjobs.patch", "batch/v1beta1/namespaces/a/cronjobs/b",
         "patch cronjobs a/b"),
        ("io.k8s.core.v1.namespaces.get", "core/v1/namespaces/shop", "get namespaces shop"),
        ("io.k8s.get", "healthz", "get healthz"),
        ("google.container.v1.ClusterManager.GetCluster", "projects/p/clusters/c",
         "? projects/p/clusters/c"),
        ("", "", "? ?"),
        ("io.k8s.", "//////", "? //////"),
    ],
)  # fmt: skip
def test_methods_and_names_are_taken_apart(method, path, told):
    entry = entry_of(gke("06:12:00", "a@shop.example", method, path))
    assert entry.told.startswith(f"a@shop.example: {told}: ")


def test_older_versions_of_googles_integration_are_read():
    event = gke("06:12:00", "x", POD_EXEC, "")
    del event["client"], event["gcp"]["audit"]["resource_name"]
    event["gcp"]["audit"]["authentication_info"] = {"principal_email": ACCOUNT}
    event["gcp"]["audit"]["request_metadata"] = {"caller_ip": "203.0.113.7"}
    event["orchestrator"] |= {"namespace": "shop", "resource": {"type": "pods", "name": "api-0"}}
    assert entry_of(event).told == (
        f"{ACCOUNT} from 203.0.113.7: create pods/exec shop/api-0: allowed"
    )


def test_the_client_stands_first_among_addresses_and_who_was_impersonated_is_told():
    event = aks("06:12:00", "anna@shop.example", "get", "shop/pods//",
                sources=["203.0.113.7", "172.31.0.4"])  # fmt: skip
    log = event["azure"]["platformlogs"]["properties"]["log"]
    log["impersonatedUser"] = {"username": ACCOUNT}
    assert entry_of(event).told.startswith(f"anna@shop.example as {ACCOUNT} from 203.0.113.7: get")


def test_an_entry_without_anything_says_so():
    assert entry_of({}).told == "an unknown user: ? ?: not told"
    assert AuditEntry(verb="get", path="/version").told == "an unknown user: get /version: not told"
    assert decisions_told([entry_of({}), entry_of({})]) == "2 not told"


def test_copies_have_the_same_key_and_other_requests_do_not():
    one = aks("06:12:00", ACCOUNT, "create", "shop/pods/a/", number="1")
    copy = aks("06:12:00", ACCOUNT, "create", "shop/pods/a/", "kube-audit-admin", number="1")
    chosen = aks("06:12:00", ACCOUNT, "create", "shop/pods/b/", number="1")
    assert entry_of(one) == entry_of(copy)
    assert entry_of(one) != entry_of(chosen)


def test_a_question_begins_with_the_data_sets_that_can_be_asked():
    whole = kql(lambda form: form.resources("nodes"))
    assert whole.startswith(
        'data_stream.dataset: ("kubernetes.audit_logs" or "azure.platformlogs" or "gcp.audit") and '
    )
    groups = kql(lambda form: form.groups("system:nodes"))
    assert "gcp" not in groups
    assert kql(lambda form: form.token_pods("web-0"), (GKE,)) == ""
    assert kql(lambda form: form.verbs("get"), (PLAIN,)) == (
        'data_stream.dataset: "kubernetes.audit_logs" and kubernetes.audit.verb: "get"'
    )
    for text in (whole, groups, any_entry(), any_entry((AKS,))):
        predicate(Question(kql=text))


@pytest.mark.parametrize("form", FORMS, ids=["plain", "aks", "gke"])
def test_hostile_names_stay_names(form):
    hostile = 'x" or host.id: * or "'
    for ask in (form.users, form.users_like, form.pods, form.token_pods, form.verbs):
        if text := ask(hostile):
            predicate(Question(kql=text))
            assert " or host.id: * or " not in text or '"x\\" or host.id: * or \\""' in text
    assert "*" not in form.pods("*").replace('"*"', "")
