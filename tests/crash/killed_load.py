"""Rules of every kind, events that set them off, and a shipper that never gives up.

Events are seconds apart and long past, so that their own times decide everything; the last one
comes much later, so that all others are settled.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import orjson

import tocsin

INDEX = "logs-endpoint.events.process-default"
PATTERN = ["logs-endpoint.events.process-*"]
HOSTS, USERS = 12, 30
NAMES = ["curl", "sh", "cat", "scp", "ls", "id", "ps"]
FEW = 4
"""Requests on their way at once; events of one are never much older than those of another."""
PACE = 3_000
"""Events a second, at most."""
AGO = timedelta(days=400)
"""When the first event was; an hour at full pace is 125 days, and no event may be to come."""

RULES = {
    "single": {"query": 'process where process.name == "curl" and user.name == "u1"'},
    "block": {
        "query": 'process where process.name == "id" and user.name == "u2"',
        "building_block_type": "default",
    },
    "sequence": {
        "query": "sequence by host.id, user.name with maxspan=5m "
        '[process where process.name == "sh"] [process where process.name == "curl"] '
        '[process where process.name == "scp"]'
    },
    "until": {
        "query": 'sequence by host.id with maxspan=2m [process where process.name == "cat"] '
        '[process where process.name == "scp" and user.name == "u3"] '
        'until [process where process.name == "ps" and user.name == "u4"]'
    },
    "absence": {
        "query": "sequence by host.id with maxspan=30s "
        '[process where process.name == "cat" and user.name == "u5"] '
        '![process where process.name == "ls"]'
    },
    "sample": {
        "query": 'sample by host.id [process where process.name == "id" and user.name == "u6"] '
        '[process where process.name == "ps" and user.name == "u7"]',
        "from": "now-10m",
    },
    "threshold": {
        "type": "threshold",
        "language": "kuery",
        "query": "process.name: ls",
        "threshold": {"field": ["user.name"], "value": 5},
        "from": "now-9m",
    },
    "terms": {
        "type": "new_terms",
        "language": "kuery",
        "query": "process.name: (scp or id)",
        "new_terms": {
            "field": "new_terms_fields",
            "value": ["host.id", "user.name"],
            "history_window_start": [{"field": "history_window_start", "value": "now-10d"}],
        },
    },
    "suppressed": {
        "type": "query",
        "language": "kuery",
        "query": "process.name: ps and user.name: (u1 or u2 or u3)",
        "alert_suppression": {"group_by": ["host.id"], "duration": {"value": 5, "unit": "m"}},
    },
    "table": {
        "type": "esql",
        "language": "esql",
        "query": 'from logs-endpoint.events.process-* | where process.name == "cat" '
        "| stats n = count(*), users = count_distinct(user.name) "
        "by host.id, bucket = date_trunc(5 minutes, @timestamp) | where n >= 7",
        "interval": "5m",
        "from": "now-10m",
    },
    "indicator": {
        "type": "threat_match",
        "language": "kuery",
        "query": "process.name: curl",
        "threat_index": ["logs-ti_*"],
        "threat_query": "*:*",
        "threat_mapping": [
            {
                "entries": [
                    {"field": "user.name", "type": "mapping", "value": "threat.indicator.name"},
                    {"field": "host.id", "type": "mapping", "value": "threat.indicator.provider"},
                ]
            }
        ],
    },
}
INDICATORS = [{"threat": {"indicator": {"name": "u8", "provider": f"h{n}"}}} for n in range(8)]


def rule_files(folder):
    """Write the rules as TOML, and beside the folder what indicators there are; the folder."""
    folder.mkdir(exist_ok=True)
    _indicators(folder).write_text("".join(f"{json.dumps(each)}\n" for each in INDICATORS))
    for number, (name, given) in enumerate(RULES.items(), 1):
        keys = {
            "rule_id": f"00000000-0000-4000-8000-{number:012}",
            "name": name,
            "description": "For tests.",
            "type": "eql",
            "language": "eql",
            "severity": "low",
            "risk_score": 21,
            "index": PATTERN,
            **given,
        }
        if keys["type"] == "esql":
            del keys["index"]
        text = '[metadata]\nmaturity = "production"\n\n[rule]\n'
        text += "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def options(rules):
    """What the engine is started with beside the rules of a folder."""
    return "--lateness", "10m", "--indicators", str(_indicators(rules))


def _indicators(rules):
    return rules.with_name("indicators.ndjson")


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


class Load:
    """Batches of events without end, and what was acknowledged.

    Attributes
    ----------
    acknowledged
        A file with each acknowledged event as an exported hit.
    events
        How many they are.
    """

    def __init__(self, seed, port, folder, size=40, rude=0.05):
        self._random = random.Random(seed)
        self._port = port
        self._size = size
        self._rude = rude
        self._start = datetime.now(UTC) - AGO
        self._number = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.acknowledged = folder / "acknowledged.ndjson"
        self.events = 0
        self.tries = 0

    def run(self):
        """Send batches until `stop`; each until it is acknowledged."""
        with ThreadPoolExecutor(FEW) as pool:
            while not self._stop.is_set():
                due = time.monotonic() + FEW * self._size / PACE
                for done in [pool.submit(self._deliver, self._batch()) for _ in range(FEW)]:
                    done.result()
                self._stop.wait(due - time.monotonic())

    def stop(self):
        """Send what was begun, and no more."""
        self._stop.set()

    def close(self):
        """One event, long after all others."""
        self._number += 7_200
        self._deliver([self._event({"process.name": "end", "host.id": "end"})])

    def _batch(self):
        return [self._event() for _ in range(self._size)]

    def _event(self, fields=None):
        some, number = self._random, self._number
        self._number += 1
        source = {
            "@timestamp": f"{self._start + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S}.000Z",
            "event.category": "process",
            "event.type": ["start"],
            "host.id": f"h{some.randrange(HOSTS)}",
            "user.name": f"u{some.randrange(USERS)}",
            "process.name": some.choice(NAMES),
            "process.pid": number,
            **(fields or {}),
        }
        return (f"e{number}" if number % 3 else ""), source

    def _deliver(self, batch):
        lines = []
        for name, source in batch:
            action = {"create": {"_id": name} if name else {}}
            lines += [json.dumps(action), json.dumps(source)]
        body = ("\n".join(lines) + "\n").encode()
        while not self._sent(body):
            self._stop.wait(0.02)
        hits = [
            json.dumps({"_index": INDEX, **({"_id": name} if name else {}), "_source": source})
            for name, source in batch
        ]
        with self._lock, self.acknowledged.open("a", encoding="utf-8") as kept:
            kept.writelines(f"{hit}\n" for hit in hits)
            self.events += len(hits)

    def _sent(self, body):
        """Whether the batch was acknowledged; now and then nobody waits for the answer."""
        with self._lock:
            self.tries += 1
            rude = self._random.random() < self._rude
        link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            headers = {"Content-Type": "application/x-ndjson"}
            link.request("POST", f"/{INDEX}/_bulk", body, headers)
            if rude:
                return False
            answer = link.getresponse()
            told = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            link.close()
        if answer.status != 200:
            return False
        statuses = [next(iter(item.values()))["status"] for item in told["items"]]
        return all(status in (200, 201, 409) for status in statuses)


def compared(engine, load, rules):
    """The alerts of an engine that has had its load; they are those of one uninterrupted scan."""
    found = _settled(engine, engine.data)
    expected = _scanned(load, rules)
    invented = by_rule(found, found.keys() - expected.keys())
    lost = by_rule(expected, expected.keys() - found.keys())
    assert not invented, f"invented: {invented}"
    assert not lost, f"lost: {lost}"
    assert found == expected
    return found


def by_rule(alerts, names):
    """How many of the named alerts each rule has."""
    return Counter(alerts[name]["kibana.alert.rule.name"] for name in names)


def _settled(engine, data):
    """The alerts in the store when everything that came was looked at, and the engine had ended."""
    engine.until(engine.settled)
    assert engine.stop() == 0, engine.last_words()
    from tocsin.store.store import Store

    with Store.open(data) as store:
        changes = store.changes(0, 1_000_000)
    names = [change.alert.id for change in changes]
    assert len(names) == len(set(names))
    return {change.alert.id: _timeless(change.alert.document) for change in changes}


def _scanned(load, rules):
    """The alerts of an uninterrupted scan of what was acknowledged."""
    found = tocsin.scan(
        tocsin.read(str(load.acknowledged)),
        tocsin.load_rules(rules),
        indicators=[str(_indicators(rules))],
    )
    return {alert.id: _timeless(orjson.dumps(alert.document)) for alert in found}


def _timeless(document):
    """An alert without what the wall clock says."""
    return {
        key: value
        for key, value in orjson.loads(document).items()
        if key != "tocsin.detected_at" and not key.startswith("kibana.alert.rule.execution.")
    }
