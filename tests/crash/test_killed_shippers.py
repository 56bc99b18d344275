"""The engine killed while real shippers send: they try again, and each line makes one alert."""

import random
import threading
import time

import orjson
import pytest
from bench.served import free_port

from shippers import needs_rsyslog, needs_syslog_ng, rsyslog, syslog_ng

Store = pytest.importorskip("tocsin.store.store").Store
pytest.importorskip("starlette", reason="tocsin[web] is not installed")
pytest.importorskip("uvicorn", reason="tocsin[web] is not installed")

KILLS = 3
RULE = """
[metadata]
maturity = "production"

[rule]
rule_id = "00000000-0000-4000-8000-000000000001"
name = "A line"
description = "For tests."
type = "eql"
language = "eql"
severity = "low"
risk_score = 21
index = ["logs-system.syslog-*"]
query = 'any where true'
"""


class Python:
    """Elasticsearch's own client as a shipper: follows the file, and never gives up on a batch."""

    def __init__(self, place, port):
        elasticsearch = pytest.importorskip("elasticsearch", reason="the client is not installed")
        self._helpers = pytest.importorskip("elasticsearch.helpers")
        self._errors = elasticsearch.TransportError, self._helpers.BulkIndexError
        self._client = elasticsearch.Elasticsearch(f"http://127.0.0.1:{port}")
        self._path = place / "app.log"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)
        self._client.close()

    def _run(self):
        with self._path.open() as file:
            while not self._stop.is_set():
                lines = file.readlines(2_000)
                now = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())}Z"
                batch = [
                    {
                        "_op_type": "create",
                        "_index": "logs-system.syslog-default",
                        "_source": {"@timestamp": now, "message": line.strip()},
                    }
                    for line in lines
                ]
                while batch and not self._stop.is_set():
                    try:
                        self._helpers.bulk(self._client, batch)
                        break
                    except self._errors:
                        self._stop.wait(0.1)
                self._stop.wait(0.02)


@pytest.mark.parametrize(
    "shipper",
    [
        pytest.param(rsyslog, marks=needs_rsyslog),
        pytest.param(syslog_ng, marks=needs_syslog_ng),
        Python,
    ],
)
def test_each_line_makes_one_alert(tmp_path, served, shipper):
    chance = random.Random(5)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "line.toml").write_text(RULE)
    log = tmp_path / "app.log"
    log.touch()
    sent = []
    engine = served(free_port(), tmp_path / "data", str(rules), tmp_path / "log")
    engine.start()
    engine.listening()
    with shipper(tmp_path, engine.port):
        for kill in range(KILLS + 1):
            for _ in range(10):
                fresh = [f"line {len(sent) + number} of many" for number in range(10)]
                with log.open("a") as file:
                    file.write("".join(f"{line}\n" for line in fresh))
                sent += fresh
                time.sleep(chance.uniform(0, 0.08))
            if kill < KILLS:
                engine.kill()
                engine.start()
        engine.listening()
        engine.until(lambda: len(messages(engine)) >= len(sent), 60)
    time.sleep(0.5)
    assert sorted(messages(engine)) == sorted(sent)
    assert engine.stop() == 0, engine.last_words()


def messages(engine):
    """The line of each alert in the store."""
    with Store.open(engine.data) as store:
        alerts = [orjson.loads(change.alert.document) for change in store.changes(0, 100_000)]
    return [(alert.get("message") or alert.get("MESSAGE")).strip() for alert in alerts]
