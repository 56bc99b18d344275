"""``tocsin serve`` as a process: events in, alerts in the store, stopped and started again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from serve_process import serving

from tocsin.journal.journal import Journal
from tocsin.store.store import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

LAST_PRIORITY = 19

RULE = """
[rule]
name = "{name}"
description = "For a test."
rule_id = "{rule_id}"
risk_score = 50
severity = "medium"
type = "eql"
language = "eql"
index = ["logs-*"]
from = "now-9m"
query = '''{query}'''
"""
CURL = RULE.format(name="Curl", rule_id="curl-1", query='process where process.name == "curl"')
PAIR = RULE.format(
    name="Pair",
    rule_id="pair-1",
    query="sequence by host.id with maxspan=1m "
    '[process where process.name == "a"] [process where process.name == "b"]',
)


def event(name, second, host="h"):
    return {
        "@timestamp": f"2026-08-01T12:00:{second:02}Z",
        "event": {"category": "process"},
        "process": {"name": name},
        "host": {"id": host},
    }


def rules_of(store):
    return sorted(found.rule_name for found in store.each())


def wait_for(store, *names, seconds=150):
    until = time.monotonic() + seconds
    while rules_of(store) != sorted(names) and time.monotonic() < until:
        time.sleep(0.02)
    assert rules_of(store) == sorted(names)


@pytest.fixture
def rules(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "curl.toml").write_text(CURL)
    (folder / "pair.toml").write_text(PAIR)
    return folder


@pytest.fixture
def store(tmp_path):
    (tmp_path / "data").mkdir()
    with Store.open(tmp_path / "data") as store:
        yield store


def engine_of(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [
        child for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
    ]
    return int(found[0])


def test_alerts_come_and_a_sequence_goes_on_after_a_stop(tmp_path, rules, store):
    log, told = tmp_path / "events.ndjson", tmp_path / "alerts.ndjson"
    with serving(tmp_path, "--follow", log, "--sink", f"file:{told}") as serve:
        serve.send(event("curl", 1), event("a", 2), event("curl", 1))
        wait_for(store, "Curl")
        assert json.loads(serve.get("/ready")) == {"ready": True, "troubles": []}
        assert json.loads(serve.get("/health"))["status"] == "ok"
        assert serve.metric("tocsin_events_accepted_total") == 3
        assert serve.metric("tocsin_rules") == 2
        status = json.loads(serve.get("/_tocsin/status"))
        assert (status["rules"]["running"], status["troubles"]) == (2, [])
        assert set(status["followers"]) == {"files"}
        log.write_text(json.dumps(event("curl", 2)) + "\n")
        wait_for(store, "Curl", "Curl")
        until = time.monotonic() + 30
        while not (told.exists() and told.read_text().count("\n") == 2):
            assert time.monotonic() < until
            time.sleep(0.02)
        assert "tocsin_sink_sent_total" in serve.get("/metrics")
    with serving(tmp_path) as serve:
        serve.send(event("b", 3), event("b", 59, "other"))
        wait_for(store, "Curl", "Curl", "Pair")


def test_a_journal_that_was_lost_costs_only_what_it_held(tmp_path, rules, store):
    with serving(tmp_path) as serve:
        serve.send(event("curl", 1), *(event("x", second) for second in range(2, 30)))
        wait_for(store, "Curl")
    assert store.position() > 0
    shutil.rmtree(tmp_path / "data" / "journal")
    with serving(tmp_path) as serve:
        serve.send(event("curl", 30))
        wait_for(store, "Curl", "Curl")
        assert serve.metric("tocsin_journal_damaged_bytes") > 0


@pytest.mark.skipif(sys.platform != "linux", reason="finds the engine's process in /proc")
def test_killed_and_reloaded_it_loses_nothing(tmp_path, rules, store):
    with serving(tmp_path, restarts=1) as serve:
        serve.send(event("a", 1), event("wget", 1))
        (rules / "curl.toml").write_text(CURL.replace('"curl"', '"wget"'))
        serve.process.send_signal(signal.SIGHUP)
        serve.said("rules reloaded")
        serve.send(event("curl", 2), event("wget", 2))
        wait_for(store, "Curl")
        os.kill(engine_of(serve.process.pid), signal.SIGKILL)
        serve.send(event("b", 3), event("x", 59))
        wait_for(store, "Curl", "Pair")
        assert serve.metric("tocsin_engine_restarts_total") == 1
        for file in rules.iterdir():
            file.unlink()
        serve.said("the rules cannot be loaded, the former ones stay", begins=True)
        serve.send(event("wget", 59))
        wait_for(store, "Curl", "Curl", "Pair")


THREAT = """
[rule]
name = "Bad address"
description = "For a test."
rule_id = "threat-1"
risk_score = 50
severity = "medium"
type = "threat_match"
language = "kuery"
index = ["logs-*"]
from = "now-9m"
query = "destination.ip:*"
threat_index = ["*"]
threat_query = "*:*"
threat_language = "kuery"
[[rule.threat_mapping]]
[[rule.threat_mapping.entries]]
field = "destination.ip"
type = "mapping"
value = "threat.indicator.ip"
"""


def test_indicators_that_change_are_read_again(tmp_path, rules, store):
    (rules / "threat.toml").write_text(THREAT)
    feed = tmp_path / "feed.ndjson"

    def write(*addresses):
        """The same file, written anew."""
        lines = ({"threat": {"indicator": {"ip": address}}} for address in addresses)
        feed.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    def meet(address, second):
        found = event("x", second) | {"destination": {"ip": address}}
        serve.send(found)

    def used():
        counts = json.loads(serve.get("/_tocsin/status"))["engine"]
        return counts.get("indicators", {}).get("used")

    def met():
        return sorted(
            json.loads(kept.document)["destination"]["ip"] for kept in store.each(whole=True)
        )

    write("10.0.0.1", "10.0.0.2")
    with serving(tmp_path, "--indicators", feed, "--history", tmp_path / "none") as serve:
        assert serve.said("indicators read")["used"] == 2
        serve.said(f"not read: {tmp_path / 'none'}: there is no such file")
        write("192.168.100.100", "10.0.0.2", "10.0.0.3")
        meet("10.0.0.2", 1)  # whether the new ones are there or not
        until = time.monotonic() + 60
        while used() != 3:
            assert time.monotonic() < until
            time.sleep(0.02)
        meet("10.0.0.1", 2)
        meet("10.0.0.3", 3)
        wait_for(store, "Bad address", "Bad address")
        assert met() == ["10.0.0.2", "10.0.0.3"]
        feed.unlink()
        serve.said("indicators cannot be read, the former ones stay")
        meet("10.0.0.3", 4)
        wait_for(store, *["Bad address"] * 3)


def niceness(pid):
    """How much each thread of a process lets others go first."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int((each / "stat").read_text().rpartition(") ")[2].split()[16]) for each in threads]


@pytest.mark.skipif(sys.platform != "linux", reason="finds threads in /proc")
@pytest.mark.usefixtures("rules")
def test_housekeeping_lets_ingest_and_alerts_go_first(tmp_path):
    with serving(tmp_path) as engine:
        usual = os.getpriority(os.PRIO_PROCESS, 0)
        if usual == LAST_PRIORITY:
            pytest.skip("the tests run at the last priority: nothing can let others go first")
        found = niceness(engine.process.pid)
    assert max(found) > usual
    assert found.count(usual) > len(found) / 2


def living(group):
    """The processes of a group, without those that only wait to be reaped."""
    found = []
    for one in psutil.process_iter(["status"]):
        with suppress(OSError, psutil.Error):
            if os.getpgid(one.pid) == group and one.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(one)
    return found


def test_it_can_be_stopped_while_it_starts(tmp_path, rules):
    command = [sys.executable, "-m", "tocsin", "serve", "--data", tmp_path / "data", "-r", rules]
    process = subprocess.Popen(  # noqa: S603 - ours
        [*command, "--listen", "127.0.0.1:0", "--log", "json"],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (tmp_path / "data" / "journal" / "lock").exists() and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    assert (process.returncode, b"Traceback" in said) == (0, False), said
    until = time.monotonic() + 20
    while (left := living(process.pid)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--listen", "nowhere"], "HOST:PORT"),
        (["--tls-cert", "a.pem"], "belong together"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "none.pem: No such file"),
        (["--follow", ""], "--follow: names nothing"),
        (["--indicators", "a.csv", "--indicators", ""], "'--indicators': the name is empty"),
        (["--lateness", "soon"], "--lateness"),
        (["-r", "absent"], "no rules"),
        (["--listen", "192.0.2.1:9280"], "assign"),
    ],
)
def test_what_cannot_be_served(cli, options, told):
    outcome = cli("serve", "--data", "data", *options)
    assert outcome.status == 2
    assert told in outcome.err


def test_what_another_has_is_told_with_what_to_do(cli, tmp_path, rules):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        found = cli("serve", "--data", "data", "--listen", where)
    assert (found.status, "something else listens there" in found.err) == (2, True)
    assert "--listen" in found.err
    with Journal(tmp_path / "data" / "journal"):
        found = cli("serve", "--data", "data", "--listen", "127.0.0.1:0", "-r", rules)
    assert (found.status, "another engine uses data: stop it" in found.err) == (2, True)
    found = cli("serve", "--data", "data", "--listen", "127.0.0.1:0", "-r", "none")
    assert (found.status, "\\n" in found.err) == (2, False)
    assert "error[RULE001]" in found.err
