"""Numbers, addresses, wildcards and automata in compiled code agree with plain Python."""

import ipaddress

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.match.globs import glob
from tocsin.match.hashing import equal, folded8, hashed, part
from tocsin.match.pairs import CONTAINS, ENDS, STARTS, address_text, compare_pair
from tocsin.match.scalars import DECIMAL, DOUBTFUL, NOTHING, WHOLE, read_address, read_number, units
from tocsin.plan.literals import pattern_code
from tocsin.plan.wildcard import Wildcard, fold_ascii
from tocsin.schema.values import ip_text, number_of, parse_ip, utf16_length

texts = st.text("aAbB*?\\.éÉ😀\n ", max_size=12)


def placed(text):
    """Bytes in the midst of others, so that a read beside them would show."""
    data = text if isinstance(text, bytes) else text.encode()
    array = np.frombuffer(b"9:f" + data + b"9:f", dtype=np.uint8)
    return array, 3, 3 + len(data)


@given(st.text("0123456789.eE+-", max_size=24) | st.floats().map(repr) | st.integers().map(str))
@example("9223372036854775807")
@example("9007199254740993")
@example("0e999999999999")
@example("1e-400")
@example("-0.0")
def test_numbers(text):
    found, whole, decimal = read_number(*placed(text))
    wanted = number_of(text)
    if found == NOTHING:
        assert wanted is None
    elif found == WHOLE:
        assert (type(wanted), wanted) == (int, whole)
    elif found == DECIMAL:
        assert (type(wanted), wanted) == (float, decimal)
    else:
        assert found == DOUBTFUL


@given(st.integers(-(10**18) + 1, 10**18 - 1), st.integers(-99999, 99999), st.integers(0, 9))
def test_ordinary_numbers_are_never_doubtful(whole, digits, places):
    assert read_number(*placed(str(whole)))[0] == WHOLE
    assert read_number(*placed(f"{digits / 10**places:.{places}f}"))[0] in (WHOLE, DECIMAL)


addresses = (
    st.ip_addresses().map(str)
    | st.ip_addresses(v=6).map(lambda address: address.exploded)
    | st.integers(0, 2**32 - 1).map(lambda bits: f"::ffff:{ipaddress.IPv4Address(bits)}")
    | st.text("0129afAF:.g ", max_size=20)
    | st.lists(st.sampled_from(["", "0", "1", "ffff", "12345", "1.2.3.4", "01"]), max_size=10).map(
        ":".join
    )
)


@given(addresses)
@example("")
@example("::")
@example("1::")
@example("1:2:3:4:5:6:7::")
@example("1:2:3:4:5:6:7:8:")
@example("1.2.3.4.")
@example("1.2.3")
@example("256.1.1.1")
def test_addresses(text):
    readable, high, low = read_address(*placed(text))
    wanted = parse_ip(text)
    assert (int(high) << 64 | int(low) if readable else None) == wanted
    canonical = address_text(*placed(text))
    if canonical == 1:
        assert wanted is not None
        assert ip_text(wanted) == text
    elif canonical == 0:
        assert wanted is None


@given(texts, texts, st.booleans())
@example("*?*", "", False)
@example("*é", "É", True)
@example("?", "😀", False)
@example("*a*a*a", "aaaaaaaab", False)
@example("\\", "\\", False)
def test_wildcards(pattern, text, fold):
    code = pattern_code(pattern, fold=fold)
    held, start, end = placed(code)
    made = fold_ascii if fold else str
    wanted = Wildcard(made(pattern)).matches(made(text))
    assert glob(*placed(text), held, start, end, fold) == wanted


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_hashing_and_comparing(one, other):
    seed = np.uint64(12345)
    array, start, end = placed(one)
    if one.lower() == other.lower():
        far, begin, _ = placed(other)
        assert hashed(array, start, end - start, True, seed) == hashed(
            far, begin, end - start, True, seed
        )
    assert hashed(array, start, end - start, False, seed) & 1
    code, at, _ = placed(other)
    if len(one) == len(other):
        assert equal(array, start, code, at, len(one), False) == (one == other)
        small, at, _ = placed(other.lower())
        assert equal(array, start, small, at, len(one), True) == (one.lower() == other.lower())
    for size in range(min(9, len(one) + 1)):
        word = np.uint64(part(array, start, size))
        assert int(word).to_bytes(8, "little")[:size] == one[:size][:8]
        assert int(folded8(word)).to_bytes(8, "little")[:size] == one[:size][:8].lower()


@given(texts)
def test_lengths(text):
    assert units(*placed(text)) == utf16_length(text)


@given(texts, texts, st.sampled_from([STARTS, ENDS, CONTAINS]), st.booleans())
@example("", "", CONTAINS, False)
@example("", "", STARTS, False)
@example("aéb", "é", CONTAINS, False)
def test_pairs(text, inner, function, fold):
    answer = compare_pair(function, fold, *placed(text), *placed(inner))
    if fold and not (text + inner).isascii():
        assert answer == -1
        return
    one, two = (text.lower(), inner.lower()) if fold else (text, inner)
    wanted = (one.startswith(two), one.endswith(two), bool(two) and two in one)[function]
    assert answer == wanted


def test_a_long_search_is_left_to_the_evaluator():
    assert compare_pair(CONTAINS, False, *placed("a" * 5000), *placed("a" * 2000 + "b")) == -1
