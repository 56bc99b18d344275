"""Tables of very many values say of each value whether it is one of them."""

import ipaddress
import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.rules.value_lists import ValueLists, address_range
from tocsin.rules.value_table import Holds, range_table, text_table

numbers = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.integers(-5, 5),
    st.sampled_from([0.5, -0.5, 2.0, 1e9]),
)
addresses = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda n: str(ipaddress.IPv4Address(n))),
    st.integers(2**120, 2**128 - 1).map(lambda n: str(ipaddress.IPv6Address(n))),
    st.sampled_from(["10.0.0.0", "10.0.0.255", "10.0.1.0"]),
)


@given(st.lists(st.text(max_size=5)), st.text(max_size=5), st.booleans())
def test_texts(values, asked, folded):
    table = text_table(values, folded=folded)
    lower = {ord(c): ord(c) + 32 for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

    def plain(text):
        return text.translate(lower) if folded else text

    for one in (*values, asked, asked.upper()):
        assert table.has(one) == (plain(one) in set(map(plain, values)))


@settings(max_examples=100)
@given(st.lists(st.tuples(numbers, numbers)), numbers)
def test_ranges_of_numbers(pairs, asked):
    ranges = [(min(pair), max(pair)) for pair in pairs]
    table = range_table(Holds.NUMBER, ranges)
    for one in (asked, *(end for pair in pairs for end in pair)):
        assert table.has(one) == any(low <= one <= high for low, high in ranges)


@given(st.lists(st.tuples(addresses, st.integers(0, 32))), addresses)
def test_blocks_of_addresses(blocks, asked):
    texts = [f"{address}/{length}" for address, length in blocks]
    table = range_table(Holds.IP, [address_range(text) for text in texts])
    networks = [ipaddress.ip_network(text, strict=False) for text in texts]
    for one in (asked, *(address for address, _ in blocks)):
        found = ipaddress.ip_address(one)
        if found.version == 4:  # an address of IPv6 too, as Elasticsearch has it
            mapped = ipaddress.ip_address(f"::ffff:{one}")
            expected = any(found in each or mapped in each for each in networks)
        else:
            expected = any(found in each for each in networks)
        assert table.has(one) == expected


def test_what_is_no_value_of_the_kind_is_none_of_them():
    table = range_table(Holds.IP, [(0, 2**128 - 1)])
    assert not table.has("localhost")
    assert not table.has(7)
    assert not range_table(Holds.NUMBER, [(0, 9)]).has("x")
    assert range_table(Holds.NUMBER, [(0, 9)]).has("7")


def test_tables_are_equal_by_what_they_hold_and_can_be_kept():
    one, other = text_table("ab", folded=False), text_table("ba", folded=False)
    assert one == other
    assert hash(one) == hash(other)
    assert one != text_table("abc", folded=False)
    kept = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own
    assert kept == one
    assert kept.has("a")
    assert not kept.has("c")


def test_lists_out_of_memory_are_read_by_type():
    lists = ValueLists([{"l": ["5", 7, "1-3"], "t": ["a", "b*"]}])
    found = lists.find("l", "long")
    assert [found.table.has(n) for n in (1, 2, 3, 4, 5, 7)] == [True, True, True, False, True, True]
    texts = lists.find("t", "keyword")
    assert (texts.values, texts.patterns, texts.table) == (("a",), ("b*",), None)
    assert lists.find("t", "nonsense").code == "EXC022"
    assert lists.find("x", "ip").code == "EXC020"
