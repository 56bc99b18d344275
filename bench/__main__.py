"""``make bench``: every figure of the README, in one run, as ratios to the parse floor.

Each measurement is a process of its own that first times the floor (a bare ``orjson.loads`` loop) and
then the scan over events it has never seen; of five runs the median counts. Results go to
``bench/results.json`` and ``bench/RESULTS.md``; the pages (`bench.pages`) and the live engine (`bench.live`) come last. ``make bench-indicators`` measures indicator match
with ten million indicators and adds that to the others.
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
from bench.feed import indicators
from bench.pages import table as pages_table

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared" / "elastic-rules.tar.gz"
RESULTS = HERE / "results.json"
NO_TERMS = "eql,query,threshold,threat_match"
NO_THREATS = "eql,query,threshold,new_terms"
NO_TABLES = "eql,query,threshold,new_terms,threat_match"


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
        "all EQL rules": [],
        "all EQL rules, batches of 512": ["--rows", "512"],
        "all EQL rules, polymorphic": [],
        "all EQL rules, PowerShell": [],
        "all EQL rules, Parquet": [],
    }
    return interleaved(kinds, rules, events, repeats)


def types(rules: str, events: int, repeats: int) -> dict[str, Any]:
    """Rules of all types, and what new terms add."""
    kinds = {
        "EQL and KQL queries": ["--kinds", "eql,query"],
        "all but ES|QL and new terms": ["--kinds", NO_TERMS],
        "all but ES|QL": ["--kinds", NO_TABLES],
        "all rules": ["--kinds", "all"],
    }
    return interleaved(kinds, rules, events, repeats, new_terms=(*kinds,)[1:3])


def indicator_match(rules: str, events: int, repeats: int, count: int) -> dict[str, Any]:
    """What so many indicators, and the rules that ask for them, add."""
    known = str(indicators(count))
    kinds = {
        "all but ES|QL and indicator match": ["--kinds", NO_THREATS],
        "all but ES|QL": ["--kinds", NO_TABLES],
        f"all but ES|QL, {count:,} indicators": ["--kinds", NO_TABLES, "--indicators", known],
    }
    return interleaved(kinds, rules, events, repeats, indicator_match=(*kinds,)[::2])


def interleaved(
    kinds: dict[str, list[str]], rules: str, events: int, repeats: int, **added: tuple[str, ...]
) -> dict[str, Any]:
    """The median run of each kind; ``added``: pairs of kinds, of which the second one has more."""
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
            print(f"{name:42} {found[name][-1]['ratio']:.2f}", file=sys.stderr)
    told: dict[str, Any] = {name: median(rows) for name, rows in found.items()}
    return told | {
        name: sorted(
            more["ratio"] - less["ratio"]
            for less, more in zip(found[before], found[after], strict=True)
        )
        for name, (before, after) in added.items()
    }


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
    lines += [row_of(name, row) for name, row in results["scan"].items()]
    full = results["scan"]["all EQL rules"]
    lines += [
        "",
        f"An alert, sorted, named and written: {full['alert_us']:.1f} µs ({full['alerts']:,} alerts of {full['events']:,} events).",
        "",
        "| start-up, all rule files | load s | compile s | both, CPU s | whole process, wall s |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, row in results["start"].items():
        lines.append(
            f"| {name} | {row['load_s']:.2f} | {row['compile_s']:.2f} | {row.get('ready_cpu_s', row['cpu_s']):.2f} | {row['wall_s']:.2f} |"
        )
    lines += ["", "| events in one scan | peak MB |", "|--:|--:|"]
    lines += [f"| {count} | {peak:.0f} |" for count, peak in results["memory"].items()]
    lines += of_types(results)
    if results.get("pages"):
        lines += pages_table(results["pages"])
    lines += of_live(results.get("live", {}))
    return "\n".join(lines) + "\n"


def pages() -> dict[str, Any]:
    """How soon pages answer over much that is stored, measured by a process of its own."""
    command = [sys.executable, "-m", "bench.pages", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    if done.returncode:
        sys.exit(" ".join(command))
    return json.loads(done.stdout)


def row_of(name: str, row: dict[str, Any]) -> str:
    """A measurement as a row."""
    return (
        f"| {name.replace(chr(124), chr(92) + chr(124))} ({row['rules']}) | {row['floor_us']:.1f} | {row['scan_us']:.1f} | **{row['ratio']:.2f}** "
        f"| {row['pairs_per_event']:.1f} | {row['peak_rss_mb']:.0f} |"
    )


def of_types(results: dict[str, Any]) -> list[str]:
    """The tables of rules of other types than EQL, where they were measured."""
    lines: list[str] = []
    for part in ("types", "indicators"):
        rows = results.get(part, {})
        measured = {name: row for name, row in rows.items() if isinstance(row, dict)}
        if not measured:
            continue
        lines += [
            "",
            "| rules by type | floor µs/event | Tocsin µs/event | ratio to floor | candidate pairs/event | peak MB |",
            "|---|--:|--:|--:|--:|--:|",
            *(row_of(name, row) for name, row in measured.items()),
        ]
        for name, added in rows.items():
            if isinstance(added, list):
                of_floor = f"{added[len(added) // 2]:.2f} of the floor"
                told = name.replace("_", " ").capitalize()
                lines += ["", f"{told} adds {of_floor} ({added[0]:.2f} to {added[-1]:.2f})."]
        for row in measured.values():
            if row["indicators"]:
                count = row["indicators"]["used"]
                grown = row["peak_rss_mb"] - row["peak_before_mb"]
                reading = f"{count:,} indicators take {row['indicators_s']:.1f} s to read (not in the ratio)"
                lines += ["", f"{reading}; the process grew by {grown:.0f} MB in all."]
    return lines


def of_live(live: dict[str, Any]) -> list[str]:
    """The table of the live engine, if it was measured."""
    if not live:
        return []
    lines = [
        "",
        (
            f"The live engine over HTTP, EQL and KQL rules, all processes and the client on these cores; a scan does "
            f"{live['scan_per_s']:,.0f} events/s on one."
        ),
        "",
        "| live | accepted/s | settled/s | server, engine, client CPU µs/event | single-event alerts p50, p99 ms | other alerts p50, p99 ms | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, told in (
        ("full", "as fast as it goes"),
        ("paced", f"at {live['share']:.0%} of that"),
    ):
        row = live[name]
        server, *_, engine = row["cpu_us"]
        client = row.get("client_us", float("nan"))
        lines.append(
            f"| {told} | {row['accepted_per_s']:,.0f} | **{row['settled_per_s']:,.0f}** | {server:.1f}, {engine:.1f}, {client:.1f} "
            f"| {row['single_p50_ms']:.0f}, {row['single_p99_ms']:.0f} "
            f"| {row['stateful_p50_ms']:.0f}, {row['stateful_p99_ms']:.0f} | {sum(row['peak_mb']):.0f} |"
        )
    return lines


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--rules", default=str(SHARED) if SHARED.exists() else str(HERE.parent / "rules")
    )
    asked.add_argument("--events", type=int, default=200_000)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--memory", type=int, nargs="*", default=[200_000, 1_000_000])
    asked.add_argument("--indicators", type=int, help="only this: match with so many indicators")
    given = asked.parse_args()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    common = given.rules, given.events, given.repeats
    from bench.live import measured

    results = json.loads(RESULTS.read_text())
    if given.indicators:
        results["indicators"] = indicator_match(*common, given.indicators)
    else:
        results = {
            "machine": machine,
            "events": given.events,
            "repeats": given.repeats,
            "start": starts(given.rules),
            "scan": scans(*common),
            "types": types(*common),
            "memory": memory(given.rules, given.memory),
            "indicators": results.get("indicators", {}),
            "pages": pages(),
            "live": measured(given.rules, given.events),
        }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    (HERE / "RESULTS.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
