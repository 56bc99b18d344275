"""Looking for what stayed behind, and beginning anew from what is known to be good."""

from __future__ import annotations

from tocsin.web.response.action import Action
from tocsin.web.response.facts import Facts


def persistence(facts: Facts) -> Action:
    """Places where somebody would leave something."""
    since = facts.since
    lines = [
        f"since='{since}'  # an hour before the alert, UTC",
        "export TZ=UTC",
        "# cron and timers",
        'find /etc/cron* /var/spool/cron /etc/anacrontab -newermt "$since" -ls 2>/dev/null',
        "systemctl list-timers --all",
        "# units, init scripts, what shells read, what every program loads",
        (
            "find /etc/systemd /usr/lib/systemd /etc/init.d /etc/rc.local "
            "/etc/profile.d /etc/ld.so.preload "
            '-newermt "$since" -ls 2>/dev/null'
        ),
        "# pods that only the Kubelet of this node knows",
        'find /etc/kubernetes/manifests -newermt "$since" -ls 2>/dev/null',
        "# keys",
        'find /root/.ssh /home/*/.ssh -name authorized_keys -newermt "$since" -ls 2>/dev/null',
        "# programs that are new, or run with another's rights",
        (
            "find /usr/local /opt /tmp /var/tmp /dev/shm /usr/bin /usr/sbin -xdev "
            "-type f -perm /111 "
            '-newermt "$since" -ls 2>/dev/null'
        ),
        'find / -xdev -type f -perm /6000 -newermt "$since" -ls 2>/dev/null',
        "# programs that differ from their package",
        "debsums -s 2>/dev/null || rpm -Va 2>/dev/null",
    ]
    if facts.executable:
        lines += ["# the program of the alert", f"ls -l -- {facts.quoted_executable}"]
    cluster = [
        "# made or changed since: look at what nobody knows of",
        (
            f"kubectl -n {facts.namespace} get "
            "pods,deployments,daemonsets,cronjobs,secrets,serviceaccounts,"
            "rolebindings --sort-by=.metadata.creationTimestamp"
        ),
        (
            "kubectl get "
            "clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations "
            ""
            "--sort-by=.metadata.creationTimestamp"
        ),
        "kubectl get csr",
    ]
    return Action(
        "persistence",
        "Look for what stayed behind",
        "On the nodes that were addressed, and on the one where it ran. These only read.",
        (("On a node, as root", _script(lines)), ("In the cluster", _script(cluster))),
        (
            (
                "A rootkit answers for such commands itself: of a node that was taken over, "
                "look at the disk."
            ),
        ),
    )


def redeploy(facts: Facts) -> Action:
    """The workload from an image that is known."""
    ns = facts.namespace
    kind = facts.kind if facts.kind in {"deployment", "statefulset", "daemonset"} else "deployment"
    name = facts.workload if facts.kind == kind else kind.upper()
    name = name if name != "WORKLOAD" else kind.upper()
    lines = [
        f"# which image ran: {facts.image}",
        (
            f"kubectl -n {ns} get pod {facts.pod} -o "
            f"jsonpath='{{.status.containerStatuses[*].imageID}}'"
        ),
        "# build it anew from source without the tools that were brought in, and name it by digest",
        f"kubectl -n {ns} set image {kind}/{name} {facts.container}=REGISTRY/IMAGE@sha256:DIGEST",
        f"kubectl -n {ns} rollout status {kind}/{name}",
    ]
    node = [
        "# a node on which commands were run: no new pods, then rebuild it",
        f"kubectl cordon {facts.node}",
        f"kubectl drain {facts.node} --ignore-daemonsets --delete-emptydir-data",
    ]
    return Action(
        "redeploy",
        "Redeploy from a known-good image",
        "A tag may point to another image by now; a digest cannot.",
        (("The workload", _script(lines)), ("The node", _script(node))),
        (
            (
                "Give the new workload an account of its own with no more rights "
                "than it needs, and "
                "automountServiceAccountToken: false where it asks the API server nothing."
            ),
        ),
    )


def _script(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
