"""Taking away what was or may have been stolen, and closing how it could be used."""

from __future__ import annotations

from tocsin.web.response.action import Action
from tocsin.web.response.facts import Facts
from tocsin.web.steps.credentials import read_kinds

_ROLES = (
    "kubectl get clusterroles,roles -A -o json | jq -r '.items[] | select(any(.rules[]?; "
    '((.resources // []) | any(. == "nodes/proxy" or . == "*/proxy" or . == "*")) and '
    '((.apiGroups // []) | any(. == "" or . == "*")))) | "\\(.kind) \\(.metadata.name)"\''
)
_BINDINGS = (
    "kubectl get clusterrolebindings -o json | jq -r --arg role ROLE '.items[] | "
    'select(.roleRef.name == $role) | .subjects[]? | "\\(.kind) \\(.namespace // "-") \\(.name)"\''
)


def rotation(facts: Facts) -> Action:
    """Tokens, certificates and kubeconfigs that may be known to somebody else."""
    ns, account = facts.namespace, facts.account
    tokens = [
        "# a bound token ends with its pod",
        f"kubectl -n {ns} delete pod {facts.pod}",
        "# tokens that are kept as secrets do not end by themselves",
        f"kubectl -n {ns} get secrets --field-selector type=kubernetes.io/service-account-token",
        "# all tokens of an account end when it is made anew (its workloads must be restarted)",
        f"kubectl -n {ns} get serviceaccount {account} -o yaml > account.yaml",
        f"kubectl -n {ns} delete serviceaccount {account}",
        f"kubectl -n {ns} create serviceaccount {account}",
    ]
    node = [
        f"# on the node ({facts.node}), where its certificate is rotated by itself",
        "systemctl stop kubelet",
        (
            "mkdir -p -m 700 /var/lib/kubelet/old-pki && "
            "mv /var/lib/kubelet/pki/kubelet-client-* /var/lib/kubelet/old-pki/"
        ),
        "# a kubelet.conf that points to them must be made anew, on the control plane:",
        (
            "#   kubeadm kubeconfig user --org system:nodes --client-name "
            f"system:node:{facts.node} > kubelet.conf"
        ),
        "systemctl start kubelet",
    ]
    control = [
        "# on each node of the control plane",
        "kubeadm certs check-expiration",
        "kubeadm certs renew apiserver-kubelet-client",
        "kubeadm certs renew admin.conf",
        "# then restart the API server's static pod, and give the new kubeconfigs to their owners",
    ]
    remarks = [
        (
            "Kubernetes cannot revoke a client certificate: until it ends, take its "
            "user's rights away, or "
            "change the authority that signed it."
        ),
    ]
    seen = list(dict.fromkeys(read_kinds(facts.case)))
    if seen:
        remarks.insert(0, f"The alert itself names: {', '.join(seen)}.")
    return Action(
        "rotation",
        "Rotate tokens, client certificates and kubeconfigs",
        "Whatever could be read where the alert was is good for somebody else until it is changed.",
        (
            ("Service-account tokens", _script(tokens)),
            ("The node's client certificate", _script(node)),
            ("Certificates of the API server and kubeconfigs (kubeadm)", _script(control)),
        ),
        tuple(remarks),
    )


def rbac_review(facts: Facts) -> Action:
    """Who may ask Kubelets."""
    user = f"system:serviceaccount:{facts.namespace}:{facts.account}"
    lines = [
        "# roles that give the Kubelet's API (nodes/proxy), by name or by *",
        _ROLES,
        "# who has one of them",
        _BINDINGS,
    ]
    asked = [
        f"kubectl auth can-i get nodes --subresource=proxy --as={user}",
        f"kubectl auth can-i create nodes --subresource=proxy --as={user}",
        f"kubectl auth can-i --list --as={user}",
        "# strangers",
        (
            "kubectl auth can-i get nodes --subresource=proxy --as=system:anonymous "
            "--as-group=system:unauthenticated"
        ),
    ]
    return Action(
        "rbac_review",
        "Review who has nodes/proxy",
        "`nodes/proxy` is the right to run commands in every pod of a node. These only read.",
        (
            ("All who have it (needs jq)", _script(lines)),
            ("The account of the alert", _script(asked)),
        ),
        (
            (
                "`get` alone is enough to run commands, since a WebSocket begins with "
                "GET. An agent for "
                "metrics needs nodes/metrics and nodes/stats, from Kubernetes 1.33 on nodes/pods, "
                "nodes/configz and nodes/healthz, not nodes/proxy."
            ),
        ),
    )


def pod_security(facts: Facts) -> Action:
    """Labels that keep pods from the node."""
    ns = facts.namespace
    level = "pod-security.kubernetes.io"
    return Action(
        "pod_security",
        "Pod Security for the namespace",
        "Pods with hostNetwork, hostPath, privileges and the like are refused from then on.",
        (
            (
                "See first what would break",
                (
                    f"kubectl label --dry-run=server --overwrite namespace {ns} "
                    f"{level}/enforce=restricted\n"
                ),
            ),
            (
                "Then",
                (
                    f"kubectl label --overwrite namespace {ns} {level}/enforce=restricted "
                    f"{level}/warn=restricted {level}/audit=restricted\n"
                ),
            ),
        ),
        ("Pods that run already go on; they are refused when they are made anew.",),
    )


def kubelet_configuration(facts: Facts) -> Action:
    """Whether the Kubelets let strangers in."""
    lines = [
        f"# what the Kubelet of {facts.node} runs with, by way of the API server",
        f"kubectl get --raw /api/v1/nodes/{facts.node}/proxy/configz > configz.json",
        "tocsin kubelet-config configz.json",
        "# or on the node, from its files",
        "tocsin kubelet-config /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env",
    ]
    return Action(
        "kubelet_configuration",
        "Check the Kubelet's configuration",
        "Anonymous callers, authorization, the read-only port, the client authority, "
        "and more: each "
        "setting with what it means and what to write instead.",
        (("", _script(lines)),),
        (
            (
                "What it must have: authentication.anonymous.enabled: false, "
                "authorization.mode: Webhook, "
                "readOnlyPort: 0, authentication.x509.clientCAFile."
            ),
        ),
    )


def _script(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
