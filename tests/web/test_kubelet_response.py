"""The response as text: filled with what is known, and never with what could break out of it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.kubelet.name import is_label, is_label_key, is_label_value, is_name
from tocsin.web.response.action import Action, actions_json
from tocsin.web.response.plan import response
from tocsin.web.steps.case import case

AT = 1_795_327_878_400


def event(**more):
    """An alert of a container, as Defend for Containers tells it."""
    orchestrator = {
        "namespace": "shop",
        "resource": {
            "type": "pod",
            "name": "web-7d4b9c6f5-x2x9k",
            "parent": {"type": "ReplicaSet"},
        },
    }
    return {
        "container": {
            "id": "d58d5d05e7cc",
            "name": "nginx",
            "image": {"name": "docker.io/library/nginx", "tag": ["1.27"]},
        },
        "host": {"name": "node-2"},
        "orchestrator": orchestrator,
        "process": {
            "name": "kubeletctl",
            "executable": "/tmp/kubeletctl",
            "args": ["/tmp/kubeletctl", "pods", "-s", "10.20.0.12"],
        },
    } | more


def planned(document) -> dict[str, Action]:
    return {one.name: one for one in response(case(document, "", AT))}


def text(action: Action) -> str:
    return "".join(one for _, one in action.texts)


def policy(actions: dict[str, Action]):
    return yaml.safe_load(dict(actions["network_policy"].texts)["policy.yaml"])


def test_measures_are_filled_with_the_alerts_values():
    found = planned(event())
    assert list(found) == [
        *("evidence", "network_policy", "node_block", "scale", "rotation", "rbac_review"),
        *("kubelet_configuration", "pod_security", "persistence", "redeploy"),
    ]
    assert policy(found)["metadata"]["namespace"] == "shop"
    assert policy(found)["spec"] == {
        "podSelector": {"matchLabels": {"isolated-for-investigation": "true"}},
        "policyTypes": ["Egress"],
        "egress": [],
    }
    assert "label pod web-7d4b9c6f5-x2x9k isolated-for-investigation=true" in text(
        found["network_policy"]
    )
    assert "get replicaset web-7d4b9c6f5 " in text(found["scale"])
    assert "# nodes that the alert names: 10.20.0.12" in text(found["node_block"])
    for port in ("10250", "10255"):
        assert text(found["node_block"]).count(port) >= 2
    assert "nodes/proxy" in text(found["rbac_review"])
    assert "pod-security.kubernetes.io/enforce=restricted" in text(found["pod_security"])
    assert "tocsin kubelet-config" in text(found["kubelet_configuration"])
    assert "since='2026-11-22 05:11:18'" in text(found["persistence"])
    assert "ls -l -- /tmp/kubeletctl" in text(found["persistence"])
    assert "which image ran: docker.io/library/nginx:1.27" in text(found["redeploy"])
    assert found["evidence"].remarks == ()


def test_labels_that_are_known_choose_the_pods():
    labels = {"app": "web", "app_kubernetes_io/name": "web", "pod-template-hash": "7d4b9c6f5"}
    found = planned(event(kubernetes={"labels": labels}))
    assert policy(found)["spec"]["podSelector"]["matchLabels"] == {"app": "web"}
    assert "First, the label" not in dict(found["network_policy"].texts)


@pytest.mark.parametrize(
    ("kubernetes", "told"),
    [
        ({"deployment": {"name": "web"}}, "scale deployment/web --replicas=0"),
        ({"statefulset": {"name": "db"}}, "scale statefulset/db --replicas=0"),
        ({"daemonset": {"name": "agent"}}, "patch daemonset agent"),
        ({"cronjob": {"name": "nightly"}}, "patch cronjob nightly"),
        ({"job": {"name": "once"}}, "patch job once"),
    ],
)
def test_each_kind_of_workload_is_stopped_in_its_own_way(kubernetes, told):
    assert told in text(planned(event(kubernetes=kubernetes))["scale"])


def test_of_a_stateful_sets_pod_the_name_is_known():
    resource = {"type": "pod", "name": "cache-0", "parent": {"type": "StatefulSet"}}
    found = planned(event(orchestrator={"namespace": "shop", "resource": resource}))
    assert "scale statefulset/cache --replicas=0" in text(found["scale"])


def test_without_values_words_in_capitals_stand_there():
    found = planned({"process": {"args": ["curl", "https://n:10250/pods"]}})
    everything = "".join(map(text, found.values()))
    for word in ("NAMESPACE", "POD", "SERVICE_ACCOUNT", "CONTAINER_ID", "NODE", "IMAGE"):
        assert re.search(rf"\b{word}\b", everything)
    assert policy(found)["metadata"] == {"name": "deny-egress", "namespace": "NAMESPACE"}


HOSTILE = (
    'shop"; rm -rf /; "',
    "shop\n  evil: true",
    "$(id)",
    "`id`",
    "shop' ; id #",
    "../../etc",
    "-Aevil",
    "shop --all",
    "a" * 300,
    "UP/PER-",
    "\u202eshop",
    "shop\x00",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_left_out_with_a_remark(value):
    document = event(
        container={"id": value, "name": value, "image": {"name": value, "tag": [value]}},
        host={"name": value},
        kubernetes={
            "labels": {value: value, "app": value},
            "deployment": {"name": value},
            "node": {"name": value},
            "service_account": {"name": value},
        },
        orchestrator={
            "namespace": value,
            "resource": {"type": "pod", "name": value, "label": [f"app:{value}"]},
        },
        process={
            "executable": value,
            "args": ["kubeletctl", "pods", "-s", value, "--cert", value],
        },
    )
    found = planned(document)
    everything = "".join(map(text, found.values()))
    assert value not in everything
    assert policy(found)["metadata"]["namespace"] == "NAMESPACE"
    assert "The alert's namespace is no such name" in " ".join(found["evidence"].remarks)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_names_give_a_policy_that_is_one(namespace, pod):
    found = planned(
        event(orchestrator={"namespace": namespace, "resource": {"type": "pod", "name": pod}})
    )
    made = policy(found)
    assert set(made) == {"apiVersion", "kind", "metadata", "spec"}
    assert made["metadata"]["namespace"] in {namespace, "NAMESPACE"}
    assert made["spec"]["egress"] == []


@pytest.mark.parametrize("name", ["null", "true", "123", "1e3", "on", "0x1f"])
def test_names_that_yaml_would_take_for_something_else_stay_names(name):
    found = planned(
        event(orchestrator={"namespace": name, "resource": {"type": "pod", "name": name}})
    )
    assert policy(found)["metadata"] == {"name": f"deny-egress-{name}", "namespace": name}


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash reads the scripts")
@pytest.mark.parametrize("path", ["/tmp/kubeletctl", "/tmp/it's;id", '/x/$(id)`id`"#&|'])
def test_scripts_can_be_read_by_a_shell(path):
    process = {"executable": path, "args": ["kubeletctl", "pods", "-s", "10.20.0.12"]}
    for action in planned(event(process=process)).values():
        for heading, script in action.texts:
            if heading != "policy.yaml":
                done = subprocess.run(
                    ["bash", "-n"],  # noqa: S607 - the shell that is there
                    input=script.encode(),
                    capture_output=True,
                    check=False,
                )
                assert done.returncode == 0, (action.name, heading, done.stderr)


def test_a_quoted_program_is_one_word():
    path = "/tmp/it's;id"
    process = {"executable": path, "args": ["kubeletctl", "pods"]}
    found = text(planned(event(process=process))["persistence"])
    assert "ls -l -- '/tmp/it'\"'\"'s;id'" in found


def test_other_alerts_have_no_response():
    assert response(case({"process": {"args": ["ls"]}}, "ls", 0)) == ()
    assert actions_json(response(case(event(), "", AT)))[0]["name"] == "evidence"


def test_names_of_kubernetes():
    assert is_label("a-1")
    assert not any(map(is_label, ("", "-a", "a-", "A", "a.b", "a" * 64, "a\n")))
    assert is_name("a.b-c.1")
    assert not any(map(is_name, ("", ".a", "a..b", "a." * 130)))
    assert is_label_key("app.kubernetes.io/name")
    assert not any(map(is_label_key, ("", "/a", "a/", "-a", "a b", "A_/b")))
    assert is_label_value("")
    assert not any(map(is_label_value, (" ", "a b", "-", "a\n", "a" * 64)))
