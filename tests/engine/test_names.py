"""Names of events that are looked up by place."""

import numpy as np
import pytest

from tocsin.columns.cells import FieldSet
from tocsin.engine.names import Names
from tocsin.inputs.source import read


@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_names_come_back_by_place_whatever_waits_on_disk(tmp_path, limit):
    for number in range(2):
        lines = [
            f'{{"_index": "i{number}", "_id": "e{row}", "_source": {{"@timestamp": {row}}}}}\n'
            if row % 3
            else f'{{"@timestamp": {row}}}\n'
            for row in range(50)
        ]
        (tmp_path / f"{number}.ndjson").write_text("".join(lines))
    names, expected, places = Names(limit), {}, []
    for batch in read(tmp_path / "0.ndjson", tmp_path / "1.ndjson").batches(FieldSet(()), rows=7):
        rows = np.arange(0, len(batch), 2, dtype=np.int32)
        names.add(batch, rows)
        for row in range(len(batch)):
            place = batch.place(row)
            places.append((place.source, place.offset))
            if row % 2 == 0 and batch.identity(row) is not None:
                expected[places[-1]] = batch.identity(row)
    assert len(expected) > 20
    assert names.of(places) == expected
    assert names.of(places[5:9]) == {p: expected[p] for p in places[5:9] if p in expected}
    names.close()
    assert names.of(places) == {}
