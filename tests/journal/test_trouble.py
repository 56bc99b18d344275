"""Disks that are full, slow or broken: what is refused is never there, and it goes on after."""

import errno
import logging
import os
import random
import shutil
import subprocess
import sys
import time
from threading import Event, Thread

import orjson
import pytest
from making import events, lines, segments, whole

from tocsin.inputs.source import read
from tocsin.journal import disk
from tocsin.journal.errors import (
    JournalBusyError,
    JournalClosedError,
    JournalError,
    JournalFullError,
    JournalLockedError,
)
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper
from tocsin.journal.reader import JournalReader
from tocsin.journal.writing import Writing

logging.getLogger("tocsin.journal").setLevel(logging.CRITICAL)


def test_a_disk_that_fills_up_in_the_middle_of_a_frame(tmp_path, monkeypatch):
    def full(file, parts):
        os.write(file, b"".join(parts)[:50])
        raise OSError(errno.ENOSPC, "No space left on device")

    with Journal(tmp_path) as journal:
        first = journal.append(events(b'{"a":1}'))
        with monkeypatch.context() as patch:
            patch.setattr(disk, "write", full)
            with pytest.raises(JournalFullError):
                journal.append(events(b'{"b":1}'))
        assert journal.end == first
        assert lines(journal) == [b'{"a":1}']
        assert journal.counts.failed == 1
        with monkeypatch.context() as patch:
            patch.setattr(Writing, "has_room", lambda *_: False)
            assert "No space left" in journal.trouble
        assert not journal.trouble
        journal.append(events(b'{"c":1}'))
        assert lines(journal) == [b'{"a":1}', b'{"c":1}']
    with Journal(tmp_path) as journal:
        assert lines(journal) == [b'{"a":1}', b'{"c":1}']
        assert not journal.damage


@pytest.mark.parametrize("cuts", [True, False])
def test_a_disk_that_cannot_sync(tmp_path, monkeypatch, cuts):
    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    with Journal(tmp_path) as journal, JournalReader(tmp_path) as reader:
        first = journal.append(events(b'{"a":1}'))
        with monkeypatch.context() as patch:
            patch.setattr(disk, "sync", broken)
            if not cuts:
                patch.setattr(os, "ftruncate", broken)
            for _ in range(2):
                with pytest.raises(JournalError, match="cannot be written"):
                    journal.append(events(b'{"b":1}'))
        assert journal.end == reader.end == first
        assert lines(journal) == lines(reader) == [b'{"a":1}']
        journal.append(events(b'{"c":1}'))
        assert lines(journal) == lines(reader) == [b'{"a":1}', b'{"c":1}']
    # The segment that failed is not written to again; what it may still hold is not read.
    assert [int(file.stem) for file in segments(tmp_path)] == [0, first]
    with Journal(tmp_path) as journal:
        assert lines(journal) == [b'{"a":1}', b'{"c":1}']
        assert not journal.damage


def test_the_first_sync_of_a_segment_fails(tmp_path, monkeypatch):
    with Journal(tmp_path) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(disk, "sync", lambda file: os.close(99_999))
            with pytest.raises(JournalError):
                journal.append(events(b'{"b":1}'))
        journal.append(events(b'{"c":1}'))
        assert lines(journal) == [b'{"c":1}']
    assert len(segments(tmp_path)) == 1


def test_room_is_kept_free(tmp_path):
    with Journal(tmp_path, kept_free=1 << 60) as journal:
        with pytest.raises(JournalFullError):
            journal.append(events(b"{}"))
        assert journal.end == 0


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_files_that_may_not_grow_for_real(tmp_path):
    program = """
import resource, signal, sys
from pathlib import Path
from tocsin.journal.errors import JournalFullError
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal(Path(sys.argv[1]), kept_free=0)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
taken = refused = 0
for number in range(40):
    try:
        journal.append(Frame(Kind.EVENTS, number, lines=[b'{"n":%04d}' % number * 100]))
        taken += 1
    except JournalFullError:
        refused += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
print(taken, refused)
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=True, text=True
    )
    taken, refused = map(int, done.stdout.split())
    assert (taken, refused) == (39, 1)
    with Journal(tmp_path) as journal:
        assert len(lines(journal)) == taken
        assert not journal.damage


def test_a_slow_disk_refuses_what_it_cannot_hold_and_then_takes_all_at_once(tmp_path, monkeypatch):
    slow, entered = Event(), Event()
    real = disk.sync

    def waits(file):
        entered.set()
        assert slow.wait(60)
        real(file)

    with Journal(tmp_path, waiting_bytes=2000) as journal:
        monkeypatch.setattr(disk, "sync", waits)
        threads = [Thread(target=journal.append, args=(events(b'{"a":1}'),))]
        threads[0].start()
        assert entered.wait(60)
        for _ in range(5):
            threads.append(Thread(target=journal.append, args=(events(b'{"b":1}'),)))
            threads[-1].start()
        with pytest.raises(JournalBusyError):
            journal.append(events(b"x" * 2000))
        while len(journal._queue) < 5:
            time.sleep(0.001)
        slow.set()
        for thread in threads:
            thread.join()
        assert journal.counts.syncs == 2
        assert journal.counts.frames == 6
        assert journal.counts.busy == 1
        assert journal.waiting == 0
        # Alone, even a frame that is larger than all that may wait is taken.
        journal.append(events(b"x" * 5000))


def test_an_interrupt_while_it_writes(tmp_path, monkeypatch):
    def interrupted(file, parts):
        os.write(file, parts[0])
        raise KeyboardInterrupt

    with Journal(tmp_path) as journal:
        journal.append(events(b'{"a":1}'))
        with monkeypatch.context() as patch:
            patch.setattr(disk, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                journal.append(events(b'{"b":1}'))
        journal.append(events(b'{"c":1}'))
        assert lines(journal) == [b'{"a":1}', b'{"c":1}']


def test_one_process_writes(tmp_path):
    with Journal(tmp_path) as journal:
        with pytest.raises(JournalLockedError):
            Journal(tmp_path)
        program = "from tocsin.journal.journal import Journal; import sys, pathlib\n"
        program += "try: Journal(pathlib.Path(sys.argv[1]))\n"
        program += "except Exception as error: print(type(error).__name__)"
        command = [sys.executable, "-c", program, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603
        assert done.stdout.strip() == "JournalLockedError"
        journal.append(events(b"{}"))
    with Journal(tmp_path) as journal:
        assert lines(journal) == [b"{}"]


def test_a_closed_journal_takes_nothing(tmp_path):
    journal = Journal(tmp_path)
    journal.close()
    journal.close()
    with pytest.raises(JournalClosedError):
        journal.append(events(b"{}"))


def test_a_sector_that_cannot_be_read(tmp_path, monkeypatch):
    real = disk.read_into

    def broken(file, at, room):
        if at <= 100 < at + len(room):
            raise OSError(errno.EIO, "Input/output error")
        return real(file, at, room)

    with Journal(tmp_path) as journal:
        journal.append(events(b"x" * 100_000))
        journal.append(events(b'{"b":1}'))
        monkeypatch.setattr("tocsin.journal.reading.read_into", broken)
        assert lines(journal) == [b'{"b":1}']
        assert journal.damaged > 100_000


def test_a_file_that_cannot_be_opened_is_no_damage(tmp_path, monkeypatch):
    def none_left(path):
        raise OSError(errno.EMFILE, "Too many open files")

    with Journal(tmp_path) as journal:
        journal.append(events(b"{}"))
        with monkeypatch.context() as patch:
            patch.setattr("tocsin.journal.reading.open_to_read", none_left)
            with pytest.raises(JournalError, match="cannot be opened"):
                journal.read(0)
        assert len(whole(journal)) == 1
        assert not journal.damage


@pytest.fixture
def small_disk(tmp_path):
    """A file system of three megabytes."""
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None or os.geteuid() != 0:
        pytest.skip("mounts a small file system: needs root on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]
    if subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("this machine mounts nothing")
    yield folder
    subprocess.run([shutil.which("umount"), "-l", folder], check=True)  # noqa: S603


@pytest.mark.parametrize("kept_free", [0, 1 << 20])
def test_a_disk_that_is_full_for_real(small_disk, kept_free):
    line = b"x" * 10_000
    (small_disk / "other").write_bytes(bytes(500_000))
    with Journal(small_disk / "journal", segment_bytes=300_000, kept_free=kept_free) as journal:
        taken = refused = 0
        while refused < 20:
            try:
                journal.append(events(line, b"%d" % taken))
                taken += 1
            except JournalFullError:
                refused += 1
        assert taken > 20
        assert shutil.disk_usage(small_disk).free >= kept_free
        assert len(lines(journal)) == 2 * taken
        (small_disk / "other").unlink()
        journal.append(events(line, b"%d" % taken))
        assert lines(journal)[1::2] == [b"%d" % number for number in range(taken + 1)]
    with Journal(small_disk / "journal", kept_free=kept_free) as journal:
        assert lines(journal)[1::2] == [b"%d" % number for number in range(taken + 1)]
        assert not journal.damage


def test_sealing_waits_for_room(small_disk):
    random_bytes = random.Random(5)
    with Journal(small_disk / "journal", segment_bytes=300_000, kept_free=0) as journal:
        for number in range(60):
            noise = random_bytes.randbytes(4000).hex()
            text = f'{{"@timestamp":"2026-08-01","n":{number},"noise":"{noise}"}}'
            journal.append(events(text.encode()))
        filler = small_disk / "other"
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 100_000))
        kept = Keeper(journal, small_disk / "events")
        while kept.step(0):
            pass
        assert kept.counts.failed > 0
        assert "space" in kept.counts.trouble
        assert not list((small_disk / "events.making").iterdir())
        filler.unlink()
        while kept.step(0):
            pass
        assert kept.counts.sealed == len(segments(journal.folder)) - 1
        sealed = {
            orjson.loads(batch.event(row))["n"]
            for batch in read(small_disk / "events").batches()
            for row in range(len(batch))
        }
        first_open = journal.segments.firsts[-1]
        left = len(journal.read(first_open))
        assert sealed == set(range(60 - left))


@pytest.mark.skipif(os.name != "posix", reason="others keep folders that are in use")
@pytest.mark.parametrize("anew", [False, True])
def test_a_folder_that_is_gone_takes_nothing(tmp_path, anew):
    folder = tmp_path / "journal"
    with Journal(folder) as journal:
        journal.append(events(b'{"a":1}'))
        folder.rename(tmp_path / "elsewhere")
        if anew:
            Journal(folder).close()
        assert "is gone, or is another one" in journal.trouble
        with pytest.raises(JournalError, match="is gone, or is another one"):
            journal.append(events(b'{"b":1}'))
        if anew:
            shutil.rmtree(folder)
        (tmp_path / "elsewhere").rename(folder)
        assert not journal.trouble
        journal.append(events(b'{"c":1}'))
        assert lines(journal) == [b'{"a":1}', b'{"c":1}']


@pytest.mark.skipif(os.name != "posix", reason="others keep files that are in use")
def test_a_segment_that_is_removed_gets_nothing_more(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(events(b'{"a":1}'))
        segments(tmp_path)[-1].unlink()
        journal.append(events(b'{"b":1}'))
    with Journal(tmp_path) as journal:
        assert lines(journal) == [b'{"b":1}']


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_comes(tmp_path, monkeypatch):
    with Journal(tmp_path) as journal:
        assert not journal.trouble
        monkeypatch.setattr(os, "access", lambda *_: False)
        assert journal.trouble == f"{tmp_path} cannot be written to"
