"""The values that a STIX pattern compares with: a reader of just so much of the language.

    pattern     = "[" comparisons "]" { ("AND" | "OR" | "FOLLOWEDBY" | qualifier) … }
    comparison  = PATH [ "NOT" ] ( OPERATOR CONSTANT | "IN" "(" CONSTANT { "," CONSTANT } ")" )

Comparisons other than ``=``, ``IN`` and ``ISSUBSET`` (of a block of addresses), and negated ones,
name no value that an event must have. Double quotes, which some write, are read as single ones.
"""

from __future__ import annotations

import re

MOST_VALUES = 10_000
"""Values of one pattern that are taken."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<typed>[bht]'(?:[^'\\]|\\.)*')
      | (?P<path>[A-Za-z0-9_-]+:[A-Za-z0-9_-]+
          (?:\.(?:[A-Za-z0-9_-]+|'[^']*'|"[^"]*")|\[(?:\d+|\*)\])*)
      | (?P<number>[+-]?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z]+)
      | (?P<sign>!=|<>|<=|>=|==|=|<|>|\(|\)|\[|\]|,)
    )""",
    re.VERBOSE,
)
_INDEX = re.compile(r"\[(?:\d+|\*)\]")
_QUOTE = re.compile("[\"']")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class PatternError(ValueError):
    """A text that is no pattern."""


def compared_values(pattern: str) -> list[tuple[str, str]]:
    """Object path (without quotes and indices) and value of each comparison that names one."""
    tokens = _tokens(pattern)
    if ("sign", "[") not in tokens:
        raise PatternError("it has no comparison in square brackets")
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(tokens):
        kind, path = tokens[at]
        at += 1
        if kind != "path":
            continue
        # the standard has it behind the path; some write it before
        negated = tokens[at : at + 1] == [("word", "NOT")]
        before = tokens[max(at - 2, 0) : at - 1] == [("word", "NOT")]
        at += negated
        sign = tokens[at] if at < len(tokens) else ("", "")
        at += 1
        values = []
        if sign == ("word", "IN"):
            while at < len(tokens) and tokens[at] != ("sign", ")"):
                values += [tokens[at][1]] if tokens[at][0] in _CONSTANTS else []
                at += 1
        elif at < len(tokens) and tokens[at][0] in _CONSTANTS:
            values = [tokens[at][1]] if sign in _EQUAL else []
            at += 1
        else:
            raise PatternError(f"nothing is compared with {path}")
        if not negated and not before:
            found += [(path, value) for value in values]
        if len(found) > MOST_VALUES:
            raise PatternError(f"it compares with more than {MOST_VALUES} values")
    return found


_CONSTANTS = frozenset({"text", "typed", "number"})
_EQUAL = (("sign", "="), ("sign", "=="), ("word", "ISSUBSET"))


def _tokens(pattern: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(pattern.rstrip())
    while at < end:
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise PatternError(f"`{pattern[at : at + 20].strip()}` is not understood")
        at = token.end()
        kind = token.lastgroup or ""
        text = token[kind]
        if kind in {"text", "typed"}:
            text = _ESCAPE.sub(r"\1", text[(kind == "typed") + 1 : -1])
        elif kind == "path":
            text = _QUOTE.sub("", _INDEX.sub("", text))
        elif kind == "word":
            text = text.upper()
        found.append((kind, text))
    return found
