"""Cutting off: evidence first, then the pod's network, its workload, and the node's ports."""

from __future__ import annotations

import json

from tocsin.web.response.action import Action
from tocsin.web.response.facts import Facts

_LABEL = "isolated-for-investigation"


def evidence(facts: Facts) -> Action:
    """What is gone once the pod is."""
    ns, pod = facts.namespace, facts.pod
    lines = [
        f"kubectl -n {ns} get pod {pod} -o yaml > pod.yaml",
        (
            f"kubectl -n {ns} get events --field-selector involvedObject.name={pod} -o "
            "yaml > events.yaml"
        ),
        f"kubectl -n {ns} logs {pod} --all-containers --timestamps > pod.log",
        f"kubectl -n {ns} logs {pod} --all-containers --timestamps --previous > pod-previous.log",
    ]
    on_node = [
        "# on the node: memory and files of the container",
        f"crictl checkpoint --export=container.tar {facts.container_id}",
        f"crictl inspect {facts.container_id} > container.json",
    ]
    if facts.executable:
        root = (
            f"/proc/$(crictl inspect --output go-template --template '{{{{.info.pid}}}}' "
            f"{facts.container_id})/root"
        )
        if facts.container_id != "CONTAINER_ID":
            on_node.append(f"sha256sum {root}{facts.quoted_executable}")
        else:
            on_node.append(f"sha256sum -- {facts.quoted_executable}")
    return Action(
        "evidence",
        "Keep evidence first",
        "What runs in a container is gone when the pod is: its memory, its files, its output.",
        (("With kubectl", _script(lines)), ("On the node", _script(on_node))),
        tuple(facts.remarks),
    )


def network_policy(facts: Facts) -> Action:
    """A policy that lets nothing out of the pod."""
    chosen = facts.labels or {_LABEL: "true"}
    name = f"deny-egress-{facts.pod}"[:60].rstrip("-.") if facts.pod != "POD" else "deny-egress"
    text = "\n".join(
        [
            "apiVersion: networking.k8s.io/v1",
            "kind: NetworkPolicy",
            "metadata:",
            f"  name: {json.dumps(name)}",
            f"  namespace: {json.dumps(facts.namespace)}",
            "spec:",
            "  podSelector:",
            "    matchLabels:",
            *(f"      {json.dumps(key)}: {json.dumps(value)}" for key, value in chosen.items()),
            "  policyTypes: [Egress]",
            "  egress: []",
            "",
        ]
    )
    texts = [("policy.yaml", text)]
    if facts.labels:
        does = "It lets nothing out of any pod with these labels, which the alert names."
    else:
        does = "It lets nothing out of the pod, which is given a label of its own for that."
        label = f"kubectl -n {facts.namespace} label pod {facts.pod} {_LABEL}=true\n"
        texts.insert(0, ("First, the label", label))
    return Action(
        "network_policy",
        "Deny all egress of the pod",
        does,
        (*texts, ("Apply", "kubectl apply -f policy.yaml\n")),
        (
            (
                "Policies add up: what another policy allows the pod stays allowed. Look "
                "at the others with "
                f"kubectl -n {facts.namespace} get networkpolicies."
            ),
            (
                "It works only where the network plugin enforces policies, and not for a pod with "
                "hostNetwork. Connections that are open may stay open."
            ),
            (
                "The pod's own node stays reachable in any case, and so does its "
                "Kubelet: block that on the "
                "node, below."
            ),
            "With egress denied the pod resolves no names either.",
        ),
    )


def scale(facts: Facts) -> Action:
    """No pod of the workload is left."""
    ns, kind, name = facts.namespace, facts.kind, facts.workload
    remarks = [
        "The pods are deleted, and what was in them: keep evidence first.",
        "What is kept in Git, and an operator, bring it back: stop them, or change it there.",
    ]
    owner = f"kubectl -n {ns} get pod {facts.pod} -o jsonpath='{{.metadata.ownerReferences}}'"
    if kind in {"deployment", "statefulset"}:
        lines = [f"kubectl -n {ns} scale {kind}/{name} --replicas=0"]
    elif kind == "replicaset":
        lines = [
            "# a replica set is mostly a deployment's: that is what must be scaled",
            (
                f"kubectl -n {ns} get replicaset {name} -o "
                f"jsonpath='{{.metadata.ownerReferences[*].name}}'"
            ),
            f"kubectl -n {ns} scale deployment/DEPLOYMENT --replicas=0",
        ]
    elif kind == "daemonset":
        patch = (
            '{"spec":{"template":{"spec":{"nodeSelector":{"stopped-for-investigation":"true"}}}}}'
        )
        lines = [f"kubectl -n {ns} patch daemonset {name} --patch '{patch}'"]
        remarks.append("A daemon set has no replicas: it is given a selector that no node meets.")
    elif kind in {"job", "cronjob"}:
        lines = [f'kubectl -n {ns} patch {kind} {name} --patch \'{{"spec":{{"suspend":true}}}}\'']
    else:
        lines = [
            "# what made the pod?",
            owner,
            f"kubectl -n {ns} scale deployment/WORKLOAD --replicas=0",
            "# a pod that nothing made is only deleted",
            f"# kubectl -n {ns} delete pod {facts.pod}",
        ]
    return Action(
        "scale",
        "Scale the workload to zero",
        "No pod of it runs on.",
        (("", _script(lines)),),
        tuple(remarks),
    )


def node_block(facts: Facts) -> Action:
    """The Kubelet's ports of a node are closed to all but the control plane."""
    nodes = (
        f"# nodes that the alert names: {', '.join(facts.nodes)}" if facts.nodes else "# each node"
    )
    nft = [
        nodes,
        "nft -f - <<'END'",
        "table inet kubelet_block {",
        "  set control_plane {",
        "    type ipv4_addr; flags interval",
        "    elements = { CONTROL_PLANE_ADDRESS }",
        "  }",
        "  chain input {",
        "    type filter hook input priority -10; policy accept;",
        '    iifname "lo" accept',
        "    ip saddr @control_plane tcp dport 10250 accept",
        "    tcp dport { 10250, 10255 } counter drop",
        "  }",
        "}",
        "END",
        "# undo: nft delete table inet kubelet_block",
    ]
    tables = [
        nodes,
        "for tool in iptables ip6tables; do",
        "  $tool -N KUBELET_BLOCK",
        "  $tool -A KUBELET_BLOCK -i lo -j RETURN",
        "  $tool -A KUBELET_BLOCK -j DROP",
        "  $tool -I INPUT -p tcp -m multiport --dports 10250,10255 -j KUBELET_BLOCK",
        "done",
        "iptables -I KUBELET_BLOCK -s CONTROL_PLANE_ADDRESS -j RETURN",
        "# undo: for tool in iptables ip6tables; do",
        "#   $tool -D INPUT -p tcp -m multiport --dports 10250,10255 -j KUBELET_BLOCK",
        "#   $tool -F KUBELET_BLOCK; $tool -X KUBELET_BLOCK; done",
    ]
    return Action(
        "node_block",
        "Block 10250 and 10255 on the nodes",
        (
            "Only the node itself and the control plane reach its Kubelet. Use one of "
            "the two, as root."
        ),
        (("nftables", _script(nft)), ("iptables", _script(tables))),
        (
            (
                "Without the control plane's addresses, kubectl exec, logs, attach, "
                "port-forward and top end. Put all of them in."
            ),
            (
                "metrics-server, Prometheus and other agents that ask Kubelets are "
                "cut off; add their "
                "addresses if they must go on."
            ),
            (
                "Neither outlives a restart of the node. Put it into the nodes' own "
                "configuration, or into "
                "the cloud's security groups, to keep it."
            ),
        ),
    )


def _script(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
