"""Any bytes, appended in any pieces: the same events and the same rejects as of a finished file."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from follow.following import Bench, event
from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.columns.problem import UNTIMED
from tocsin.inputs.source import read

LINES = st.one_of(
    st.integers(0, 9).map(event),
    st.sampled_from(
        [
            b"\n",
            b" \r\n",
            b"rubbish\n",
            b'{"@timestamp": 1, "n": 1}\r\n',
            b'{"@timestamp": 1} {"@timestamp": 2}\n',
            b'{"@timestamp": "never"}\n',
            b'{"a": "\xff"}\n',
            b'{"_id": "7", "_source": {"@timestamp": 1}}\n',
            b'{"_index": "x", "_source": {"@timestamp": 1, "n": 2}}\n',
            b'{"hits": {"hits": [{"_id": "8", "_source": {"@timestamp": 1}}]}}\n',
            b'{"auditID": "a", "stage": "x", "stageTimestamp": "2026-08-01T10:00:00Z"}\n',
            b"[1]\n",
            b'"text"\n',
            b"\x00\x00\n",
            b'{"@timestamp": 1, "x": "\x1f\x8b\x08"}\n',
        ]
    ),
    st.binary(max_size=30).filter(lambda text: b"\n" not in text).map(lambda text: text + b"\n"),
)


def scanned(path):
    """Events, their names and the rejects of a finished file."""
    source = read(path)
    events, names, rejects = [], [], []
    for batch in source.batches():
        cells = batch.cells(FieldSet(()))
        for row in range(len(batch)):
            why = cells.rejected.get(row) or (cells.time[row] == NO_TIME and UNTIMED)
            if why:
                rejects.append((batch.line(row)[1], why))
            else:
                events.append(batch.event(row))
                names.append(batch.identity(row) or ("", ""))
    assert source.rejects == []
    return events, names, rejects


@given(st.lists(LINES, max_size=20), st.lists(st.integers(1, 60), max_size=12))
def test_the_same_as_a_finished_file(lines, cuts):
    # The first line says what the file is, here as there.
    text = event(0) + b"".join(lines)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "logs"
        folder.mkdir()
        with Bench(Path(home) / "data", folder) as bench, (folder / "a").open("ab", 0) as out:
            at = 0
            for cut in [*cuts, len(text)]:
                out.write(text[at : at + cut])
                at += cut
                bench.step()
            bench.run()
            events, names, rejects = scanned(folder / "a")
            assert bench.journal.lines == events
            found = [frame.names or [("", "")] * len(frame.lines) for frame in bench.journal.frames]
            assert [name for each in found for name in each] == names
            assert [(line, why) for _, line, why, _ in bench.rejects] == rejects
