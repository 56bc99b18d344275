"""What to send so that rules which wait for an index pattern see events."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_BEAT = re.compile(r"(?P<beat>[a-z]+beat)-", re.ASCII)
_STREAM = re.compile(r"(?P<kind>logs|metrics|traces)-(?P<set>[^-*]+)(?P<rest>.*)", re.ASCII)

TITLES: Final = {
    "apm": "APM",
    "auditd_manager": "Auditd Manager",
    "aws": "AWS",
    "aws_bedrock": "Amazon Bedrock",
    "azure": "Azure Logs",
    "azure_openai": "Azure OpenAI",
    "cloud_defend": "Defend for Containers",
    "crowdstrike": "CrowdStrike",
    "cyberarkpas": "CyberArk Privileged Access Security",
    "endpoint": "Elastic Defend",
    "fim": "File Integrity Monitoring",
    "fortinet_fortigate": "Fortinet FortiGate",
    "gcp": "Google Cloud Platform",
    "github": "GitHub",
    "google_workspace": "Google Workspace",
    "jamf_protect": "Jamf Protect",
    "kubernetes": "Kubernetes",
    "m365_defender": "Microsoft Defender XDR",
    "network_traffic": "Network Packet Capture",
    "nginx": "Nginx",
    "o365": "Microsoft 365",
    "okta": "Okta",
    "panw": "Palo Alto Next-Gen Firewall",
    "sentinel_one_cloud_funnel": "SentinelOne Cloud Funnel",
    "suricata": "Suricata",
    "system": "System",
    "windows": "Windows",
    "zeek": "Zeek",
}
"""What Elastic calls the integrations that collect data sets, by the first word of these."""

_HERE: Final = {
    "auditd_manager": "tocsin serve --follow /var/log/audit/audit.log",
    "kubernetes": "tocsin serve --follow AUDIT.log",
}
"""What Tocsin reads by itself."""

_ALSO: Final = {
    "kubernetes": " Or let the API server send its audit log here: "
    "{address}/_kubernetes/audit is the server in the file of its --audit-webhook-config-file. "
    "On EKS the integration collects it from CloudWatch.",
    "azure.platformlogs": " Of AKS they hold the API server's audit log, if a diagnostic setting "
    "sends the category kube-audit to an event hub; kube-audit-admin has no get and list.",
    "gcp.audit": " Of GKE they hold the API server's audit log; what only reads stands in the Data "
    "Access log, which the project has to switch on for k8s.io.",
}
"""What more there is to say about a data set, or all of an integration."""


class Advice(NamedTuple):
    """What to do: ``text`` says it; ``setting`` is to be set, ``command`` to be run, if any."""

    text: str
    setting: str = ""
    command: str = ""


def advice(pattern: str, address: str) -> Advice:
    """What to do for an index pattern; ``address``: that of this server."""
    name = pattern.rpartition(":")[2].lower()
    hosts = f'output.elasticsearch.hosts: ["{address}"]'
    if name.startswith(".alerts-"):
        return Advice("It looks at alerts of other rules: it waits for one of these to fire.")
    if beat := _BEAT.match(name):
        return Advice(f"Let {beat['beat'].capitalize()} send here.", hosts)
    if stream := _STREAM.match(name):
        word = stream["set"].partition(".")[0]
        title = TITLES.get(word, "")
        by = f"The integration {title} collects them with Elastic Agent" if title else "Send them"
        whole = stream["rest"].startswith("-")
        sets = f"{'is' if whole else 'begins with'} {stream['set']}"
        setting = f"data_stream.dataset: {stream['set']}" if whole else ""
        also = (_ALSO.get(stream["set"]) or _ALSO.get(word, "")).format(address=address)
        return Advice(
            f"Events whose data_stream.dataset {sets}. {by}; or any shipper, with that field "
            f"set.{also}",
            setting,
            _HERE.get(word, ""),
        )
    return Advice(f"Events in an index of this name: POST {address}/{name.rstrip('*-')}/_bulk.")
