"""First events that wait: what is asked record by record is as what is asked at once."""

from __future__ import annotations

import random

import numpy as np

from tocsin.engine.compiled import compile_rules
from tocsin.match.openings import Openings, Ready
from tocsin.plan.plan import stages_of
from tocsin.rules.rule import Rule

QUERIES = (
    "sequence by host.id with maxspan=20s [any where a == 1] [any where a == 2]",
    "sequence by host.id [any where a == 1] [any where a == 2] [any where a == 3]",
    "sample by host.id [any where a == 1] [any where a == 2]",
)


def plans():
    rules = [
        Rule(
            id=f"id-{at}", name=f"{at}", type="eql", language="eql", query=query, raw={},
            index=("logs-*",), from_="now-9m", severity="low",
        )
        for at, query in enumerate(QUERIES)
    ]  # fmt: skip
    return compile_rules(rules).plans


def records(chance, stages, count):
    """Records in order, of events that have one stage or a few."""
    rows = []
    for place in range(count):
        time = place * 700
        hit = sorted(chance.sample(range(stages), chance.choice((1, 1, 1, 2))))
        rows += [(time, place, stage, chance.randrange(40), 0) for stage in hit]
    columns = zip(*rows, strict=True)
    types = (np.int64, np.int64, np.int32, np.uint64, np.int32)
    return Ready._make(np.array(c, t) for c, t in zip(columns, types, strict=True))


def test_quiet_records_are_those_before_the_first_that_is_needed():
    chance, made = random.Random(3), plans()
    stages = sum(len(stages_of(plan)) for plan in made)
    seen = 0
    for _ in range(30):
        whole = records(chance, stages, 60)
        at_once, one_by_one = Openings(made), Openings(made)
        needed, before = at_once.ask(whole)
        told, rest, begin = [], whole, 0
        while rest.time.size:
            quiet = one_by_one.quiet(rest)
            assert not needed[begin : begin + quiet].any()
            seen += quiet
            begin += quiet
            rest = rest.part(slice(quiet, None))
            event = int(np.count_nonzero(rest.place == rest.place[0])) if rest.time.size else 0
            if event:
                flags, earlier = one_by_one.ask(rest.part(slice(event)))
                assert flags.any()
                assert flags.tolist() == needed[begin : begin + event].tolist()
                told += [[begin + row[0], *row[1:]] for row in earlier.tolist()]
            begin += event
            rest = rest.part(slice(event, None))
        assert told == before.tolist()
        assert one_by_one.rows().tolist() == at_once.rows().tolist()
    assert seen > 100
