"""A follower in a process of its own, killed while a log is written and rotated."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from follow.following import event
from tocsin.journal.reader import JournalReader

KILLS = 3
PATIENCE = 30.0
CHILD = """
import sys
from pathlib import Path
from tocsin.follow.files import Files
from tocsin.follow.places import Places
from tocsin.follow.runner import Runner
from tocsin.journal.journal import Journal

home = Path(sys.argv[1])
with Journal(home / "journal") as journal:
    places = Places(home / "followed.json")
    places.load(journal)
    Runner([Files([home / "logs"], journal, places, print)]).start()
    print("ready", flush=True)
    sys.stdin.read()
"""


def started(home):
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", CHILD, home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "HOME": str(Path.home())},
    )
    assert process.stdout.readline() == b"ready\n"
    return process


def killed(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()


def numbers(home):
    journal = JournalReader(home / "journal")
    found, at = [], journal.begin
    while placed := journal.read(at):
        found += [json.loads(line)["n"] for each in placed for line in each.frame.lines]
        at = placed[-1].position
    return found


def test_each_event_is_in_the_journal_once(tmp_path):
    chance = random.Random(7)
    logs = tmp_path / "logs"
    logs.mkdir()
    log = logs / "a.log"
    written = rotated = 0
    for _ in range(KILLS):
        process = started(tmp_path)
        until = time.monotonic() + chance.uniform(0.2, 0.8)
        while time.monotonic() < until:
            with log.open("ab") as out:
                for _ in range(chance.randint(1, 300)):
                    out.write(event(written))
                    written += 1
            if chance.random() < 0.05:
                rotated += 1
                log.rename(logs / f"a.log.{rotated}")
        killed(process)
    process = started(tmp_path)
    deadline = time.monotonic() + PATIENCE
    while len(numbers(tmp_path)) < written and time.monotonic() < deadline:
        time.sleep(0.1)
    killed(process)
    assert sorted(numbers(tmp_path)) == list(range(written))
