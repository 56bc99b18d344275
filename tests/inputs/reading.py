"""What the tests of the readers share: everything that an input gives, and files in all shapes."""

import gzip
import json
from dataclasses import dataclass, field

import zstandard

from tocsin.columns.cells import FieldSet, Place
from tocsin.inputs.audit import AuditReader
from tocsin.inputs.source import Events, read

NOTHING = FieldSet(())


@dataclass
class Found:
    """All that came out of an input: accepted events, and what was rejected, by whomever."""

    events: list[dict] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    identities: list[tuple[str, str] | None] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejects: list[tuple[int, str]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)


def everything(events: Events, rows: int | None = None) -> Found:
    """Read an input through its batches, as the engine does."""
    found = Found()
    for batch in events.batches(None, rows):
        found.sizes.append(len(batch))
        found.firsts.append(batch.first)
        rejected = batch.cells(NOTHING).rejected
        for row in range(len(batch)):
            if row in rejected:
                found.rejects.append((batch.line(row)[1], rejected[row]))
                continue
            raw = batch.event(row)
            found.raw.append(raw)
            found.events.append(json.loads(raw))
            found.identities.append(batch.identity(row))
            found.places.append(batch.place(row))
            found.lines.append(batch.line(row)[1])
    found.rejects += [(reject.line, reject.reason) for reject in events.rejects]
    return found


def read_bytes(folder, content: bytes, name: str = "events", **options) -> Found:
    """What a file with this content gives."""
    path = folder / name
    path.write_bytes(content)
    return everything(read(path), **options)


def sample(count: int) -> list[dict]:
    """Events with what makes splitting hard: quotes, brackets, escapes, several alphabets."""
    return [
        {
            "@timestamp": f"2026-01-01T00:00:{number % 60:02}.5Z",
            "n": number,
            "text": 'a "quoted" [word] {and} \\ back\\\\slash\n',
            "weiß": ["ä", "日本", "\U0001f600"],
            "process": {"args": ["x", "]", "}"], "empty": {}, "none": None},
        }
        for number in range(count)
    ]


def lines(events: list[dict], end: bytes = b"\n") -> bytes:
    return b"".join(json.dumps(event).encode() + end for event in events)


COMPRESSIONS = {
    "plain": lambda content: content,
    "gzip": gzip.compress,
    "gzip members": lambda content: (
        gzip.compress(content[: len(content) // 2]) + gzip.compress(content[len(content) // 2 :])
    ),
    "zstd": zstandard.compress,
    "zstd frames": lambda content: (
        zstandard.compress(content[: len(content) // 3])
        + zstandard.compress(content[len(content) // 3 :])
    ),
    "zstd after a skippable frame": lambda content: (
        b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zstandard.compress(content)
    ),
}


def audit_events(lines: list[bytes]):
    """The events of Linux audit records, all of which are sound."""
    reader = AuditReader()
    events = [e for number, line in enumerate(lines, 1) for e in reader.feed(line, number)]
    events += reader.finish()
    assert reader.rejects == []
    return events
