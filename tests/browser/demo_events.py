"""The demo's events, sent as shippers do, and more of their kind."""

import json
import urllib.request
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import tocsin

DEMO = Path(tocsin.__file__).parent / "demo"
_NUMBER = count(1)


def total(engine):
    """Alerts in the store."""
    return (engine.told("/alerts.json?status=any&size=1") or {"total": 0})["total"]


def send(address, lines, index="logs-cloud_defend.process-default"):
    """Send events as shippers do."""
    head = json.dumps({"create": {"_index": index}}).encode() + b"\n"
    body = b"".join(head + line + b"\n" for line in lines)
    kind = {"Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{address}/_bulk", body, kind)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=60) as told:  # noqa: S310
        assert json.load(told)["errors"] is False


def another(**more):
    """An event like one of the demo's that fires a rule, some minutes later."""
    lines = (DEMO / "containers.ndjson").read_bytes().splitlines()
    found = next(json.loads(line) for line in lines if b'"name":"kubeletctl"' in line)
    number = next(_NUMBER)
    later = datetime.fromisoformat(found["@timestamp"]) + timedelta(minutes=5, seconds=number)
    found["@timestamp"] = later.isoformat().replace("+00:00", "Z")
    found["process"]["entity_id"] = f"again-{number}"
    found["process"]["pid"] = 30_000 + number
    return json.dumps(found | more).encode()
