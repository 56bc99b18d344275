"""One measurement in a process of its own; prints one JSON object.

    python -m bench.worker scan --events FILE --rules RULES [--kinds eql,query] [--only N] [--rows N] [--indicators FILE]
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
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from bench.corpus import Corpus

WARM = 300
"""Events that pass before anything is measured; of those that are measured none is among them."""

JOINED = "sequence by host.id with maxspan=1m [process where true] [process where true]"
"""Asked of these events, so that what joins events and reads them again is loaded."""

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


def chosen(rules: list[str], kinds: str, only: int | None) -> list[Any]:
    """The rules of some types (``eql,query``; ``all``), or a sample of them."""
    import tocsin

    types = kinds.split(",")
    kept = tocsin.load_rules(*rules).select()
    found = [rule for rule in kept if rule.type in types or types == ["all"]]
    return found if only is None else random.Random(7).sample(found, only)


def warm(compiled: Any) -> None:
    """Load all kernels: a few events of another corpus in all forms, one indicator of each kind.

    Alerts have their kernel too, which is only used for more of them than so few events give.
    """
    import pyarrow.parquet

    import tocsin
    from tocsin.alerts.finding import Finding, SourceEvent
    from tocsin.engine.api import alerts, documents
    from tocsin.engine.scan import Options, Scan

    lines = [orjson.loads(line) for line in Corpus(1_000_003).lines(WARM)]
    addresses = [
        value for line in lines for value in line.get("destination", {}).get("ip", "").split()
    ]
    known = [{"threat": {"indicator": {"ip": address}}} for address in addresses[:3]]
    options = Options(routing="off", indicators=tocsin.events(known))
    with TemporaryDirectory() as folder:
        coded, plain, text, hits = (
            Path(folder, name) for name in ("coded", "plain", "text", "hits")
        )
        table = pyarrow.Table.from_pylist(lines)
        pyarrow.parquet.write_table(table, coded)
        pyarrow.parquet.write_table(table, plain, use_dictionary=False)
        text.write_bytes(b"\n".join(map(orjson.dumps, lines)))
        found = [{"_index": "i", "_id": str(at), "_source": line} for at, line in enumerate(lines)]
        hits.write_bytes(b"\n".join(map(orjson.dumps, found)))
        files = (tocsin.read(str(file)) for file in (coded, plain, text, hits))
        for source in (tocsin.events(lines), *files):
            for alert in alerts(Scan(compiled, source, options), compiled, source):
                len(alert.line)
            for match in tocsin.query(source, JOINED):
                len(match.events)
        for finding in Scan(compiled, source, Options()).findings():
            len(finding.events)
    events = [SourceEvent("", "", 0, 0, orjson.dumps(line), 0, n) for n, line in enumerate(lines)]
    list(documents(compiled).named(Finding(0, "", 0, (event,)) for event in events))


def measure_scan(given: argparse.Namespace) -> dict:
    import tocsin
    from tocsin.columns.collector import paused
    from tocsin.engine.api import documents, gathering
    from tocsin.engine.compiled import compile_rules
    from tocsin.engine.feedback import Feedback
    from tocsin.engine.scan import Options, Scan
    from tocsin.engine.statistics import peak_memory
    from tocsin.inputs.indicators import read_indicators
    from tocsin.plan.plan import SamplePlan, SequencePlan

    class Timed(Scan):
        """Knows when the indicators had been read."""

        ready = 0.0

        def _read_indicators(self) -> None:
            super()._read_indicators()
            self.ready = time.process_time()

    compiled = compile_rules(chosen(given.rules, given.kinds, given.only))
    gc.freeze()  # as the command does
    warm(compiled)
    before = peak_memory()

    count, floor_seconds = floor(given.floor or given.events)
    source = tocsin.read(str(given.events))
    indicators = read_indicators([str(given.indicators)]) if given.indicators else None
    feedback = Feedback(compiled, source)
    scan = Timed(
        compiled, source, Options(rows=given.rows, indicators=indicators), sift=feedback.sift
    )
    began = time.process_time()
    told: Counter[int] = Counter()
    with closing(gathering(scan, compiled)) as gathered:
        for finding in scan.findings():
            gathered.add(finding)
        gathered.settle()
        feedback.run(gathered, scan.options, scan.statistics, scan.kinds)
        matched = time.process_time()
        written = 0
        writer = documents(compiled)
        with paused():
            for finding in writer.named(gathered):
                told[finding.rule] += 1
                written += len(writer.line(finding))
        ended = time.process_time()
    scan.close()
    counts, found = scan.statistics, told.total()
    spent = ended - (scan.ready if indicators else began)
    return {
        "events": counts.events,
        "floor_us": floor_seconds / count * 1e6,
        "scan_us": spent / counts.events * 1e6,
        "ratio": spent / counts.events / (floor_seconds / count),
        "alerts": found,
        "sequence_alerts": sum(
            count
            for rule, count in told.items()
            if isinstance(compiled.plans[rule], SequencePlan | SamplePlan)
        ),
        "alerts_by_type": dict(_by_type(compiled.rules, told)),
        "alert_us": (ended - matched) / max(found, 1) * 1e6,
        "alert_bytes": written,
        "read_us": counts.seconds.read / counts.events * 1e6,
        "pairs_per_event": counts.candidate_pairs / counts.events,
        "residual_pairs": counts.residual_pairs,
        "stage_hits_per_event": counts.stage_hits / counts.events,
        "new_words_per_event": counts.new_words / counts.events,
        "indicators": counts.indicators,
        "indicators_s": scan.ready - began if indicators else 0.0,
        "evicted": counts.state.evicted,
        "peak_before_mb": before / (1 << 20),
        "peak_rss_mb": peak_memory() / (1 << 20),
        "rules": counts.rules_compiled,
    }


def _by_type(rules: Any, told: Counter[int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for rule, count in told.items():
        found[rules[rule].type] += count
    return found


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
    asked.add_argument("--kinds", default="eql", help="types of rules, or all")
    asked.add_argument("--indicators", type=Path)
    asked.add_argument("--only", type=int)
    asked.add_argument("--rows", type=int)
    given = asked.parse_args()
    told = measure_start(given.rules) if given.what == "start" else measure_scan(given)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
