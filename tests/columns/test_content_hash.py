"""An event's identity depends on what it holds, not on how it is written."""

from __future__ import annotations

import json
import random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.columns.content import content_hash

WORDS = st.text('abc.é"\\', min_size=1, max_size=3)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=15,
)
EVENTS = st.dictionaries(WORDS, TREES, max_size=5)


def shuffled(tree, chance):
    if isinstance(tree, list):
        return [shuffled(value, chance) for value in tree]
    if not isinstance(tree, dict):
        return tree
    pairs = [(key, shuffled(value, chance)) for key, value in tree.items()]
    chance.shuffle(pairs)
    return dict(pairs)


def flat(tree, chance, before=""):
    """Some nested objects written as dotted keys."""
    if isinstance(tree, list):
        return [flat(value, chance) for value in tree]
    if not isinstance(tree, dict):
        return tree
    made = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value and chance.random() < 0.6:
            made |= {f"{key}.{inner}": leaf for inner, leaf in flat(value, chance).items()}
        else:
            made[key] = flat(value, chance)
    return made


@given(EVENTS, st.integers())
def test_order_and_space_do_not_count(event, seed):
    other = shuffled(event, random.Random(seed))
    if not any("." in key for key in _keys(event)):
        text = json.dumps(other, indent=2, ensure_ascii=seed % 2 == 0)
        assert content_hash(json.dumps(event).encode()) == content_hash(text.encode())


def _keys(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from _keys(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _keys(value)


NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("abcde"), inner, min_size=1, max_size=4)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from("abcde"), NESTED, max_size=5), st.integers())
def test_nested_and_dotted_are_the_same(event, seed):
    chance = random.Random(seed)
    other = shuffled(flat(event, chance), chance)
    assert content_hash(orjson_text(event)) == content_hash(orjson_text(other))


def orjson_text(event):
    return json.dumps(event, separators=(",", ":")).encode()


@given(EVENTS, EVENTS)
def test_other_values_are_another_event(one, other):
    same = content_hash(json.dumps(one).encode()) == content_hash(json.dumps(other).encode())
    if not any("." in key for key in [*_keys(one), *_keys(other)]):
        whole = orjson.loads(json.dumps(one)), orjson.loads(json.dumps(other))
        assert same == (repr(shuffle_free(whole[0])) == repr(shuffle_free(whole[1])))


def shuffle_free(tree):
    if isinstance(tree, dict):
        return sorted((key, shuffle_free(value)) for key, value in tree.items())
    return [shuffle_free(value) for value in tree] if isinstance(tree, list) else tree


SAME = [
    (b'{"a":{"b":1},"c":2}', b'{ "c" : 2 , "a.b" : 1 }'),
    (b'{"a":{"b":1,"c":2}}', b'{"a.b":1,"a":{"c":2}}'),
    (b'{"a":{"b":1,"c":2}}', b'{"a":{"b":1},"a":{"c":2}}'),
    (b'{"a":[1,2]}', b'{"a":1,"a":2}'),
    (b'{"a":[1,2,3]}', b'{"a":[1,2],"a":3}'),
    (b'{"a":[{"b":1},2]}', b'{"a.b":1,"a":2}'),
    (b'{"a":"\xc3\xa9"}', b'{"\\u0061":"\\u00e9"}'),
    (b'{"a":{"b":1}}', b'{"a\\u002eb":1}'),
    (b'{"a":100.0}', b'{"a":1e2}'),
    (b'{"a":123456789012345678901234567890}', b'{"a":123456789012345678901234567891}'),
    (
        b'{"a":18446744073709551616}',
        b'{"b":{},"b":{},"a":18446744073709551616}'.replace(b'"b":{},', b""),
    ),
    (b'{"a":[{"b":{"c":1}}]}', b'{"a":[{"b.c":1}]}'),
]
OTHER = [
    (b'{"a":1}', b'{"a":1.0}'),
    (b'{"a":1}', b'{"a":"1"}'),
    (b'{"a":1}', b'{"a":true}'),
    (b'{"a":1}', b'{"a":[1]}'),
    (b'{"a":[1,2]}', b'{"a":[2,1]}'),
    (b'{"a":1}', b'{"a":1,"b":null}'),
    (b'{"a":1,"a":2}', b'{"a":2}'),
    (b'{"a":{"b":1}}', b'{"a":{"b":1},"a":{}}'.replace(b"{}", b"3")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_event(one, other):
    assert content_hash(one) == content_hash(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_events(one, other):
    assert content_hash(one) != content_hash(other)


def test_beyond_64_bits_numbers_are_doubles_on_either_way():
    dotted = b'{"x.y":1,"a":%d,"b":%d}' % (2**64, -(2**63) - 1)
    twice = b'{"x":{"y":1},"a":%d,"b":%d,"c":{},"c":{}}' % (2**64, -(2**63) - 1)
    assert content_hash(dotted) == content_hash(dotted.replace(b"x.y", b"x\\u002ey"))
    assert content_hash(twice) == content_hash(twice.replace(b',"c":{},"c":{}', b',"c":{}'))


@pytest.mark.parametrize("levels", [99, 100, 101, 254, 255, 1000])
@pytest.mark.parametrize("key", [b"a", b"a.b", b"a.b.c.d"])
def test_deep_events_have_an_identity(levels, key):
    line = b'{"%s":' % key * levels + b"1" + b"}" * levels
    assert len(content_hash(line)) == 32
    assert content_hash(line) == content_hash(bytes(line)) != content_hash(line.replace(b"1", b"2"))


def test_objects_with_many_keys():
    pairs = {f"k{at}": at for at in range(700)}
    other = dict(reversed(pairs.items()))
    assert content_hash(orjson.dumps(pairs)) == content_hash(orjson.dumps(other))
    twice = orjson.dumps(pairs)[:-1] + b',"k5":6}'
    assert content_hash(twice) == content_hash(orjson.dumps({**pairs, "k5": [5, 6]}))


def test_the_identity_is_stable():
    """Ids of alerts rest on it: a change of this value changes them all."""
    assert content_hash(b'{"b":{"c":[1,"x"]},"a":1.5}') == content_hash(b'{"a":1.5,"b.c":[1,"x"]}')
    assert content_hash(b'{"a":"b"}') == "589aae91e661ff9561bf504dd026a6e1"
