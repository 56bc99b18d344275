"""A real rsyslog understands what we send, on every way it listens on."""

import json
import time

import pytest
from bench.served import free_port

from shippers import needs_rsyslog, rsyslogd
from sinks.delivering import change
from tocsin.sinks.syslog import Syslog, Way

CONF = """
global(workDirectory="{place}" maxMessageSize="256k")
module(load="imudp")
module(load="imtcp")
module(load="imuxsock" SysSock.Use="off")
input(type="imudp" port="{port}" address="127.0.0.1")
input(type="imtcp" port="{port}" address="127.0.0.1")
input(type="imuxsock" Socket="{place}/log" UseSpecialParser="off"
  ParseHostname="on" UseSysTimeStamp="off" IgnoreTimestamp="off")
template(name="told" type="list") {{
  property(name="pri") constant(value=" ") property(name="protocol-version") constant(value=" ")
  property(name="timereported" dateFormat="rfc3339") constant(value=" ")
  property(name="hostname") constant(value=" ") property(name="app-name") constant(value=" ")
  property(name="msgid") constant(value=" ") property(name="structured-data") constant(value=" ")
  property(name="msg") constant(value="\\n")
}}
action(type="omfile" file="{place}/out" template="told")
"""
PATIENCE = 20.0


@pytest.fixture
def listening(tmp_path):
    port = free_port()
    with rsyslogd(tmp_path, CONF.format(place=tmp_path, port=port)):
        deadline = time.monotonic() + PATIENCE
        while not (tmp_path / "log").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        yield tmp_path, port


def told(place, count):
    """The messages that arrived, each as a list of its fields."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        text = (place / "out").read_text() if (place / "out").exists() else ""
        if text.count("\n") >= count:
            return [line.split(" ", 7) for line in text.splitlines()]
        time.sleep(0.02)
    raise AssertionError("not all messages arrived")


@needs_rsyslog
@pytest.mark.parametrize("way", [Way.UDP, Way.TCP, Way.UNIX])
def test_every_alert_arrives_whole(listening, way):
    place, port = listening
    host = str(place / "log") if way is Way.UNIX else "127.0.0.1"
    sink = Syslog(way, host, port, node="engine-1", facility="local3", longest=100_000)
    size = 5_000 if way is Way.UNIX else 20_000
    sent = [change(1), change(2, severity="critical", text="größe " + "x" * size), change(3)]
    sink.send(sent, 0)
    sink.close()
    messages = told(place, 3)
    assert [message[0] for message in messages] == [str(19 * 8 + n) for n in (3, 2, 3)]
    for message, each in zip(messages, sent, strict=True):
        assert message[1:7] == [
            "1",
            "2026-08-21T12:00:00.000Z",
            "engine-1",
            "tocsin",
            "alert",
            "-",
        ]
        assert json.loads(message[7]) == json.loads(each.alert.document)
