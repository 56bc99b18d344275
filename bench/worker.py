"""One measurement in a process of its own; prints one JSON object.

    python -m bench.worker scan --events FILE --rules RULES [--only N] [--rows N]
    python -m bench.worker start --rules RULES

Seconds are CPU seconds of this process, one thread: on shared machines wall time says little.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections import Counter
from pathlib import Path

import orjson

PIECE = 16 << 20
"""Bytes of events that the floor has in memory at a time; all at once would be the peak."""


def floor(path: Path) -> tuple[int, float]:
    """Events and CPU seconds of a bare ``orjson.loads`` loop over the file's lines."""
    count, spent = 0, 0.0
    with path.open("rb") as file:
        while lines := file.readlines(PIECE):
            began = time.process_time()
            for line in lines:
                orjson.loads(line)
            spent += time.process_time() - began
            count += len(lines)
    return count, spent


def measure_scan(
    path: Path, floor_path: Path, rules: list[str], only: int | None, rows: int | None
) -> dict:
    import tocsin
    from tocsin.alerts.finding import Finding, SourceEvent
    from tocsin.alerts.reader import FEW, Reader
    from tocsin.alerts.sorter import Sorter
    from tocsin.columns.collector import paused
    from tocsin.engine.api import documents
    from tocsin.engine.compiled import compile_rules
    from tocsin.engine.scan import Options, Scan
    from tocsin.engine.statistics import peak_memory

    chosen = [rule for rule in tocsin.load_rules(*rules).select() if rule.language == "eql"]
    if only is not None:
        chosen = random.Random(7).sample(chosen, only)
    compiled = compile_rules(chosen)
    gc.freeze()  # as the command does
    warm = [
        {
            "@timestamp": "2026-01-01T00:00:00Z",
            "event": {"category": ["process"]},
            "process": {"name": "x"},
        }
    ]
    list(Scan(compiled, tocsin.events(warm), Options(routing="off")).findings())
    event = SourceEvent("", "", 0, 0, orjson.dumps(warm[0]), 0, 0)
    Reader(lambda _: ()).read([Finding(0, "", 0, (event,))] * FEW)

    count, floor_seconds = floor(floor_path)
    source = tocsin.read(str(path))
    scan = Scan(compiled, source, Options(rows=rows))
    began = time.process_time()
    sorter = Sorter()
    told: Counter[int] = Counter()
    for finding in scan.findings():
        sorter.add_alert(compiled.rules[finding.rule].id, finding)
        told[finding.rule] += 1
    matched = time.process_time()
    written = 0
    writer = documents(compiled)
    with paused():
        for finding in writer.named(sorter):
            written += len(writer.line(finding))
    ended = time.process_time()
    counts, found = scan.statistics, told.total()
    return {
        "events": counts.events,
        "floor_us": floor_seconds / count * 1e6,
        "scan_us": (ended - began) / counts.events * 1e6,
        "ratio": (ended - began) / counts.events / (floor_seconds / count),
        "alerts": found,
        "sequence_alerts": sum(
            count for rule, count in told.items() if compiled.stateful[compiled.first_stage(rule)]
        ),
        "alert_us": (ended - matched) / max(found, 1) * 1e6,
        "alert_bytes": written,
        "read_us": counts.seconds.read / counts.events * 1e6,
        "pairs_per_event": counts.candidate_pairs / counts.events,
        "residual_pairs": counts.residual_pairs,
        "stage_hits_per_event": counts.stage_hits / counts.events,
        "new_words_per_event": counts.new_words / counts.events,
        "peak_rss_mb": peak_memory() / (1 << 20),
        "rules": counts.rules_compiled,
    }


def measure_start(rules: list[str]) -> dict:
    began, wall = time.process_time(), time.perf_counter()
    from tocsin.cli.chosen import Choice, ready

    imported = time.process_time()
    chosen = ready(Choice(tuple(rules)))
    made = time.process_time()
    from tocsin.match.matcher import Matcher

    Matcher(chosen.compiled.program)
    return {
        "import_s": imported - began,
        "load_s": chosen.load,
        "compile_s": chosen.compile,
        "ready_cpu_s": made - imported,
        "cpu_s": time.process_time() - began,
        "wall_s": time.perf_counter() - wall,
        "rules": len(chosen.compiled.rules),
    }


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("what", choices=["scan", "start"])
    asked.add_argument("--events", type=Path)
    asked.add_argument("--floor", type=Path)
    asked.add_argument("--rules", action="append", required=True)
    asked.add_argument("--only", type=int)
    asked.add_argument("--rows", type=int)
    given = asked.parse_args()
    if given.what == "start":
        told = measure_start(given.rules)
    else:
        told = measure_scan(
            given.events, given.floor or given.events, given.rules, given.only, given.rows
        )
    print(json.dumps(told))


if __name__ == "__main__":
    main()
