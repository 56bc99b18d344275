"""``make bench``: every figure of the README, in one run, as ratios to the parse floor.

Each measurement is a process of its own that first times the floor (a bare ``orjson.loads`` loop) and
then the scan over events it has never seen; of five runs the median counts. Results go to
``bench/results.json`` and ``bench/RESULTS.md``; the pages (`bench.pages`) and the live engine
(`bench.live`) come last. ``make bench-indicators`` measures indicator match with ten million
indicators, ``make bench-memory`` the memory of five million events (8 GB on disk); ``--only`` names
parts that are measured anew. All else stays as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from bench.data import ndjson, parquet
from bench.feed import indicators
from bench.live import measured
from bench.results import keep, measured_before, table
from bench.runs import HERE, RULES, median, worker

NO_TERMS = "eql,query,threshold,threat_match"
NO_THREATS = "eql,query,threshold,new_terms"
NO_TABLES = "eql,query,threshold,new_terms,threat_match"
_PARTS = ("start", "scan", "types", "memory", "pages", "live")


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
    """Peak memory of one scan of so many events, from JSON lines and from Parquet."""
    kinds = {
        "": lambda count: ndjson(9, "plain", count),
        ", Parquet": lambda count: parquet(9, count),
    }
    floor = str(ndjson(9, "plain", 1000))
    return {
        f"{count:,}{kind}": worker(
            "scan", "--events", str(path(count)), "--floor", floor, "--rules", rules
        )["peak_rss_mb"]
        for kind, path in kinds.items()
        for count in counts
    }


def pages() -> dict[str, Any]:
    """How soon pages answer over much that is stored, measured by a process of its own."""
    command = [sys.executable, "-m", "bench.pages", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    if done.returncode:
        sys.exit(" ".join(command))
    return json.loads(done.stdout)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rules", default=RULES)
    asked.add_argument("--events", type=int, default=200_000)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--memory", type=int, nargs="*", default=[200_000, 1_000_000])
    asked.add_argument("--indicators", type=int, help="only this: match with so many indicators")
    asked.add_argument("--only", nargs="+", choices=_PARTS, help="only these parts")
    given = asked.parse_args()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    common = given.rules, given.events, given.repeats
    results = measured_before()
    parts: dict[str, Callable[[], Any]] = {
        "start": lambda: starts(given.rules),
        "scan": lambda: scans(*common),
        "types": lambda: types(*common),
        "memory": lambda: results["memory"] | memory(given.rules, given.memory),
        "pages": pages,
        "live": lambda: measured(given.rules, given.events),
    }
    if given.indicators:
        results["indicators"] = indicator_match(*common, given.indicators)
    else:
        if not given.only:
            results |= {"machine": machine, "events": given.events, "repeats": given.repeats}
        for part in given.only or _PARTS:
            results[part] = parts[part]()
    keep(results)
    print(table(results))


if __name__ == "__main__":
    main()
