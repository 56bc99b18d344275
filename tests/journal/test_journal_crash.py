"""A writer is killed again and again: what it acknowledged is there, once, in order."""

import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from making import lines

from tocsin.columns.cells import FieldSet
from tocsin.inputs.source import read
from tocsin.journal.frame import Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper
from tocsin.journal.reader import JournalReader

WRITER = """
import sys
from pathlib import Path
from threading import Thread
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal

journal = Journal(Path(sys.argv[1]), segment_bytes=20_000)
began = sys.argv[2]

def work(name):
    number = 0
    while True:
        by = f"{began}-{name}".encode()
        lines = [b'{"by":"%s","n":%d,"of":%d}' % (by, number, line) for line in range(5)]
        journal.append(Frame(Kind.EVENTS, number, lines=lines))
        sys.stdout.write(f"{began}-{name} {number}\\n")
        sys.stdout.flush()
        number += 1

for name in range(3):
    Thread(target=work, args=(name,)).start()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_what_was_acknowledged_survives_kills(tmp_path):
    dice = random.Random(7)
    acknowledged = []
    for round_ in range(8):
        writer = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", WRITER, str(tmp_path), str(round_)],
            stdout=subprocess.PIPE,
            text=True,
        )
        first = writer.stdout.readline()
        assert first
        time.sleep(dice.random() * 0.05)
        writer.kill()
        told = first + writer.stdout.read()
        writer.stdout.close()
        writer.wait()
        acknowledged += [
            line.split() for line in told.splitlines(keepends=True) if line[-1] == "\n"
        ]
        with JournalReader(tmp_path) as reader:
            assert reader.end > 0
    with Journal(tmp_path) as journal:
        found = lines(journal)
        assert not journal.damage
    present = set(found)
    assert len(found) == len(present)
    for name, number in acknowledged:
        for line in range(5):
            assert b'{"by":"%s","n":%d,"of":%d}' % (name.encode(), int(number), line) in present
    by = {}
    for line in found:
        name = line.split(b'"')[3]
        by.setdefault(name, []).append(line)
    for name, some in by.items():
        count = len(some) // 5
        assert some == [
            b'{"by":"%s","n":%d,"of":%d}' % (name, number, line)
            for number in range(count)
            for line in range(5)
        ]


KEEPING = """
from tocsin.journal import keeper
from tocsin.journal.sealed import compact

compact.MANY = 2
kept = keeper.Keeper(journal, Path(sys.argv[1]).parent / "events")

def house():
    while True:
        journal.keep_from(journal.end)
        kept.step(0)

Thread(target=house).start()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_what_was_acknowledged_is_sealed_once_whenever_it_is_killed(tmp_path):
    dice = random.Random(3)
    folder = tmp_path / "journal"
    acknowledged = []
    for round_ in range(4):
        command = [sys.executable, "-c", WRITER + KEEPING, str(folder), str(round_)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        told = writer.stdout.readline()
        time.sleep(0.5 + dice.random() / 2)
        writer.kill()
        told += writer.stdout.read()
        writer.stdout.close()
        writer.wait()
        acknowledged += [
            line.split() for line in told.splitlines(keepends=True) if line[-1] == "\n"
        ]
    with Journal(folder) as journal:
        journal.turn()
        journal.keep_from(journal.end)
        kept = Keeper(journal, tmp_path / "events")
        while kept.step(0):
            pass
        assert not journal.damage
        assert journal.begin > 0
    assert kept.counts.failed == 0
    sealed = Counter(
        batch.event(row)
        for batch in read(tmp_path / "events").batches(FieldSet(()))
        for row in range(len(batch))
    )
    assert set(sealed.values()) == {1}
    for name, number in acknowledged:
        for line in range(5):
            assert b'{"by":"%s","n":%d,"of":%d}' % (name.encode(), int(number), line) in sealed


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_reader_in_another_process_sees_only_whole_frames_while_it_writes(tmp_path):
    Journal(tmp_path).close()
    writer = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", WRITER, str(tmp_path), "0"], stdout=subprocess.DEVNULL
    )
    try:
        with JournalReader(tmp_path) as reader:
            position, seen = 0, 0
            while seen < 500:
                assert reader.wait(position, 60)
                for placed in reader.read(position):
                    assert placed.frame.kind is Kind.EVENTS
                    assert len(placed.frame.lines) == 5
                    assert reader.event(int(placed.places[3])) == placed.frame.lines[3]
                    position = placed.position
                    seen += 1
            assert not reader.damage
    finally:
        writer.kill()
        writer.wait()
