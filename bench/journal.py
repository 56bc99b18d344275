"""Writes, reads and seals a journal; prints a line for each.

    python -m bench.journal [--frames N] [--lines N] [--folder DIR]

Wall seconds say what the disk bears, CPU seconds what it costs.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tocsin.journal.batch import batch
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.sealed.archive import Archive
from tocsin.journal.sealed.columns import fields
from tocsin.journal.sealed.seal import seal

NOW = 1_785_578_400_000
LINE = (
    b'{"@timestamp":"2026-08-01T10:%02d:%02d.%03dZ","data_stream":{"type":"logs","dataset":"%s",'
    b'"namespace":"default"},"event":{"category":["process"],"type":["start"],"action":"exec"},'
    b'"host":{"name":"web-%d","os":{"type":"linux"},"ip":["10.0.0.%d","fe80::%d"]},'
    b'"process":{"pid":%d,"name":"curl","executable":"/usr/bin/curl","args":["curl","-s","http://%d/"],'
    b'"parent":{"pid":%d,"name":"bash"}},"user":{"id":"%d","name":"root"},"message":"%s"}'
)
SETS = (b"endpoint.events.process", b"system.auth", b"auditd_manager.auditd")


def line(n: int) -> bytes:
    """An event of about a thousand bytes."""
    return LINE % (
        n // 60_000 % 60,
        n // 1000 % 60,
        n % 1000,
        SETS[n % 3],
        n % 50,
        n % 250,
        n % 99,
        n,
        n,
        n - 1,
        n % 7,
        b"%08x " % (n * 2_654_435_761 % 2**32) * 52,
    )


def told(name: str, events: int, size: int, work: Callable[[], object]) -> None:
    """Do it, and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{name:28} {events / wall:>11,.0f} events/s {size / wall / 1e6:>7,.0f} MB/s"
        f" {cpu / events * 1e6:>7.2f} CPU us/event"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    lines = [line(n) for n in range(given.lines)]
    names = [("logs-endpoint.events.process-default", "")] * given.lines
    size, count = sum(map(len, lines)) * given.frames, given.lines * given.frames
    try:
        with Journal(folder / "journal") as journal:
            run(journal, folder, lines, names, given.frames, count, size)
    finally:
        shutil.rmtree(folder)


def run(
    journal: Journal,
    folder: Path,
    lines: list[bytes],
    names: list[tuple[str, str]],
    frames: int,
    count: int,
    size: int,
) -> None:
    """Each measurement in turn."""

    def append(times: int, some: list[bytes]) -> None:
        for n in range(times):
            journal.append(Frame(Kind.EVENTS, NOW + n, "bench", some, names[: len(some)]))

    def threads(number: int, times: int, some: list[bytes]) -> None:
        workers = [threading.Thread(target=append, args=(times, some)) for _ in range(number)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def read() -> None:
        position = 0
        while placed := journal.read(position):
            batch(placed)
            position = placed[-1].position

    print(f"{count:,} events of {size // count} bytes, {frames} frames")
    told("append, 1 thread", count, size, lambda: append(frames, lines))
    told("append, 4 threads", count, size, lambda: threads(4, frames // 4, lines))
    told("read as batches", 2 * count, 2 * size, read)
    fields()
    archive = Archive(folder / "events")
    first = journal.segments.all()[0]
    seal(journal, first, archive)
    share = min(1.0, (first.next or 0) / journal.end) * 2
    told(
        "seal, one segment",
        int(count * share),
        int(size * share),
        lambda: seal(journal, first, archive),
    )
    told("append, 1 event, 1 thread", 300, 300_000, lambda: append(300, lines[:1]))
    told("append, 1 event, 16 threads", 3200, 3_200_000, lambda: threads(16, 200, lines[:1]))


if __name__ == "__main__":
    main()
