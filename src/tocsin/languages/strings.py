"""EQL's text functions on single values, as Elasticsearch's scripts compute them.

Lengths and positions count UTF-16 units, as in Java: a character beyond U+FFFF counts two. The
forms with ``~`` ignore letter case of all alphabets here; of a bare field with a constant the index
answers instead, which folds ASCII letters only (see ``plan/``). Numbers and booleans count by their
text. Null in a required argument gives null.
"""

from __future__ import annotations

from functools import lru_cache

from tocsin.languages.values import Value, integer_of, text_of


def between(
    fold: bool, source: Value, left: Value, right: Value, greedy: Value = None
) -> str | None:
    """The text behind the first ``left``, up to the next ``right`` (greedy: to the last)."""
    text, before, behind = text_of(source), text_of(left), text_of(right)
    if text is None or before is None or behind is None:
        return None
    if not text or not before or not behind:
        return text
    searched = text
    if fold:
        searched, before, behind = _lower(text), _lower(before), _lower(behind)
    start = searched.find(before)
    if start < 0:
        return ""
    start += len(before)
    end = searched.rfind(behind) if greedy is True else searched.find(behind, start)
    return text[start:end] if end >= start else ""


def concat(_fold: bool, *values: Value) -> str | None:
    """The texts of all values, one behind the other; null if any is null."""
    texts = [text_of(value) for value in values]
    return None if None in texts else "".join(text for text in texts if text is not None)


def ends_with(fold: bool, source: Value, suffix: Value) -> bool | None:
    """Whether a text ends with another."""
    text, end = text_of(source), text_of(suffix)
    if text is None or end is None:
        return None
    return _caseless(text).endswith(_caseless(end)) if fold else text.endswith(end)


def starts_with(fold: bool, source: Value, prefix: Value) -> bool | None:
    """Whether a text begins with another."""
    text, start = text_of(source), text_of(prefix)
    if text is None or start is None:
        return None
    return _caseless(text).startswith(_caseless(start)) if fold else text.startswith(start)


def string_contains(fold: bool, source: Value, part: Value) -> bool | None:
    """Whether a text holds another; an empty one is held by none and holds none."""
    text, inner = text_of(source), text_of(part)
    if text is None or inner is None:
        return None
    if not text or not inner:
        return False
    return _lower(inner) in _lower(text) if fold else inner in text


def index_of(fold: bool, source: Value, part: Value, start: Value = None) -> int | None:
    """The first position of a text in another, from ``start`` on; null if there is none."""
    text, inner = text_of(source), text_of(part)
    if text is None or inner is None:
        return None
    if fold:
        text, inner = _lower(text), _lower(inner)
    first = max(0, integer_of(start) or 0)
    if _is_plain(text):
        found = text.find(inner, min(first, len(text)))
        return None if found < 0 else found
    units, needle = _units(text), _units(inner)
    found = units.find(needle, min(2 * first, len(units)))
    while found > 0 and found % 2:
        found = units.find(needle, found + 1)
    return None if found < 0 else found // 2


def length(_fold: bool, source: Value) -> int | None:
    """How many UTF-16 units a text has."""
    text = text_of(source)
    if text is None:
        return None
    return len(text) if _is_plain(text) else len(text) + sum(c > "\uffff" for c in text)


def string(_fold: bool, value: Value) -> str | None:
    """The text of a value."""
    return text_of(value)


def substring(_fold: bool, source: Value, start: Value = None, end: Value = None) -> str | None:
    """The text from ``start`` up to ``end``; negative positions count from the end."""
    text = text_of(source)
    first, last = integer_of(start), integer_of(end)
    if text is None or first is None:
        return text
    if _is_plain(text):
        return text[first:last]
    units = _units(text)
    count = len(units) // 2
    first, last, _ = slice(first, last).indices(count)
    return units[2 * first : 2 * last].decode("utf-16-le", "surrogatepass")


def _is_plain(text: str) -> bool:
    """Whether each character is one UTF-16 unit."""
    return text.isascii() or max(text) <= "\uffff"


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _lower(text: str) -> str:
    """Lower case, as long as the text itself, so that positions in both agree."""
    return text.lower() if text.isascii() else "".join(map(_lower_character, text))


def _caseless(text: str) -> str:
    """What two texts share that are equal but for case, as long as the text itself."""
    return text.lower() if text.isascii() else "".join(map(_caseless_character, text))


@lru_cache(maxsize=4096)
def _lower_character(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


@lru_cache(maxsize=4096)
def _caseless_character(character: str) -> str:
    upper = character.upper()
    return _lower_character(upper if len(upper) == 1 else character)
