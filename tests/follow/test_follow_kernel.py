"""A process starts, and this machine's own kernel tells us: in the journal within a second."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tocsin.follow.files import Files
from tocsin.follow.places import Places
from tocsin.follow.records import Records, open_socket
from tocsin.follow.runner import Runner
from tocsin.journal.journal import Journal
from tocsin.journal.reader import JournalReader

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).resolve().parents[2]
UID = 64_712  # nobody's
PATIENCE = 20.0

PLUGIN = """#!{python}
import sys
import time
sys.path.insert(0, {source!r})
from pathlib import Path
from tocsin.follow.records import Records
from tocsin.follow.runner import Runner
from tocsin.journal.journal import Journal

with Journal(Path({journal!r})) as journal:
    records = Records("audit:stdin", lambda: open(0, "rb", buffering=0), journal, print)
    runner = Runner([records])
    runner.start()
    while not records.ended:
        time.sleep(0.1)  # the stream is the other thread's
    runner.stop()
"""


def tool():
    spec = importlib.util.spec_from_file_location("kernel_audit", ROOT / "tools/kernel_audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def executed(journal, name):
    """The event of a program's start, None if the journal does not have it."""
    at = journal.begin
    while at < journal.end:
        for placed in journal.read(at):
            for line in placed.frame.lines:
                if name.encode() in line:
                    event = json.loads(line)
                    if event["event"].get("action") == "executed":
                        return event
            at = placed.position
    return None


def fastest(journal, way):
    """Seconds from a program's start to its event in the journal, at best."""
    # The first ones wait for the connection, and for code that is compiled once.
    began = time.monotonic()
    while seconds_until(journal, f"{way}-first", 1.0) is None:
        assert time.monotonic() - began < PATIENCE, "nothing ever comes"
    found = [seconds_until(journal, f"{way}-{n}", PATIENCE) for n in range(3)]
    return min(seconds for seconds in found if seconds is not None)


def seconds_until(journal, name, patience):
    began = time.monotonic()
    subprocess.run(  # noqa: S603 - our own words
        ["/bin/echo", name],
        check=True,
        user=UID,
        group=UID,
        extra_groups=[],
        stdout=subprocess.DEVNULL,
    )
    while time.monotonic() - began < patience:
        if (event := executed(journal, name)) is not None:
            assert event["process"]["args"] == ["/bin/echo", name]
            assert event["user"]["id"] == str(UID)
            return time.monotonic() - began
        time.sleep(0.01)
    return None


@pytest.fixture(scope="module")
def auditing():
    """auditd at work: its folder, with a log, a socket, and a plug-in of ours."""
    audit = tool()
    if sys.platform != "linux" or (reason := audit.why_not()):
        pytest.skip(f"no auditing here: {reason if sys.platform == 'linux' else 'not Linux'}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plugin = folder / "plugin"
        plugin.write_text(
            PLUGIN.format(
                python=sys.executable, source=str(ROOT / "src"), journal=str(folder / "piped")
            ),
            encoding="utf-8",
        )
        plugin.chmod(0o750)
        # The files that ship, with places of our own.
        shipped = ROOT / "packaging" / "auditd"
        by_socket = (shipped / "af_unix.conf").read_text(encoding="utf-8")
        as_plugin = (shipped / "tocsin.conf").read_text(encoding="utf-8")
        plugins = {
            "af_unix.conf": by_socket.replace("/run/audispd_events", f"{folder}/events"),
            "tocsin.conf": as_plugin.replace("/usr/local/sbin/tocsin-audit", str(plugin)),
        }
        rule = ["always,exit", "-F", "arch=b64", "-S", "execve", "-F", f"uid={UID}"]
        private = folder / "audit"
        private.mkdir(mode=0o700)
        try:
            with audit.Auditing(private, [rule], node="test-1", plugins=plugins):
                yield folder
        except audit.NotPossibleError as why:
            pytest.skip(f"no auditing here: {why}")


@pytest.mark.parametrize("way", ["log", "socket"])
def test_a_started_process_is_an_event_within_a_second(auditing, tmp_path, way):
    with Journal(tmp_path / "journal") as journal:
        if way == "log":
            places = Places(tmp_path / "places.json")
            follower = Files([auditing / "audit" / "audit.log"], journal, places, print)
        else:
            path = str(auditing / "events")
            follower = Records("audit:socket", lambda: open_socket(path), journal, print)
        runner = Runner([follower])
        runner.start()
        try:
            assert fastest(journal, way) < 1
        finally:
            runner.stop()


def test_auditd_starts_us_as_its_plug_in(auditing):
    folder = auditing / "piped"
    deadline = time.monotonic() + PATIENCE
    while not (folder.is_dir() and any(folder.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert fastest(JournalReader(folder), "piped") < 1
