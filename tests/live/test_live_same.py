"""A stream finds what a finished input finds, however it is cut, ordered or interrupted."""

from __future__ import annotations

import functools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched import (
    ALL,
    TABLES,
    alerts_of,
    compiled_of,
    disordered,
    filled,
    killed,
    random_events,
    scanned,
    told,
    watched,
)

from tocsin.live.options import Options

LATENESS = 30_000
SEEDS = st.integers(0, 2**32)


@functools.cache
def compiled(tables):
    return compiled_of(rules(tables))


def rules(tables):
    return TABLES if tables else ALL


def case(seed):
    chance = random.Random(seed)
    count = chance.choice([5, 40, 150])
    span = chance.choice([20, 120, 900])
    events = disordered(chance, random_events(chance, count, span), LATENESS)
    cuts = [chance.randrange(count) for _ in range(chance.choice([0, 3, 20]))]
    return chance, events, cuts


def options(chance):
    return Options(
        rows=chance.choice([3, 50, 8192]),
        bytes=chance.choice([300, 8 << 20]),
        snapshot_bytes=chance.choice([1, 5_000, 1 << 30]),
        commit_every=chance.choice([0, 1000]),
        secret=7,
    )


def same(seed, tables):
    chance, events, cuts = case(seed)
    found = watched(filled(events, cuts), compiled(tables), options(chance))
    assert told(found) == scanned(events, rules(tables))


def survives(seed, tables):
    chance, events, cuts = case(seed)
    store = killed(filled(events, cuts), compiled(tables), options(chance), chance)
    assert told(store) == scanned(events, rules(tables))


@given(SEEDS)
@settings(max_examples=30)
def test_live_finds_what_scan_finds(seed):
    same(seed, tables=False)


@given(SEEDS)
@settings(max_examples=30)
def test_kills_lose_nothing_and_double_nothing(seed):
    survives(seed, tables=False)


@given(SEEDS)
@settings(max_examples=4)
def test_so_it_is_for_tables(seed):
    same(seed, tables=True)
    survives(seed, tables=True)


@pytest.mark.parametrize("tables", [False, True])
def test_every_rule_finds_something(tables):
    chance = random.Random(1)
    store = watched(filled(random_events(chance, 200, 300)), compiled(tables), Options())
    assert [rule.name for rule in rules(tables) if not alerts_of(store, rule.name)] == []
