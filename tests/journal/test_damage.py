"""Journals that were cut off, changed or lost in part: nothing sound is lost, nothing silent."""

import logging
import shutil
from itertools import chain, pairwise

import orjson
import pytest
from making import events, lines, segments, whole

from tocsin.journal.frame import Kind
from tocsin.journal.journal import Journal
from tocsin.journal.reader import JournalReader

logging.getLogger("tocsin.journal").setLevel(logging.CRITICAL)
pytestmark = pytest.mark.usefixtures("unsynced")


@pytest.fixture
def kept(tmp_path):
    """A journal of three frames, and where they end."""
    with Journal(tmp_path / "kept") as journal:
        ends = [journal.append(events(b'{"n":%d}' % n, b'{"also":%d}' % n)) for n in range(3)]
    return tmp_path / "kept", ends


def copy(folder, name, change, *, marks=False):
    """The journal with other content, as a crash of the machine would leave it."""
    other = folder.parent / name
    shutil.copytree(folder, other)
    (file,) = segments(other)
    file.write_bytes(change(file.read_bytes()))
    if not marks:
        (other / "marks").unlink()
    return other


def test_a_tail_torn_at_any_byte_is_cut_off_and_told(kept):
    folder, (_, second, third) = kept
    for size in range(second, third):
        other = copy(folder, f"torn-{size}", lambda text, size=size: text[:size])
        with Journal(other) as journal:
            assert journal.end == second
            assert journal.counts.cut == size - second
            assert (journal.cut is None) == (size == second)
            assert not journal.damage
            again = journal.append(events(b'{"new":1}'))
            assert lines(journal)[-3:] == [b'{"n":1}', b'{"also":1}', b'{"new":1}']
        assert segments(other)[0].stat().st_size == again
        shutil.rmtree(other)


def test_any_changed_byte_is_told_and_the_other_frames_stay(kept):
    folder, ends = kept
    edges = list(pairwise([0, *ends]))
    all_lines = [[b'{"n":%d}' % n, b'{"also":%d}' % n] for n in range(3)]
    for at in range(0, ends[1], 3):
        other = copy(folder, f"flip-{at}", lambda text, at=at: flipped(text, at))
        hit = next(n for n, (begin, end) in enumerate(edges) if begin <= at < end)
        with Journal(other) as journal:
            found = whole(journal)
            gaps = [placed for placed in found if placed.frame.kind is Kind.GAP]
            assert [placed.position for placed in gaps] == [edges[hit][1]]
            assert orjson.loads(gaps[0].frame.note)["bytes"] == edges[hit][1] - edges[hit][0]
            assert lines(journal) == [*chain(*all_lines[:hit], *all_lines[hit + 1 :])]
            assert [(each.begin, each.end) for each in journal.damage] == [edges[hit]]
            assert journal.damaged == edges[hit][1] - edges[hit][0]
            place = edges[hit][1] - len(b'{"also":0}\n')
            with pytest.raises(LookupError):
                journal.event(place)
        shutil.rmtree(other)


def flipped(text, at):
    return text[:at] + bytes([text[at] ^ 0x10]) + text[at + 1 :]


def test_damage_longer_than_what_is_looked_at_together(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(events(b'{"a":"%s"}' % (b"x" * 3_000_000)))
        end = journal.append(events(b'{"b":1}'))
    (file,) = segments(tmp_path)
    file.write_bytes(bytes(100) + file.read_bytes()[100:])
    with Journal(tmp_path) as journal:
        assert lines(journal) == [b'{"b":1}']
        assert journal.end == end
        assert [each.begin for each in journal.damage] == [0]


def test_an_event_cannot_imitate_a_frame(tmp_path):
    with Journal(tmp_path / "other") as journal:
        journal.append(events(b'{"forged":1}'))
    forged = segments(tmp_path / "other")[0].read_bytes().replace(b"\n", b"\t")
    with Journal(tmp_path / "own") as journal:
        first = journal.append(events(forged, forged, b'{"a":1}'))
        journal.append(events(b'{"b":1}'))
    (file,) = segments(tmp_path / "own")
    file.write_bytes(b"?" + file.read_bytes()[1:])
    with Journal(tmp_path / "own") as journal:
        assert lines(journal) == [b'{"b":1}']
        assert [(each.begin, each.end) for each in journal.damage] == [(0, first)]


def test_what_was_acknowledged_and_is_gone_is_told_and_its_positions_stay_used(kept):
    folder, (_, second, third) = kept
    other = copy(folder, "lost", lambda text: text[: third - 5], marks=True)
    with Journal(other) as journal:
        assert [(each.begin, each.end) for each in journal.damage] == [(second, third)]
        assert journal.cut is None
        assert journal.end == third
        assert journal.append(events(b'{"new":1}')) > third
        found = whole(journal)
        assert [placed.frame.kind for placed in found] == [1, 1, Kind.GAP, 1]
        assert lines(journal)[-1] == b'{"new":1}'
    with Journal(other) as journal:
        assert lines(journal)[-1] == b'{"new":1}'


def test_a_journal_that_knows_less_than_others_goes_on_behind_what_they_know(kept):
    folder, (*_, third) = kept
    with Journal(folder) as journal:
        journal.skip_to(third)
        assert journal.end == third
        assert not journal.damage
        journal.skip_to(third + 1000)
        assert journal.end == third + 1000
        journal.append(events(b'{"new":1}'))
        found = whole(journal)
        assert [placed.frame.kind for placed in found] == [1, 1, 1, Kind.GAP, 1]
        assert found[3].position == third + 1000


def test_a_segment_that_was_removed_is_a_gap(tmp_path):
    with Journal(tmp_path, segment_bytes=100) as journal:
        ends = [journal.append(events(b'{"n":%d}' % n)) for n in range(4)]
    first, _, third, _ = segments(tmp_path)
    first.unlink()
    third.unlink()
    with JournalReader(tmp_path) as reader:
        found = whole(reader)
        assert [placed.frame.kind for placed in found] == [Kind.GAP, 1, Kind.GAP, 1]
        assert [placed.position for placed in found] == ends
        assert orjson.loads(found[0].frame.note) == {"bytes": ends[0], "reason": "removed"}


def test_time_goes_on_where_the_last_segment_is_empty(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(events(b"{}", accepted=5000))
        journal.turn()
    with Journal(tmp_path) as journal:
        journal.append(events(b"{}", accepted=10))
        assert [placed.frame.accepted for placed in whole(journal)] == [5000, 5000]


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "notes.journal").write_bytes(b"not ours")
    (tmp_path / "00000000000000000000.txt").write_bytes(b"not ours")
    with Journal(tmp_path) as journal:
        journal.append(events(b"{}"))
        assert lines(journal) == [b"{}"]
    assert (tmp_path / "notes.journal").read_bytes() == b"not ours"
