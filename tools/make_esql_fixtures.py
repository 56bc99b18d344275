"""Make events that set off rules in ES|QL, by trying: tests/engine/esql_events.json.

    python tools/make_esql_fixtures.py RULES [SECONDS]

For each rule that has no events yet, values are put together that satisfy the conditions before its
first aggregate, the constants it compares with are mixed in, and the rule is run. What sets it off
is made smaller and kept: fields that are the same in all events once, the others as a list.
"""

from __future__ import annotations

import functools
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tocsin
from tocsin.alerts.paths import values_at
from tocsin.languages.esql import typed
from tocsin.languages.esql.check import METADATA
from tocsin.languages.esql.types import NUMBERS
from tocsin.match.evaluate import Evaluator
from tocsin.plan import language
from tocsin.plan import predicate as asked
from tocsin.plan.plan import TablePlan
from tocsin.plan.regex import parse_regex
from tocsin.plan.rule_plan import plan_of
from tocsin.schema.fields import Schema
from tocsin.schema.values import parse_time
from tocsin.tables.answers import answers, lasting
from tocsin.tables.cells import read_cell
from tocsin.tables.database import Database
from tocsin.tables.rows import Rows

KEPT = Path(__file__).resolve().parent.parent / "tests" / "engine" / "esql_events.json"
START = datetime(2026, 3, 2, 10, 0, 5, tzinfo=UTC)
SCHEMA = Schema()
DATABASE = Database()


def plain(pattern: str, chance: random.Random) -> str:
    """A text that a wildcard pattern matches."""
    told, characters = [], iter(pattern)
    for char in characters:
        if char == "\\":
            told.append(next(characters, ""))
        elif char == "*":
            told.append(chance.choice(["", "", "x"]))
        else:
            told.append("x" if char == "?" else char)
    return "".join(told)


def sample(pattern: str, chance: random.Random) -> str:
    """A text that a regular expression matches."""

    def some(tree: language.Tree) -> str:
        match tree:
            case language.Chars(ranges):
                low, high = chance.choice(ranges)
                if (low, high) == (0, language.LAST_CODE_POINT):
                    return "a"
                return chr(chance.randint(max(low, 33), min(high, 126)) if high >= 33 else low)
            case language.Chain(parts):
                return "".join(map(some, parts))
            case language.Choice(parts):
                return some(chance.choice(parts))
            case language.Repeat(term, least, most):
                top = least + 1 if most is None else min(most, least + 1)
                return "".join(some(term) for _ in range(chance.randint(least, top)))
        return ""

    return some(parse_regex(pattern))


def solve(node: asked.Predicate, event: dict[str, Any], chance: random.Random) -> None:
    """Give fields values that make a condition true, as far as can be seen; checked afterwards."""
    match node:
        case asked.And(terms):
            for term in sorted(terms, key=lambda term: isinstance(term, asked.Exists)):
                solve(term, event, chance)
        case asked.Or(terms):
            solve(chance.choice(terms), event, chance)
        case asked.Text(field, patterns):
            event[field.name] = plain(chance.choice(patterns), chance)
        case asked.Regex(field, patterns):
            event[field.name] = sample(chance.choice(patterns), chance)
        case asked.Compare(field, operator, value) if isinstance(value, int | float):
            event[field.name] = value + {">": 1, "<": -1}.get(operator, 0)
        case asked.Flag(field, value):
            event[field.name] = value
        case asked.Within(field, blocks):
            event[field.name] = chance.choice(blocks).split("/")[0]
        case asked.Exists(field):
            event.setdefault(field.name, default(field.name, 0))
        case _:
            return


def default(name: str, number: int) -> object:
    """Some value of a field."""
    kind = str(SCHEMA.kind(name))
    if kind == "ip":
        return f"203.0.{113 + number // 250 % 100}.{1 + number % 250}"
    if kind in ("long", "integer", "short", "double", "float", "scaled_float"):
        return 1000 + number
    if kind == "boolean":
        return True
    if kind == "geo_point":
        return {"lat": (7 * number) % 80, "lon": (31 * number) % 170}
    if kind == "date":
        return (START + timedelta(seconds=number)).isoformat()
    return f"v{number}"


class Maker:
    """Tries events on one rule."""

    def __init__(self, rule: tocsin.Rule) -> None:
        self.rule = rule
        plan, _ = plan_of(rule, SCHEMA)
        if not isinstance(plan, TablePlan):
            raise TypeError("not a rule in ES|QL that runs")
        self.plan = plan
        self.conditions = [plan.stage.condition, *(stage.condition for _, stage in plan.kql)]
        source = plan.pipeline.source
        self.columns = source.columns if isinstance(source, typed.Source) else ()
        self.pools = self._pools()
        self.groups = self._groups()

    def _pools(self) -> dict[str, list[Any]]:
        """Constants that each field, or what is computed from it, is compared with."""
        pools: dict[str, list[Any]] = {}
        nodes = typed.walk(
            *(part for step in self.plan.pipeline.steps for part in typed.expressions_of(step))
        )
        for node in nodes:
            if not isinstance(node, typed.Apply):
                continue
            names = [
                inner.name
                for part in node.arguments[:1]
                for inner in typed.walk(part)
                if isinstance(inner, typed.Column)
            ]
            values = [
                part.value
                for part in node.arguments[1:]
                if isinstance(part, typed.Constant) and not isinstance(part.value, tuple)
            ]
            if node.name not in ("==", "in", "like", "starts_with", "contains", ">", ">=", "<"):
                continue
            for name in names:
                for value in values:
                    if value is not None:
                        pools.setdefault(name, []).append(value)
        return pools

    def _groups(self) -> set[str]:
        names = set()
        for step in self.plan.pipeline.steps:
            if isinstance(step, typed.Aggregate):
                for group in step.groups:
                    names.update(
                        node.name
                        for node in typed.walk(group.expression)
                        if isinstance(node, typed.Column)
                    )
        return names

    def solution(self, chance: random.Random) -> dict[str, Any] | None:
        """Values that satisfy the rule's first conditions."""
        for _ in range(60):
            event: dict[str, Any] = {}
            for condition in self.conditions[1:]:
                if chance.random() < 0.7:
                    solve(condition, event, chance)
            solve(self.conditions[0], event, chance)
            if Evaluator().holds(self.conditions[0], functools.partial(values_at, event)):
                return event
        return None

    def events(
        self, count: int, mode: str, step: int, chance: random.Random
    ) -> list[dict[str, Any]]:
        """Events that may set off the rule."""
        solutions = [self.solution(chance) for _ in range(1 if mode == "same" else 12)]
        known = [each for each in solutions if each is not None]
        if not known:
            return []
        made = []
        for number in range(count):
            fixed = known[number % len(known)]
            event = dict(fixed)
            for column in self.columns:
                name = column.name
                if name in event or name in METADATA or name == "@timestamp":
                    continue
                pool = self.pools.get(name, [])
                if name in self.groups:
                    event[name] = default(name, 0)
                elif pool and mode != "same" and chance.random() < 0.6:
                    value = chance.choice(pool)
                    event[name] = plain(value, chance) if isinstance(value, str) else value
                elif mode != "bare":
                    event[name] = default(name, number if mode in ("vary", "mix") else 0)
                if column.type in NUMBERS and isinstance(event.get(name), str):
                    event[name] = number
            event["@timestamp"] = (START + timedelta(milliseconds=step * number)).isoformat()
            made.append(event)
        return made

    def fires(self, events: list[dict[str, Any]]) -> bool:
        """Whether the rule's pipeline finds something; the whole engine is left to the tests."""
        rows = Rows(self.columns, DATABASE.directory, "rows", len(self.plan.kql))
        for number, event in enumerate(events):
            self._add(rows, number, event)
        run = lasting if self.plan.pipeline.windowed else answers
        return next(iter(run(self.plan, rows, DATABASE)), None) is not None

    def _add(self, rows: Rows, number: int, event: dict[str, Any]) -> None:
        values = functools.partial(values_at, event)
        held = [Evaluator().holds(condition, values) for condition in self.conditions]
        if not held[0]:
            return
        moment = parse_time(event["@timestamp"]) or 0
        cells = [
            self._cell(column, path, event, moment)
            for column, path in zip(self.columns, self.plan.paths, strict=True)
        ]
        rows.add(number, moment, cells, held[1:])

    def _cell(self, column: typed.Column, path: str, event: dict[str, Any], moment: int) -> object:
        if column.name == "@timestamp":
            return moment
        if column.name == "_source":
            return json.dumps(event)
        if not path:
            return None
        found = event.get(path)
        if isinstance(found, dict):
            return read_cell(column, [f"{found['lat']},{found['lon']}"])
        return read_cell(column, values_at(event, path))

    def smaller(self, events: list[dict[str, Any]], until: float) -> list[dict[str, Any]]:
        """Fewer events with fewer fields that still set off the rule."""
        while len(events) > 1 and time.monotonic() < until:
            half = events[: len(events) // 2]
            if not self.fires(half):
                break
            events = half
        for name in sorted({name for event in events for name in event} - {"@timestamp"}):
            if time.monotonic() > until:
                break
            fewer = [{key: event[key] for key in event if key != name} for event in events]
            if self.fires(fewer):
                events = fewer
        return events


def folded(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Events as the file has them: what is the same once, the rest by event."""
    names = sorted({name for event in events for name in event})
    same = {
        name: events[0][name]
        for name in names
        if all(name in event and event[name] == events[0][name] for event in events)
    }
    varied = {name: [event.get(name) for event in events] for name in names if name not in same}
    return {"count": len(events), "same": same, "varied": varied}


def make(rule: tocsin.Rule, seconds: float) -> dict[str, Any] | None:
    """Events for one rule, None if none were found in time."""
    try:
        maker = Maker(rule)
    except TypeError:
        return None
    until = time.monotonic() + seconds
    plans = [(1, "same", 0), (1, "mix", 0), (40, "vary", 300), (40, "mix", 300), (200, "vary", 100)]
    plans += [(200, "mix", 100), (12, "bare", 20_000), (700, "mix", 20), (60, "same", 200)]
    plans += [(30, "mix", 9_000), (30, "vary", 30_000)]
    for seed in range(20):
        for count, mode, step in plans:
            if time.monotonic() > until:
                return None
            events = maker.events(count, mode, step, random.Random(f"{rule.id}{seed}"))  # noqa: S311
            if events and maker.fires(events):
                return folded(maker.smaller(events, time.monotonic() + seconds))
    return None


def main() -> int:
    rules = [rule for rule in tocsin.load_rules(sys.argv[1]).select() if rule.language == "esql"]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for rule in rules:
        if rule.id in kept:
            continue
        try:
            made = make(rule, seconds)
        except Exception as error:  # noqa: BLE001 - a rule that cannot be tried stops no other
            print(f"{rule.id} {rule.name}: {error!r:.200}")
            continue
        if made is not None:
            kept[rule.id] = made
            KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
        print(f"{len(kept):4} {rule.id} {'found' if made else '-'} {rule.name}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
