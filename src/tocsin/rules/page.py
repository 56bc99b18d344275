"""The pages in which Kibana's API answers: ``{"page": 1, "perPage": 20, "total": 45, "data": …}``.

Rules come so from ``GET /api/detection_engine/rules/_find``, exceptions from
``GET /api/exception_lists/items/_find``. Also tells, by how a JSON file begins, whether it holds
rules: as such a page, as an array or as a single object.
"""

from __future__ import annotations

import re
from json import JSONDecoder
from typing import Any, TypeGuard

GLANCE = 64 << 10
"""Bytes of a file that are looked at."""

_RULE = ("rule_id", "name", "type", "risk_score")
"""The keys that all rules of Kibana's API have, and nothing else together."""

_LEAD = re.compile(
    r"\ufeff?\s*+(?:\[\s*+|\{\s*+"
    r'(?:"(?:page|perPage|per_page|total)"\s*+:\s*+\d++\s*+,\s*+)*"data"\s*+:\s*+\[\s*+)?(?=\{)'
)
"""What stands before the first rule of an array or a page."""

_DECODER = JSONDecoder(parse_int=float)  # any number of digits will do


def is_page(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is a page: ``data`` is a list, ``total`` says how many there are."""
    if not isinstance(value, dict) or "page" not in value:
        return False
    total = value.get("total")
    return isinstance(value.get("data"), list) and type(total) is int


def begins_with_rule(head: bytes) -> bool:
    """Whether a JSON text certainly holds rules, told by its first `GLANCE` bytes."""
    text = head[:GLANCE].decode("utf-8", "replace")
    lead = _LEAD.match(text)
    if lead is None:
        return False
    try:
        value, _ = _DECODER.raw_decode(text, lead.end())
    except ValueError:
        # A rule longer than the glance: it is known by the keys that are there.
        return len(head) >= GLANCE and all(f'"{key}"' in text for key in _RULE)
    except RecursionError:
        return False
    return isinstance(value, dict) and value.keys() >= set(_RULE) and _are_texts(value)


def _are_texts(rule: dict[str, Any]) -> bool:
    return all(isinstance(rule[key], str) for key in ("rule_id", "name", "type"))
