"""python-eql on one core: all rules over a file of events; prints one JSON object.

    python peer_eql.py RULES.json EVENTS.ndjson

Runs in the peers' own environment and knows nothing of Tocsin. Rules are parsed as Elastic's own
linter has them parsed. An event's type is its ``event.category`` (the first, if it has several). A
rule that raises on an event has no match there, and goes on: ``stream_events`` itself would stop.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import eql
import orjson
from eql.ast import EqlAnalytic, PipedQuery
from eql.engine import PythonEngine
from eql.events import Event
from eql.parser import (
    allow_negation,
    allow_runs,
    allow_sample,
    elasticsearch_syntax,
    ignore_missing_functions,
)
from peer_floor import measured, one_core

MICROSECONDS = 1_000_000.0


class Engine(PythonEngine):
    """Remembers which rule each of its callbacks belongs to."""

    def __init__(self) -> None:
        self.rule = ""
        self.owners = {}
        self.raised = Counter()
        self.texts = Counter()
        super().__init__({"time_unit": MICROSECONDS})

    def add_event_callback(self, event_type, f) -> None:
        self.owners[f] = self.rule
        super().add_event_callback(event_type, f)

    def stream(self, lines: list[bytes]) -> None:
        """Parse and stream events; exceptions are counted by rule and by text."""
        for line in lines:
            data = orjson.loads(line)
            kind = data["event"]["category"]
            moment = datetime.fromisoformat(data["@timestamp"]).timestamp() * MICROSECONDS
            event = Event(kind if isinstance(kind, str) else kind[0], moment, data)
            for hook in self._event_hooks[event.type]:
                try:
                    hook(event)
                except Exception as error:  # noqa: BLE001 - one rule stops no other
                    self.raised[self.owners[hook]] += 1
                    self.texts[told(error)] += 1
        self.finalize()


def told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def load(engine: Engine, rules: list[dict]) -> tuple[dict[str, str], float]:
    """Parse and compile: why some rules could not be, by their ids, and the CPU seconds."""
    refused, tried = {}, 0.0
    began = time.process_time()
    for rule in rules:
        try:
            query = parsed(rule["query"])
            start = time.process_time()
            PythonEngine().add_query(query)  # a sequence may fail when half of it is hooked in
            tried += time.process_time() - start
        except Exception as error:  # noqa: BLE001 - whatever it raises, the rule is lost
            refused[rule["id"]] = told(error)
            continue
        engine.rule = rule["id"]
        engine.add_analytic(EqlAnalytic(query=query, metadata={"id": rule["id"], "name": ""}))
    return refused, time.process_time() - began - tried


def parsed(text: str) -> PipedQuery:
    with (
        elasticsearch_syntax,
        ignore_missing_functions,
        allow_negation,
        allow_runs,
        allow_sample,
    ):
        return eql.parse_query(text)


def main() -> None:
    one_core()
    rules = json.loads(Path(sys.argv[1]).read_bytes())
    events = Path(sys.argv[2])
    lines = events.read_bytes().splitlines()
    engine = Engine()
    found = []
    engine.add_output_hook(found.append)
    refused, start = load(engine, rules)
    figures = measured(events, len(lines), lambda: engine.stream(lines))
    matches = [
        [each.analytic_id, [event.data["event"]["id"] for event in each.events]] for each in found
    ]
    told_of = {
        "version": eql.__version__,
        "start_s": start,
        "rules": len(rules) - len(refused),
        "refused": refused,
        "exceptions": engine.raised.total(),
        "rules_raising": len(engine.raised),
        "exception_texts": dict(engine.texts.most_common(5)),
        "matches": matches,
    }
    print(json.dumps({**figures, **told_of}))


main()
