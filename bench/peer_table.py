"""The peers' results as Markdown."""

from __future__ import annotations

from collections import Counter
from typing import Any


def table(results: dict[str, Any]) -> str:
    """The whole of ``PEERS.md``."""
    compared = "tocsin" in results
    parts = [
        "# Peers, measured",
        _preface(results),
        _speed(results),
        "## What each did",
        *([_TOCSIN] if compared else []),
        _duckdb(results),
        _eql(results),
        *(_answers(results) if compared else ["Answers were not compared in this run."]),
    ]
    return "\n\n".join(parts) + "\n"


_TOCSIN = (
    "- **Tocsin** read the file, matched all rules, sequences and samples too, and wrote every "
    "alert's document."
)


def _preface(results: dict[str, Any]) -> str:
    rules = results["rules"]
    eql, sql = (next(iter(results[peer].values())) for peer in ("python_eql", "duckdb"))
    return (
        f"{results['machine']}; python-eql {eql['version']}, DuckDB {sql['version']}. CPU time of "
        f"one core; of {results['repeats']} runs the one with the median ratio (lowest and highest "
        "in brackets). `make bench-peers` gives these figures.\n\n"
        f"The rules are Elastic's {rules['eql']:,} production EQL rules: "
        f"{rules['single_event']:,} for single events, {rules['stateful']:,} sequences and "
        f"samples. The events are the benchmark's plain ones, {results['event_bytes']:,} bytes "
        "each. The floor is a bare `orjson.loads` loop over the same lines in the same process, "
        "for the peers before and after each run."
    )


def _speed(results: dict[str, Any]) -> str:
    titles = "engine|rules|events|floor µs/event|µs/event|ratio to floor|events/s|peak MB"
    lines = [_row(titles.split("|")), "|---|--:|--:|--:|--:|--:|--:|--:|"]
    if "tocsin" in results:
        row = results["tocsin"]
        lines.append(_figures("Tocsin", {**row, "run_us": row["scan_us"]}))
    lines += [_figures("DuckDB, a query for each rule", row) for row in results["duckdb"].values()]
    lines += [
        _figures(f"python-eql, events {name}", row) for name, row in results["python_eql"].items()
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figures(name: str, row: dict[str, Any]) -> str:
    digits = 1 if row["ratio"] < 100 else 0
    spread = (f"{each:,.{digits}f}" for each in (min(row["ratios"]), max(row["ratios"])))
    return _row(
        [
            name,
            f"{row['rules']:,}",
            f"{row['events']:,}",
            f"{row['floor_us']:.1f}",
            f"{row['run_us']:,.{digits}f}",
            f"**{row['ratio']:,.{digits}f}** ({', '.join(spread)})",
            f"{1e6 / row['run_us']:,.0f}",
            f"{row['peak_rss_mb']:,.0f}",
        ]
    )


def _duckdb(results: dict[str, Any]) -> str:
    row = max(results["duckdb"].values(), key=lambda each: each["events"])
    left_out = results["duckdb_inexpressible"]
    reasons = "; ".join(f"{reason}: {count}" for reason, count in left_out.items())
    return (
        "- **DuckDB**, one thread, in memory. The fields that the rules read were loaded into "
        "typed columns, lists where the events hold arrays (it was told so beforehand), with "
        "lower-case copies for what ignores case, and IPv4 addresses also as numbers: "
        f"{row['load_us']:.1f} µs an event at {row['events']:,} events. Then one `SELECT` for each "
        "rule, translated leaf by leaf from Tocsin's own plans, and its matches fetched. Planning "
        f"these queries takes {row['planning_s']:.1f} s of CPU a pass, however few the events: "
        "hence the ratio of small batches. "
        f"For {sum(left_out.values())} rules there is no query ({reasons or 'none'}); "
        f"{len(row['refused'])} queries were refused. Sequences and samples were not tried."
    )


def _eql(results: dict[str, Any]) -> str:
    bare, plain = results["python_eql"].values()
    refused = Counter(text.partition(": ")[2] or text for text in bare["refused"].values())
    reasons = "; ".join(f"{text}: {count}" for text, count in refused.most_common(5))
    return (
        "- **python-eql** parsed each line with orjson and streamed the event to all rules that it "
        f"could compile; {len(bare['refused'])} it could not ({reasons}). Parsing and compiling "
        f"took {bare['start_s']:.1f} s of CPU at start, not counted above. A rule that raised an "
        "exception was passed over for that event, where python-eql's own loop ends the run: "
        f"{bare['exceptions']:,} exceptions by {bare['rules_raising']} rules on the events as they "
        f"are; {plain['exceptions']:,} by {plain['rules_raising']} once arrays of one value had "
        "been unwrapped for it (not counted)."
    )


def _answers(results: dict[str, Any]) -> list[str]:
    rows = [
        _answer(f"DuckDB, {row['events']:,} events", row["single_event"])
        for row in results["duckdb"].values()
        if "single_event" in row
    ]
    for name, row in results["python_eql"].items():
        label = f"python-eql, {row['events']:,} events {name}"
        rows.append(_answer(f"{label}: single events", row["single_event"]))
        if row["stateful"]["ours"] or row["stateful"]["theirs"]:
            rows.append(_answer(f"{label}: sequences, samples", row["stateful"]))
    titles = "peer|rules|Tocsin's matches|its matches|missed|extra|rules that differ"
    return [
        "## Answers beside Tocsin's",
        (
            "A match is a rule and its event, or the events of its sequence in order. Every event "
            "was offered to every rule, whatever its index. Of DuckDB only rules with a query are "
            "compared; what python-eql could not compile counts as missed. Where sequences have no "
            "row, neither found any."
        ),
        "\n".join([_row(titles.split("|")), "|---|--:|--:|--:|--:|--:|--:|", *rows]),
        (
            'To python-eql an array is no text: `event.type == "start"` is not true of '
            '`["start"]`, and a list under `in` raises. `?` in a pattern is a plain character, a '
            "missing field makes `!=` and `not` unknown instead of true, and `==`, `in` and "
            "`like` ignore case. `docs/semantics.md` says what Elasticsearch does."
        ),
    ]


def _answer(name: str, row: dict[str, int]) -> str:
    return _row(
        [
            name,
            f"{row['rules']:,}",
            f"{row['ours']:,}",
            f"{row['theirs']:,}",
            f"**{row['missed']:,}**",
            f"**{row['extra']:,}**",
            f"{row['rules_differing']:,}",
        ]
    )
