"""What indicators cost: reading them, and what events cost more with them than without.

    python -m bench.indicators --rules RULES [--indicators 10000000] [--events 100000] [--shape plain]

The floor is `orjson.loads` of each event. CPU microseconds of one thread; the least of several runs
counts. The indicators are addresses, hashes and URLs drawn at random; every thousandth event meets
one.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from bench.corpus import SHAPES, Corpus
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.engine.scan import Options, Scan
from tocsin.engine.statistics import peak_memory
from tocsin.inputs.indicators import read_indicators
from tocsin.inputs.source import Events, read
from tocsin.rules.load import load_rules

RUNS = 3
_HEAD = (
    '{"@timestamp":"2026-07-%02dT00:00:00Z","event":{"kind":"enrichment","category":["threat"],'
    '"type":["indicator"],"module":"ti_bench"},"threat":{"feed":{"name":"bench"},"indicator":{%s}}}\n'
)


def address(number: int) -> str:
    """One of the addresses that indicators have."""
    drawn = random.Random(number)
    return ".".join(str(drawn.randrange(1, 255)) for _ in range(4))


def indicators(count: int) -> Iterator[str]:
    """The lines of a file of indicators."""
    drawn = random.Random(7)
    for number in range(count):
        match number % 4:
            case 0 | 1:
                what = f'"ip":"{address(number)}"'
            case 2:
                what = f'"file":{{"hash":{{"sha256":"{drawn.getrandbits(256):064x}"}}}}'
            case _:
                what = f'"url":{{"full":"http://e{drawn.randrange(10**7)}.example.org/{number}"}}'
        yield _HEAD % (1 + number % 28, what)


def events(shape: str, count: int) -> Iterator[bytes]:
    """The events of the benchmark, each with two addresses."""
    drawn = random.Random(3)
    for number, line in enumerate(Corpus(1, shape).lines(count)):
        event = orjson.loads(line)
        event["source"] = {"ip": f"10.{drawn.randrange(256)}.{drawn.randrange(256)}.1"}
        met = address(4 * (number // 1000)) if number % 1000 == 0 else f"192.0.2.{number % 256}"
        event["destination"] = {"ip": met}
        yield orjson.dumps(event) + b"\n"


class Marked(Events):
    """An input that notes when it is first asked for events."""

    began = 0.0

    def batches(self, *arguments, **options):
        """As of any input."""
        self.began = time.process_time()
        return super().batches(*arguments, **options)


def scanned(compiled: Compiled, path: Path, given: Events | None) -> tuple[float, float, int]:
    """Seconds of reading indicators and of the rest; alerts."""
    source = read(path)
    source.__class__ = Marked
    run = Scan(compiled, source, Options(indicators=given))
    began = time.process_time()
    found = sum(1 for _ in run.findings())
    return source.began - began, time.process_time() - source.began, found


def main() -> None:
    """Measure, and print a row for each figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rules", required=True)
    parser.add_argument("--indicators", type=int, default=10_000_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--feed", type=Path, help="a file of indicators instead")
    parser.add_argument("--shape", choices=SHAPES, default="plain")
    given = parser.parse_args()
    compiled = compile_rules(
        rule for rule in load_rules(given.rules) if rule.type == "threat_match"
    )
    with TemporaryDirectory() as folder:
        feed, log = Path(folder, "feed.ndjson"), Path(folder, "events.ndjson")
        if given.feed is None:
            with feed.open("w", encoding="utf-8") as out:
                out.writelines(indicators(given.indicators))
        feed = given.feed or feed
        with log.open("wb") as out:
            out.writelines(events(given.shape, given.events))
        lines = log.read_bytes().splitlines()
        floor = min(_floor(lines) for _ in range(RUNS))
        del lines
        without = min(scanned(compiled, log, None)[1] for _ in range(RUNS))
        before = peak_memory()
        rows = [scanned(compiled, log, read_indicators([feed])) for _ in range(RUNS)]
    build, scan, found = min(row[0] for row in rows), min(row[1] for row in rows), rows[0][2]
    each = 1e6 / given.events
    print(
        json.dumps(
            {
                "indicators": given.indicators,
                "events": given.events,
                "alerts": found,
                "floor_us": round(floor * each, 2),
                "without_us": round(without * each, 2),
                "with_us": round(scan * each, 2),
                "added_floors": round((scan - without) / floor, 3),
                "read_s": round(build, 1),
                "added_mb": round((peak_memory() - before) / (1 << 20)),
            },
            indent=2,
        )
    )


def _floor(lines: list[bytes]) -> float:
    began = time.process_time()
    for line in lines:
        orjson.loads(line)
    return time.process_time() - began


if __name__ == "__main__":
    main()
