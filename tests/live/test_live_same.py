"""A stream finds what a finished input finds, however it is cut, ordered or interrupted."""

from __future__ import annotations

import functools
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from watched import (
    ALL,
    INDICATORS,
    MATCHING,
    READ,
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

import tocsin
from tocsin.live.options import Options

LATENESS = 30_000
SEEDS = st.integers(0, 2**32)


@functools.cache
def compiled(name):
    return compiled_of(SETS[name])


SETS = {"joining": ALL, "tables": TABLES, "readers": READ, "matching": MATCHING}


def case(seed):
    chance = random.Random(seed)
    count = chance.choice([5, 40, 150])
    span = chance.choice([20, 120, 900])
    events = disordered(chance, random_events(chance, count, span), LATENESS)
    cuts = [chance.randrange(count) for _ in range(chance.choice([0, 3, 20]))]
    return chance, events, cuts


def options(chance):
    return Options(
        indicators=lambda: tocsin.events(INDICATORS),
        rows=chance.choice([3, 50, 8192]),
        bytes=chance.choice([300, 8 << 20]),
        snapshot_bytes=chance.choice([1, 5_000, 1 << 30]),
        commit_every=chance.choice([0, 1000]),
        secret=7,
    )


def same(seed, name):
    chance, events, cuts = case(seed)
    found = watched(filled(events, cuts), compiled(name), options(chance))
    assert told(found) == scanned(events, SETS[name], indicators=INDICATORS)


def survives(seed, name):
    chance, events, cuts = case(seed)
    store = killed(filled(events, cuts), compiled(name), options(chance), chance)
    assert told(store) == scanned(events, SETS[name], indicators=INDICATORS)


@given(SEEDS)
@settings(max_examples=12)
def test_live_finds_what_scan_finds(seed):
    same(seed, "joining")


@given(SEEDS)
@settings(max_examples=12)
def test_kills_lose_nothing_and_double_nothing(seed):
    survives(seed, "joining")


@given(SEEDS)
@settings(max_examples=2)
def test_so_it_is_for_tables(seed):
    same(seed, "tables")
    survives(seed, "tables")


@given(SEEDS)
@example(143)  # two chains of alerts at one moment lead to the same new term
@settings(max_examples=4)
def test_so_it_is_for_alerts_of_alerts(seed):
    same(seed, "readers")
    survives(seed, "readers")


@given(SEEDS)
@settings(max_examples=4)
def test_so_it_is_for_indicator_matches(seed):
    same(seed, "matching")
    survives(seed, "matching")


@pytest.mark.parametrize("name", SETS)
def test_every_rule_finds_something(name):
    chance = random.Random(1)
    store = watched(filled(random_events(chance, 200, 300)), compiled(name), options(chance))
    assert [rule.name for rule in SETS[name] if not alerts_of(store, rule.name)] == []
