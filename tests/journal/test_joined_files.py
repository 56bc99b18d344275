"""Files that are put together hold the same as before, copied as they stand or written anew."""

import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.sealed.archive import Archive
from tocsin.journal.sealed.compact import compact
from tocsin.journal.sealed.copying import ENOUGH_ROWS, can_be_copied
from tocsin.journal.sealed.facts import file_facts
from tocsin.journal.sealed.seal import seal

pytestmark = pytest.mark.usefixtures("unsynced")


def events(count, **more):
    """Events of one day and data set; ``more``: what some of them have."""
    return [
        json.dumps(
            {
                "@timestamp": f"2026-08-01T10:00:00.{number % 1000:03d}Z",
                "event": {"dataset": "a", "id": f"{number * 2_654_435_761 % 2**32:x}"},
                "process": {"name": f"p{number % 7}", "args": ["x", str(number)], "pid": -number},
                **(more if number % 3 else {}),
            }
        ).encode()
        for number in range(count)
    ]


def sealed(folder, *parts):
    """A segment, and a file, of each part."""
    with Journal(folder / "journal") as journal:
        for number, lines in enumerate(parts):
            journal.append(Frame(Kind.EVENTS, 1_785_578_400_000 + number, "test", lines))
            journal.turn()
        archive = Archive(folder / "events")
        for segment in journal.segments.all()[:-1]:
            seal(journal, segment, archive)
    return archive, list(archive.files())


def held(files):
    """All rows of files, and the facts about each."""
    tables = [pq.read_table(file.path, partitioning=None) for file in files]
    whole = pa.concat_tables(tables, promote_options="default")
    names = sorted(whole.column_names)
    return whole.select(names).sort_by("_place").combine_chunks()


def parts():
    return (
        events(ENOUGH_ROWS, user={"name": "u", "risk": {"calculated_score": 2.5}}),
        events(ENOUGH_ROWS + 1, file={"size": 2**60}, tags=["one", None]),
        events(ENOUGH_ROWS, process={"interactive": True, "pid": ["1", 2]}),
    )


def spans(path):
    """What statistics tell of all columns."""
    metadata = pq.ParquetFile(path).metadata
    found = {}
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for at in range(group.num_columns):
            column = group.column(at)
            facts = column.statistics
            if facts.has_min_max or facts.null_count < column.num_values:
                found.setdefault(column.path_in_schema, []).append(
                    (facts.min, facts.max, facts.null_count) if facts.has_min_max else None
                )
    return found


def test_large_groups_of_rows_are_copied(tmp_path):
    archive, files = sealed(tmp_path, *parts())
    assert all(can_be_copied(file.path) for file in files)
    before = held(files)
    told = [spans(file.path) for file in files]
    facts = [file_facts(file.path) for file in files]
    compact(archive, files)
    (one,) = archive.files()
    assert held([one]).equals(before)
    assert pq.ParquetFile(one.path).metadata.num_row_groups == 3
    assert can_be_copied(one.path)
    after = spans(one.path)
    assert after["process.name"] == [part["process.name"][0] for part in told]
    assert after["_place"] == [part["_place"][0] for part in told]
    assert after["file.size"] == told[1]["file.size"]
    now = file_facts(one.path)
    assert now.fields == sum((each.fields for each in facts[1:]), facts[0].fields)
    assert (now.first, now.last) == (facts[0].first, facts[0].last)
    # another reader than Arrow
    query = f'select count(*), count("file.size"), min("process.pid") from \'{one.path}\''  # noqa: S608
    expected = before.column("file.size").length() - before.column("file.size").null_count
    assert duckdb.sql(query).fetchall() == [(before.num_rows, expected, -ENOUGH_ROWS)]


def test_files_that_arrow_wrote_are_copied_as_well(tmp_path):
    archive, files = sealed(tmp_path, *parts())
    before = held(files)
    table = pq.read_table(files[1].path, partitioning=None)
    with archive.writer("again", table.schema) as writer:
        writer.write_table(table)
    archive.publish([("again", files[1].path)])
    assert can_be_copied(files[1].path)
    compact(archive, files)
    (one,) = archive.files()
    assert held([one]).equals(before)


def test_small_groups_of_rows_are_written_anew(tmp_path):
    archive, files = sealed(tmp_path, events(ENOUGH_ROWS), events(5, tags=["x"]))
    assert [can_be_copied(file.path) for file in files] == [True, False]
    before = held(files)
    compact(archive, files)
    (one,) = archive.files()
    assert held([one]).equals(before)
    assert pq.ParquetFile(one.path).metadata.num_row_groups == 1


def test_other_codecs_and_earlier_versions_are_not_copied(tmp_path):
    _, files = sealed(tmp_path, events(ENOUGH_ROWS))
    table = pq.read_table(files[0].path, partitioning=None)
    other = tmp_path / "other.parquet"
    pq.write_table(table, other, compression="snappy")
    assert not can_be_copied(other)
    pq.write_table(table.drop_columns("_more"), other, compression="zstd")
    assert not can_be_copied(other)
    pq.write_table(table, other, compression="zstd")
    assert can_be_copied(other)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.8])
def test_damage_is_not_copied(tmp_path, place):
    archive, files = sealed(tmp_path, *parts()[:2])
    path = files[1].path
    text = bytearray(path.read_bytes())
    at = int(len(text) * place)
    text[at : at + 3000] = bytes(3000)
    path.write_bytes(text)
    with pytest.raises(pa.ArrowException):
        compact(archive, files)
    archive.settle()
    assert list(archive.files()) == files
    assert path.read_bytes() == text


def test_each_bit_of_a_page_counts(tmp_path):
    """What Arrow finds in the pages' checksums is found before they are copied too."""
    archive, files = sealed(tmp_path, *parts()[:2])
    path = files[0].path
    whole = path.read_bytes()
    pq.read_table(path, partitioning=None, page_checksum_verification=True)
    group = pq.ParquetFile(path).metadata.row_group(0)
    for column in map(group.column, range(group.num_columns)):
        begin = column.data_page_offset
        if column.has_dictionary_page:
            begin = column.dictionary_page_offset
        text = bytearray(whole)
        text[begin + column.total_compressed_size - 1] ^= 1
        path.write_bytes(text)
        with pytest.raises(OSError, match="CRC"):
            pq.read_table(path, partitioning=None, page_checksum_verification=True)
        with pytest.raises(pa.ArrowInvalid, match="checksum"):
            compact(archive, files)
    archive.settle()
    assert list(archive.files()) == files
