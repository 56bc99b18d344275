"""What the matcher costs by itself, scanning and alerts apart.

    python -m bench.match_kernel --rules RULES [--events 32768] [--rows 1024] [--shape plain]

For each batch the least of several runs counts, since machines are shared. *new* is a first pass,
in which values are met for the first time; *known* a second pass over the same events. The table
shows what judging a new value costs, by field, a call from Python each included. CPU microseconds of
one thread.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from bench.corpus import SHAPES, Corpus
from tocsin.columns.cells import STRING, Cells
from tocsin.columns.scan import scan
from tocsin.engine.compiled import compile_rules
from tocsin.match import words
from tocsin.match.canonical import views
from tocsin.match.matcher import Matcher
from tocsin.plan import tables
from tocsin.plan.program import Program
from tocsin.rules.load import load_rules

RUNS = 6


def cells_of(lines: list[bytes], program: Program) -> Cells:
    ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
    data = np.frombuffer(b"".join(lines) + bytes(64), dtype=np.uint8)
    return scan(data, ends - [len(line) for line in lines], ends, program.fields)


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def passes(program: Program, batches: list[Cells], routing: str) -> tuple[Matcher, float, float]:
    """A matcher, and the seconds of a pass over new and over known values."""
    new, known = [], []
    for _ in range(RUNS):
        matcher = Matcher(program, routing=routing)
        new.append([seconds(partial(matcher.match, cells)) for cells in batches])
        known.append([seconds(partial(matcher.match, cells)) for cells in batches])
    return matcher, float(np.min(new, axis=0).sum()), float(np.min(known, axis=0).sum())


def fields(program: Program, cells: Cells) -> list[tuple[float, int, float, str]]:
    """Microseconds a value, distinct values, their mean length, the field; the dearest first."""
    _, _, _, start, length, text = views(cells)
    found: dict[int, dict[bytes, int]] = {}
    for cell in np.flatnonzero(cells.tag == STRING).tolist():
        value = text[start[cell] : start[cell] + length[cell]].tobytes()
        found.setdefault(int(cells.slot[cell]), {}).setdefault(value, cell)
    matcher = Matcher(program)
    desk, codes, flags = matcher._desk, matcher._codes, matcher._flags  # noqa: SLF001
    spare = min(
        seconds(lambda: [words.seed_of(desk, 0) for _ in range(1000)]) / 1000 for _ in range(RUNS)
    )
    rows = []
    for slot, values in found.items():
        if flags[slot] & tables.MEMO == 0:
            continue
        spans = [(int(start[cell]), int(length[cell])) for cell in values.values()]

        def judge(slot: int = slot, spans: list[tuple[int, int]] = spans) -> None:
            for first, size in spans:
                words.judge(program.ints, program.longs, codes, desk, slot, text, first, size)

        cost = min(seconds(judge) for _ in range(RUNS)) / len(spans) - spare
        mean = sum(size for _, size in spans) / len(spans)
        rows.append((max(cost, 0) * 1e6, len(spans), mean, program.fields.names[slot]))
    return sorted(rows, key=lambda row: -row[0] * row[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", nargs="+", required=True)
    parser.add_argument("--events", type=int, default=32_768)
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--shape", choices=SHAPES, default="plain")
    parser.add_argument("--routing", choices=("auto", "strict", "off"), default="off")
    options = parser.parse_args()

    rules = [rule for rule in load_rules(*options.rules).select() if rule.language == "eql"]
    program = compile_rules(rules).program
    lines = iter(Corpus(shape=options.shape).lines(options.events))
    batches = []
    while part := list(itertools.islice(lines, options.rows)):
        batches.append(cells_of(part, program))
    Matcher(program, routing=options.routing).match(batches[0])
    matcher, new, known = passes(program, batches, options.routing)
    count, share = options.events, 1e6 / options.events
    print(f"{len(program.conditions)} stages, {count} events, batches of {options.rows} rows")
    print(f"new values   {new * share:6.2f} µs an event")
    print(f"known values {known * share:6.2f} µs an event")
    print(f"new values of an event {matcher.new_words / count:.2f}")
    print(
        f"pairs asked {matcher.candidate_pairs / 2 / count:.2f}, hits {matcher.hits / 2 / count:.2f}"
    )
    print(f"pairs left to the evaluator {matcher.residual_pairs / 2 / count:.5f}")
    print("\njudging a new value\n    µs  values  length  field")
    for cost, values, length, name in fields(program, batches[0])[:12]:
        print(f"{cost:6.2f}  {values:6}  {length:6.0f}  {name}")


if __name__ == "__main__":
    main()
