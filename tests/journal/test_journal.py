"""Frames that were appended are read again, in order."""

from threading import Thread

from making import events

from tocsin.journal.batch import batch
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.reader import JournalReader


def test_what_was_appended_is_read(tmp_path):
    given = [
        events(b'{"a":1}', b'{"b":2}', source="bulk", names=[("logs-x", ""), ("", "7")]),
        Frame(Kind.MARK, 2, mark=17),
        Frame(Kind.RULES, 3, note=b'{"rules":"abc"}'),
    ]
    with Journal(tmp_path) as journal:
        ends = [journal.append(frame) for frame in given]
        found = journal.read(journal.begin)
        assert [placed.frame for placed in found] == given
        assert [placed.position for placed in found] == ends
        assert journal.end == ends[-1]
        assert journal.read(journal.end) == []
        assert [journal.event(int(place)) for place in found[0].places] == list(given[0].lines)
    with Journal(tmp_path) as again:
        assert [placed.frame for placed in again.read(0)] == given
        assert again.cut is None


def test_many_threads_share_syncs_and_lose_nothing(tmp_path):
    def work(name):
        for number in range(30):
            end = journal.append(events(b'{"n":%d,"of":%d}' % (number, name)))
            assert journal.end >= end

    with Journal(tmp_path, segment_bytes=4096) as journal:
        threads = [Thread(target=work, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with JournalReader(tmp_path) as reader:
            found, position = [], 0
            while frames := reader.read(position):
                found += [line for placed in frames for line in placed.frame.lines]
                position = frames[-1].position
            assert position == reader.end == journal.end
    assert sorted(found) == sorted(
        b'{"n":%d,"of":%d}' % (n, of) for n in range(30) for of in range(8)
    )
    assert len(list(tmp_path.glob("*.journal"))) > 2


def test_a_batch_stands_on_the_buffer_that_was_read(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(events(b'{"a":1}', b'{"a":2}', names=[("i", "1"), ("i", "2")]))
        journal.append(Frame(Kind.MARK, 2, mark=5))
        journal.append(events(b'{"a":3}'))
        found = journal.read(0)
        made = batch(found)
        assert made.data is found[0].frame.lines.data
        assert [made.raw(row) for row in range(3)] == [b'{"a":1}', b'{"a":2}', b'{"a":3}']
        assert [made.identity(row) for row in range(3)] == [("i", "1"), ("i", "2"), None]
        assert [journal.event(made.place(row).offset) for row in range(3)] == [
            b'{"a":1}',
            b'{"a":2}',
            b'{"a":3}',
        ]
        assert batch(found[1:2]) is None


def test_waiting_ends_when_something_comes(tmp_path):
    with Journal(tmp_path) as journal, JournalReader(tmp_path) as reader:
        assert not journal.wait(0, 0.01)
        assert not reader.wait(0, 0.01)
        thread = Thread(target=journal.append, args=(events(b"{}"),))
        thread.start()
        assert journal.wait(0, 30)
        assert reader.wait(0, 30)
        thread.join()


def test_time_never_goes_backwards(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(events(b"{}", accepted=1000))
        journal.append(events(b"{}", accepted=400))
        assert journal.counts.clock_behind == 600
    with Journal(tmp_path) as journal:
        journal.append(events(b"{}", accepted=500))
        assert [placed.frame.accepted for placed in journal.read(0)] == [1000, 1000, 1000]
