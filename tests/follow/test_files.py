"""Files are followed whatever is done to them: each event once."""

import gzip
import json
import os
import random
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
import zstandard

from follow.following import Bench, event
from tocsin.follow.content import Plain, open_content
from tocsin.follow.discover import family, log_of
from tocsin.follow.files import Pace
from tocsin.follow.place import Place
from tocsin.follow.places import Places
from tocsin.follow.tail import LONGEST
from tocsin.journal.errors import JournalFullError


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def following(tmp_path):
    """Makes followers, and closes their files afterwards."""
    with ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(
            Bench(tmp_path / "data", *arguments, **options)
        )


@pytest.fixture
def bench(following, logs):
    return following(logs)


def append(path, *numbers):
    with path.open("ab") as out:
        out.writelines(map(event, numbers))


def test_lines_are_taken_as_they_come(bench, logs):
    append(logs / "a.ndjson", 1, 2)
    assert bench.run() == [1, 2]
    append(logs / "a.ndjson", 3)
    assert bench.run() == [1, 2, 3]
    assert bench.journal.frames[0].source == f"file:{logs}/a.ndjson"
    assert bench.files.counts.events == 3


@pytest.mark.parametrize("name", [b"a\nb.ndjson", b"a\xff.ndjson", b"a\r\t\x1b.ndjson"])
def test_a_file_may_have_any_name(bench, logs, name):
    path = Path(os.fsdecode(os.fsencode(logs) + b"/" + name))
    append(path, 1)
    assert bench.run() == [1]
    append(logs / "other.ndjson", 2)
    assert bench.run() == [1, 2], "one file stops no other"
    append(path, 3)
    bench.begin()
    assert bench.run() == [1, 2, 3]


def test_a_partial_line_waits_for_its_end(bench, logs):
    line = event(1)
    (logs / "a").write_bytes(event(0) + line[:10])
    assert bench.run() == [0]
    with (logs / "a").open("ab") as out:
        out.write(line[10:-1])
        out.flush()
        assert bench.run() == [0]
        out.write(b"\n")
    assert bench.run() == [0, 1]
    assert bench.rejects == []


def test_files_that_appear_later_and_globs(following, logs):
    bench = following(logs / "*.ndjson", logs / "later.log")
    assert bench.run() == []
    assert bench.files.counts.problem == f"{logs}/later.log: there is nothing yet"
    append(logs / "x.ndjson", 1)
    append(logs / "other.txt", 9)
    append(logs / "later.log", 2)
    assert sorted(bench.run()) == [1, 2]
    assert bench.files.counts.problem == ""
    assert bench.files.counts.failures == 0


def test_bad_lines_are_told_of_and_stop_nothing(bench, logs):
    (logs / "a").write_bytes(event(1) + b"rubbish\n\n{}\n" + event(2) + b"[1]\n")
    assert bench.run() == [1, 2]
    assert [(line, reason) for _, line, reason, _ in bench.rejects] == [
        (2, "an event is a JSON object, this is something else (byte 1)"),
        (4, "neither @timestamp nor event.ingested holds a time of the years 1 to 9999"),
        (6, "an event is a JSON object, this is something else (byte 1)"),
    ]
    assert bench.rejects[0][3] == b"rubbish"
    assert bench.files.counts.rejected == 3


@pytest.mark.parametrize("indent", [None, 1])
def test_a_list_is_told_with_what_to_do_until_there_is_an_event(tmp_path, indent):
    file = tmp_path / "list.json"
    told = [json.loads(event(n)) for n in range(2)]
    file.write_text(json.dumps(told, indent=indent) + "\n")
    with Bench(tmp_path, str(file)) as bench:
        assert bench.run() == []
        assert bench.rejects
        assert all("written to one line, or read" in reason for _, _, reason, _ in bench.rejects)
        assert "no event so far; this looks like a JSON list" in bench.files.counts.problem
        count = len(bench.rejects)
        with file.open("ab") as out:
            out.write(event(7) + b"rubbish\n")
        assert bench.run() == [7]
        assert bench.files.counts.problem == ""
        with file.open("ab") as out:
            out.write(b"rubbish\n" + event(8))
        assert bench.run() == [7, 8]
        assert "JSON list" not in bench.rejects[-1][2]
        assert len(bench.rejects) == count + 2


def test_rotation_by_renaming(bench, logs):
    log = logs / "a.log"
    append(log, 1)
    with log.open("ab") as writer:
        bench.run()
        log.rename(logs / "a.log.1")
        append(log, 3)
        writer.write(event(2))
        writer.flush()
        assert sorted(bench.run()) == [1, 2, 3]
    assert bench.files.counts.truncated == 0


def test_rotation_to_a_name_that_is_not_followed(following, logs):
    log = logs / "a.log"
    bench = following(log)
    append(log, 1)
    with log.open("ab") as writer:
        bench.run()
        log.rename(logs / "a.log.1")
        append(log, 3)
        bench.run()
        writer.write(event(2))
        writer.flush()
        assert sorted(bench.run()) == [1, 2, 3]
    assert bench.files.counts.rotated == 1
    bench.step(31)
    bench.step()
    assert len(bench.files._tails) == 1, "the old one is let go of once it is quiet"


def test_copytruncate(bench, logs):
    log = logs / "a.log"
    append(log, 1, 2)
    bench.run()
    append(log, 3)
    shutil.copy(log, logs / "a.log.1")
    os.truncate(log, 0)
    append(log, 4)
    bench.run()
    append(log, 5)
    assert sorted(bench.run()) == [1, 2, 3, 4, 5]
    assert bench.files.counts.truncated == 1


def test_copytruncate_to_a_name_that_is_not_followed(following, logs):
    log = logs / "a.log"
    bench = following(log)
    append(log, 1, 2)
    append(logs / "a.log.7", 99)  # never asked for
    bench.run()
    append(log, 3)
    shutil.copy(log, logs / "a.log.1")
    os.truncate(log, 0)
    append(log, 4)
    bench.run()
    assert sorted(bench.run()) == [1, 2, 3, 4]
    bench.step(31)
    bench.step(1)
    assert len(bench.files._tails) == 1
    append(log, 5)
    assert sorted(bench.run()) == [1, 2, 3, 4, 5]


def test_a_copy_waits_while_the_original_is_followed(bench, logs):
    log = logs / "a.log"
    append(log, 1, 2)
    bench.run()
    shutil.copy(log, logs / "a.log.1")
    assert bench.run() == [1, 2]
    append(log, 3)
    assert bench.run() == [1, 2, 3]
    bench.run()
    os.truncate(log, 0)
    append(log, 4)
    bench.run()
    assert bench.run() == [1, 2, 3, 4]
    append(logs / "a.log.1", 5)
    assert bench.run() == [1, 2, 3, 4, 5]


def test_a_log_that_began_like_another_is_no_copy(bench, logs):
    append(logs / "a-1.log", 1, 2)
    bench.run()
    append(logs / "a-2.log", 1)
    assert bench.run() == [1, 2], "so far it looks like a copy that is being made"
    append(logs / "a-2.log", 3)
    assert bench.run() == [1, 2, 1, 3]


def test_truncation_that_grew_beyond_the_place_at_once(bench, logs):
    log = logs / "a.log"
    append(log, 1, 2)
    bench.run()
    log.write_bytes(b"".join(map(event, range(10, 20))))
    assert bench.run() == [1, 2, *range(10, 20)]


def test_another_file_of_the_same_name(bench, logs):
    append(logs / "a.log", 1)
    bench.run()
    append(logs / "new", 2)
    (logs / "new").replace(logs / "a.log")
    assert bench.run() == [1, 2]


def test_deleted_files(bench, logs):
    log = logs / "a.log"
    with log.open("ab") as writer:
        writer.write(event(1))
        writer.flush()
        bench.run()
        log.unlink()
        writer.write(event(2) + event(3)[:-1])
        writer.flush()
        assert bench.run() == [1, 2]
    bench.step(31)
    assert bench.run() == [1, 2, 3], "nothing follows a last line without an end"
    assert bench.files._tails == {}


@pytest.mark.parametrize(
    ("name", "packed"), [("a.log.1.gz", gzip.compress), ("a.log.zst", zstandard.compress)]
)
def test_compressed_logs_are_read_only_if_never_seen(bench, logs, name, packed):
    log = logs / "a.log"
    append(log, 1, 2)
    bench.run()
    content = log.read_bytes()
    (logs / name).write_bytes(packed(content))
    log.unlink()
    bench.run()
    bench.step(31)
    bench.run(5)
    bench.run(5)
    assert bench.journal.numbers == [1, 2]
    (logs / ("b" + name)).write_bytes(packed(event(7) + event(8)[:-1]))
    bench.run(5)
    assert bench.run(5) == [1, 2, 7, 8]
    bench.begin()
    assert bench.run(5) == [1, 2, 7, 8]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_compressed_file_that_comes_in_parts_is_read_once_and_whole(tmp_path, pack):
    chance = random.Random(1)
    lines = [event(n)[:-2] + b', "r": "%x"}\n' % chance.getrandbits(400) for n in range(12)]
    content = pack(b"".join(lines)[:-1])
    torn = 0
    for cut in range(40, len(content), 23):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        file = folder / "a.gz"
        file.write_bytes(content[:cut])
        with Bench(tmp_path / f"data-{cut}", folder) as bench:
            bench.run(5)
            torn += bool(bench.run(5))
            if cut % 2:
                bench.begin()
            with file.open("ab") as out:
                out.write(content[cut:])
            bench.run(5)
            assert bench.run(5) == list(range(12)), cut
            assert bench.rejects
            assert all("break off" in reason for _, _, reason, _ in bench.rejects), bench.rejects
    assert torn or pack is zstandard.compress, "no part of it was read before the rest came"


@pytest.mark.parametrize(
    ("text", "numbers", "torn"),
    [
        (event(1) + event(2)[:-1], [1, 2], b""),
        (event(1) + event(2), [1, 2], b""),
        (event(1) + event(2)[:-9], [1], event(2)[:-9]),
    ],
)
def test_the_last_line_of_a_compressed_file_that_broke_off(bench, logs, text, numbers, torn):
    (logs / "a.gz").write_bytes(gzip.compress(text)[:-8])
    bench.run(5)
    assert bench.run(5) == numbers
    assert [(reason, line) for _, _, reason, line in bench.rejects] == [
        ("the gzip data break off", torn)
    ]


def test_the_last_line_of_a_whole_compressed_file_needs_no_line_break(bench, logs):
    (logs / "a.gz").write_bytes(gzip.compress(event(1) + b"rubbish"))
    bench.run(5)
    assert bench.run(5) == [1]
    assert [line for *_, line in bench.rejects] == [b"rubbish"]


def test_the_rest_of_a_log_that_was_compressed_meanwhile(bench, logs):
    log = logs / "a.log"
    append(log, 1, 2)
    bench.run()
    append(log, 3)
    (logs / "a.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    append(log, 4)
    bench.begin()
    assert sorted(bench.run()) == [1, 2, 3, 4]


@pytest.mark.parametrize("how", ["renamed", "copied", "compressed"])
def test_the_rest_of_a_log_under_a_name_that_nobody_gave(following, logs, how):
    log = logs / "a.log"
    bench = following(log)
    append(log, 1)
    bench.run()
    append(logs / "a.log.3", 99)  # older than us, and never asked for
    append(log, 2)
    if how == "renamed":
        log.rename(logs / "a.log.1")
    elif how == "copied":
        shutil.copy(log, logs / "a.log.1")
        os.truncate(log, 0)
    else:
        (logs / "a.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
        log.unlink()
    append(log, 3)
    bench.begin()
    assert sorted(bench.run()) == [1, 2, 3]


def test_killed_at_any_time_it_goes_on_where_it_was(bench, logs):
    append(logs / "a", 1, 2)
    bench.step()
    bench.begin()
    append(logs / "a", 3)
    assert bench.run() == [1, 2, 3]
    bench.files.close()
    (bench.folder / "places.json").unlink()
    bench.begin()
    assert bench.run() == [1, 2, 3], "the journal alone is enough"


def test_damaged_places_are_found_again_in_the_journal(bench, logs):
    append(logs / "a", 1)
    bench.run()
    (bench.folder / "places.json").write_bytes(b'{"version":1,"posi')
    bench.begin()
    assert bench.run() == [1]


def test_a_journal_that_takes_nothing_loses_nothing(bench, logs):
    append(logs / "a", 1)
    bench.journal.full = True
    assert bench.run() == []
    append(logs / "a", 2)
    assert bench.run() == []
    assert bench.files.counts.problem == "the journal: takes nothing: no room"
    bench.journal.full = False
    bench.run()
    assert bench.files.counts.problem == ""
    assert bench.run() == [1, 2]


def test_the_parts_of_a_log_in_the_order_in_which_they_were_written(bench, logs, monkeypatch):
    monkeypatch.setattr("tocsin.follow.tail.CHUNK", 100)
    monkeypatch.setattr("tocsin.follow.files.ROUND", 300)
    parts = {"a.log": range(20, 30), "a.log.1": range(10, 20), "a.log.2.gz": range(10)}
    for age, (name, numbers) in enumerate(parts.items()):
        content = b"".join(map(event, numbers))
        (logs / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        os.utime(logs / name, (1000, 1_700_000_000 - age))
    append(logs / "other.log", *range(100, 130))
    bench.run()
    numbers = bench.run()
    assert [n for n in numbers if n < 100] == list(range(30))
    assert [n for n in numbers if n >= 100] == list(range(100, 130))
    assert numbers != sorted(numbers), "another log does not wait for all of this one"
    (logs / "a.log").rename(logs / "a.log.0")
    append(logs / "a.log.0", *range(30, 40))
    append(logs / "a.log", *range(40, 50))
    bench.run()
    assert [n for n in bench.run() if n < 100] == list(range(50))


def test_from_the_end(following, logs):
    append(logs / "a", 1)
    (logs / "b.gz").write_bytes(gzip.compress(event(2)))
    bench = following(logs, from_end=True)
    assert bench.run() == []
    append(logs / "a", 3)
    append(logs / "c", 4)
    assert sorted(bench.run()) == [3, 4]
    append(logs / "d", 5)
    bench.begin()
    assert sorted(bench.run()) == [3, 4, 5]
    with (logs / "a").open("ab") as out:
        out.write(b"rubbish\n")
    bench.run()
    assert [(Path(file).name, line) for file, line, _, _ in bench.rejects] == [("a", 3)]


def test_two_files_of_equal_content_are_two(bench, logs):
    append(logs / "east.log", 1)
    append(logs / "west.log", 1)
    assert bench.run() == [1, 1]


def test_links_to_one_file_are_one(bench, logs):
    append(logs / "a", 1)
    (logs / "b").symlink_to(logs / "a")
    os.link(logs / "a", logs / "c")
    assert bench.run() == [1]


def test_lines_that_are_too_long_are_passed_over(bench, logs):
    long = b'{"x":"' + b"y" * (LONGEST + (3 << 20)) + b'"}\n'
    (logs / "a").write_bytes(event(1) + long + event(2) + b"nothing\n")
    assert bench.run() == [1, 2]
    assert [(line, reason) for _, line, reason, _ in bench.rejects] == [
        (2, "longer than 16 MiB"),
        (4, "an event is a JSON object, this is something else (byte 1)"),
    ]


def test_lines_longer_than_a_chunk(bench, logs):
    long = json.dumps({"@timestamp": 1, "n": 1, "x": "y" * (5 << 20)}).encode()
    (logs / "a").write_bytes(long)
    assert bench.run() == []
    with (logs / "a").open("ab") as out:
        out.write(b"\n" + event(2))
    assert bench.run() == [1, 2]


def test_a_line_that_is_never_finished_stands_in_nobodys_way(bench, logs):
    append(logs / "a.log", 1)
    bench.run()
    with (logs / "a.log").open("ab") as out:
        out.write(b'{"x": "' + b"y" * (3 << 20))
    bench.run()
    (logs / "a.log").rename(logs / "a.log.1")
    append(logs / "a.log", 2)
    bench.run()
    assert bench.run() == [1, 2]


@pytest.mark.parametrize(
    ("content", "why"), [(b"PK\x03\x04" + b"\n" * 9, "zip"), (b"PAR1\n" * 3, "Parquet")]
)
def test_what_cannot_be_followed_is_said_once(bench, logs, content, why):
    (logs / "a").write_bytes(content)
    append(logs / "b", 1)
    assert bench.run() == [1]
    assert why in bench.files.counts.problem
    assert bench.files.counts.failures == 1


def test_what_is_no_file_is_said_once(bench, logs):
    os.mkfifo(logs / "pipe")
    bench.run()
    bench.run()
    assert bench.files.counts.failures == 1
    assert "not a regular file" in bench.files.counts.problem
    (logs / "pipe").unlink()
    bench.run()
    assert bench.files.counts.problem == ""


def test_exported_hits_and_kubernetes_audit_events(bench, logs):
    hit = {"_index": "logs-x", "_id": "7", "_source": {"@timestamp": 1, "n": 1}}
    audit = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "auditID": "a",
        "stage": "ResponseComplete",
        "verb": "get",
        "stageTimestamp": "2026-08-01T10:00:00.000000Z",
    }
    (logs / "a").write_text(json.dumps(hit) + "\n" + json.dumps(audit) + "\n")
    bench.run()
    (frame,) = bench.journal.frames
    assert json.loads(frame.lines[0]) == {"@timestamp": 1, "n": 1}
    assert list(frame.names) == [("logs-x", "7"), ("", "")]
    converted = json.loads(frame.lines[1])
    assert converted["event"]["action"] == "get"
    assert converted["kubernetes"]["audit"]["auditID"] == "a"


def test_only_some_files_are_kept_open(following, logs, monkeypatch):
    monkeypatch.setattr("tocsin.follow.opened.MOST_OPEN", 2)
    bench = following(logs)
    for n in range(6):
        append(logs / f"{'abcdef'[n]}.log", n)
    bench.run()
    bench.run()
    assert sum(tail.content is not None for tail in bench.files._tails.values()) == 2
    for n in range(6):
        append(logs / f"{'abcdef'[n]}.log", 10 + n)
    bench.run()
    assert sorted(bench.run()) == [*range(6), *range(10, 16)]
    (logs / "a.log").rename(logs / "a.log.1")
    append(logs / "a.log", 20)
    assert sorted(bench.run()) == [*range(6), *range(10, 16), 20]


def test_what_came_to_a_closed_file_before_it_was_renamed(following, logs, monkeypatch):
    monkeypatch.setattr("tocsin.follow.opened.MOST_OPEN", 0)
    log = logs / "a.log"
    append(log, 1)
    bench = following(log)
    bench.run()
    bench.run()
    assert [tail.content for tail in bench.files._tails.values()] == [None]
    append(log, 2)
    log.rename(logs / "a.log.1")
    append(log, 3)
    bench.run()
    assert sorted(bench.run()) == [1, 2, 3]


def test_a_file_that_may_not_be_read_is_tried_again(bench, logs, monkeypatch):
    append(logs / "a", 1)
    refuse = [True]

    def opened(path):
        if refuse[0]:
            raise PermissionError(13, "Permission denied")
        return open_content(path)

    monkeypatch.setattr("tocsin.follow.opened.open_content", opened)
    assert bench.run() == []
    assert bench.run() == []
    assert bench.files.counts.failures == 1
    assert bench.files.counts.problem == f"{logs}/a: Permission denied"
    refuse[0] = False
    assert bench.run() == [1]
    assert bench.files.counts.problem == ""


def test_looks_are_as_far_apart_as_the_pace_says(following, logs):
    bench = following(logs, pace=Pace(look=10))
    bench.step()
    append(logs / "a", 1)
    bench.step(5)
    assert bench.journal.numbers == []
    bench.step(6)
    assert bench.journal.numbers == [1]


def test_names_of_the_parts_of_a_log():
    names = ["audit.log", "audit.log.1", "audit.log.2.gz", "audit-20261122.log", "audit.1.log"]
    assert set(map(family, names)) == {"audit"}
    assert family("auth.log") != family("audit.log")


def test_files_that_are_there_are_never_forgotten(bench, logs, monkeypatch):
    monkeypatch.setattr("tocsin.follow.files.MOST_KNOWN", 2)
    monkeypatch.setattr(Places.forget, "__defaults__", (2,))
    names = [f"{letter}.ndjson" for letter in "abcdef"]
    for n, name in enumerate(names):
        append(logs / name, n)
    (logs / "old.gz").write_bytes(gzip.compress(event(6)))
    assert bench.run() == list(range(7))
    for n in range(7, 12):  # contents that come and go
        append(logs / "gone.ndjson", n)
        bench.run()
        (logs / "gone.ndjson").unlink()
        bench.run(31)
    assert len(bench.files._places) < 12
    bench.files.close()
    bench.begin()
    assert bench.run(3) == list(range(12))


def test_places_are_found_by_their_file_and_their_log():
    places = Places()
    first = Place(places.number(), "/var/log/a.log", 1, 7, 0, "")
    second = Place(places.number(), "/var/log/a.log.1", 1, 8, 0, "")
    places.put(first)
    places.put(second)
    assert places.of_log(log_of("/var/log/a.log.2.gz")) == [second, first]
    places.put(first.moved("/var/log/b.log", 1, 9))
    assert places.of_file((1, 7)) == []
    assert [place.path for place in places.of_file((1, 9))] == ["/var/log/b.log"]
    assert places.of_log(log_of("/var/log/a.log")) == [second]
    places.forget(frozenset(), 1)
    assert [place.number for place in places] == [first.number]
    assert places.of_log(log_of("/var/log/a.log")) == []


def test_a_log_behind_a_link_that_was_rotated_while_nobody_looked(following, logs):
    pod = logs / "pod"
    pod.mkdir()
    append(pod / "0.log", 1)
    (logs / "app.log").symlink_to(pod / "0.log")
    bench = following(logs / "app.log")
    assert bench.run() == [1]
    bench.files.close()
    append(pod / "0.log", 2)
    (pod / "0.log").rename(pod / "0.log.20260801-100000")
    append(pod / "0.log", 3)
    bench.begin()
    assert sorted(bench.run()) == [1, 2, 3]


def test_a_file_that_is_renamed_between_a_look_and_its_opening(bench, logs, monkeypatch):
    append(logs / "a.log", 1)

    def opened(path):
        if not (logs / "a.log.1").exists():
            (logs / "a.log").rename(logs / "a.log.1")
            append(logs / "a.log", 2)
        return open_content(path)

    monkeypatch.setattr("tocsin.follow.opened.open_content", opened)
    bench.run()
    assert sorted(bench.run()) == [1, 2]
    append(logs / "a.log.1", 3)
    append(logs / "a.log", 4)
    assert sorted(bench.run()) == [1, 2, 3, 4]


def test_a_handle_that_went_stale_stops_no_other_file(bench, logs, monkeypatch):
    append(logs / "a.log", 1)
    append(logs / "b.log", 2)
    bench.run()
    broken = next(tail for tail in bench.files._tails.values() if tail.path.endswith("a.log"))
    stale = broken.content

    def state(content):
        if content is stale:
            raise OSError(116, "Stale file handle")
        return really(content)

    really = Plain.state.fget
    monkeypatch.setattr(Plain, "state", property(state))
    append(logs / "a.log", 3)
    append(logs / "b.log", 4)
    assert sorted(bench.run()) == [1, 2, 3, 4]
    assert bench.files.counts.failures == 1
    (logs / "a.log").unlink()
    stale = broken.content
    append(logs / "b.log", 5)
    assert sorted(bench.run()) == [1, 2, 3, 4, 5]


def test_a_copy_that_goes_on_is_read_on(bench, logs):
    append(logs / "a.1.log", 1, 2)
    bench.run()
    shutil.copy(logs / "a.1.log", logs / "a.2.log")
    bench.run()
    append(logs / "a.2.log", 3)
    assert bench.run() == [1, 2, 3]
    append(logs / "a.1.log", 4)
    append(logs / "a.2.log", 5)
    assert sorted(bench.run()) == [1, 2, 3, 4, 5]
    bench.begin()
    append(logs / "a.1.log", 6)
    append(logs / "a.2.log", 7)
    assert sorted(bench.run()) == [1, 2, 3, 4, 5, 6, 7]


def test_the_beginning_of_a_log_beside_it_is_no_log_of_its_own(bench, logs):
    append(logs / "b.log", 1, 2)
    bench.run()
    shutil.copy(logs / "b.log", logs / "b-1.log")  # its name comes first
    bench.run()
    append(logs / "b.log", 3)
    assert bench.run() == [1, 2, 3]
    bench.files.close()
    bench.begin()
    assert bench.run() == [1, 2, 3]


def test_from_the_end_means_the_end_at_the_very_first_start(following, logs):
    bench = following(logs, from_end=True)
    assert bench.run() == []
    bench.begin()
    append(logs / "a.log", 1)
    assert bench.run() == [1]


def test_places_are_not_written_while_the_journal_may_know_more(bench, logs):
    append(logs / "a.log", 1)
    append_frame = bench.journal.append

    def written_but_refused(frame):
        append_frame(frame)
        raise JournalFullError("killed")

    bench.journal.append = written_but_refused
    bench.run(10)
    bench.journal.append = append_frame
    bench.begin()
    assert bench.run() == [1]


@pytest.mark.parametrize("size", [10, 200_000, 20 << 20])
@pytest.mark.parametrize("seen", [True, False])
def test_a_program_that_writes_on_where_it_was_before_the_truncation(bench, logs, size, seen):
    wide = json.dumps({"@timestamp": "2026-08-01T10:00:00Z", "n": 0, "x": "x" * size}).encode()
    with (logs / "a.log").open("wb", buffering=0) as out:
        out.write(wide + b"\n")
        out.write(event(1))
        assert len(bench.run()) == 1 + (size < LONGEST)
        shutil.copy(logs / "a.log", logs / "a.log.1")
        os.truncate(logs / "a.log", 0)
        if seen:
            bench.run()
        out.write(event(2))
        assert bench.run()[-2:] == [1, 2]
        bench.begin()
        out.write(event(3))
        assert bench.run()[-3:] == [1, 2, 3]
    assert len(bench.rejects) == (size > LONGEST)


def test_records_behind_zero_bytes(bench, logs):
    record = b"type=USER_LOGIN msg=audit(1785578400.123:%d): pid=1 uid=0 res=success\n"
    (logs / "audit.log").write_bytes(b"\0" * 70_000 + record % 1 + record % 2)
    bench.run()
    bench.run()
    assert len(bench.journal.lines) == 2
    assert bench.rejects == []


def test_room_for_a_log_that_is_made_before_it_is_written(bench, logs):
    room = 20 << 20
    (logs / "a.log").write_bytes(b"\0" * room)
    assert bench.run() == []
    at = 0
    for n in range(4):
        with (logs / "a.log").open("r+b") as out:
            out.seek(at)
            out.write(event(n))
            at += len(event(n))
        assert bench.run() == list(range(n + 1))
        if n == 1:
            bench.begin()
    (logs / "a.log").rename(logs.parent / "gone.log")
    assert bench.run(31) == [0, 1, 2, 3]
    bench.run(31)
    assert bench.rejects == []


@pytest.mark.parametrize("before", [b"", event(1), b"\n"])
def test_a_last_line_without_an_end_counts_once_it_rests(bench, logs, before):
    numbers = [1] if b"{" in before else []
    log = logs / "a.log"
    log.write_bytes(before + event(2)[:-1])
    bench.run()
    assert bench.run(29) == numbers
    assert bench.run(2) == [*numbers, 2]
    bench.begin()
    assert bench.run(31) == [*numbers, 2]
    with log.open("ab") as out:
        out.write(b"\n" + event(3) + b"rubbish\n")
    assert bench.run() == [*numbers, 2, 3]
    assert [line for _, line, _, _ in bench.rejects] == [3 + before.count(b"\n")]


@pytest.mark.parametrize(
    "torn", [b'{"@timestamp": "2026-08-01T10:00:00Z", "n": {"a": 1}', b"{", b"["]
)
def test_half_a_line_is_no_event_however_long_it_rests(bench, logs, torn):
    for name, before in (("a.log", b""), ("b.log", event(1))):
        (logs / name).write_bytes(before + torn)
    assert bench.run() == [1]
    for _ in range(3):
        assert bench.run(40) == [1]
    assert bench.rejects == []
    assert bench.files.counts.problem == ""


def test_a_folder_into_which_rsync_brings_a_log_again_and_again(bench, logs):
    """It writes a hidden file beside the log, inodes come again, and processes end meanwhile."""
    log, coming = logs / "a.log", logs / ".a.log.x8Tq3s"
    append(log, 0)
    bench.run()
    for n in range(1, 12):
        text = log.read_bytes() + event(n)
        with coming.open("wb", buffering=0) as out:
            for at in range(0, len(text), 61):
                out.write(text[at : at + 61])
                bench.step()
        coming.rename(log)
        bench.run()
        if n % 3 == 0:
            bench.begin()
    bench.run(31)
    assert bench.run() == list(range(12))


@pytest.mark.parametrize("from_end", [False, True])
def test_many_files_where_few_may_be_open(following, logs, monkeypatch, from_end):
    monkeypatch.setattr("tocsin.follow.opened.room", lambda: 4)
    names = [f"{letter}.log" for letter in "abcdefghijkl"]
    for n, name in enumerate(names):
        append(logs / name, n)
    bench = following(logs, from_end=from_end)
    most = 0
    for _ in range(20):
        bench.step()
        open_now = sum(tail.content is not None for tail in bench.files._tails.values())
        most = max(most, open_now)
    before = [] if from_end else list(range(12))
    assert sorted(bench.journal.numbers) == before
    assert most == 4
    for n, name in enumerate(names):
        append(logs / name, n + 12)
    for _ in range(20):
        bench.step()
    assert sorted(bench.journal.numbers) == [*before, *range(12, 24)]
    bench.files.close()
    bench.begin()
    for _ in range(20):
        bench.step()
    assert len(bench.journal.numbers) == len(before) + 12
