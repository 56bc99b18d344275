"""What must hold of one field for a test of it to be true: conditions in ES|QL as leaves.

A leaf asks for the test itself where it can say it, else only that the field has a value: `weak`
tells the two apart, since a weak leaf must not be negated.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from tocsin.languages.esql.extracts import dissect_pieces
from tocsin.languages.esql.search_options import options_of
from tocsin.languages.esql.typed import Apply, Constant, Extract, Plain, Typed, value_of
from tocsin.languages.esql.types import NUMBERS, Type
from tocsin.plan.passes import conjunction
from tocsin.plan.predicate import (
    And,
    Compare,
    Exists,
    FieldRef,
    Flag,
    Or,
    Predicate,
    Regex,
    Text,
    Within,
)
from tocsin.plan.regex import regex_error
from tocsin.plan.regex_texts import needed_texts
from tocsin.plan.wildcard import escaped
from tocsin.plan.words import words
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_block

_LONGEST: Final = 1 << 12
"""Characters of a text that a leaf asks for."""


def compared(field: FieldRef, fold: str, sign: str, kind: Type, value: Plain) -> Predicate:
    """A field (in a letter case: ``lower``, ``upper``, or as it stands) beside a constant."""
    if sign == "!=":
        return Exists(field)
    if field.kind is Kind.KEYWORD:
        if sign != "==" or not isinstance(value, str) or not is_in(fold, value):
            return Exists(field)
        return Text(field, (escaped(value),), bool(fold))
    if field.kind is Kind.BOOLEAN:
        return Flag(field, value) if isinstance(value, bool) and sign == "==" else Exists(field)
    if field.kind is Kind.IP:
        return Within(field, (str(value),)) if sign == "==" else Exists(field)
    ordered = kind in NUMBERS or kind is Type.DATE
    if ordered and isinstance(value, int | float) and not isinstance(value, bool):
        return Compare(field, sign, value)
    return Exists(field)


def tested(field: FieldRef, fold: str, name: str, texts: Sequence[str]) -> Predicate:
    """A test of a field by patterns, blocks or parts."""
    if name == "cidr_match":
        blocks = tuple(text for text in texts if parse_block(text) is not None)
        whole = field.kind is Kind.IP and len(blocks) == len(texts)
        return Within(field, blocks) if whole else Exists(field)
    if field.kind is not Kind.KEYWORD:
        return Exists(field)
    if name == "rlike":
        return _regex(field, texts, fold=fold)
    if not all(is_in(fold, text) and len(text) <= _LONGEST for text in texts):
        return Exists(field)
    before, behind = _AROUND.get(name, ("", ""))
    if name in _AROUND:
        return Text(field, (f"{before}{escaped(texts[0])}{behind}",), bool(fold))
    return Text(field, tuple(map(_glob, texts)), bool(fold))


_AROUND = {"starts_with": ("", "*"), "ends_with": ("*", ""), "contains": ("*", "*")}


def dissected(field: FieldRef, step: Extract) -> Predicate:
    """A text that a pattern of DISSECT fits."""
    before, pieces = dissect_pieces(step.patterns[0])
    # a delimiter that is repeated makes the next pieces empty, whatever stands between these
    first = pieces[0].delimiter
    surely = itertools.takewhile(lambda piece: piece.delimiter == first, pieces)
    told = "*".join(escaped(text) for text in (before, *(piece.delimiter for piece in surely)))
    # nothing stands behind the last delimiter if the pattern ends with it, but anything may
    return Text(field, (f"{told}*",)) if len(told) <= _LONGEST else Exists(field)


def known_text(node: Typed) -> str | None:
    """The text of an expression that no event changes."""
    match node:
        case Constant(str(value)):
            return value
        case Apply("space", (Constant(int(count)),)) if 0 <= count <= _LONGEST:
            return " " * count
        case Apply("repeat", (Constant(str(text)), Constant(int(count)))):
            return text * count if 0 <= count * len(text) <= _LONGEST and count >= 0 else None
        case Apply("concat", arguments):
            texts = [known_text(each) for each in arguments]
            told = [text for text in texts if text is not None]
            return "".join(told) if len(told) == len(texts) else None
        case _:
            return None


def is_in(case: str, text: str) -> bool:
    """Whether a text may be one in a letter case (``lower``, ``upper``, empty: as it stands).

    Then comparing without regard to case says the same.
    """
    if not case:
        return True
    return text.isascii() and text == (text.lower() if case == "lower" else text.upper())


def _regex(field: FieldRef, patterns: Sequence[str], *, fold: str) -> Predicate:
    """A field that matches one of Lucene's expressions; of those too large, what matches hold."""
    if not fold and all(regex_error(pattern) is None for pattern in patterns):
        return Regex(field, tuple(patterns))
    found: list[str] = []
    for pattern in patterns:
        needed = needed_texts(pattern)
        if needed is None or not all(is_in(fold, text) for text in needed):
            return Exists(field)
        found += needed
    # an approximation must never be negated: an existing field beside it marks it as one
    return conjunction(
        [Exists(field), Text(field, tuple(f"*{escaped(one)}*" for one in found), bool(fold))]
    )


def matched(field: FieldRef, node: Apply, *, whole: bool) -> Predicate:
    """A field that holds a word, or with so many slips some part of it.

    ``whole``: the field is one word as it stands.
    """
    query = node.arguments[1]
    value = value_of(query)
    if field.kind is not Kind.KEYWORD or not isinstance(value, str) or not value.isascii():
        return Exists(field)
    given = node.arguments[2] if len(node.arguments) > 2 else None
    options = {} if given is None else options_of(value_of(given))
    fuzziness = str(options.get("fuzziness", 0))
    slips = int(fuzziness) if fuzziness in ("0", "1", "2") else 2
    parts: list[str] = []
    if whole and not slips and "fuzziness" not in options:
        return Text(field, (escaped(value),))
    for word in (value.lower(),) if whole else words(value):
        # a slip spoils one part, or, where two letters are swapped, two
        count = 2 * slips + 1
        if slips and len(word) < count:
            return Exists(field)
        cuts = [len(word) * cut // count for cut in range(count + 1)]
        parts += [word[low:high] for low, high in itertools.pairwise(cuts)]
    if not parts:
        return Exists(field)
    return Text(field, tuple(f"*{escaped(part)}*" for part in dict.fromkeys(parts)), fold=True)


def weak(found: Predicate) -> bool:
    """Whether a predicate asks for less than the condition does: its negation would be too much."""
    match found:
        case Exists():
            return True
        case And(terms) | Or(terms):
            return any(map(weak, terms))
        case _:
            return False


def _glob(pattern: str) -> str:
    r"""A pattern of `like` as a leaf has it, in which a lone backslash is not plain."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and pattern[at + 1 : at + 2] in ("*", "?", "\\"):
            at += 1
            parts.append("\\" + pattern[at])
        else:
            parts.append("\\\\" if char == "\\" else char)
        at += 1
    return "".join(parts)
