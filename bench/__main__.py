"""``make bench``: every figure of the README, in one run, as ratios to the parse floor.

Each measurement is a process of its own that first times the floor (a bare ``orjson.loads`` loop) and
then the scan over events it has never seen; of five runs the median counts. Results go to
``bench/results.json`` and ``bench/RESULTS.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.data import ndjson, parquet

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared" / "elastic-rules.tar.gz"


def worker(*arguments: str, **environment: str) -> dict[str, Any]:
    """Run one measurement on one core."""
    command = [sys.executable, "-m", "bench.worker", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=HERE.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The run of median ratio, with the spread of ratios."""
    rows = sorted(rows, key=lambda row: row["ratio"])
    return {**rows[len(rows) // 2], "ratios": [round(row["ratio"], 2) for row in rows]}


def scans(rules: str, events: int, repeats: int) -> dict[str, dict[str, Any]]:
    """All scan measurements, interleaved so that a slow minute hits all alike."""
    kinds: dict[str, list[str]] = {
        "1 rule": ["--only", "1"],
        "100 rules": ["--only", "100"],
        "all rules": [],
        "all rules, batches of 512": ["--rows", "512"],
        "all rules, polymorphic": [],
        "all rules, PowerShell": [],
        "all rules, Parquet": [],
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in kinds}
    for seed in range(1, repeats + 1):
        for name, extra in kinds.items():
            shape = (
                "polymorphic" if "poly" in name else "powershell" if "Power" in name else "plain"
            )
            path = parquet(seed, events) if "Parquet" in name else ndjson(seed, shape, events)
            floor = ndjson(seed, shape, events)
            found[name].append(
                worker(
                    "scan", "--events", str(path), "--floor", str(floor), "--rules", rules, *extra
                )
            )
            print(f"{name:32} {found[name][-1]['ratio']:.2f}", file=sys.stderr)
    return {name: median(rows) for name, rows in found.items()}


def starts(rules: str) -> dict[str, dict[str, Any]]:
    """Start-up with an empty cache and with a full one."""
    with tempfile.TemporaryDirectory() as cache:
        cold = worker("start", "--rules", rules, TOCSIN_CACHE_DIR=cache)
        cached = worker("start", "--rules", rules, TOCSIN_CACHE_DIR=cache)
    return {"cold": cold, "cached": cached}


def memory(rules: str, counts: list[int]) -> dict[str, float]:
    """Peak memory of one scan of so many events."""
    return {
        f"{count:,}": worker(
            "scan",
            "--events",
            str(ndjson(9, "plain", count)),
            "--floor",
            str(ndjson(9, "plain", 1000)),
            "--rules",
            rules,
        )["peak_rss_mb"]
        for count in counts
    }


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "# Measured",
        "",
        f"{results['machine']}; {results['events']:,} events a run, median of {results['repeats']}; CPU time of one core.",
        "The floor is a bare `orjson.loads` loop over the same lines. `make bench` gives these figures.",
        "",
        "| scan | floor µs/event | Tocsin µs/event | ratio to floor | candidate pairs/event | peak MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, row in results["scan"].items():
        lines.append(
            f"| {name} ({row['rules']}) | {row['floor_us']:.1f} | {row['scan_us']:.1f} | **{row['ratio']:.2f}** "
            f"| {row['pairs_per_event']:.1f} | {row['peak_rss_mb']:.0f} |"
        )
    full = results["scan"]["all rules"]
    lines += [
        "",
        f"An alert, sorted, named and written: {full['alert_us']:.1f} µs ({full['alerts']:,} alerts of {full['events']:,} events).",
        "",
        "| start-up, all rule files | load s | compile s | both, CPU s | whole process, wall s |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, row in results["start"].items():
        lines.append(
            f"| {name} | {row['load_s']:.2f} | {row['compile_s']:.2f} | {row['ready_cpu_s']:.2f} | {row['wall_s']:.2f} |"
        )
    lines += ["", "| events in one scan | peak MB |", "|--:|--:|"]
    lines += [f"| {count} | {peak:.0f} |" for count, peak in results["memory"].items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--rules", default=str(SHARED) if SHARED.exists() else str(HERE.parent / "rules")
    )
    asked.add_argument("--events", type=int, default=200_000)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--memory", type=int, nargs="*", default=[200_000, 1_000_000])
    given = asked.parse_args()
    results = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "events": given.events,
        "repeats": given.repeats,
        "start": starts(given.rules),
        "scan": scans(given.rules, given.events, given.repeats),
        "memory": memory(given.rules, given.memory),
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (HERE / "RESULTS.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
