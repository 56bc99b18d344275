"""Audit entries of one cluster as three kinds of logs have them, for tests of steps."""

from __future__ import annotations

from typing import Any

DAY = "2026-11-22"
_LOGGER = "projects/shop/logs/cloudaudit.googleapis.com%2F"

Fields = dict[str, Any]


def plain(time: str, who: str, verb: str, thing: str, **more: Any) -> Fields:
    """An entry in the data set of the Kubernetes integration."""
    return {
        "@timestamp": f"{DAY}T{time}Z",
        "data_stream": {"type": "logs", "dataset": "kubernetes.audit_logs", "namespace": "default"},
        "kubernetes": {"audit": _entry(time, who, verb, thing, **more)},
    }


def aks(
    time: str, who: str, verb: str, thing: str, category: str = "kube-audit", **more: Any
) -> Fields:
    """An entry among the platform logs of Azure; all that is flattened is text there."""
    log = _entry(time, who, verb, thing, **more)
    log["responseStatus"] = {"code": str(log["responseStatus"]["code"])}
    return {
        "@timestamp": f"{DAY}T{time}Z",
        "data_stream": {"type": "logs", "dataset": "azure.platformlogs", "namespace": "default"},
        "event": {
            "action": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
            "kind": "event",
        },
        "azure": {
            "resource": {
                "name": "SHOP",
                "provider": "MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS",
            },
            "platformlogs": {
                "category": category,
                "event_category": "Administrative",
                "properties": {"pod": "kube-apiserver-0", "log": log},
            },
        },
    }


def gke(time: str, who: str, method: str, path: str, **more: Any) -> Fields:
    """An entry among the audit logs of Google Cloud; ``code``, ``source``, ``log``, ``audit``."""
    code = more.get("code", 0)
    entry: Fields = {
        "@timestamp": f"{DAY}T{time}Z",
        "data_stream": {"type": "logs", "dataset": "gcp.audit", "namespace": "default"},
        "service": {"name": more.get("service", "k8s.io")},
        "event": {
            "action": method,
            "outcome": "success" if code == 0 else "failure",
            "kind": "event",
            "id": f"{time}-{method}",
        },
        "client": {"user": {"email": who}},
        "log": {"logger": f"{_LOGGER}{more.get('log', 'data_access')}"},
        "orchestrator": {"type": "kubernetes", "cluster": {"name": "shop"}},
        "gcp": {
            "audit": {
                "type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "resource_name": path,
                "status": {"code": code},
                "authorization_info": [{"granted": code != 7, "permission": method}],
                **more.get("audit", {}),
            }
        },
    }
    if source := more.get("source"):
        entry["source"] = {"ip": source}
    return entry


def _entry(time: str, who: str, verb: str, thing: str, **more: Any) -> Fields:
    """An entry as the API server writes it; ``thing``: ``namespace/resource/name/subresource``."""
    namespace, resource, name, sub = thing.split("/")
    given = {"namespace": namespace, "resource": resource, "name": name, "subresource": sub}
    code = more.get("code", 200)
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "auditID": more.get("number", f"{time} {who} {verb} {thing}"),
        "stage": "ResponseComplete",
        "stageTimestamp": f"{DAY}T{time}Z",
        "verb": verb,
        "user": {"username": who, "groups": more.get("groups", ["system:authenticated"])},
        "sourceIPs": more.get("sources", ["10.244.1.9"]),
        "objectRef": {key: value for key, value in given.items() if value},
        "requestURI": more.get("uri", f"/api/v1/{resource}"),
        "responseStatus": {"code": code},
        "annotations": {
            "authorization.k8s.io/decision": "forbid" if code == 403 else "allow",
        },
        **{key: more[key] for key in ("requestObject", "responseObject") if key in more},
    }
