"""DuckDB on one core: load a file of events, then one query for each rule; prints one JSON object.

    python peer_duckdb.py PLAN.json EVENTS.ndjson COUNT

Runs in the peers' own environment and knows nothing of Tocsin: the plan holds ready SQL, with
``{events}`` where the file's name belongs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb
from peer_floor import measured, one_core


class Run:
    """Loads the events and asks all queries."""

    def __init__(self, plan: dict, events: Path) -> None:
        self.database = duckdb.connect(config={"threads": 1})
        self.queries = plan["queries"]
        self.load = plan["load"].replace("{events}", str(events))
        self.load_s = 0.0
        self.refused = {}
        self.matches = []

    def all(self) -> None:
        began = time.process_time()
        self.database.execute(self.load)
        self.load_s = time.process_time() - began
        for rule, query in self.queries.items():
            try:
                found = self.database.execute(query).fetchall()
            except duckdb.Error as error:
                self.refused[rule] = str(error).splitlines()[0]
                continue
            self.matches += [[rule, [event]] for (event,) in found]

    def planning(self) -> float:
        """CPU seconds to plan all queries once, without running them."""
        began = time.process_time()
        for query in self.queries.values():
            self.database.execute(f"PREPARE planned AS {query}")
        return time.process_time() - began

    def count(self) -> int:
        return self.database.execute("SELECT count(*) FROM events").fetchone()[0]


def main() -> None:
    one_core()
    run = Run(json.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))
    figures = measured(Path(sys.argv[2]), int(sys.argv[3]), run.all)
    if run.count() != figures["events"]:
        sys.exit("not all events were loaded")
    told_of = {
        "version": duckdb.__version__,
        "rules": len(run.queries) - len(run.refused),
        "refused": run.refused,
        "load_us": run.load_s / figures["events"] * 1e6,
        "matches": run.matches,
    }
    print(json.dumps({**figures, **told_of, "planning_s": run.planning()}))


main()
