"""``make bench-peers``: others who can run Elastic's EQL rules, or nearly, on the same events.

python-eql runs the rules themselves; DuckDB runs one SQL query for each single-event rule. Both
live in an environment of their own under ``bench/.data`` (python-eql's licence is the AGPL, so it
is no dependency, not even of the development environment). Their answers are compared with
Tocsin's. Every figure is CPU time of one core, as a ratio to the parse floor of the same process.
Results go to ``bench/peers.json`` and ``bench/PEERS.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

import tocsin
from bench.data import FOLDER, ndjson
from bench.peer_sql import InexpressibleError, Table, Translation, arrays, fields_read
from bench.peer_table import table
from bench.runs import HERE, RULES, median, worker
from tocsin.languages.eql.parser import parse
from tocsin.plan.lower_eql import lower
from tocsin.plan.plan import EventPlan
from tocsin.plan.predicate import Predicate
from tocsin.rules.load import load_rules
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema

PINS = ("duckdb==2.0.0", "eql==1.0.1", "lark==1.3.1", f"orjson=={version('orjson')}")

Match = tuple[str, tuple[str, ...]]
"""A rule's id and its events' ``event.id``."""


def environment() -> Path:
    """The peers' own Python, made once for each set of pins."""
    home = FOLDER / "peers-venv"
    python, stamp = home / "bin" / "python", home / "pins"
    if not stamp.exists() or stamp.read_text() != "\n".join(PINS):
        FOLDER.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PINS], check=True)
        stamp.write_text("\n".join(PINS))
    return python


def peer(python: Path, script: str, *arguments: object) -> dict[str, Any]:
    """Run one measurement of a peer."""
    command = [str(python), str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    found = json.loads(done.stdout)
    print(f"{script:16} {found['events']:>8,} events {found['ratio']:>9.2f}", file=sys.stderr)
    return found


def repeated(python: Path, script: str, arguments: list[object], times: int) -> dict[str, Any]:
    """The run of median ratio; all runs must have answered the same."""
    rows = [peer(python, script, *arguments) for _ in range(times)]
    if any(row["matches"] != rows[0]["matches"] for row in rows):
        sys.exit(f"{script} did not answer the same twice")
    return median(rows)


def unwrapped(path: Path) -> Path:
    """The same events with every array of one as that one value, as python-eql would like them."""
    made = path.with_name(f"unwrapped-{path.name}")
    if not made.exists():
        part = made.with_suffix(".part")
        with path.open("rb") as source, part.open("wb") as target:
            for line in source:
                target.write(orjson.dumps(_unwrapped(orjson.loads(line))) + b"\n")
        part.rename(made)
    return made


def _unwrapped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unwrapped(held) for name, held in value.items()}
    return _unwrapped(value[0]) if isinstance(value, list) and len(value) == 1 else value


def single_events(rules: list[Rule]) -> dict[str, Predicate]:
    """The conditions of the single-event rules, by rule id."""
    schema = Schema()
    plans = {
        rule.id: lower(parse(rule.query), schema, category_field=rule.event_category_field)
        for rule in rules
    }
    return {
        name: plan.stage.condition for name, plan in plans.items() if isinstance(plan, EventPlan)
    }


def sql_plan(conditions: dict[str, Predicate], events: Path) -> tuple[dict[str, Any], Counter[str]]:
    """The statements; and how many rules no query can be written for, by reason."""
    kinds = fields_read(conditions.values())
    held = Table(kinds, arrays(events, kinds))
    translation = Translation(held)
    queries: dict[str, str] = {}
    reasons: Counter[str] = Counter()
    for name, condition in conditions.items():
        try:
            queries[name] = translation.query(condition)
        except InexpressibleError as error:
            reasons[str(error)] += 1
    return {"load": held.sql(translation.folded, translation.numbered), "queries": queries}, reasons


def ours(rules: list[Rule], events: Path) -> set[Match]:
    """What Tocsin finds, every event offered to every rule as the peers do."""
    return {
        (alert.rule.id, tuple(event["event"]["id"] for event in alert.events if event is not None))
        for alert in tocsin.scan(tocsin.read(str(events)), rules, routing="off")
    }


def answers(rows: list[list[Any]], expected: set[Match], names: set[str]) -> dict[str, int]:
    """How a peer's matches differ from ours, over the rules named."""
    theirs = {(name, tuple(ids)) for name, ids in rows if name in names}
    wanted = {match for match in expected if match[0] in names}
    missed, extra = wanted - theirs, theirs - wanted
    return {
        "rules": len(names),
        "ours": len(wanted),
        "theirs": len(theirs),
        "missed": len(missed),
        "extra": len(extra),
        "rules_differing": len({name for name, _ in missed | extra}),
    }


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """All measurements, and the comparisons if asked for."""
    python = environment()
    rules = [rule for rule in load_rules(given.rules).select() if rule.type == "eql"]
    if not rules:
        sys.exit(f"no EQL rules in {given.rules}: name Elastic's rules with --rules")
    conditions = single_events(rules)
    singles = set(conditions)
    stateful = {rule.id for rule in rules} - singles

    many = {count: ndjson(1, "plain", count) for count in given.sql_events}
    largest = many[max(many)]
    told: dict[str, Any] = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "repeats": given.repeats,
        "event_bytes": round(largest.stat().st_size / max(many)),
        "rules": {"eql": len(rules), "single_event": len(singles), "stateful": len(stateful)},
    }
    few = ndjson(1, "plain", given.eql_events)
    found: dict[Path, set[Match]] = {}
    if given.compare:
        bottom = many[sorted(many)[len(many) // 2]]  # held in memory, so it would count as ours
        scan = ["scan", "--events", str(largest), "--floor", str(bottom), "--rules", given.rules]
        worker(*scan)  # so that no measured run compiles what is cached from then on
        told["tocsin"] = median([worker(*scan) for _ in range(given.repeats)])
        found = {path: ours(rules, path) for path in (few, largest)}

    texts = FOLDER / "peers-rules.json"
    texts.write_bytes(orjson.dumps([{"id": rule.id, "query": rule.query} for rule in rules]))
    eql = {
        name: repeated(python, "peer_eql.py", [texts, path], given.repeats)
        for name, path in (("as they are", few), ("with arrays of one unwrapped", unwrapped(few)))
    }

    plan, reasons = sql_plan(conditions, largest)
    ready = FOLDER / "peers-sql.json"
    ready.write_bytes(orjson.dumps(plan))
    sql = {
        str(count): repeated(python, "peer_duckdb.py", [ready, path, count], given.repeats)
        for count, path in many.items()
    }

    told |= {"python_eql": eql, "duckdb": sql, "duckdb_inexpressible": dict(reasons)}
    if given.compare:
        for row in eql.values():
            row["single_event"] = answers(row["matches"], found[few], singles)
            row["stateful"] = answers(row["matches"], found[few], stateful)
        row = sql[str(max(many))]
        asked = set(plan["queries"]) - set(row["refused"])
        row["single_event"] = answers(row["matches"], found[largest], asked)
    for row in (*eql.values(), *sql.values()):
        row["matches"] = len(row["matches"])
    return told


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rules", default=RULES)
    asked.add_argument("--eql-events", type=int, default=3_000)
    asked.add_argument("--sql-events", type=int, nargs="+", default=[5_000, 50_000, 200_000])
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--compare", action=argparse.BooleanOptionalAction, default=True)
    results = measure(asked.parse_args())
    (HERE / "peers.json").write_text(json.dumps(results, indent=2) + "\n")
    text = table(results)
    (HERE / "PEERS.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
