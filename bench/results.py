"""What was measured, kept in ``bench/results.json``, and as tables in ``bench/RESULTS.md``."""

from __future__ import annotations

import json
from typing import Any

from bench.pages import table as pages_table
from bench.runs import HERE

_FILE = HERE / "results.json"


def measured_before() -> dict[str, Any]:
    """What is kept."""
    return json.loads(_FILE.read_text())


def keep(results: dict[str, Any]) -> None:
    """Write both files."""
    _FILE.write_text(json.dumps(results, indent=2) + "\n")
    (HERE / "RESULTS.md").write_text(table(results))


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
        "| live | accepted/s | settled/s | sustained/s | server, engine, client CPU µs/event | single-event alerts p50, p99 ms | other alerts p50, p99 ms | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, told in (
        ("full", "as fast as it goes"),
        ("sustained", "as fast as matching and sealing keep up"),
        ("paced", f"at {live['share']:.0%} of that"),
    ):
        row = live.get(name)
        if row is None:
            continue
        server, *_, engine = row["cpu_us"]
        client, sustained = (
            f"{row[key]:{form}}" if row.get(key) else "-"
            for key, form in (("client_us", ".1f"), ("kept_up_per_s", ",.0f"))
        )
        lines.append(
            f"| {told} | {row['accepted_per_s']:,.0f} | {row['settled_per_s']:,.0f} | **{sustained}** | {server:.1f}, {engine:.1f}, {client} "
            f"| {row['single_p50_ms']:.0f}, {row['single_p99_ms']:.0f} "
            f"| {row['stateful_p50_ms']:.0f}, {row['stateful_p99_ms']:.0f} | {sum(row['peak_mb']):.0f} |"
        )
    return lines
