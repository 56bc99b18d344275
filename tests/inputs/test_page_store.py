"""Pages that are kept: rows read again are the same, without the file; room is bounded."""

import gc
import io
import random
import weakref

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.columns.cells import FieldSet
from tocsin.inputs import page_store, parquet
from tocsin.inputs.page_store import Gathering, Room, StoredPage
from tocsin.inputs.page_table import PageTable
from tocsin.inputs.parquet import ParquetSource

ROWS = 900
FIELDS = FieldSet(("process.name", "process.args", "process.pid", "here"))


def written(**options) -> bytes:
    chance = random.Random(5)
    rows = [
        {
            "process": {"name": f"name {chance.randrange(90)}", "pid": number, "args": ["a"] * 3},
            "here": number % 3 == 0,
            "message": f"number {number} " * 9 if number % 4 else None,
        }
        for number in range(ROWS)
    ]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file, **options)
    return file.getvalue()


class Counting(io.BytesIO):
    """A file that knows how many bytes were read."""

    got = 0

    def read(self, size=-1):
        found = super().read(size)
        self.got += len(found)
        return found


def all_of(source: ParquetSource, numbers: list[int]) -> tuple[list[bytes], list[bytes]]:
    """Some rows, taken while the file is read and again at the end."""
    taken = []
    for batch in source.batches(0, ("x",), FIELDS):
        batch.cells(FIELDS)
        begin = batch.place(0).offset
        here = [number - begin for number in numbers if begin <= number < begin + len(batch)]
        taken += batch.events(here)
    return taken, list(source.events(numbers))


@pytest.mark.parametrize("size", [0, 4000, 20_000, 1 << 30])
@pytest.mark.parametrize(
    "options",
    [
        {"row_group_size": 250, "data_page_size": 200},
        {"row_group_size": 5000, "use_dictionary": False, "compression": "zstd"},
        {"row_group_size": 100, "data_page_version": "2.0", "compression": "none"},
    ],
)
def test_rows_are_the_same_with_any_room(size, options, monkeypatch):
    data = written(**options)
    numbers = sorted(random.Random(1).sample(range(ROWS), 60))
    plain = all_of(ParquetSource(io.BytesIO(data)), numbers)
    assert plain[0] == plain[1]
    room, rows = Room(size), Room(size)
    monkeypatch.setattr(page_store.PageStore.__init__, "__defaults__", (room,))
    monkeypatch.setattr(parquet, "KEPT", rows)
    source = ParquetSource(io.BytesIO(data), again=True)
    for _ in range(2):
        assert all_of(source, numbers) == plain
        source.release()
        assert list(source.events(list(range(ROWS)))) == list(
            ParquetSource(io.BytesIO(data)).events(list(range(ROWS)))
        )
    assert 0 <= room._left <= size
    assert rows._left == size - sum(map(len, source._kept.values())) >= 0
    del source
    gc.collect()
    assert room._left == rows._left == size


def test_what_was_kept_is_not_read_again(monkeypatch):
    monkeypatch.setattr(parquet, "KEPT", Room(0))
    monkeypatch.setattr(page_store.PageStore.__init__, "__defaults__", (Room(1 << 30),))
    file = Counting(written(row_group_size=250))
    source = ParquetSource(file, again=True)
    every = list(range(0, ROWS, 2))
    all_of(source, every)
    source.release()
    before = file.got
    assert len(list(source.events(every))) == len(every)
    assert file.got == before


def test_no_more_is_held_than_there_is_room_for_while_a_row_group_is_read(monkeypatch):
    """One row group of many pages in many columns: most of a file may be one."""
    room = Room(6000)
    monkeypatch.setattr(page_store.PageStore.__init__, "__defaults__", (room,))
    data = written(row_group_size=ROWS, data_page_size=200, use_dictionary=False)
    source = ParquetSource(io.BytesIO(data), again=True)
    monkeypatch.setattr(source, "_most", 50)
    most = 0
    for batch in source.batches(0, ("x",), FIELDS):
        batch.cells(FIELDS)
        list(batch.events([0]))
        # by type: proxies of objects that are gone cannot be asked what they are
        pages = [one for one in gc.get_objects() if type(one) is StoredPage]
        most = max(most, sum(page.body.nbytes for page in pages))
    assert 1000 < most <= 6000


def test_room_is_given_back_where_not_all_pages_come():
    room = Room(10)
    header = None
    pages = [StoredPage(header, np.zeros(size, np.uint8), None) for size in (6, 5, 4)]
    gathering, other = Gathering(room), Gathering(room)
    assert gathering.add(pages[0])
    assert not gathering.add(pages[1])
    assert not other.add(pages[1])
    del gathering
    assert other.add(pages[1])
    assert other.add(pages[2])
    del other
    assert room.take(10)


def test_room_is_taken_once_and_given_back():
    room = Room(10)
    assert room.take(6)
    assert not room.take(5)
    assert room.take(4)
    room.give([6, 4])
    assert room.take(10)


def test_a_file_that_is_read_once_keeps_nothing():
    file = Counting(written(row_group_size=250))
    source = ParquetSource(file)
    all_of(source, list(range(0, ROWS, 2)))
    source.release()
    before = file.got
    assert list(source.events([0, ROWS - 1]))
    assert file.got > before


def test_pages_go_with_the_table_that_read_them():
    """At once, not when the collector comes: the next file's pages are there by then."""
    data = written()
    source = ParquetSource(io.BytesIO(data))
    table = PageTable(lambda: io.BytesIO(data), source._leaves)
    (one, *_), *_ = (column.segments for column in table.columns(0, 100))
    held = weakref.ref(table._columns[0]._held[0])
    assert held() is not None
    gc.disable()
    try:
        del table, one
        assert held() is None
    finally:
        gc.enable()
