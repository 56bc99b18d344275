"""Of which rules an alert comes: what is seen in its bytes is what its content says."""

from __future__ import annotations

import re
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.alerts.lineage import RULE, RULES
from tocsin.alerts.paths import Fields
from tocsin.live.feedback import _makers

LETTER = re.compile(rb"(?:null|\\.|(?P<letter>[a-z])|.)", re.DOTALL)
"""A letter that is part of a text, not of ``null`` or an escape."""
PATH = rb'"path":"C:\\users\\u0041"'
NAMES = ("rule", "kibana", "alert", RULE, RULES, "rule_id", "path")
LEAVES = st.sampled_from(("a", "b", "C:\\users", "C:\\u0041\\u", "rule", RULE, "Ü", "\\", 1, None))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=6,
)


def said(content: bytes) -> set[Any]:
    """The rules that its content says."""
    fields = Fields(orjson.loads(content), content)
    return {*fields(RULE), *fields(RULES)}


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3), st.integers(0, 40))
@example({"rule": {"rule": "C:\\users", "kibana": None}}, 37)
def test_bytes_and_content_say_the_same(members: dict[str, Any], at: int) -> None:
    text = orjson.dumps({**members, RULE: "mine"})
    assert _makers(text, "mine") == said(text)
    if any(found.start() == at for found in LETTER.finditer(text) if found["letter"]):
        spelled = text[:at] + b"\\u%04x" % text[at] + text[at + 1 :]
        assert _makers(spelled, "mine") == said(spelled)


def test_a_backslash_before_a_u_is_no_escape() -> None:
    own = b'{"%s":"mine",%s}' % (RULE.encode(), PATH)
    assert _makers(own, "mine") == {"mine"}


def test_a_rule_is_found_whose_name_is_spelled_by_numbers() -> None:
    text = rb'{"%s":"mine",%s,"kibana.alert.ancestors":{"\u0072ule":"other"}}' % (
        RULE.encode(),
        PATH,
    )
    assert _makers(text, "mine") == {"mine", "other"}
