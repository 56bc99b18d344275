"""What is posted, whatever it is wrapped in, sets off the alerts that a scan of it sets off."""

from pathlib import Path

import orjson
import pytest
from doubles import MemoryJournal
from watched import plain, rule, told, watched

import tocsin
from server.serving import Client
from tocsin.engine.compiled import compile_rules
from tocsin.journal.frame import Frame, Kind
from tocsin.live.options import Options

AUDIT = Path(tocsin.__file__).parent / "demo/kubernetes-audit.log"
K8S = ("logs-kubernetes.audit_logs-*",)
RULES = [
    rule(
        "Reviews", "eql", 'any where kubernetes.audit.objectRef.resource == "tokenreviews"',
        index=K8S,
    ),
    rule(
        "Many", "threshold", "event.dataset: kubernetes.audit_logs", from_="now-1h", index=K8S,
        raw={"threshold": {"field": ["event.action"], "value": 2}},
    ),
]  # fmt: skip


def as_list(lines):
    return (
        "/_kubernetes/audit",
        orjson.dumps(
            {
                "kind": "EventList",
                "apiVersion": "audit.k8s.io/v1",
                "items": [orjson.Fragment(line) for line in lines],
            }
        ),
    )


def as_bulk(lines):
    return "/_bulk", b"".join(b'{"create":{}}\n' + line + b"\n" for line in lines)


def as_hits(lines):
    hits = [
        orjson.dumps({"_index": "raw", "_id": f"{n}", "_source": orjson.Fragment(line)})
        for n, line in enumerate(lines)
    ]
    return as_bulk(hits)


@pytest.mark.parametrize("wrapped", [as_list, as_bulk, as_hits])
def test_alerts_are_those_of_a_scan(wrapped, tmp_path):
    journal = MemoryJournal()
    client = Client(log=journal)
    lines = AUDIT.read_bytes().splitlines()
    path, body = wrapped(lines)
    assert client("POST", path, body, {"content-type": "application/json"}).status == 200
    documents = [line for line in body.splitlines() if line != b'{"create":{}}']
    (tmp_path / "events").write_bytes(b"\n".join(documents))
    journal.append(Frame(Kind.MARK, 2_000_000_000_000, mark=2_000_000_000_000))
    compiled = compile_rules(RULES)
    assert None not in compiled.plans
    # the server's clock stands months before the events
    found = told(watched(journal, compiled, Options(farthest=1 << 40)))
    scan = tocsin.scan(tocsin.read(tmp_path / "events"), RULES)
    assert found == {alert.id: plain(alert.document) for alert in scan}
    assert {alert["kibana.alert.rule.name"] for alert in found.values()} == {"Reviews", "Many"}
